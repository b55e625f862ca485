// gateway/track/people.cpp — the stored form of a person's contributions.
#include "gateway/track/people.hpp"

#include "gateway/base/codec.hpp"

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

} // namespace

void Person::drop_zeros()
{
    for (auto& [id, contributions] : standing) std::erase_if(contributions, [](const auto& c) { return c.second == 0; });
    std::erase_if(standing, [](const auto& s) { return s.second.empty(); });
}

void encode(const Person& person, std::string& bytes)
{
    Writer out(bytes);
    out.u8(format);
    out.uint(person.sequence);
    out.uint(person.standing.size());
    for (const auto& [id, contributions] : person.standing) {
        out.bytes(id.indicator);
        out.bytes(id.version);
        out.uint(contributions.size());
        for (const auto& [contribution, times] : contributions) {
            put(out, contribution);
            out.sint(times);
        }
    }
}

bool decode(std::string_view bytes, Person& person)
{
    Reader in(bytes);
    if (in.u8() != format) return false;
    person.sequence = in.uint();
    for (auto n = in.uint(); n > 0 && in.ok(); --n) {
        IndicatorId id;
        id.indicator = in.bytes();
        id.version = in.bytes();
        auto& contributions = person.standing[std::move(id)];
        for (auto m = in.uint(); m > 0 && in.ok(); --m) {
            auto contribution = get(in);
            contributions[std::move(contribution)] = in.sint();
        }
    }
    return in.ok() && in.done();
}

} // namespace sluse
