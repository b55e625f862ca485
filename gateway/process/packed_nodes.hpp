// gateway/process/packed_nodes.hpp — persons in memory whom nobody works on, as bytes: a third of what they take as they are worked on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// How many persons stay in memory, of one worker.
struct CacheLimits {
    std::size_t ready = 256;         ///< as they are worked on, of each partition
    std::size_t bytes = 256u << 20;  ///< packed, of all partitions together; 0: none
};

/// By name; whoever was put in first is the oldest, since taking one takes it out. One that nobody asked for lately is found by few cold
/// cache lines: its slot, its entry, its bytes.
class PackedNodes {
public:
    /// `bytes` begin with the name, as Writer::bytes() writes it. It is not there yet.
    void put(std::string bytes);
    /// Empty: not there.
    std::string take(std::string_view name);
    void drop_oldest();
    void clear();
    bool empty() const { return count_ == 0; }
    bool contains(std::string_view name) const { return find(name) != none; }
    /// With what it takes to find them.
    std::size_t bytes() const { return bytes_; }

private:
    struct Entry {
        std::string bytes; ///< empty: taken
        std::uint32_t hash{};
    };
    struct Slot {
        std::uint32_t hash{}; ///< 0: free
        std::uint32_t place{};
    };
    static constexpr std::size_t overhead = 128; ///< entries, slots and allocator, for each
    static constexpr std::size_t none = ~std::size_t{0};
    std::size_t find(std::string_view name) const;
    void fill(Slot slot);
    void free_slot(std::size_t at);
    std::string out_of(std::size_t at);
    void rebuild(std::size_t slots);

    std::vector<Entry> entries_; ///< oldest first, with gaps where one was taken
    std::vector<Slot> slots_;    ///< open addressing, at most half full; a power of two
    std::size_t count_{}, oldest_{}, bytes_{};
};

} // namespace sluse
