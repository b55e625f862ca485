// gateway/serve/number_json.cpp — the JSON of an indicator, a row and its sources.
#include "gateway/serve/number_json.hpp"

#include "gateway/track/states.hpp"

#include <algorithm>
#include <array>

namespace sluse::serve {
namespace {

constexpr Day recent_days = 7, usual_weeks = 8, usual_weeks_min = 4;

/// Messages that changed numbers in the last seven whole days, against the median of the eight weeks before: what the source itself usually sends.
struct Coverage {
    std::uint64_t received{};
    std::optional<double> expected;
};
Coverage coverage_of(Tracker& tracker, const std::string& system, Day today)
{
    Coverage out;
    std::array<std::uint64_t, usual_weeks + 1> weeks{};
    Day first = today;
    for (const auto& [day, count] : tracker.messages(system, today - 1, (usual_weeks + 1) * recent_days)) {
        weeks[static_cast<std::size_t>((today - 1 - day) / recent_days)] += count;
        first = std::min(first, day);
    }
    out.received = weeks[0];
    const auto known = static_cast<std::size_t>(std::min<Day>((today - first) / recent_days, usual_weeks + 1)); // weeks that it has been known for
    if (known < usual_weeks_min + 1) return out;
    std::vector<std::uint64_t> usual(weeks.begin() + 1, weeks.begin() + static_cast<std::ptrdiff_t>(known));
    std::ranges::sort(usual);
    out.expected = (static_cast<double>(usual[(usual.size() - 1) / 2]) + static_cast<double>(usual[usual.size() / 2])) / 2;
    return out;
}

void write_revisions(Json& json, const CellRow& row)
{
    json.key("revisions").list();
    for (const auto& revision : row.revisions)
        json.begin().field("knownOn", iso(revision.known_on)).field("numerator", revision.numerator).field("denominator", revision.denominator).field("value", revision.value).end();
    json.end_list();
}

} // namespace

void write_title(Json& json, std::string_view key, const Title& title)
{
    json.key(key).begin().field("da", title.da).field("en", title.en).end();
}

void write_pack(Json& json, const Pack& pack)
{
    json.field("id", pack.id).field("version", pack.version).field("goal", pack.goal);
    write_title(json, "title", pack.title);
    write_title(json, "description", pack.description);
    json.field("kind", pack.kind).field("unit", pack.unit).field("direction", pack.direction).field("target", pack.target);
    json.field("source", pack.source).field("mark", pack.mark);
    if (pack.against) json.key("against").begin().field("series", pack.against->series).field("amount", pack.against->amount).field("unit", pack.against->unit).end();
}

const Pack* pack_in(const Packs* packs, std::string_view indicator, std::string_view version)
{
    if (packs)
        for (const auto& pack : packs->packs())
            if (pack.id == indicator && pack.version == version) return &pack;
    return nullptr;
}

void write_value(Json& json, const Contribution& part, const Pack* pack)
{
    const bool known = part.has_value && pack;
    json.key("value");
    if (known) json.value(static_cast<double>(part.value) / static_cast<double>(pack->value_scale));
    else json.null();
    json.field("valueUnit", known ? std::string_view(pack->unit) : std::string_view());
}

void write_optional_day(Json& json, std::string_view name, const std::optional<Day>& day)
{
    json.key(name);
    if (day) json.value(iso(*day));
    else json.null();
}

void write_optional_time(Json& json, std::string_view name, const std::optional<Millis>& at)
{
    json.key(name);
    if (at) json.value(rfc3339(*at));
    else json.null();
}

void write_number(Json& json, const CellRow& row)
{
    json.field("period", row.period).field("group", row.group).field("suppressed", row.suppressed);
    if (row.suppressed) {
        for (const auto* name : {"numerator", "denominator", "persons", "value", "median", "p90", "matured", "state", "finalOn", "changedOn"}) json.key(name).null();
        json.field("provisional", false);
    } else {
        json.field("numerator", row.numerator).field("denominator", row.denominator).key("persons");
        if (row.persons > 0) json.value(row.persons);
        else json.null();
        json.field("value", row.value);
        if (row.against) json.field("against", *row.against);
        json.field("median", row.median).field("p90", row.p90).field("matured", row.matured).field("provisional", row.provisional);
        json.field("state", name(row.state));
        write_optional_day(json, "finalOn", row.final_on);
        write_optional_day(json, "changedOn", row.changed_on);
    }
}

void write_row(Json& json, const CellRow& row, bool revisions)
{
    json.begin();
    write_number(json, row);
    json.key("held");
    if (row.suppressed) json.null();
    else json.value(row.held);
    if (revisions) write_revisions(json, row);
    json.end();
}

void write_sources(Json& json, Tracker& tracker, const std::string& indicator, Day today)
{
    json.key("sources").list();
    for (const auto& source : tracker.sources(indicator)) {
        const auto coverage = coverage_of(tracker, source.system, today);
        json.begin().field("system", source.system).field("lastReceived", rfc3339(source.received_ms)).field("lastDay", iso(source.counts_day));
        json.field("receivedLastWeek", coverage.received).field("usualInAWeek", coverage.expected);
        json.field("coverage", coverage.expected && *coverage.expected > 0 ? std::optional(static_cast<double>(coverage.received) / *coverage.expected) : std::nullopt).end();
    }
    json.end_list();
}

} // namespace sluse::serve
