// gateway/track/batch_rules.cpp — conditions, searches and groups of persons by looking at everything there is.
#include "gateway/track/batch_rules.hpp"

#include "gateway/base/ascii.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace sluse::batch {
namespace {

using Ask = Condition::Test;

std::string band(int years)
{
    if (years < 0) return {};
    if (years > 89) return "90+";
    const int low = years - years % 5;
    return std::to_string(low) + "-" + std::to_string(low + 4);
}

std::string plain(std::string_view text)
{
    const auto from = text.find_first_not_of(' ');
    if (from == text.npos) return {};
    std::string out(text.substr(from, text.find_last_not_of(' ') - from + 1));
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

/// Kind of the longest row that covers the code, by looking at every row; an exact row beats a starred one.
std::string kind_in(const CodeTable& table, std::string_view raw)
{
    const auto code = plain(raw);
    std::string kind;
    std::size_t best = 0;
    for (const auto& row : table.rows()) {
        auto pattern = plain(row.code);
        const bool open = pattern.ends_with('*');
        if (open) pattern.pop_back();
        if (open ? !code.starts_with(pattern) : code != pattern) continue;
        const auto weight = 2 * pattern.size() + (open ? 1 : 2);
        if (weight > best) best = weight, kind = row.kind;
    }
    return kind;
}

bool listed(const std::vector<std::string>& list, const std::string& word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

std::string answer_words(const Happening& h)
{
    if (!h.words.empty() || !h.number || *h.number % 1'000'000 != 0) return h.words;
    return std::to_string(*h.number / 1'000'000);
}

bool in_list(const CodeSet& set, const std::string& code)
{
    return !code.empty() && kind_in(*set.table, code) == "in";
}

std::optional<Millis> ended(const Visit& v)
{
    return v.open() ? std::nullopt : std::optional(v.to);
}

/// Everything of one kind of act; the two lists name the kinds in one order.
std::vector<Happening> deeds_of(const Individual& who, Series series)
{
    static const std::map<Series, FactKind> kinds = {
        {Series::procedures, FactKind::procedure}, {Series::referrals, FactKind::referral}, {Series::prescriptions, FactKind::prescription},
        {Series::dispensings, FactKind::dispensing}, {Series::administrations, FactKind::administration}, {Series::answers, FactKind::answers},
        {Series::plans, FactKind::plan}, {Series::documents, FactKind::document}, {Series::consents, FactKind::consent}, {Series::flags, FactKind::flag},
        {Series::appointments, FactKind::appointment}, {Series::vaccinations, FactKind::vaccination}, {Series::pauses, FactKind::pause},
        {Series::enrolments, FactKind::enrolment},
    };
    std::vector<Happening> out;
    for (const auto& d : who.deeds) {
        if (d.kind != kinds.at(series)) continue;
        std::vector<std::string> visits;
        if (!d.visit.empty()) visits.push_back(d.visit);
        out.push_back({d.key, {}, d.unit, {}, d.code, d.category, d.status, d.words, d.basis, d.replaces, false, d.from, d.to, d.number, visits});
    }
    return out;
}

std::vector<Happening> signs_of(const Individual& who)
{
    std::vector<Happening> out;
    for (const auto& s : who.signs) {
        Happening h;
        h.key = s.key;
        h.code = s.code;
        h.category = s.category;
        if (!s.visit.empty()) h.visits.push_back(s.visit);
        const auto visit = std::ranges::find(who.visits, s.visit, &Visit::key);
        if (visit == who.visits.end() && !s.on) continue;
        h.from = visit == who.visits.end() ? *s.on : visit->from;
        if (visit != who.visits.end()) h.to = ended(*visit), h.unit = visit->unit, h.specialty = visit->specialty, h.kind = visit->kind;
        out.push_back(std::move(h));
    }
    return out;
}

bool is_the_same(const Happening& a, const Happening& b)
{
    return std::tie(a.key, a.code, a.from) == std::tie(b.key, b.code, b.from);
}

bool go_together(const Search& search, const Happening& a, const Happening& b)
{
    switch (search.link) {
    case Search::Link::none: break;
    case Search::Link::unit: return a.unit == b.unit && !a.unit.empty();
    case Search::Link::code: return a.code.size() >= search.prefix && b.code.size() >= search.prefix && a.code.compare(0, search.prefix, b.code, 0, search.prefix) == 0;
    case Search::Link::contact:
        for (const auto& visit : a.visits)
            if (listed(b.visits, visit)) return true;
        return false;
    case Search::Link::request:
        return (!a.basis.empty() && a.basis == b.key) || (!b.basis.empty() && b.basis == a.key) || (!a.basis.empty() && a.basis == b.basis);
    }
    return true;
}

Millis start_of_day(Day day)
{
    for (Millis at = 0; at < 3 * hour_ms; at += hour_ms)
        if (const auto instant = Zone::copenhagen().to_instant(day, at)) return *instant;
    return Millis{day} * 24 * hour_ms;
}

} // namespace

Day day_of_instant(Millis at)
{
    const auto local = at + Millis{Zone::copenhagen().offset_at(at)} * second_ms;
    return static_cast<Day>(local >= 0 ? local / (24 * hour_ms) : (local + 1) / (24 * hour_ms) - 1);
}

int years_between(std::int64_t birth, Day at)
{
    const auto b = date_of(static_cast<Day>(birth)), a = date_of(at);
    const auto birthday_passed = std::pair(a.month, a.day) >= std::pair(b.month, b.day);
    return a.year - b.year - (birthday_passed ? 0 : 1);
}

bool in_time(const Happening& a, const Happening& b)
{
    return std::tie(a.from, a.key, a.code, a.words) < std::tie(b.from, b.key, b.code, b.words);
}

std::vector<Happening> Rules::happenings(Series series, const std::shared_ptr<const Cohort>& cohort) const
{
    std::vector<Happening> out;
    if (series == Series::stays || series == Series::admissions) {
        for (auto& stay : swept(who_, stay_gap_ms))
            if (series == Series::stays || (stay.to && *stay.to - stay.from >= admission_ms)) out.push_back(std::move(stay));
    } else if (series == Series::contacts) {
        for (const auto& v : who_.visits) out.push_back({v.key, v.specialty, v.unit, v.kind, {}, {}, {}, {}, v.basis, {}, v.priority == "A", v.from, ended(v), {}, {v.key}});
    } else if (series == Series::results) {
        for (const auto& t : who_.tests) {
            std::vector<std::string> visits;
            if (!t.visit.empty()) visits.push_back(t.visit);
            out.push_back({t.key, {}, t.unit, {}, t.code, t.category, t.status, t.words, t.basis, {}, false, t.taken, t.answered, t.number, visits});
        }
    } else if (series == Series::diagnoses) {
        out = signs_of(who_);
    } else if (series == Series::persons) {
        Happening life;
        life.key = "person";
        if (who_.birth) life.from = start_of_day(static_cast<Day>(*who_.birth)), life.to = who_.death, out.push_back(life);
    } else if (series == Series::cohort) {
        out = memberships(*cohort);
    } else if (is_act(series)) {
        out = deeds_of(who_, series);
    }
    return out;
}

std::vector<Happening> Rules::memberships(const Cohort& cohort) const
{
    for (const auto& other : cohort.unless)
        if (!memberships(*other).empty()) return {};
    if (!cohort.only.empty()) {
        const auto life = happenings(Series::persons, {});
        if (life.empty() || !all(cohort.only, Scene(life.front()), nullptr)) return {};
    }
    std::vector<std::pair<Millis, std::string>> events;
    for (const auto& enter : cohort.enters)
        for (const auto& h : happenings(enter.of, enter.cohort))
            if (all(enter.where, Scene(h), nullptr) && (!enter.at_end || h.to)) events.emplace_back(enter.at_end ? *h.to : h.from, h.code);
    const auto span = cohort.within_days * 24 * hour_ms;
    const auto member_at = [&](Millis at) {
        std::int64_t number = 0;
        std::set<std::string> kinds;
        for (const auto& [when, code] : events)
            if (when <= at && (span == 0 || at < when + span)) ++number, kinds.insert(code.substr(0, cohort.distinct));
        return (cohort.distinct > 0 ? static_cast<std::int64_t>(kinds.size()) : number) >= cohort.events;
    };
    std::set<Millis> turns;
    for (const auto& [when, code] : events) turns.insert({when, when + span});
    std::vector<Happening> out;
    bool inside = false;
    for (const auto turn : turns) {
        const bool member = member_at(turn);
        if (member && !inside) out.emplace_back().key = cohort.name, out.back().from = turn;
        if (!member && inside) out.back().to = turn;
        inside = member;
    }
    if (who_.death) {
        std::erase_if(out, [&](const Happening& h) { return h.from >= *who_.death; });
        for (auto& h : out)
            if (!h.to || *h.to > *who_.death) h.to = who_.death;
    }
    return out;
}

std::optional<Happening> Rules::marked(const Scene& scene, int marker) const
{
    if (marker < 0) return scene.what;
    const auto& search = scene.markers->at(static_cast<std::size_t>(marker));
    const auto all_found = found(search, scene);
    if (all_found.empty()) return {};
    const auto moment = [&](const Happening& h) { return search.at_end && !search.covers ? *h.to : h.from; };
    const auto before = [&](const Happening& a, const Happening& b) { return std::tuple(moment(a), a.from, a.key, a.code, a.words) < std::tuple(moment(b), b.from, b.key, b.code, b.words); };
    return search.last ? *std::ranges::max_element(all_found, before) : *std::ranges::min_element(all_found, before);
}

std::optional<Millis> Rules::when(const Scene& scene, Point point) const
{
    const auto h = marked(scene, point.marker);
    if (!h) return {};
    return point.end ? h->to : std::optional(h->from);
}

bool Rules::meets_window(const Search& search, const Scene& scene, const Happening& other) const
{
    const auto base = when(scene, search.from);
    if (!base) return false;
    if (search.covers) {
        const auto at = *base + search.shift;
        return at - search.lead >= other.from && (!other.to || at - search.lag <= *other.to);
    }
    const auto then = search.at_end ? other.to : std::optional(other.from);
    if (!then) return false;
    if (search.during) return !(*then < scene.what.from) && !(scene.what.to && *scene.what.to < *then);
    const auto apart = search.counting == Counting::hours ? *then - *base : (day_of_instant(*then) - Millis{day_of_instant(*base)}) * 24 * hour_ms;
    if (search.since && apart < *search.since) return false;
    return !search.within || apart <= *search.within;
}

std::vector<Happening> Rules::found(const Search& search, const Scene& scene) const
{
    auto out = happenings(search.of, search.cohort);
    std::erase_if(out, [&](const Happening& h) {
        return is_the_same(h, scene.what) || !meets_window(search, scene, h) || !go_together(search, scene.what, h) || !all(search.where, Scene(h), &scene.what);
    });
    return out;
}

std::int64_t Rules::stood_still(const std::vector<Search>& pauses, const Scene& scene, Millis from, Millis to, bool in_days) const
{
    // Between neighbouring borders the clock either stands or runs.
    const auto unit = [&](Millis at) { return in_days ? Millis{day_of_instant(at)} : at; };
    std::vector<std::pair<Millis, Millis>> spans;
    for (const auto& search : pauses)
        for (const auto& h : found(search, scene)) spans.emplace_back(unit(h.from), h.to ? unit(*h.to) : unit(to));
    std::set<Millis> borders{unit(from), unit(to)};
    for (const auto& [a, b] : spans) borders.insert({a, b});
    std::int64_t still = 0;
    for (auto at = borders.begin(), next = std::next(at); at != borders.end() && next != borders.end(); ++at, ++next) {
        if (*at < unit(from) || *next > unit(to)) continue;
        const bool covered = std::ranges::any_of(spans, [&](const auto& s) { return s.first <= *at && *next <= s.second; });
        if (covered) still += *next - *at;
    }
    return still;
}

bool Rules::in_time(const Condition& c, const Scene& scene) const
{
    const auto from = when(scene, c.at), to = when(scene, c.to);
    if (!from || !to) return false;
    Millis limit = c.at_most.value_or(INT64_MAX / 4);
    if (!c.at_most && c.codes.table) {
        const auto coded = marked(scene, c.marker);
        const auto days = coded ? kind_in(*c.codes.table, coded->code) : std::string();
        if (!all_digits(days)) return false;
        limit = std::stoll(days) * 24 * hour_ms;
    }
    const bool in_days = c.counting == Counting::calendar_days;
    const auto still = stood_still(c.searches, scene, *from, *to, in_days);
    const auto took = in_days ? (day_of_instant(*to) - day_of_instant(*from) - still) * 24 * hour_ms : *to - *from - still;
    return took <= limit && took > c.more_than.value_or(INT64_MIN);
}

bool Rules::holds(const Condition& c, const Scene& scene, const Happening* index) const
{
    const auto& h = scene.what;
    switch (c.test) {
    case Ask::specialty: return listed(c.words, h.specialty);
    case Ask::same_specialty: return index && index->specialty == h.specialty;
    case Ask::acute: return h.acute == c.flag;
    case Ask::encounter_class: return listed(c.words, h.kind);
    case Ask::unit: return listed(c.words, h.unit);
    case Ask::status: return listed(c.words, h.status);
    case Ask::text: return listed(c.words, h.words);
    case Ask::sex: return listed(c.words, who_.sex);
    case Ask::code: return in_list(c.codes, h.code);
    case Ask::category: return in_list(c.codes, h.category);
    case Ask::reason: return in_list(c.codes, h.words);
    case Ask::value: return h.number && *h.number >= c.from.value_or(INT64_MIN) && (!c.below || *h.number < *c.below);
    case Ask::has: return marked(scene, c.marker).has_value();
    case Ask::near: return found(c.searches[0], scene).size() >= static_cast<std::size_t>(c.count);
    case Ask::elapsed: return in_time(c, scene);
    case Ask::alive: {
        const auto at = when(scene, c.at);
        return at && !(who_.death && day_of_instant(*who_.death) <= day_of_instant(*at));
    }
    case Ask::result: {
        const auto meaning = kind_in(*c.codes.table, answer_words(h));
        return !meaning.empty() && listed(c.words, meaning);
    }
    case Ask::diagnosis:
        return std::ranges::any_of(who_.signs, [&](const Sign& s) { return listed(h.visits, s.visit) && (!c.rank || *c.rank == s.rank) && in_list(c.codes, s.code); });
    case Ask::age: {
        const auto at = when(scene, c.at);
        if (!at || !who_.birth) return false;
        const auto years = years_between(*who_.birth, day_of_instant(*at));
        return years >= c.from.value_or(-1000) && years < c.below.value_or(1000);
    }
    case Ask::share: {
        const auto those = found(c.searches[0], scene).size(), everything = found(c.searches[1], scene).size();
        return everything != 0 && those * 100 >= static_cast<std::size_t>(c.percent) * everything;
    }
    case Ask::any:
        for (const auto& option : c.options)
            if (all(option, scene, index)) return true;
        return false;
    }
    return false;
}

bool Rules::all(const std::vector<Condition>& conditions, const Scene& scene, const Happening* index) const
{
    for (const auto& c : conditions)
        if (holds(c, scene, index) == c.negate) return false;
    return true;
}

Dimensions whereabouts(const Definition& rule, const Regions& regions, const Individual& who, const std::string& unit, Day day)
{
    Dimensions dims;
    const auto municipality = who.municipality(day);
    if (rule.by_municipality) dims.municipality = municipality;
    if (rule.by_region)
        for (const auto& row : regions.rows())
            if (row.municipality == municipality && day >= row.from && day < row.to) dims.region = row.region;
    if (rule.by_unit) dims.unit = unit;
    if (rule.by_sex) dims.sex = who.sex;
    if (rule.by_age_band && who.birth) dims.age_band = band(years_between(*who.birth, day));
    return dims;
}

} // namespace sluse::batch
