// gateway/tools/simulate_mix.hpp — which message leaves in which format, and what is told beside the hospitals' own feeds.
#pragma once

#include "gateway/tools/simulate.hpp"
#include "gateway/tools/simulate_random.hpp"
#include "gateway/tools/simulate_write.hpp"

#include <optional>
#include <vector>

namespace sluse::simulated {

/// Something that another tells of what just happened.
struct Beside {
    Event what{};
    Millis after{}; ///< so long after it
};

/// The mix of one feed. Immutable.
class Mix {
public:
    explicit Mix(SimulateFormats formats) : formats_(formats) {}

    /// False for a feed of HL7 v2 and FHIR alone: hospitals and laboratories, and nobody beside them.
    bool letters() const { return formats_.letters(); }
    /// In which format the event is told; nothing when none of those asked for can tell it.
    std::optional<SimulateFormat> format(Event event, const Contact& contact, const SendingSystem& system, std::uint64_t word) const;
    /// What others send because of `event`, which has just happened to the contact.
    std::vector<Beside> beside(Event event, const Contact& contact, Random& random) const;
    bool wrapped(SimulateFormat format, std::uint64_t word) const;
    static void write(SimulateFormat format, std::string& out, const Occasion& occasion, const WallClock& clock);

private:
    bool has(SimulateFormat format) const;

    SimulateFormats formats_;
};

} // namespace sluse::simulated
