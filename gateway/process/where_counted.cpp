// gateway/process/where_counted.cpp — the index of the state by pack and month: its keys, and the memory of what was written lately.
#include "gateway/process/where_counted.hpp"

#include "gateway/base/codec.hpp"

#include <algorithm>
#include <string>

namespace sluse {
namespace {

constexpr std::string_view begun_key = "rules/where-counted";
constexpr std::size_t noted_bits = 17; ///< 1 MiB of a partition

/// Counted from the year 0; what lies outside of 5,000 years is at their ends.
std::uint16_t month_of(Day day)
{
    const auto date = date_of(std::clamp(day, day_of({0, 1, 1}), day_of({5000, 1, 1})));
    return static_cast<std::uint16_t>(date.year * 12 + date.month - 1);
}

std::string key_of(std::uint64_t what, int bytes)
{
    std::string key = "I";
    put_be(key, what, bytes);
    return key;
}

} // namespace

std::uint32_t where_counted_hash(std::string_view pack)
{
    std::uint32_t hash = 2166136261u; // FNV-1a: stored, so it must be the same everywhere
    for (const char c : pack) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    return hash;
}

IdStart start_of(const NodeId& id)
{
    return static_cast<IdStart>(id[0] << 8 | id[1]);
}

void WhereCounted::note(std::uint32_t pack_hash, Day day, const NodeId& id, Unit& unit)
{
    if (noted_.empty()) noted_.resize(std::size_t{1} << noted_bits);
    if (day != day_) month_ = month_of(day_ = day);
    const auto what = std::uint64_t{pack_hash} << 32 | std::uint64_t{month_} << 16 | start_of(id);
    auto& place = noted_[what * 0x9E3779B97F4A7C15u >> (64 - noted_bits)];
    if (place == what) return;
    place = what;
    unit.put(key_of(what, 8), "1");
}

void begin_where_counted(Unit& unit)
{
    unit.put(begun_key, "1");
}

bool knows_where_counted(State& state)
{
    return state.get(begun_key).has_value();
}

std::vector<IdStart> where_counted(State& state, std::string_view pack, Day from, Day to, IdStart first)
{
    constexpr int months_each_max = 120; // of more it is less to read all
    std::vector<IdStart> out;
    if (from >= to) return out;
    const std::uint64_t hash = where_counted_hash(pack);
    const std::uint16_t from_month = month_of(from), last_month = month_of(to - 1);
    const auto take = [&](std::string_view key, std::string_view) {
        if (key.size() != 9) return true;
        const auto month = get_be(key.substr(5, 2));
        const auto start = static_cast<IdStart>(get_be(key.substr(7)));
        if (month >= from_month && month <= last_month && start >= first) out.push_back(start);
        return true;
    };
    if (last_month - from_month > months_each_max) {
        state.scan(key_of(hash, 4), take);
    } else {
        for (unsigned month = from_month; month <= last_month; ++month) state.scan(key_of(hash << 16 | month, 6), take);
    }
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

} // namespace sluse
