// gateway/journal/stores.hpp — the two stores of the embedded log: what came in, and what was made of it.
#pragma once

#include "gateway/journal/log.hpp"
#include "gateway/journal/store.hpp"

namespace sluse {

constexpr std::size_t meta_family = 0, state_family = 1;

/// Raw records have a store of their own below the log's directory, written by the committing thread alone: an append waits for its own
/// bytes and its own sync, never behind a unit of the workers (docs/decisions/0006).
struct Stores {
    std::unique_ptr<Store> state; ///< families meta, state, then every topic but raw by partition
    std::unique_ptr<Store> raw;   ///< one family a partition, then one for what is known of the store itself
};

/// Where a topic's records of a partition lie.
struct Place {
    Store& store;
    std::size_t family;
};
inline Place place_of(const Stores& stores, std::uint32_t partitions, Topic topic, std::uint32_t partition)
{
    if (topic == Topic::raw) return {*stores.raw, partition};
    return {*stores.state, 2 + (static_cast<std::size_t>(topic) - 1) * partitions + partition};
}

/// Opens both. A directory made when raw records lay among the state is moved over first; interrupted, that goes on at the next start.
/// Faults when the directory was made with another number of partitions.
Result<Stores> open_stores(const EmbeddedOptions& options);

} // namespace sluse
