// gateway/base/codec.hpp — the one binary encoding of records in the log and the state: varints, length-prefixed bytes, big-endian key parts.
#pragma once

#include "gateway/base/copy.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sluse {

inline std::uint64_t zigzag(std::int64_t value)
{
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

constexpr std::size_t uint_most = 10; ///< bytes of a varint

/// Appends values to a byte string. Integers are LEB128 varints, signed ones zigzag first.
class Writer {
public:
    explicit Writer(std::string& out) : out_(out) {}
    void u8(std::uint8_t value) { out_ += static_cast<char>(value); }
    void uint(std::uint64_t value)
    {
        char bytes[uint_most];
        std::size_t size = 0;
        for (; value >= 0x80; value >>= 7) bytes[size++] = static_cast<char>(value | 0x80);
        bytes[size++] = static_cast<char>(value);
        out_.append(bytes, size);
    }
    void sint(std::int64_t value) { uint(zigzag(value)); }
    void bytes(std::string_view value)
    {
        uint(value.size());
        out_ += value;
    }
    void raw(std::string_view value) { out_ += value; }
    /// All bytes of an id: their number is known to who reads.
    template <std::size_t Size> void raw(const std::array<std::uint8_t, Size>& value) { out_.append(reinterpret_cast<const char*>(value.data()), Size); }

private:
    std::string& out_;
};

/// Writes the same where the memory is known to be enough: for records of many small values.
class QuickWriter {
public:
    explicit QuickWriter(char* at) : at_(at) {}
    char* at() const { return at_; }
    void u8(std::uint8_t value) { *at_++ = static_cast<char>(value); }
    void uint(std::uint64_t value)
    {
        for (; value >= 0x80; value >>= 7) *at_++ = static_cast<char>(value | 0x80);
        *at_++ = static_cast<char>(value);
    }
    void sint(std::int64_t value) { uint(zigzag(value)); }
    void bytes(std::string_view value)
    {
        uint(value.size());
        copy_short(at_, value.data(), value.size());
        at_ += value.size();
    }

private:
    char* at_;
};

/// Reads what Writer wrote. A short or malformed input makes ok() false and every later read zero or empty; it never throws.
class Reader {
public:
    explicit Reader(std::string_view in) : in_(in) {}
    bool ok() const { return ok_; }
    bool done() const { return in_.empty(); }
    std::string_view rest() const { return in_; }
    std::uint8_t u8()
    {
        const auto one = take(1);
        return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one[0]);
    }
    std::uint64_t uint()
    {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const auto byte = u8();
            if (!ok_) return 0;
            value |= std::uint64_t{byte & 0x7fu} << shift;
            if (!(byte & 0x80)) return value;
        }
        ok_ = false;
        return 0;
    }
    std::int64_t sint()
    {
        const auto value = uint();
        return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
    }
    std::string_view bytes() { return take(uint()); }
    std::string_view raw(std::size_t size) { return take(size); }
    template <std::size_t Size> void raw(std::array<std::uint8_t, Size>& out)
    {
        const auto part = take(Size);
        if (ok_) std::memcpy(out.data(), part.data(), Size);
    }

private:
    std::string_view take(std::uint64_t size)
    {
        if (!ok_ || size > in_.size()) {
            ok_ = false;
            in_ = {};
            return {};
        }
        const auto part = in_.substr(0, static_cast<std::size_t>(size));
        in_.remove_prefix(static_cast<std::size_t>(size));
        return part;
    }
    std::string_view in_;
    bool ok_{true};
};

/// Big-endian, so that keys sort as numbers do.
inline void put_be(std::string& out, std::uint64_t value, int bytes)
{
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}
inline std::uint64_t get_be(std::string_view in)
{
    std::uint64_t value = 0;
    for (const char c : in) value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

} // namespace sluse
