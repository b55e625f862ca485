// gateway/serve/numbers.cpp — queries the tracker for what the goal tiles and the indicator pages show.
#include "gateway/serve/numbers.hpp"

#include "gateway/serve/chart_json.hpp"
#include "gateway/serve/number_json.hpp"
#include "gateway/serve/standard_json.hpp"
#include "gateway/track/states.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sluse::serve {
namespace {

struct PeriodName {
    std::string_view name;
    PeriodKind kind;
};
constexpr std::array period_names{PeriodName{"day", PeriodKind::day},         PeriodName{"week", PeriodKind::week}, PeriodName{"month", PeriodKind::month},
                                  PeriodName{"quarter", PeriodKind::quarter}, PeriodName{"year", PeriodKind::year}, PeriodName{"all", PeriodKind::all}};
constexpr std::array<std::string_view, 5> dimensions{"region", "municipality", "unit", "sex", "age_band"};

Day today_of(const Context& context) { return Zone::copenhagen().day_at(context.sources.clock->now()); }

std::shared_ptr<const std::vector<Goal>> goals_of(const Context& context)
{
    static const auto none = std::make_shared<const std::vector<Goal>>();
    return context.sources.goals ? context.sources.goals() : none;
}

std::shared_ptr<const Packs> packs_of(const Context& context)
{
    return context.sources.packs ? context.sources.packs() : nullptr;
}

std::string_view word(Movement movement)
{
    switch (movement) {
    case Movement::better: return "better";
    case Movement::worse: return "worse";
    case Movement::unchanged: return "unchanged";
    case Movement::none: break;
    }
    return "none";
}

std::string make_summary(Context& context, const Pack& pack, Day today)
{
    Json json;
    auto months = context.sources.tracker ? shown_months(*context.sources.tracker, pack, {}, today) : std::vector<CellRow>();
    if (months.size() > trend_months) months.erase(months.begin(), months.end() - static_cast<std::ptrdiff_t>(trend_months));
    json.begin();
    write_pack(json, pack);
    json.key("current");
    if (const auto current = current_of(pack, months)) write_row(json, *current);
    else json.null();
    json.key("trend").list();
    for (const auto& month : months) write_row(json, month);
    json.end_list().field("movement", word(movement_of(months, pack.direction))).end();
    return json.take();
}

/// Under the cache's mutex.
void write_summary(Json& json, Context& context, const Pack& pack, Day today)
{
    auto& [text, series] = context.goals.parts[pack.id + '@' + pack.version];
    if (text.empty()) {
        text = make_summary(context, pack, today);
        if (pack.against) series = pack.against->series;
    }
    json.raw(text);
}

/// The pack by id, the last loaded when no version is asked for.
const Pack* pack_of(const Packs& packs, std::string_view id, std::string_view version)
{
    const Pack* found = nullptr;
    for (const auto& pack : packs.packs())
        if (pack.id == id && (version.empty() || pack.version == version)) found = &pack;
    return found;
}

void write_goal(Json& json, Context& context, const Goal& goal, const Packs* packs, Day today)
{
    json.begin().field("id", goal.id);
    write_title(json, "name", goal.name);
    json.key("indicators").list();
    for (const auto& id : goal.indicators)
        if (const auto* pack = packs ? pack_of(*packs, id, {}) : nullptr) write_summary(json, context, *pack, today);
    json.end_list().key("planned").list();
    for (const auto& planned : goal.planned_indicators) {
        json.begin().field("id", planned.id);
        write_title(json, "title", planned.title);
        write_title(json, "needs", planned.needs);
        json.end();
    }
    json.end_list().end();
}

std::string compute_goals(Context& context, Day today)
{
    const auto packs = packs_of(context);
    Json json;
    const auto min = static_cast<std::uint64_t>(std::max(1, context.sources.persons_min));
    const auto held = context.sources.tracker ? context.sources.tracker->counts().held / min * min : 0; // of fewer nothing is told
    json.begin().field("today", iso(today)).field("personsMin", context.sources.persons_min).field("held", held).key("goals").list();
    const auto goals = goals_of(context);
    for (const auto& goal : *goals) write_goal(json, context, goal, packs.get(), today);
    json.end_list().key("others").list(); // live indicators outside the eight goals
    if (packs)
        for (const auto& pack : packs->packs())
            if (pack.goal.empty()) write_summary(json, context, pack, today);
    json.end_list().end();
    return json.take();
}

struct Asked {
    CellQuery query;
    std::string_view period_name{"month"};
    std::string fault;
};

bool aligned(Day day, PeriodKind kind)
{
    const auto date = date_of(day);
    switch (kind) {
    case PeriodKind::day: return true;
    case PeriodKind::week: return ((day % 7) + 7) % 7 == 4; // 1970-01-01 was a Thursday
    case PeriodKind::month: return date.day == 1;
    case PeriodKind::quarter: return date.day == 1 && date.month % 3 == 1;
    case PeriodKind::year: return date.day == 1 && date.month == 1;
    case PeriodKind::all: return false;
    }
    return false;
}

/// "2026-03" or "2026-03-01". Bounds fall on the period's own, or two queries that differ by a day would tell what suppression hides.
bool read_bound(const Call& call, std::string_view name, Asked& asked, std::optional<Day>& out)
{
    auto text = std::string(call.parameter(name));
    if (text.empty()) return true;
    if (text.size() == 7) text += "-01";
    out = parse_day(text);
    if (out && aligned(*out, asked.query.period)) return true;
    asked.fault = std::string(name) + " is the first day of a period, as 2026-03-01; period=all takes none";
    return false;
}

Asked read_query(const Call& call, Day today)
{
    Asked asked;
    asked.query.today = today;
    asked.query.version = call.parameter("version");
    if (const auto name = call.parameter("period"); !name.empty()) {
        const auto found = std::ranges::find(period_names, name, &PeriodName::name);
        if (found == period_names.end()) return asked.fault = "period is day, week, month, quarter, year or all", asked;
        asked.query.period = found->kind;
        asked.period_name = found->name;
    }
    asked.query.by = call.parameter("by");
    if (asked.query.by == "age-band") asked.query.by = "age_band";
    if (!asked.query.by.empty() && std::ranges::find(dimensions, asked.query.by) == dimensions.end())
        return asked.fault = "by is region, municipality, unit, sex or age_band", asked;
    if (!read_bound(call, "from", asked, asked.query.from) || !read_bound(call, "to", asked, asked.query.to)) return asked;
    if (const auto day = call.parameter("as-known-on"); !day.empty()) {
        asked.query.as_known_on = parse_day(day);
        if (!asked.query.as_known_on) asked.fault = "as-known-on is a day, as 2026-03-01";
        else asked.query.today = std::min(today, *asked.query.as_known_on); // maturity, too, is as it stood that day
    }
    const auto revisions = call.flag("revisions"), exact = call.flag("exact");
    if (!revisions || !exact) return asked.fault = std::string(revisions ? "exact" : "revisions") + " is true or false", asked;
    asked.query.revisions = *revisions;
    asked.query.authorised = *exact;
    return asked;
}

} // namespace

