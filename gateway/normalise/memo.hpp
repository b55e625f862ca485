// gateway/normalise/memo.hpp — what the same field came to last time: units, staff, codes and names return in message after message.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/model/system.hpp"
#include "gateway/normalise/plan.hpp"
#include "gateway/normalise/resource_ids.hpp"
#include "gateway/normalise/source.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

struct RenderContext;

/// A bounded table from a field's text to the JSON that a data type map or a resource map makes of it. Only maps whose outcome hangs on
/// nothing but that text and on what begin() compares are kept here (Row::memo, ResourceMap::memo). One per renderer, so per thread.
class Memo {
public:
    static constexpr std::size_t slots = 8192, text_max = 250, output_max = 2000, room = 6 << 20; ///< room: bytes of all entries' texts

    /// A resource that rendering made from a part of the text.
    struct Made {
        std::uint16_t map{};
        std::uint8_t level{};
        std::uint16_t offset{}, length{};
        std::array<char, uuid_length> id{};
    };
    struct Key {
        std::uint32_t what{};        ///< row, or map
        std::int16_t codes{-1};
        std::uint8_t level{};        ///< of the value; +128: a value of no segment, whose escapes stay
        std::string_view text, argument;
        std::uint64_t hash{};        ///< set by find()
    };
    struct Entry { ///< in the room, its texts behind it
        std::uint32_t serial{}, what{};
        std::int16_t codes{};
        std::uint8_t level{};
        Emitted emitted{};
        std::uint16_t text{}, argument{}, output{}, made{}; ///< sizes, in this order; of `made` how many
    };

    /// Before each message: what is remembered under other settings, maps, keys, senders or separators is not found under these.
    void begin(const SourceMessage& message, const RenderContext& context);
    const Entry* find(Key& key);
    /// Of an entry just found.
    std::string_view output(const Entry& entry) const { return {bytes(entry) + entry.text + entry.argument, entry.output}; }
    Made made(const Entry& entry, std::size_t n) const
    {
        Made one;
        std::memcpy(&one, bytes(entry) + entry.text + entry.argument + entry.output + n * sizeof one, sizeof one);
        return one;
    }
    /// Keeps it when it is asked for the second time: most texts of a message never return.
    void keep(const Key& key, Emitted emitted, std::string_view output, std::span<const Made> made)
    {
        auto& tag = tags_.data()[key.hash % slots];
        const auto candidate = key.hash >> 48; // two texts with one of these are rare, and only kept too early
        if (tag.candidate == candidate) keep_now(tag, key, emitted, output, made);
        else tag.candidate = candidate & 0xffff;
    }
    /// False for what seldom returns (numbers, times): looking it up costs more than it spares.
    bool usable(std::uint32_t what)
    {
        if (serial_ == 0) return false;
        auto& use = uses_[what % uses_max];
        ++use.tries; // judged by 1024 uses; a poor one is tried again for the first 64 of the next 1024
        if (use.tries == (use.poor ? 64 : 1024)) {
            const bool poor = use.hits * 2 < use.tries;
            if (poor != use.poor || !poor) use.tries = 0;
            use.hits = 0;
            use.poor = poor;
        }
        if (use.tries == 1024) use.tries = 0;
        return !use.poor || use.tries < 64;
    }

private:
    /// All that an outcome hangs on beside the key.
    struct Conditions {
        std::uint32_t serial{};
        const Plan* plan{};
        std::string map_set, overlay, sender;
        std::map<std::string, std::string, std::less<>> identifier_systems, code_systems;
        std::optional<Zone> zone;
        std::optional<HmacKey> ids;
        int offset{}; ///< minutes for times without a zone, when MSH-7's differs from the site's; else no_offset
        std::array<char, 4> separators{};
        void (*unescape)(const void*, std::string_view, std::string&){};
    };
    static constexpr int no_offset = 100'000;
    struct Tag { ///< apart from the entries, so that a miss touches little memory
        std::uint64_t hash{};
        std::uint64_t at : 48 {};        ///< bytes written to the room before the entry
        std::uint64_t candidate : 16 {}; ///< of the hash that was asked for last in vain
        std::uint32_t next{};            ///< where in the room the entry lies that was found after this one
        std::uint32_t next_tag{};        ///< its tag
    };
    void keep_now(Tag& tag, const Key& key, Emitted emitted, std::string_view output, std::span<const Made> made);
    static bool same(const Conditions& known, const SourceMessage& message, const RenderContext& context, int offset);

    struct Free {
        void operator()(char* memory) const { std::free(memory); }
    };
    static constexpr std::size_t uses_max = 4096;
    struct Use {
        std::uint16_t tries{}, hits{};
        bool poor{};
    };
    std::array<Use, uses_max> uses_{}; ///< by row or map
    static const char* bytes(const Entry& entry) { return reinterpret_cast<const char*>(&entry + 1); }
    /// Of all entries, anywhere in six megabytes: in huge pages where the system has them.
    static std::unique_ptr<char[], Free> make_room();
    /// Where so many bytes can lie together: the oldest are overwritten, so the memory is what it is from the start.
    char* take(std::size_t size, std::uint64_t& at);

    std::unique_ptr<char[], Free> room_;
    std::uint64_t written_{};
    std::vector<Tag> tags_;
    Tag* last_{};                      ///< found last
    std::vector<Conditions> conditions_;
    std::uint32_t serial_{}, last_serial_{}; ///< of the message at hand (0: remember nothing), the last one given
};

} // namespace sluse
