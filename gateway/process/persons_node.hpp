// gateway/process/persons_node.hpp — a node of the person graph as worked on, and the cache that holds it. For persons.cpp and counting.cpp.
#pragma once

#include "gateway/process/persons.hpp"

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
    struct Counted {
        std::uint32_t pack{};
        std::vector<Contribution> all; ///< sorted
    };
    struct GuestFacts {
        NodeId id{};
        std::vector<Fact> facts; ///< sorted by kind, key
    };
    NodeId id{};
    NodeRecord record;
    std::vector<Fact> own; ///< sorted by kind, key
    std::vector<GuestFacts> guests;
    std::vector<Counted> counted; ///< sorted by pack; packs that count nothing are not there
    std::vector<std::pair<std::string, std::vector<Contribution>>> counted_before; ///< under packs that are no more
    std::string pseudonym;
    std::size_t touched{untouched}; ///< place in touched_
    bool unwritten{};    ///< the record changed

    std::string_view name() const { return record.name; }
    bool has_guests() const
    {
        return std::ranges::any_of(guests, [](const GuestFacts& g) { return !g.facts.empty(); });
    }
    /// Null when it counts nothing for the pack.
    std::vector<Contribution>* counted_for(std::size_t pack)
    {
        const auto at = std::ranges::lower_bound(counted, pack, {}, &Counted::pack);
        return at == counted.end() || at->pack != pack ? nullptr : &at->all;
    }
    void set_counted(std::size_t pack, std::vector<Contribution> all)
    {
        const auto at = std::ranges::lower_bound(counted, pack, {}, &Counted::pack);
        const bool known = at != counted.end() && at->pack == pack;
        if (all.empty()) {
            if (known) counted.erase(at);
        } else if (known) {
            at->all = std::move(all);
        } else {
            counted.insert(at, {static_cast<std::uint32_t>(pack), std::move(all)});
        }
    }
    GuestFacts& guest(const NodeId& guest)
    {
        const auto at = std::ranges::find(guests, guest, &GuestFacts::id);
        return at != guests.end() ? *at : guests.emplace_back(GuestFacts{guest, {}});
    }
};

/// Least recently used first out; nodes do not move while they are in.
struct Persons::Cache {
    std::list<Node> nodes; ///< newest first
    std::unordered_map<std::string, std::list<Node>::iterator> by_name;
};

/// Joins into a sorted set of facts.
void join_into(std::vector<Fact>& facts, const Fact& news);

} // namespace sluse
