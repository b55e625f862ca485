// gateway/base/ids.hpp — message ids (ULID), keyed hashes, and the ids derived from them.
#pragma once

#include "gateway/base/time.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace sluse {

using Digest = std::array<std::uint8_t, 32>;

/// Universally unique, lexicographically sortable id: 48 bits of milliseconds, 80 random bits (github.com/ulid/spec).
struct Ulid {
    std::array<std::uint8_t, 16> bytes{};
    auto operator<=>(const Ulid&) const = default;
    Millis time() const;
    std::string text() const; ///< 26 characters of Crockford base 32
    static std::optional<Ulid> parse(std::string_view text);
};

/// Makes ULIDs that never go back within one thread, also when the clock does. Not thread-safe: one per owner.
class UlidSource {
public:
    UlidSource();
    Ulid next(Millis now);

private:
    std::uint64_t state_[2];
    Millis last_{};
    Ulid previous_{};
};

Digest sha256(std::string_view bytes);
/// SHA-256 of many texts that start alike: what whole blocks hold of the start is hashed once.
class HashedStart {
public:
    /// At most 64 MiB.
    void begin(std::string_view start);
    Digest with(std::string_view rest) const;

private:
    std::uint32_t words_[8]{};
    char left_[64]{}; ///< of the start, behind its whole blocks
    std::size_t left_size_{}, hashed_{};
};

std::string hex(std::string_view bytes);
inline std::string_view view(const Digest& digest)
{
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// HMAC-SHA-256 (RFC 2104, FIPS 180-4) under one key, with the key's two blocks hashed once: two compressions a short message.
/// Copyable, const use is thread-safe.
class HmacKey {
public:
    explicit HmacKey(std::string_view key);
    /// Parts are separated by a unit separator (0x1f), so ("ab","c") and ("a","bc") differ.
    Digest sign(std::initializer_list<std::string_view> parts) const;
    /// RFC 9562 version 8 UUID over sign(parts), written into `out` (36 characters).
    void uuid(std::initializer_list<std::string_view> parts, char* out) const;
    std::string uuid(std::initializer_list<std::string_view> parts) const;

private:
    struct Midstate {
        std::uint32_t words[8];
    };
    Midstate inner_, outer_;
};

/// The keys that keep identities inside (design, decision 11). `demonstration()` is the documented key that `convert` uses without
/// configuration, so that two machines give the same ids for the same message.
struct Keys {
    HmacKey resource;  ///< ids of FHIR resources
    HmacKey lane;      ///< lanes; internal, changes only by replay into new topics
    HmacKey pseudonym; ///< persons in indicator events, for the purpose "indicators"
    std::string pseudonym_id; ///< the key's id, carried in each event
    static Keys demonstration();
    /// Derives the three from one secret by HMAC with their names.
    static Keys from_secret(std::string_view secret, std::string pseudonym_id);
};

} // namespace sluse
