// gateway/intake/systems.hpp — which configured system a message belongs to, and what that system may do.
#pragma once

#include "gateway/model/locations.hpp"
#include "gateway/model/system.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// One configured sending system.
struct System {
    SystemSettings settings;
    std::string sender;                    ///< what its messages say of themselves ("MSH-3|MSH-4", FHIR source); empty: the name
    std::vector<std::string> certificates; ///< client certificate names that may speak for it; empty: any peer may
    double messages_per_second_max{0};     ///< 0: unlimited
};

/// Immutable; a reload makes a new one. Look-ups are two or three comparisons of short strings.
class Systems {
public:
    /// `own`: what may be addressed to this gateway; none: everything is taken.
    explicit Systems(std::vector<System> systems = {}, Locations own = Locations());
    const System* named(std::string_view name) const;
    /// By what the message says; null: nobody configured it.
    const System* sender(std::string_view sender) const;
    /// Of a system by name, or the defaults.
    const SystemSettings& settings(std::string_view name) const;
    const SystemSettings& defaults() const { return defaults_; }
    /// May a peer with these certificate names speak for `system`? A peer whose certificate names some system speaks for such systems only.
    bool allowed(const System* system, const std::vector<std::string>* certificate_names) const;
    const Locations& own_locations() const { return own_; }
    const std::vector<System>& all() const { return systems_; }

private:
    std::vector<System> systems_;
    std::map<std::string, std::size_t, std::less<>> names_, senders_;
    std::map<std::string, bool, std::less<>> certificates_;
    SystemSettings defaults_;
    Locations own_;
};

/// MSH-3|MSH-4 as they stand in an HL7 v2 message (first component), without decoding it; empty for anything else. Only a guess
/// which settings to decode with: the decoder's own word decides.
std::string sender_in(std::string_view message);

} // namespace sluse
