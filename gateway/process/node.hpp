// gateway/process/node.hpp — one identifier in the person graph as stored: its links, its root, its guests. Values and their codec.
#pragma once

#include "gateway/model/contribution.hpp"
#include "gateway/model/fact.hpp"
#include "gateway/model/person.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// First half of a lane's digest: what state keys hold instead of an identifier.
using NodeId = std::array<std::uint8_t, 16>;
NodeId node_id(const Lane& lane);
std::string_view view(const NodeId& id);
IdentifierRank rank_of_node(std::string_view name);

/// "a and b are (not) one person", the newest saying of it. Named in order: a < b.
struct Link {
    std::string a, b;
    Version version;
    bool active{};
    bool operator==(const Link&) const = default;
    /// Of equal versions (one message said both) the separation holds.
    bool newer_than(const Link& other) const
    {
        return version != other.version ? version > other.version : !active && other.active;
    }
};

/// What a merge of two link sets showed.
struct LinkMerge {
    bool changed{}; ///< ours: a link appeared, or whether it holds
    bool touched{}; ///< ours: also when only a version grew
    bool lacks{};   ///< theirs: a link is missing or holds differently and older
};
/// Keeps the newest saying of each link: a join, so every order of every exchange ends in the same set. `known` sorted by (a, b).
LinkMerge merge_links(std::vector<Link>& known, std::span<const Link> incoming);
/// Everyone named in the links, sorted, once each.
std::vector<std::string> names_in(std::span<const Link> links);
/// Everyone reachable from `start` over active links, itself included.
std::vector<std::string> component_of(std::span<const Link> links, std::string_view start);

/// A node whose facts count at this one.
struct Guest {
    NodeId id{};
    std::uint64_t epoch{}; ///< facts told under an older epoch are stale
};

struct NodeRecord {
    std::string name;         ///< PersonIdentifier::node()
    std::uint64_t epoch{};    ///< counts changes of root
    std::string root;         ///< whose facts ours are counted under; empty: our own
    std::uint64_t sequence{}; ///< of the last event under our pseudonym
    std::vector<Link> links;  ///< of everyone ever connected with us
    std::vector<Guest> guests;
};
void encode(const NodeRecord& record, std::string& out);
std::optional<NodeRecord> decode_node(std::string_view record);

void encode_links(std::span<const Link> links, std::string& out);
bool decode_links(class Reader& in, std::vector<Link>& links);
void encode_contributions(std::span<const Contribution> contributions, std::string& out);
void encode_contributions(std::span<const ContributionView> contributions, std::string& out);
std::optional<std::vector<Contribution>> decode_contributions(std::string_view record);
/// The same piece by piece: so many follow, then each.
void begin_contributions(std::size_t count, std::string& out);
void encode(const Contribution& one, std::string& out);
/// As views into the record, appended. False, and nothing appended, when it is damaged.
bool view_contributions(std::string_view record, std::vector<ContributionView>& out);

} // namespace sluse
