// gateway/track/cell_key.hpp — the bytes that name a cell: indicator, version, day it counts in, dimensions, day it matures, day it became known.
#pragma once

#include "gateway/base/codec.hpp"
#include "gateway/model/contribution.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluse {

constexpr std::size_t received_bytes = 4; ///< at the end of the key, so that summing the known-days out is cutting the key

struct CellKey {
    std::string indicator, version;
    Day counts_day{}, matures_day{}, received_day{};
    Dimensions dims;
};

inline void put_day(std::string& out, Day day)
{
    put_be(out, static_cast<std::uint32_t>(day) ^ 0x8000'0000u, 4); // so that bytes sort as days do, before 1970 too
}
inline Day get_day(std::string_view bytes)
{
    return static_cast<Day>(static_cast<std::uint32_t>(get_be(bytes)) ^ 0x8000'0000u);
}

inline std::string cell_prefix(std::string_view indicator, std::string_view version)
{
    std::string out;
    Writer writer(out);
    writer.bytes(indicator);
    writer.bytes(version);
    return out;
}

/// Without the received day.
inline std::string cell_key(std::string_view indicator, std::string_view version, const Contribution& c)
{
    auto out = cell_prefix(indicator, version);
    put_day(out, c.counts_day);
    Writer writer(out);
    for (const auto* text : {&c.dims.region, &c.dims.municipality, &c.dims.unit, &c.dims.sex, &c.dims.age_band}) writer.bytes(*text);
    put_day(out, c.matures_day);
    return out;
}

/// Reads a whole key, received day included.
inline std::optional<CellKey> parse_cell_key(std::string_view bytes)
{
    CellKey key;
    Reader in(bytes);
    key.indicator = in.bytes();
    key.version = in.bytes();
    key.counts_day = get_day(in.raw(4));
    for (auto* text : {&key.dims.region, &key.dims.municipality, &key.dims.unit, &key.dims.sex, &key.dims.age_band}) *text = in.bytes();
    key.matures_day = get_day(in.raw(4));
    key.received_day = get_day(in.raw(4));
    if (!in.ok() || !in.done()) return {};
    return key;
}

} // namespace sluse
