// gateway/indicators/evaluate.cpp — series from the timeline, conditions on them, outcomes after them, contributions from both.
#include "gateway/indicators/evaluate.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <unordered_map>

namespace sluse {
namespace {

using Test = Condition::Test;
using Kind = Definition::Kind;

/// Conditions that do not look at the index, so that candidates are sifted once.
bool sifted(Reading& reading, const std::vector<Condition>& conditions, Subject& subject)
{
    return std::ranges::all_of(conditions, [&](const Condition& c) { return c.test == Test::same_specialty || reading.meets(c, subject, nullptr) != c.negate; });
}

/// Which of `index` have their outcome. Candidates are sorted by start; each of `index` has its `after` moment.
class Outcomes {
public:
    Outcomes(const Outcome& rule, Reading& reading, std::vector<Subject>& index) : rule_(rule), reading_(reading), index_(index), reached_(index.size())
    {
        for (std::size_t i = 0; i < index.size(); ++i) by_moment_.push_back({*reading.moment(index[i], rule.after), i});
        std::ranges::sort(by_moment_);
        for (const auto& candidate : reading.series(rule.of, rule.cohort)) {
            Subject subject(candidate);
            if (sifted(reading, rule.where, subject)) assign(subject);
        }
    }
    bool reached(std::size_t index) const { return reached_[index]; }

private:
    void assign(Subject& candidate)
    {
        const auto start = candidate.item->start;
        auto at = std::ranges::lower_bound(by_moment_, std::pair(start, std::size_t{0}));
        while (at != by_moment_.begin()) {
            --at;
            const auto& index = *index_[at->second].item;
            if (index.key == candidate.item->key) continue; // never its own outcome
            const bool near = local_day(start) - local_day(at->first) <= rule_.within_days + 1; // 720 h reach a day further over a spring night
            if (!near) return; // the earlier ones are farther away
            if (in_window(rule_, at->first, start) && reading_.meets(rule_.where, candidate, &index)) reached_[at->second] = true;
            if (rule_.claims == Claims::latest) return;
        }
    }

