// tests/journal/crc32c_test.cpp — the checksum that stands for RocksDB's gives the sums of RFC 3720.
#include "gateway/journal/crc32c.hpp"

#include <gtest/gtest.h>

#include <dlfcn.h>
#include <numeric>
#include <string>

#if defined(__x86_64__)

namespace rocksdb::crc32c {
std::uint32_t Extend(std::uint32_t sum, const char* data, std::size_t size);
}

namespace sluse {
namespace {

std::uint32_t sum_of(const std::string& text)
{
    return rocksdb::crc32c::Extend(0, text.data(), text.size());
}

TEST(Crc32c, gives_the_sums_of_the_standard)
{
    static_cast<void>(checksums_by_processor());
    std::string rising(32, '\0');
    std::iota(rising.begin(), rising.end(), '\0');
    EXPECT_EQ(sum_of(std::string(32, '\0')), 0x8a9136aau);
    EXPECT_EQ(sum_of(std::string(32, '\xff')), 0x62a8ab43u);
    EXPECT_EQ(sum_of(rising), 0x46dd794eu);
    EXPECT_EQ(sum_of("123456789"), 0xe3069283u);
}

TEST(Crc32c, goes_on_from_any_place)
{
    std::string text(1001, ' ');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 31 % 251);
    for (std::size_t cut = 0; cut <= text.size(); cut += 7)
        EXPECT_EQ(rocksdb::crc32c::Extend(sum_of(text.substr(0, cut)), text.data() + cut, text.size() - cut), sum_of(text)) << cut;
}

/// A sum that differed from the library's would make every store of another build unreadable.
TEST(Crc32c, agrees_with_the_library_it_stands_for)
{
    auto* library = ::dlopen("librocksdb.so.7.8", RTLD_NOW | RTLD_NOLOAD);
    if (!library) GTEST_SKIP() << "RocksDB is not this library here";
    using Extend = std::uint32_t (*)(std::uint32_t, const char*, std::size_t);
    const auto theirs = reinterpret_cast<Extend>(::dlsym(library, "_ZN7rocksdb6crc32c6ExtendEjPKcm"));
    ASSERT_NE(theirs, nullptr);
    for (std::size_t size = 0; size < 300; ++size) {
        const std::string text(size, static_cast<char>(size));
        EXPECT_EQ(theirs(17, text.data(), size), rocksdb::crc32c::Extend(17, text.data(), size)) << size;
    }
    ::dlclose(library);
}

} // namespace
} // namespace sluse

#endif
