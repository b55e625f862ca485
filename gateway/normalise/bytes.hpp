// gateway/normalise/bytes.hpp — the buffer that bundles are written into: std::string without its per-append calls, kept between messages.
#pragma once

#include "gateway/base/copy.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace sluse {

/// Grows, is cut back, never zeroes what it grows by. Movable.
class Bytes {
public:
    Bytes& operator+=(char c)
    {
        if (size_ == capacity_) grow(1);
        data_[size_++] = c;
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
        if (text.size() > 16 || capacity_ - size_ < 16) return *this += std::string_view(text);
        std::memcpy(data_.get() + size_, text.data(), 16);
        size_ += text.size();
        return *this;
    }
    /// Text that can be read 32 bytes from its start, however short it is (TextPool): most keys and fixed values go in two moves.
    void append_padded(std::string_view text)
    {
        if (text.size() > 32) return append(text.data(), text.size());
        if (capacity_ - size_ < 32) grow(32);
        std::memcpy(data_.get() + size_, text.data(), 32);
        size_ += text.size();
    }
    /// A comma, if told, and such a text.
    void append_behind(bool comma, std::string_view text)
    {
        if (capacity_ - size_ < 33) grow(33);
        data_[size_] = ',';
        size_ += comma;
        append_padded(text);
    }
    /// Room for so many bytes more, to be written there and then told by wrote().
    char* room(std::size_t more)
    {
        if (capacity_ - size_ < more) grow(more);
        return data_.get() + size_;
    }
    void wrote(std::size_t size) { size_ += size; }
    void append(const char* data, std::size_t size)
    {
        if (capacity_ - size_ < size) grow(size);
        copy_short(data_.get() + size_, data, size);
        size_ += size;
    }
    /// Takes back everything after `size`.
    void cut(std::size_t size) { size_ = size; }
    void clear() { size_ = 0; }
    std::size_t size() const { return size_; }
    std::string_view view() const { return {data_.get(), size_}; }

private:
    void grow(std::size_t more)
    {
        const auto capacity = std::max(capacity_ * 2, size_ + more + 4096);
        auto data = std::unique_ptr<char[]>(new char[capacity]);
        if (size_) std::memcpy(data.get(), data_.get(), size_);
        data_ = std::move(data);
        capacity_ = capacity;
    }
    std::unique_ptr<char[]> data_;
    std::size_t size_{}, capacity_{};
};

} // namespace sluse
