// gateway/tools/simulate_formats.cpp — the names of the formats that a simulated feed may hold.
#include "gateway/tools/simulate.hpp"

#include <algorithm>
#include <iterator>

namespace sluse {
namespace {

constexpr std::string_view format_names[] = {"hl7v2", "fhir", "medcom", "edifact", "oioxml", "cda", "vans"}; // in the order of SimulateFormat

} // namespace

std::optional<SimulateFormats> SimulateFormats::parse(std::string_view names)
{
    if (names == "all") return all();
    if (names == "mix") return hospitals();
    SimulateFormats set{};
    while (!names.empty()) {
        const auto one = names.substr(0, names.find(','));
        names.remove_prefix(std::min(names.size(), one.size() + 1));
        const auto found = std::ranges::find(format_names, one);
        if (found == std::end(format_names)) return {};
        set.bits_ |= 1u << (found - std::begin(format_names));
    }
    return set.bits_ == 0 ? std::nullopt : std::optional(set);
}

std::string_view name(SimulateFormat format)
{
    return format_names[static_cast<std::size_t>(format)];
}

} // namespace sluse
