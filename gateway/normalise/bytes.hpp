// gateway/normalise/bytes.hpp — the buffer that bundles are written into: std::string without its per-append calls, kept between messages.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
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
    void append(const char* data, std::size_t size)
    {
        if (capacity_ - size_ < size) grow(size);
        if (size) std::memcpy(data_.get() + size_, data, size);
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