    const Outcome& rule_;
    Reading& reading_;
    std::vector<Subject>& index_;
    std::vector<std::pair<Millis, std::size_t>> by_moment_;
    std::vector<bool> reached_;
};

/// One of those with the same unit on the same local day; then those that come soon after one that counts are out.
void thin_out(const Definition& rule, std::vector<Subject>& subjects)
{
    if (rule.one_a_day) {
        std::set<std::pair<std::string_view, Day>> seen;
        std::erase_if(subjects, [&](const Subject& s) { return !seen.emplace(s.item->unit, local_day(s.item->start)).second; });
    }
    if (!rule.new_after) return;
    std::optional<Millis> last;
    std::erase_if(subjects, [&](const Subject& s) {
        if (last && s.item->start - *last <= *rule.new_after) return true;
        last = s.item->start;
        return false;
    });
}

std::optional<Millis> first_of(Reading& reading, Subject& subject, const std::vector<Point>& points)
{
    for (const auto point : points)
        if (const auto at = reading.moment(subject, point)) return at;
    return {};
}

bool placed(const Definition& rule, Reading& reading, Subject& subject)
{
    const auto period = reading.moment(subject, rule.period);
    if (!period || !reading.moment(subject, rule.municipality) || !reading.moment(subject, rule.matures_after)) return false;
    if (rule.kind == Kind::duration && (!first_of(reading, subject, rule.value_from) || !reading.moment(subject, rule.value_to))) return false;
    if (rule.kind == Kind::mean && !subject.item->value_scaled) return false;
    const auto day = local_day(*period);
    return rule.valid_from <= day && day < rule.valid_to;
}

void set_value(const Definition& rule, Reading& reading, Subject& subject, ContributionView& c)
{
    c.has_value = rule.kind == Kind::duration || rule.kind == Kind::mean;
    if (rule.kind == Kind::mean) c.value = std::max<std::int64_t>(0, *subject.item->value_scaled * rule.value_scale / 1'000'000);
    if (rule.kind != Kind::duration) return;
    const auto from = *first_of(reading, subject, rule.value_from), to = *reading.moment(subject, rule.value_to);
    c.value = std::max<Millis>(0, to - from - reading.paused(rule.value_less, subject, from, to, Counting::hours)) / minute_ms;
}

ContributionView contribution(const Definition& rule, const Regions& regions, Reading& reading, Subject& subject)
{
    ContributionView c;
    c.episode = episode_of(*subject.item);
    c.counts_day = local_day(*reading.moment(subject, rule.period));
    c.matures_day = local_day(*reading.moment(subject, rule.matures_after)) + static_cast<Day>(rule.matures_days);
    c.numerator = 1;
    c.denominator = rule.kind == Kind::rate ? 0 : 1;
    set_value(rule, reading, subject, c);
    const auto* place = reading.at(subject, rule.unit_of);
    c.dims = dimensions_of(rule, regions, reading, place ? place->unit : std::string_view(), local_day(*reading.moment(subject, rule.municipality)));
    return c;
}

void add_counted(const Definition& rule, const Regions& regions, Reading& reading, std::vector<ContributionView>& out)
{
    const auto& all = reading.series(rule.population, rule.cohort);
    if (all.empty()) return;
    const bool chains = rule.chained && std::ranges::any_of(all, [](const Item& i) { return !i.replaces.empty(); });
    std::vector<Subject> index;
    for (const auto& item : chains ? reading.keep(chained(all)) : all) {
        Subject subject(item, &rule.markers);
        // An index outside the definition's validity still stands between an earlier one and its outcome, so only its moments are asked for here.
        if (!reading.meets(rule.where, subject) || (rule.outcome && !reading.moment(subject, rule.outcome->after))) continue;
        if (index.empty()) index.reserve(all.size());
        index.push_back(std::move(subject));
    }
    thin_out(rule, index);
    if (index.empty()) return;
    std::optional<Outcomes> outcomes;
    if (rule.outcome) outcomes.emplace(*rule.outcome, reading, index);
    for (std::size_t i = 0; i < index.size(); ++i) {
        if (!placed(rule, reading, index[i])) continue;
        auto& c = out.emplace_back(contribution(rule, regions, reading, index[i]));
        if (rule.kind == Kind::proportion) c.numerator = (!outcomes || outcomes->reached(i)) && reading.meets(rule.numerator, index[i]) ? 1 : 0;
    }
}

} // namespace

Items chained(const Items& all)
{
    constexpr int links_max = 32;
    Items out;
    std::set<std::string_view> replaced;
    std::unordered_map<std::string_view, const Item*> by_key; // the first of each
    for (const auto& item : all) {
        by_key.emplace(item.key, &item);
        if (!item.replaces.empty() && item.replaces != item.key) replaced.insert(item.replaces);
    }
    for (const auto& item : all) {
        if (replaced.contains(item.key)) continue;
        auto& kept = out.emplace_back(item);
        auto before = item.replaces;
        for (int i = 0; i < links_max && !before.empty(); ++i) {
            const auto older = by_key.find(before);
            if (older == by_key.end()) break;
            kept.start = std::min(kept.start, older->second->start);
            before = older->second->replaces;
        }
    }
    std::ranges::sort(out, {}, [](const Item& i) { return std::tie(i.start, i.key, i.code, i.text); });
    return out;
}

bool in_window(const Outcome& rule, Millis after, Millis at)
{
    if (at - after <= rule.more_than) return false;
    if (rule.counting == Counting::hours) return at - after <= rule.within_days * 24 * hour_ms;
    return local_day(at) - local_day(after) <= rule.within_days;
}

std::string_view age_band(int years)
{
    static constexpr std::array<std::string_view, 19> bands{"0-4", "5-9", "10-14", "15-19", "20-24", "25-29", "30-34", "35-39", "40-44", "45-49",
                                                           "50-54", "55-59", "60-64", "65-69", "70-74", "75-79", "80-84", "85-89", "90+"};
    if (years < 0) return {};
    return bands[std::min<std::size_t>(static_cast<std::size_t>(years) / age_band_years, bands.size() - 1)];
}

std::string_view episode_of(const Item& item)
{
    auto& text = item.worked.episode;
    if (!text[0]) {
        auto name = std::string(item.key);
        if (!item.code.empty()) (name += '\x1f') += item.code;
        std::ranges::copy(hex(view(sha256(name)).substr(0, text.size() / 2)), text.begin());
    }
    return {text.data(), text.size()};
}

DimensionsView dimensions_of(const Definition& rule, const Regions& regions, Reading& reading, std::string_view unit, Day day)
{
    DimensionsView d;
    if (rule.by_municipality || rule.by_region) {
        const auto& place = reading.place_on(day, regions);
        if (rule.by_municipality) d.municipality = place.municipality;
        if (rule.by_region) d.region = place.region;
    }
    if (rule.by_unit) d.unit = unit;
    if (rule.by_sex) d.sex = reading.timeline().sex;
    if (rule.by_age_band)
        if (const auto age = reading.age_on(day)) d.age_band = age_band(*age);
    return d;
}

void evaluate(const Definition& rule, const Regions& regions, Reading& reading, Part part, std::vector<ContributionView>& out)
{
    if (part == Part::steps) {
        if (rule.exposure) add_steps(rule, regions, reading, out);
    } else if (rule.kind == Kind::imported) {
        std::vector<Contribution> figures;
        add_figures(rule, regions, reading.timeline(), figures);
        if (figures.empty()) return;
        for (const auto& c : reading.keep(std::move(figures))) out.push_back(view_of(c));
    } else if (rule.kind != Kind::level) {
        add_counted(rule, regions, reading, out);
    }
}

std::vector<Contribution> evaluate(const Definition& rule, const Regions& regions, const Timeline& timeline)
{
    Reading reading(timeline);
    std::vector<ContributionView> views;
    for (const auto part : {Part::counted, Part::steps}) evaluate(rule, regions, reading, part, views);
    return sorted(views);
}

std::vector<Contribution> sorted(std::span<const ContributionView> views)
{
    std::vector<Contribution> out;
    out.reserve(views.size());
    for (const auto& view : views) out.push_back(owned(view));
    std::ranges::sort(out);
    return out;
}

} // namespace sluse
