// gateway/normalise/code_tables.hpp — vocabulary maps: a sender's code to a FHIR code, system and display, pre-rendered as JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sluse {

struct MappedCode {
    std::string code;   ///< bare, for conditions and keys
    std::string json;   ///< "\"female\""
    std::string coding; ///< {"system":…,"code":…,"display":…}
};

struct TextHash {
    using is_transparent = void;
    /// Codes are mostly of at most 16 bytes: two loads that overlap and one multiplication.
    std::size_t operator()(std::string_view text) const
    {
        if (text.size() > 16) return of_long(text);
        std::uint64_t first = 0, last = 0;
        if (text.size() >= 8) {
            std::memcpy(&first, text.data(), 8);
            std::memcpy(&last, text.data() + text.size() - 8, 8);
        } else if (text.size() >= 4) {
            std::uint32_t low = 0, high = 0;
            std::memcpy(&low, text.data(), 4);
            std::memcpy(&high, text.data() + text.size() - 4, 4);
            first = low, last = high;
        } else if (!text.empty()) {
            const auto byte = [&](std::size_t at) { return std::uint64_t{static_cast<unsigned char>(text[at])}; };
            first = byte(0) | byte(text.size() / 2) << 8 | byte(text.size() - 1) << 16;
        }
        return folded(first ^ 0x9E3779B97F4A7C15u, last ^ (text.size() * 0xD6E8FEB86659FD93u));
    }

private:
    static std::size_t folded(std::uint64_t a, std::uint64_t b)
    {
        const auto product = static_cast<unsigned __int128>(a) * b;
        return static_cast<std::size_t>(product) ^ static_cast<std::size_t>(product >> 64);
    }
    static std::size_t of_long(std::string_view text)
    {
        std::uint64_t hash = text.size(), word = 0;
        for (std::size_t i = 0; i + 8 <= text.size(); i += 8) {
            std::memcpy(&word, text.data() + i, 8);
            hash = folded(hash ^ word ^ 0x9E3779B97F4A7C15u, 0xD6E8FEB86659FD93u);
        }
        std::memcpy(&word, text.data() + text.size() - 8, 8);
        return folded(hash ^ word ^ 0x9E3779B97F4A7C15u, 0xD6E8FEB86659FD93u);
    }
};

/// One table. An entry for "*" takes what no other entry takes.
struct VocabularyMap {
    std::string name;
    std::unordered_map<std::string, MappedCode, TextHash, std::equal_to<>> codes;
    const MappedCode* find(std::string_view code) const
    {
        const auto found = codes.find(code);
        if (found != codes.end()) return &found->second;
        const auto any = codes.find(std::string_view("*"));
        return any == codes.end() ? nullptr : &any->second;
    }
};

} // namespace sluse