void GoalsCache::note_change(const std::vector<std::string>& indicators)
{
    {
        const std::lock_guard lock(changed_mutex);
        changed.insert(indicators.begin(), indicators.end());
        all_changed |= indicators.empty();
    }
    ++generation; // after it is noted, so that who sees the new number finds what changed
}

void GoalsCache::drop_changed(Day day)
{
    const std::lock_guard lock(changed_mutex);
    if (std::exchange(today, day) != day) known_generation = 0; // maturity moves with the day
    if (known_generation == 0 || all_changed) parts.clear();
    else std::erase_if(parts, [&](const auto& part) { return changed.contains(std::string_view(part.first).substr(0, part.first.rfind('@'))) || changed.contains(part.second.series); });
    changed.clear();
    all_changed = false;
}

std::string goals_json(Context& context)
{
    const auto today = today_of(context);
    auto& cache = context.goals;
    const auto generation = cache.generation.load();
    const std::lock_guard lock(cache.mutex);
    if (cache.known_generation == generation && cache.today == today) return cache.body;
    cache.drop_changed(today);
    cache.body = compute_goals(context, today);
    cache.known_generation = generation;
    return cache.body;
}

Reply get_goals(Context& context, const Call&)
{
    Reply reply;
    reply.body = goals_json(context);
    return reply;
}

