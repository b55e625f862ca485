// gateway/journal/packed_value.cpp — one LZ4 block and its size.
#include "gateway/journal/packed_value.hpp"

#include "gateway/base/codec.hpp"

#include <lz4.h>

namespace sluse {
namespace {
constexpr std::size_t worth_min = 1024;     ///< shorter ones say little twice
constexpr std::size_t value_max = 64u << 20; ///< no record is longer: what says it is one is damaged
} // namespace

bool pack(std::string_view value, std::string& out)
{
    if (value.size() < worth_min || value.size() > value_max) return false;
    const auto begin = out.size();
    Writer(out).uint(value.size());
    const auto head = out.size(), room = value.size() - value.size() / 4;
    out.resize(head + room);
    const auto size = LZ4_compress_default(value.data(), out.data() + head, static_cast<int>(value.size()), static_cast<int>(room));
    out.resize(size > 0 ? head + static_cast<std::size_t>(size) : begin);
    return size > 0;
}

bool unpack(std::string_view packed, std::string& value)
{
    Reader reader(packed);
    const auto size = reader.uint();
    if (!reader.ok() || size > value_max) return false;
    value.resize(size);
    const auto block = reader.rest();
    const auto got = LZ4_decompress_safe(block.data(), value.data(), static_cast<int>(block.size()), static_cast<int>(size));
    return got >= 0 && static_cast<std::size_t>(got) == size;
}

} // namespace sluse
