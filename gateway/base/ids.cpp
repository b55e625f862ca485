// gateway/base/ids.cpp — ULIDs, and HMAC with precomputed key blocks over OpenSSL's SHA-256.
#include "gateway/base/ids.hpp"

#include "gateway/base/copy.hpp"

#include <bit>
#include <cstring>
#include <random>

// The one-shot and EVP interfaces allocate per call; the low-level one is what lets a key's blocks be hashed once. It is
// deprecated in OpenSSL 3, not removed, and the algorithm will not change.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

namespace sluse {
namespace {

constexpr char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr char hex_digits[] = "0123456789abcdef";
constexpr auto hex_pairs = [] {
    std::array<std::array<char, 2>, 256> out{};
    for (std::size_t i = 0; i < 256; ++i) out[i] = {hex_digits[i >> 4], hex_digits[i & 15]};
    return out;
}();

void block_of(std::string_view key, std::uint8_t pad, std::uint32_t (&words)[8])
{
    std::uint8_t block[64] = {};
    if (key.size() > sizeof block) {
        const auto digest = sha256(key);
        std::memcpy(block, digest.data(), digest.size());
    } else {
        std::memcpy(block, key.data(), key.size());
    }
    for (auto& byte : block) byte ^= pad;
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, block, sizeof block);
    std::memcpy(words, context.h, sizeof words);
}

SHA256_CTX resume(const std::uint32_t (&words)[8], std::size_t hashed = 64)
{
    SHA256_CTX context;
    SHA256_Init(&context);
    std::memcpy(context.h, words, sizeof words);
    context.Nl = static_cast<SHA_LONG>(hashed * 8); // in bits: a few blocks, never more than fit here
    return context;
}

} // namespace

Millis Ulid::time() const
{
    Millis value = 0;
    for (int i = 0; i < 6; ++i) value = value << 8 | bytes[static_cast<std::size_t>(i)];
    return value;
}

std::string Ulid::text() const
{
    // 26 digits of 5 bits hold 130 bits: the first digit carries only 3.
    std::string out(26, '0');
    unsigned __int128 value = 0;
    for (const auto byte : bytes) value = value << 8 | byte;
    for (std::size_t i = 26; i-- > 0; value >>= 5) out[i] = crockford[static_cast<unsigned>(value & 31)];
    return out;
}

std::optional<Ulid> Ulid::parse(std::string_view text)
{
    if (text.size() != 26 || text[0] > '7') return {};
    unsigned __int128 value = 0;
    for (const char c : text) {
        const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        const auto* at = static_cast<const char*>(std::memchr(crockford, upper, 32));
        if (!at) return {};
        value = value << 5 | static_cast<unsigned>(at - crockford);
    }
    Ulid id;
    for (std::size_t i = 16; i-- > 0; value >>= 8) id.bytes[i] = static_cast<std::uint8_t>(value & 255);
    return id;
}

UlidSource::UlidSource()
{
    std::random_device device;
    for (auto& word : state_) word = (std::uint64_t{device()} << 32) | device();
}

Ulid UlidSource::next(Millis now)
{
    if (now <= last_) { // same or earlier millisecond: count up, so that order is kept
        for (std::size_t i = 16; i-- > 0;)
            if (++previous_.bytes[i] != 0) break;
        return previous_;
    }
    last_ = now;
    auto mix = [this] { // xorshift128+: ids need to be unique, not secret
        auto x = state_[0];
        const auto y = state_[1];
        state_[0] = y;
        x ^= x << 23;
        state_[1] = x ^ y ^ (x >> 17) ^ (y >> 26);
        return state_[1] + y;
    };
    const std::uint64_t a = mix(), b = mix();
    for (std::size_t i = 0; i < 6; ++i) previous_.bytes[i] = static_cast<std::uint8_t>(now >> (40 - 8 * i));
    std::memcpy(&previous_.bytes[6], &a, 8);
    std::memcpy(&previous_.bytes[14], &b, 2);
    previous_.bytes[6] &= 0x7f; // room to count up without touching the time
    return previous_;
}

Digest sha256(std::string_view bytes)
{
    Digest digest;
    SHA256_CTX context; // SHA256() looks the algorithm up by name, which costs as much again as a short text
    SHA256_Init(&context);
    SHA256_Update(&context, bytes.data(), bytes.size());
    SHA256_Final(digest.data(), &context);
    return digest;
}

