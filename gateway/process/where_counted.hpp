// gateway/process/where_counted.hpp — where to look for those who count in an indicator and a month, without reading everybody.
#pragma once

#include "gateway/process/node.hpp"

#include "gateway/base/time.hpp"
#include "gateway/journal/log.hpp"

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace sluse {

// I pack month id    state key: somebody whose id begins with these two bytes counted, or once counted, in that month of that pack
// (its hash). Nothing is taken out again: who is found there is looked at anyway.

/// The first two bytes of a node's id.
using IdStart = std::uint16_t;
IdStart start_of(const NodeId& id);

/// "G1.1@1" as the keys have it.
std::uint32_t where_counted_hash(std::string_view pack);

/// Notes them; most only once.
class WhereCounted {
public:
    void note(std::uint32_t pack_hash, Day day, const NodeId& id, Unit& unit);

private:
    std::vector<std::uint64_t> noted_; ///< a place for each by its hash; the newest holds
    Day day_ = std::numeric_limits<Day>::min(); ///< the last one's, and its month: most are of one day
    std::uint16_t month_{};
};

/// A state that is written from its beginning by who notes; an older one has to be read whole.
void begin_where_counted(Unit& unit);
bool knows_where_counted(State& state);
/// Starts of ids that may count there on days in [from, to), from `first` on, sorted.
std::vector<IdStart> where_counted(State& state, std::string_view pack, Day from, Day to, IdStart first);

} // namespace sluse
