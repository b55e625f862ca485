// gateway/normalise/bytes.hpp — the buffer that bundles are written into: std::string without its per-append calls, kept between messages.
#pragma once

#include "gateway/base/copy.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sluse {

/// Grows, is cut back, never zeroes what it grows by. Movable.
class Bytes {
public:
    Bytes() = default;
    Bytes(Bytes&& other) noexcept { swap(other); }
    Bytes& operator=(Bytes&& other) noexcept
    {
        swap(other);
        return *this;
    }
    Bytes& operator+=(char c)
    {
        *room(1) = c;
        ++end_;
        return *this;
    }
    Bytes& operator+=(std::string_view text)
    {
        append(text.data(), text.size());
        return *this;
    }
    Bytes& operator+=(const char* text) { return *this += std::string_view(text); }
    /// A string's bytes can be read up to its 16th, however short it is: most keys and fixed values go in one move.
    Bytes& operator+=(const std::string& text)
    {
        if (text.size() > 16) return *this += std::string_view(text);
        std::memcpy(room(16), text.data(), 16);
        end_ += text.size();
        return *this;
    }
    /// Text that can be read 32 bytes from its start, however short it is (TextPool): most keys and fixed values go in two moves.
    void append_padded(std::string_view text)
    {
        if (text.size() > 32) return append(text.data(), text.size());
        std::memcpy(room(32), text.data(), 32);
        end_ += text.size();
    }
    /// A comma, if told, and such a text.
    void append_behind(bool comma, std::string_view text)
    {
        auto* const to = room(text.size() + 33);
        *to = ',';
        if (text.size() > 32) copy_short(to + comma, text.data(), text.size());
        else std::memcpy(to + comma, text.data(), 32);
        end_ = to + comma + text.size();
    }
    /// Room for so many bytes more, to be written there and then told by wrote().
    char* room(std::size_t more)
    {
        if (static_cast<std::size_t>(limit_ - end_) < more) grow(more);
        return end_;
    }
    void wrote(std::size_t size) { end_ += size; }
    void append(const char* data, std::size_t size)
    {
        copy_short(room(size), data, size);
        end_ += size;
    }
    /// Takes back everything after `size`.
    void cut(std::size_t size) { end_ = data_.get() + size; }
    void clear() { end_ = data_.get(); }
    std::size_t size() const { return static_cast<std::size_t>(end_ - data_.get()); }
    std::string_view view() const { return {data_.get(), size()}; }

private:
    void swap(Bytes& other)
    {
        data_.swap(other.data_);
        std::swap(end_, other.end_);
        std::swap(limit_, other.limit_);
    }
    void grow(std::size_t more)
    {
        const auto used = size(), capacity = std::max(static_cast<std::size_t>(limit_ - data_.get()) * 2, used + more + 4096);
        auto data = std::unique_ptr<char[]>(new char[capacity]);
        if (used) std::memcpy(data.get(), data_.get(), used);
        data_ = std::move(data);
        end_ = data_.get() + used;
        limit_ = data_.get() + capacity;
    }
    std::unique_ptr<char[]> data_;
    char *end_{}, *limit_{}; ///< of what is written, of the room: pointers, since every byte written makes the compiler read them again
};

} // namespace sluse
