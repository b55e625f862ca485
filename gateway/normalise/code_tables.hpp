// gateway/normalise/code_tables.hpp — vocabulary maps: a sender's code to a FHIR code, system and display, pre-rendered as JSON.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

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

/// One table, open-addressed. An entry for "*" takes what no other entry takes.
class VocabularyMap {
public:
    std::string name;
    const MappedCode* find(std::string_view code) const
    {
        if (slots_.empty()) return nullptr;
        const auto found = slots_[place_of(code)].entry;
        const auto entry = found ? found : any_;
        return entry ? &entries_[entry - 1].code : nullptr;
    }
    /// The last of several with one text counts.
    void set(const std::string& text, MappedCode code)
    {
        if ((entries_.size() + 1) * 2 > slots_.size()) grow();
        auto& slot = slots_[place_of(text)];
        if (!slot.entry) {
            entries_.push_back({text, {}});
            slot = {TextHash{}(text), static_cast<std::uint32_t>(entries_.size())};
        }
        entries_[slot.entry - 1].code = std::move(code);
        if (text == "*") any_ = slot.entry;
    }

private:
    struct Entry {
        std::string text;
        MappedCode code;
    };
    struct Slot {
        std::size_t hash{};
        std::uint32_t entry{}; ///< its number, from 1; 0: none
    };
    std::size_t place_of(std::string_view text) const
    {
        const auto hash = TextHash{}(text);
        auto at = hash & (slots_.size() - 1);
        while (slots_[at].entry && (slots_[at].hash != hash || entries_[slots_[at].entry - 1].text != text)) at = (at + 1) & (slots_.size() - 1);
        return at;
    }
    void grow()
    {
        slots_.assign(std::max<std::size_t>(16, slots_.size() * 2), {});
        for (std::size_t i = 0; i < entries_.size(); ++i) slots_[place_of(entries_[i].text)] = {TextHash{}(entries_[i].text), static_cast<std::uint32_t>(i + 1)};
    }
    std::vector<Entry> entries_;
    std::vector<Slot> slots_; ///< a power of two, at most half of them full
    std::uint32_t any_{};
};

} // namespace sluse
