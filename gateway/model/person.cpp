// gateway/model/person.cpp — ranks and lanes.
#include "gateway/model/person.hpp"

namespace sluse {

IdentifierRank PersonIdentifier::rank() const
{
    if (system == cpr_system) return IdentifierRank::cpr;
    if (system == xecpr_system || std::string_view(system).starts_with(decpr_system)) return IdentifierRank::ecpr;
    return IdentifierRank::local;
}

std::uint32_t Lane::partition(std::uint32_t partitions) const
{
    const auto word = std::uint32_t{digest[0]} << 24 | std::uint32_t{digest[1]} << 16 | std::uint32_t{digest[2]} << 8 | digest[3];
    return static_cast<std::uint32_t>((std::uint64_t{word} * partitions) >> 32);
}

Lane lane_of(const HmacKey& key, const PersonIdentifier& person)
{
    return lane_of(key, person.node());
}

Lane lane_of(const HmacKey& key, std::string_view node)
{
    return {key.sign({"person", node}), true};
}

Lane lane_of_system(const HmacKey& key, std::string_view system)
{
    return {key.sign({"system", system}), false};
}

} // namespace sluse
