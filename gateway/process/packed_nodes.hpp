// gateway/process/packed_nodes.hpp — persons in memory whom nobody works on, as bytes: a third of what they take as they are worked on.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sluse {

/// How many persons stay in memory, of one worker.
struct CacheLimits {
    std::size_t ready = 256;         ///< as they are worked on, of each partition
    std::size_t bytes = 256u << 20;  ///< packed, of all partitions together; 0: none
};

/// By name; whoever was put in first is the oldest, since taking one takes it out.
class PackedNodes {
public:
    /// `bytes` begin with the name, as Writer::bytes() writes it. It is not there yet.
    void put(std::string bytes);
    /// Empty: not there.
    std::string take(std::string_view name);
    void drop_oldest();
    void clear();
    bool empty() const { return nodes_.empty(); }
    bool contains(std::string_view name) const { return by_name_.contains(name); }
    /// With what it takes to find them.
    std::size_t bytes() const { return bytes_; }

private:
    using Nodes = std::list<std::string>;
    static constexpr std::size_t overhead = 144; ///< list, table and allocator, for each
    Nodes nodes_; ///< newest first
    std::unordered_map<std::string_view, Nodes::iterator> by_name_; ///< names lie in the nodes
    std::size_t bytes_{};
};

} // namespace sluse
