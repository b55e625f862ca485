// gateway/model/locations.hpp — the gateway's own location numbers: what may be addressed to it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluse {

/// One place that receives messages here. With units, only these of it.
struct OwnLocation {
    std::string gln;                ///< 13 digits; EDIFACT's and OIOXML's EANIdentifier
    std::string sor;                ///< SOR number, by which FHIR names the same place; empty: only the GLN counts
    std::vector<std::string> units; ///< department and unit codes, or their SOR numbers; empty: any
};

/// Whether what a message names is ours.
enum class Addressed { here, unknown_location, unknown_unit };

/// All of one gateway. None configured: everything is taken.
class Locations {
public:
    explicit Locations(std::vector<OwnLocation> own = {}) : own_(std::move(own)) {}

    bool any() const { return !own_.empty(); }

    /// `unit`: the receiver's own identifier in the message (SKS, SOR, ydernummer …); empty: the message names none.
    Addressed find(std::string_view gln, std::string_view sor, std::string_view unit) const
    {
        auto found = Addressed::unknown_location;
        for (const auto& one : own_) {
            const bool place = (!gln.empty() && one.gln == gln) || (!sor.empty() && one.sor == sor);
            const bool its_unit = std::ranges::find(one.units, unit) != one.units.end();
            if (!place && !(its_unit && gln.empty())) continue;
            if (one.units.empty() || unit.empty() || unit == one.sor || its_unit) return Addressed::here;
            found = Addressed::unknown_unit;
        }
        return found;
    }

private:
    std::vector<OwnLocation> own_;
};

} // namespace sluse
