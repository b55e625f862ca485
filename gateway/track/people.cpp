// gateway/track/people.cpp — the stored form of a person's contributions.
#include "gateway/track/people.hpp"

#include "gateway/base/codec.hpp"

#include <algorithm>

namespace sluse {
namespace {

constexpr std::uint8_t format = 2;

void put(Writer& out, const Contribution& c)
{
    out.sint(c.counts_day);
    out.sint(c.matures_day);
    out.sint(c.numerator);
    out.sint(c.denominator);
    out.u8(c.has_value);
    if (c.has_value) out.sint(c.value);
    for (const auto* text : {&c.dims.region, &c.dims.municipality, &c.dims.unit, &c.dims.sex, &c.dims.age_band}) out.bytes(*text);
}

Contribution get(Reader& in)
{
    Contribution c;
    c.counts_day = static_cast<Day>(in.sint());
    c.matures_day = static_cast<Day>(in.sint());
    c.numerator = in.sint();
    c.denominator = in.sint();
    c.has_value = in.u8() != 0;
    if (c.has_value) c.value = in.sint();
    for (auto* text : {&c.dims.region, &c.dims.municipality, &c.dims.unit, &c.dims.sex, &c.dims.age_band}) *text = in.bytes();
    return c;
}

/// Over one contribution and how often it stands.
void skip(Reader& in)
{
    for (int number = 0; number < 4; ++number) in.sint();
    if (in.u8() != 0) in.sint();
    for (int text = 0; text < 5; ++text) in.bytes();
    in.sint();
}

bool stands(const Person::Standing::value_type& one)
{
    return one.second != 0;
}

/// What does not stand any more is left out.
void put(Writer& out, const IndicatorId& id, const Person::Standing& standing)
{
    out.bytes(id.indicator);
    out.bytes(id.version);
    out.uint(static_cast<std::uint64_t>(std::ranges::count_if(standing, stands)));
    for (const auto& [contribution, times] : standing) {
        if (times == 0) continue;
        put(out, contribution);
        out.sint(times);
    }
}

} // namespace

Person::Standing& Person::standing(const IndicatorId& id)
{
    const auto [found, fresh] = read_.try_emplace(id);
    if (!fresh) return found->second;
    const auto stored = std::ranges::lower_bound(stored_, id, {}, &Stored::id);
    if (stored == stored_.end() || stored->id != id) return found->second;
    Reader in(bytes_of(*stored));
    for (auto n = in.uint(); n > 0 && in.ok(); --n) {
        auto contribution = get(in);
        found->second[std::move(contribution)] = in.sint();
    }
    return found->second;
}

void encode(const Person& person, std::string& bytes)
{
    const auto any = [](const auto& one) { return std::ranges::any_of(one.second, stands); };
    const auto as_stored = [&](const auto& one) { return !person.read_.contains(one.id); };
    Writer out(bytes);
    out.u8(format);
    out.uint(person.sequence);
    out.uint(static_cast<std::uint64_t>(std::ranges::count_if(person.read_, any) + std::ranges::count_if(person.stored_, as_stored)));
    auto read = person.read_.begin();
    const auto put_read_before = [&](const IndicatorId* id) {
        for (; read != person.read_.end() && (!id || read->first < *id); ++read)
            if (any(*read)) put(out, read->first, read->second);
    };
    for (const auto& one : person.stored_) {
        put_read_before(&one.id);
        if (!as_stored(one)) continue;
        out.bytes(one.id.indicator);
        out.bytes(one.id.version);
        out.raw(person.bytes_of(one));
    }
    put_read_before(nullptr);
}

bool decode(std::string_view bytes, Person& person)
{
    person.record_ = bytes;
    person.stored_.clear();
    person.read_.clear();
    Reader in(person.record_);
    const auto at = [&] { return person.record_.size() - in.rest().size(); };
    if (in.u8() != format) return false;
    person.sequence = in.uint();
    for (auto n = in.uint(); n > 0 && in.ok(); --n) {
        auto& one = person.stored_.emplace_back();
        one.id.indicator = in.bytes();
        one.id.version = in.bytes();
        one.begin = at();
        for (auto m = in.uint(); m > 0 && in.ok(); --m) skip(in);
        one.end = at();
    }
    return in.ok() && in.done() && std::ranges::is_sorted(person.stored_, {}, &Person::Stored::id);
}

} // namespace sluse
