// gateway/journal/crc32c.cpp — CRC-32C (Castagnoli) in RocksDB's name, with the instruction that x86-64 has for it.
#include "gateway/journal/crc32c.hpp"

#if defined(__x86_64__) // elsewhere the library finds the processor's instruction by itself

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <nmmintrin.h>

namespace rocksdb::crc32c {
std::uint32_t Extend(std::uint32_t sum, const char* data, std::size_t size); // the library's declaration is in no installed header
} // namespace rocksdb::crc32c

namespace sluse {
namespace {

constexpr std::uint32_t polynomial = 0x82f63b78; ///< reflected

constexpr std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        auto sum = i;
        for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ (sum & 1 ? polynomial : 0);
        made[i] = sum;
    }
    return made;
}();

/// For processors older than 2008.
std::uint32_t by_table(std::uint32_t sum, const char* data, std::size_t size)
{
    for (; size > 0; --size, ++data) sum = (sum >> 8) ^ table[(sum ^ static_cast<unsigned char>(*data)) & 0xff];
    return sum;
}

__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::uint32_t sum, const char* data, std::size_t size)
{
    std::uint64_t wide = sum;
    for (; size >= 8; size -= 8, data += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, data, 8);
        wide = _mm_crc32_u64(wide, word);
    }
    sum = static_cast<std::uint32_t>(wide);
    for (; size > 0; --size, ++data) sum = _mm_crc32_u8(sum, static_cast<unsigned char>(*data));
    return sum;
}

const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;

} // namespace

bool checksums_by_processor()
{
    return has_instruction;
}

} // namespace sluse

std::uint32_t rocksdb::crc32c::Extend(std::uint32_t sum, const char* data, std::size_t size)
{
    return ~(sluse::has_instruction ? sluse::by_instruction(~sum, data, size) : sluse::by_table(~sum, data, size));
}

#else

bool sluse::checksums_by_processor()
{
    return false;
}

#endif