Reply get_goal(Context& context, const Call& call)
{
    const auto goals = goals_of(context);
    const auto found = std::ranges::find(*goals, call.id, &Goal::id);
    if (found == goals->end()) return refusal(Style::api, 404, "there is no such goal; GET /api/v1/goals lists them");
    const auto packs = packs_of(context);
    const auto today = today_of(context);
    Json json;
    const std::lock_guard lock(context.goals.mutex);
    context.goals.drop_changed(today);
    write_goal(json, context, *found, packs.get(), today);
    return json_reply(json);
}

Reply get_indicators(Context& context, const Call&)
{
    const auto packs = packs_of(context);
    Json json;
    json.begin().key("indicators").list();
    if (packs) {
        for (const auto& pack : packs->packs()) {
            json.begin();
            write_pack(json, pack);
            json.end();
        }
    }
    json.end_list().end();
    return json_reply(json);
}

Reply get_indicator(Context& context, const Call& call)
{
    const auto packs = packs_of(context);
    const auto* pack = packs ? pack_of(*packs, call.id, call.parameter("version")) : nullptr;
    if (!pack || !context.sources.tracker) return refusal(Style::api, 404, "there is no such indicator or version; GET /api/v1/indicators lists them");
    auto asked = read_query(call, today_of(context));
    if (!asked.fault.empty()) return refusal(Style::api, 400, asked.fault);
    asked.query.indicator = pack->id;
    asked.query.version = pack->version;
    const auto chart = read_chart(call, *pack, asked.query);
    if (!chart) return refusal(Style::api, 400, chart.error().where);
    const auto standard = read_standard(context, call, *pack, asked.query);
    if (!standard) return refusal(Style::api, 400, standard.error().where);
    // Exact numbers, small ones too, are for those who may see persons; each view is logged.
    if (asked.query.authorised && !has(call.caller.roles, Role::content_viewer)) return refusal(Style::api, 403, "exact numbers need the role content-viewer");
    if (asked.query.authorised)
        audit_lines().info("cells.viewed_exact", {{"who", call.authenticated ? call.caller.name : "loopback"}, {"indicator", pack->id}, {"peer", call.peer}});
    asked.query.authorised |= is_published(*pack);
    auto rows = context.sources.tracker->query(asked.query);
    if (!rows && rows.error().code == Errc::refused) return refusal(Style::api, 403, rows.error().where);
    if (!rows) return refusal(Style::api, 503, "the cells cannot be read now");
    Json json;
    json.begin();
    write_pack(json, *pack);
    json.field("validFrom", iso(pack->valid_from)).field("validTo", iso(pack->valid_to));
    json.field("period", asked.period_name).field("by", asked.query.by).field("today", iso(asked.query.today));
    write_optional_day(json, "from", asked.query.from);
    write_optional_day(json, "to", asked.query.to);
    write_optional_day(json, "asKnownOn", asked.query.as_known_on);
    json.field("personsMin", context.sources.persons_min).field("exact", asked.query.authorised).field("latenessDays", std::int64_t{pack->lateness});
    write_sources(json, *context.sources.tracker, pack->id, today_of(context));
    json.key("rows").list();
    for (const auto& row : *rows) write_row(json, row, asked.query.revisions);
    json.end_list();
    if (chart->wanted) write_charts(json, *chart, *pack, asked.query, *rows, context.sources.chart_notes ? context.sources.chart_notes() : nullptr);
    if (standard->wanted && !write_standardised(json, *standard, *pack, asked.query, *rows, *context.sources.tracker)) return refusal(Style::api, 503, "the strata cannot be read now");
    json.end();
    return json_reply(json);
}

} // namespace sluse::serve
