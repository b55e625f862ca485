// gateway/model/fact.cpp — joining of facts by attribute version, and their record format 2:
// u8 format · u8 kind · bytes key · uint count · per attribute: u8 attr, u8 type (0 deleted, 1 number, 2 text; 16 more: said with the
// attribute before it), value, and unless said together: sint recorded, sint sent − recorded, uint position. Format 1 never had the 16.
#include "gateway/model/fact.hpp"

#include "gateway/model/version_codec.hpp"

#include <algorithm>

namespace sluse {
namespace {

enum class Stored : std::uint8_t { deleted = 0, number = 1, text = 2 };

constexpr std::uint8_t together = 16;

void write(QuickWriter& w, const Attribute& a, const Attribute* before)
{
    const bool same = before && before->version == a.version;
    w.u8(static_cast<std::uint8_t>(a.attr));
    w.u8(static_cast<std::uint8_t>(a.value.index() | (same ? together : 0u)));
    if (const auto* number = std::get_if<std::int64_t>(&a.value)) w.sint(*number);
    if (const auto* text = std::get_if<std::string>(&a.value)) w.bytes(*text);
    if (same) return;
    write_version_by_delay(w, a.version);
}

/// What it takes written at most.
std::size_t most_of(const Fact& fact)
{
    constexpr std::size_t attribute = 2 + 4 * uint_most; // its marks, a number or a size, and a version
    auto bytes = 2 + 2 * uint_most + fact.key.size() + fact.attributes.size() * attribute;
    for (const auto& a : fact.attributes)
        if (const auto* text = std::get_if<std::string>(&a.value)) bytes += text->size();
    return bytes;
}

bool read(Reader& r, Attribute& a, const Attribute* before)
{
    a.attr = static_cast<Attr>(r.u8());
    const auto type = r.u8();
    const bool same = type & together;
    if (same && !before) return false;
    switch (static_cast<Stored>(type & ~together)) {
    case Stored::deleted: a.value = std::monostate{}; break;
    case Stored::number: a.value = r.sint(); break;
    case Stored::text:
        if (auto* text = std::get_if<std::string>(&a.value)) *text = r.bytes();
        else a.value.emplace<std::string>(r.bytes());
        break;
    default: return false;
    }
    a.version = same ? before->version : read_version_by_delay(r);
    return r.ok();
}

bool tied(const Version& a, const Version& b)
{
    return a.recorded_ms == b.recorded_ms && a.sent_ms == b.sent_ms;
}

} // namespace

const FactValue* Fact::find(Attr attr) const
{
    for (const auto& a : attributes)
        if (a.attr == attr) return &a.value;
    return nullptr;
}

std::optional<std::int64_t> Fact::number(Attr attr) const
{
    const auto* value = find(attr);
    const auto* number = value ? std::get_if<std::int64_t>(value) : nullptr;
    return number ? std::optional(*number) : std::nullopt;
}

std::string_view Fact::text(Attr attr) const
{
    const auto* value = find(attr);
    const auto* text = value ? std::get_if<std::string>(value) : nullptr;
    return text ? std::string_view(*text) : std::string_view();
}

bool join(Fact& known, const Fact& news, std::uint64_t* ties)
{
    bool changed = false;
    for (const auto& saying : news.attributes) {
        const auto at = std::ranges::lower_bound(known.attributes, saying.attr, {}, &Attribute::attr);
        if (at == known.attributes.end() || at->attr != saying.attr) {
            changed = true;
            known.attributes.insert(at, saying);
            continue;
        }
        const bool differs = at->value != saying.value;
        if (ties && differs && tied(at->version, saying.version)) ++*ties;
        // Equal versions with different values cannot come from one journal; the greater value keeps the join order-free even so.
        if (saying.version < at->version || (saying.version == at->version && saying.value <= at->value)) continue;
        at->version = saying.version;
        if (!differs) continue;
        at->value = saying.value;
        changed = true;
    }
    return changed;
}

void encode(const Fact& fact, std::string& out)
{
    const auto at = out.size();
    out.resize(at + most_of(fact));
    QuickWriter w(out.data() + at);
    w.u8(2);
    w.u8(static_cast<std::uint8_t>(fact.kind));
    w.bytes(fact.key);
    w.uint(fact.attributes.size());
    const Attribute* before = nullptr;
    for (const auto& a : fact.attributes) {
        write(w, a, before);
        before = &a;
    }
    out.resize(static_cast<std::size_t>(w.at() - out.data()));
}

bool decode_fact(std::string_view record, Fact& fact)
{
    Reader r(record);
    if (const auto format = r.u8(); format != 1 && format != 2) return false;
    const auto kind = r.u8();
    if (kind < static_cast<std::uint8_t>(FactKind::person) || kind > static_cast<std::uint8_t>(last_fact_kind)) return false;
    fact.kind = static_cast<FactKind>(kind);
    fact.key = r.bytes();
    const auto count = r.uint();
    if (!r.ok() || count > r.rest().size()) return false; // an attribute takes more than a byte: never reserve what cannot be there
    fact.attributes.resize(static_cast<std::size_t>(count));
    const Attribute* before = nullptr;
    for (auto& a : fact.attributes) {
        if (!read(r, a, before)) return false;
        before = &a;
    }
    const auto out_of_order = [](const Attribute& a, const Attribute& b) { return a.attr >= b.attr; };
    if (!r.done() || std::ranges::adjacent_find(fact.attributes, out_of_order) != fact.attributes.end()) return false;
    return true;
}

std::optional<Fact> decode_fact(std::string_view record)
{
    std::optional<Fact> fact(std::in_place);
    if (!decode_fact(record, *fact)) fact.reset();
    return fact;
}

} // namespace sluse
