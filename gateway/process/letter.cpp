// gateway/process/letter.cpp — the record of Topic::facts, format 1:
// u8 version · u8 kind · bytes to, from · uint epoch · 16 bytes message · sint received · bytes system · u8 partial · facts · links.
#include "gateway/process/letter.hpp"

#include "gateway/base/codec.hpp"

namespace sluse {

void encode(const Letter& l, std::string& out)
{
    Writer w(out);
    w.u8(1);
    w.u8(static_cast<std::uint8_t>(l.kind));
    w.bytes(l.to);
    w.bytes(l.from);
    w.uint(l.epoch);
    w.raw(l.cause.message.bytes);
    w.sint(l.cause.received_ms);
    w.bytes(l.cause.system);
    w.u8(l.cause.partial ? 1 : 0);
    w.uint(l.facts.size());
    std::string fact;
    for (const auto& f : l.facts) {
        fact.clear();
        encode(f, fact);
        w.bytes(fact);
    }
    encode_links(l.links, out);
}

std::optional<Letter> decode_letter(std::string_view record)
{
    Reader r(record);
    if (r.u8() != 1) return {};
    Letter l;
    const auto kind = r.u8();
    if (kind < 1 || kind > 4) return {};
    l.kind = static_cast<LetterKind>(kind);
    l.to = r.bytes();
    l.from = r.bytes();
    l.epoch = r.uint();
    r.raw(l.cause.message.bytes);
    l.cause.received_ms = r.sint();
    l.cause.system = r.bytes();
    l.cause.partial = r.u8() != 0;
    const auto count = r.uint();
    if (!r.ok() || count > r.rest().size()) return {};
    l.facts.reserve(static_cast<std::size_t>(count));
    for (std::uint64_t i = 0; i < count; ++i) {
        auto fact = decode_fact(r.bytes());
        if (!fact) return {};
        l.facts.push_back(std::move(*fact));
    }
    if (!decode_links(r, l.links) || !r.done()) return {};
    return l;
}

} // namespace sluse
