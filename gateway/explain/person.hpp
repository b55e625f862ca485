// gateway/explain/person.hpp — one person as the process stage keeps them: facts as joined for counting, contributions that stand.
#pragma once

#include "gateway/explain/explainer.hpp"
#include "gateway/process/node.hpp"

namespace sluse {

/// A root of the person graph, read from committed state.
struct KeptPerson {
    NodeId id{};
    std::uint32_t partition{};
    NodeRecord record;
    std::vector<Fact> facts; ///< own and guests', joined: what counts
};
std::optional<KeptPerson> person_at(Log& log, const HmacKey& lane, std::string_view node);
std::optional<KeptPerson> person_at(Log& log, std::uint32_t partition, const NodeId& id);
/// The person under whom a node's facts count.
std::optional<KeptPerson> root_of(Log& log, const HmacKey& lane, std::string_view node);

std::optional<std::size_t> pack_at(const Packs& packs, std::string_view indicator, std::string_view version);
std::string pack_key(const Pack& pack); ///< "G1.1@1"

/// "partition.node.G1.1@1.hash": names a contribution without naming a person.
struct ContributionRef {
    std::uint32_t partition{};
    NodeId node{};
    std::string pack, hash;
};
std::string text_of(const ContributionRef& ref);
std::optional<ContributionRef> parse_ref(std::string_view text);
std::string hash_of(const Contribution& contribution);

} // namespace sluse