std::string hex(std::string_view bytes)
{
    std::string out(bytes.size() * 2, '\0');
    auto* at = out.data();
    for (const char c : bytes) {
        *at++ = hex_digits[static_cast<unsigned char>(c) >> 4];
        *at++ = hex_digits[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

HmacKey::HmacKey(std::string_view key)
{
    block_of(key, 0x36, inner_.words);
    block_of(key, 0x5c, outer_.words);
}

namespace {

static_assert(std::endian::native == std::endian::little, "SHA-256's words are big-endian");

// Pads as SHA-256 does when `size` bytes stand in `blocks` and `before` were hashed; returns how many blocks they fill.
std::size_t pad(unsigned char* blocks, std::size_t size, std::size_t before = 64)
{
    const auto count = (size + 9 + 63) / 64;
    std::memset(blocks + size, 0, count * 64 - size);
    blocks[size] = 0x80;
    const auto bits = __builtin_bswap64((size + before) * 8);
    std::memcpy(blocks + count * 64 - sizeof bits, &bits, sizeof bits);
    return count;
}

void hash_blocks(SHA256_CTX& context, const unsigned char* blocks, std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i) SHA256_Transform(&context, blocks + 64 * i);
}

Digest digest_of(const SHA256_CTX& context)
{
    Digest digest;
    for (std::size_t i = 0; i < 8; ++i) {
        const auto word = __builtin_bswap32(context.h[i]);
        std::memcpy(&digest[4 * i], &word, sizeof word);
    }
    return digest;
}

} // namespace

/// For whole blocks alone: these read nothing of a context but its words.
void start_from(const std::uint32_t (&words)[8], SHA256_CTX& context)
{
    std::memcpy(context.h, words, sizeof words);
}

// What is signed is mostly a few short names: they are laid out in whole blocks here, which spares the library's bookkeeping.
Digest HmacKey::sign(std::initializer_list<std::string_view> parts) const
{
    std::size_t size = parts.size() ? parts.size() - 1 : 0;
    for (const auto part : parts) size += part.size();
    unsigned char blocks[512];
    SHA256_CTX context;
    Digest digest;
    if (size + 9 <= sizeof blocks) {
        start_from(inner_.words, context);
        auto* at = blocks;
        bool first = true;
        for (const auto part : parts) {
            if (!first) *at++ = '\x1f';
            first = false;
            copy_short(reinterpret_cast<char*>(at), part.data(), part.size());
            at += part.size();
        }
        hash_blocks(context, blocks, pad(blocks, size));
        digest = digest_of(context);
    } else {
        context = resume(inner_.words);
        bool first = true;
        for (const auto part : parts) {
            if (!first) SHA256_Update(&context, "\x1f", 1);
            first = false;
            SHA256_Update(&context, part.data(), part.size());
        }
        SHA256_Final(digest.data(), &context);
    }
    start_from(outer_.words, context);
    std::memcpy(blocks, digest.data(), digest.size());
    hash_blocks(context, blocks, pad(blocks, digest.size()));
    return digest_of(context);
}

void HashedStart::begin(std::string_view start)
{
    SHA256_CTX context;
    SHA256_Init(&context);
    const auto blocks = start.size() / 64;
    hash_blocks(context, reinterpret_cast<const unsigned char*>(start.data()), blocks);
    std::memcpy(words_, context.h, sizeof words_);
    hashed_ = blocks * 64;
    start.substr(hashed_).copy(left_, left_size_ = start.size() - hashed_);
}

Digest HashedStart::with(std::string_view rest) const
{
    unsigned char blocks[512];
    SHA256_CTX context;
    if (left_size_ + rest.size() + 9 > sizeof blocks) { // as the library does it
        context = resume(words_, hashed_);
        SHA256_Update(&context, left_, left_size_);
        SHA256_Update(&context, rest.data(), rest.size());
        Digest digest;
        SHA256_Final(digest.data(), &context);
        return digest;
    }
    start_from(words_, context);
    std::memcpy(blocks, left_, left_size_);
    rest.copy(reinterpret_cast<char*>(blocks) + left_size_, rest.size());
    hash_blocks(context, blocks, pad(blocks, left_size_ + rest.size(), hashed_));
    return digest_of(context);
}

void HmacKey::uuid(std::initializer_list<std::string_view> parts, char* out) const
{
    auto digest = sign(parts);
    digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0f) | 0x80);
    digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3f) | 0x80);
    constexpr std::uint8_t places[] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
    for (std::size_t i = 0; i < 16; ++i) std::memcpy(out + places[i], hex_pairs[digest.data()[i]].data(), 2);
    for (const auto dash : {8, 13, 18, 23}) out[dash] = '-';
}

std::string HmacKey::uuid(std::initializer_list<std::string_view> parts) const
{
    std::string out(36, '\0');
    uuid(parts, out.data());
    return out;
}

Keys Keys::demonstration()
{
    return from_secret("sluse demonstration key: not secret, never for patients", "demo");
}

Keys Keys::from_secret(std::string_view secret, std::string pseudonym_id)
{
    const HmacKey root(secret);
    return {HmacKey(view(root.sign({"resource"}))), HmacKey(view(root.sign({"lane"}))), HmacKey(view(root.sign({"pseudonym", "indicators"}))),
            std::move(pseudonym_id)};
}

} // namespace sluse
