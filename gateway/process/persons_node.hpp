// gateway/process/persons_node.hpp — a node of the person graph as worked on, and the cache that holds it. For persons.cpp and counting.cpp.
#pragma once

#include "gateway/process/packed_nodes.hpp"
#include "gateway/process/persons.hpp"
#include "gateway/process/where_counted.hpp"

#include <algorithm>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluse {

/// A node as worked on: always equal to what the unit would read back, so that it can be dropped at any time between records.
struct Persons::Node {
    static constexpr std::size_t untouched = ~std::size_t{0};
    /// What one part of a pack counts, encoded: most evaluations only find that it is still the same.
    struct Counted {
        std::size_t place{};
        std::string record; ///< of contributions, sorted
    };
    static std::size_t place_of(std::size_t pack, Part part) { return 2 * pack + static_cast<std::size_t>(part); }
    struct GuestFacts {
        NodeId id{};
        std::vector<Fact> facts; ///< sorted by kind, key
    };
    NodeId id{};
    NodeRecord record;
    std::vector<Fact> own; ///< sorted by kind, key
    std::vector<GuestFacts> guests;
    std::vector<Counted> counted; ///< sorted by place; what counts nothing is not there
    std::vector<std::pair<std::string, std::vector<Contribution>>> counted_before; ///< under packs that are no more
    std::string pseudonym;
    std::size_t touched{untouched}; ///< place in touched_
    bool unwritten{};    ///< the record changed
    bool limits{};       ///< limits of courses may be kept with it

    std::string_view name() const { return record.name; }
    /// All of it but `counted_before`, in the place of what is in `out`.
    void pack(std::string& out, std::string& scratch) const;
    /// What was packed, in the place of what is here; keeps the memory.
    void unpack(std::string_view packed);
    void reset();
    bool has_guests() const
    {
        return std::ranges::any_of(guests, [](const GuestFacts& g) { return !g.facts.empty(); });
    }
    /// Null when it counts nothing there.
    const std::string* counted_for(std::size_t place) const
    {
        const auto at = std::ranges::lower_bound(counted, place, {}, &Counted::place);
        return at == counted.end() || at->place != place ? nullptr : &at->record;
    }
    /// Empty: nothing.
    void set_counted(std::size_t place, std::string_view record)
    {
        const auto at = std::ranges::lower_bound(counted, place, {}, &Counted::place);
        const bool known = at != counted.end() && at->place == place;
        if (known && record.empty()) counted.erase(at);
        else if (known) at->record = record;
        else if (!record.empty()) counted.insert(at, {place, std::string(record)});
    }
    GuestFacts& guest(const NodeId& guest)
    {
        const auto at = std::ranges::find(guests, guest, &GuestFacts::id);
        return at != guests.end() ? *at : guests.emplace_back(GuestFacts{guest, {}});
    }
};

/// Least recently used first out of `nodes`, into `packed`; nodes do not move while they are in.
struct Persons::Cache {
    std::list<Node> nodes; ///< newest first
    std::list<Node> spare; ///< their memory is used again
    std::unordered_map<std::string_view, std::list<Node>::iterator> by_name; ///< names lie in the nodes
    PackedNodes packed;
    WhereCounted where;
};

/// Joins into a sorted set of facts.
void join_into(std::vector<Fact>& facts, const Fact& news);

} // namespace sluse
