// gateway/track/batch.cpp — each kind of indicator computed straight from a person's happenings, then summed into cells and compared.
#include "gateway/track/batch.hpp"

#include "gateway/indicators/definition.hpp"
#include "gateway/journal/cell_sum.hpp"
#include "gateway/track/batch_rules.hpp"
#include "gateway/track/cell_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace sluse {
namespace {

using namespace batch;
using Kind = Definition::Kind;

bool within(const Outcome& rule, Millis after, Millis at)
{
    if (at <= after + rule.more_than) return false;
    if (rule.counting == Counting::hours) return at <= after + rule.within_days * 24 * hour_ms;
    return day_of_instant(at) <= day_of_instant(after) + rule.within_days;
}

/// Every pair is looked at: slow and plain.
bool followed(const Outcome& rule, Rules& rules, std::vector<Scene>& index, Scene& one, const std::vector<Happening>& later)
{
    const auto after = *rules.when(one, rule.after);
    for (const auto& happening : later) {
        Scene candidate(happening);
        if (happening.key == one.what.key || !within(rule, after, happening.from) || !rules.all(rule.where, candidate, &one.what)) continue;
        if (rule.claims == Claims::every) return true;
        const bool nearer = std::ranges::any_of(index, [&](Scene& other) {
            const auto theirs = *rules.when(other, rule.after);
            return other.what.key != happening.key && other.what.key != one.what.key && theirs < happening.from && theirs >= after;
        });
        if (!nearer) return true;
    }
    return false;
}

std::optional<Contribution> counted(const Definition& rule, const Regions& regions, Rules& rules, Scene& scene)
{
    const auto period = rules.when(scene, rule.period), place = rules.when(scene, rule.municipality), matures = rules.when(scene, rule.matures_after);
    if (!period || !place || !matures) return {};
    Contribution c;
    c.counts_day = day_of_instant(*period);
    if (c.counts_day < rule.valid_from || c.counts_day >= rule.valid_to) return {};
    c.matures_day = static_cast<Day>(day_of_instant(*matures) + rule.matures_days);
    c.numerator = c.denominator = 1;
    const auto there = rules.marked(scene, rule.unit_of);
    c.dims = whereabouts(rule, regions, rules.who(), there ? there->unit : std::string(), day_of_instant(*place));
    return c;
}

/// The replaced go, the replacing start when the oldest of their line did.
std::vector<Happening> without_replaced(const std::vector<Happening>& all)
{
    std::map<std::string, const Happening*> by_key;
    for (const auto& h : all) by_key.emplace(h.key, &h);
    std::vector<Happening> out;
    for (auto h : all) {
        if (std::ranges::any_of(all, [&](const Happening& newer) { return newer.replaces == h.key && newer.key != h.key; })) continue;
        auto next = h.replaces;
        for (int step = 0; step < 32; ++step) {
            const auto older = by_key.find(next);
            if (next.empty() || older == by_key.end()) break;
            h.from = std::min(h.from, older->second->from);
            next = older->second->replaces;
        }
        out.push_back(std::move(h));
    }
    return out;
}

std::vector<Scene> population_of(const Definition& rule, Rules& rules)
{
    auto all = rules.happenings(rule.population, rule.cohort);
    if (rule.chained) all = without_replaced(all);
    std::ranges::sort(all, in_time);
    std::vector<Scene> out;
    for (const auto& h : all) {
        Scene scene(h, &rule.markers);
        if (!rules.all(rule.where, scene, nullptr)) continue;
        const auto earlier = [&](auto&& alike) { return std::ranges::any_of(out, alike); };
        if (rule.one_a_day && earlier([&](const Scene& s) { return s.what.unit == h.unit && day_of_instant(s.what.from) == day_of_instant(h.from); })) continue;
        if (rule.new_after && !rule.outcome && earlier([&](const Scene& s) { return h.from <= s.what.from + *rule.new_after; })) continue;
        if (rule.outcome && !rules.when(scene, rule.outcome->after)) continue;
        out.push_back(std::move(scene));
    }
    if (!rule.new_after || !rule.outcome) return out;
    std::vector<Scene> spaced;
    for (auto& scene : out)
        if (spaced.empty() || scene.what.from > spaced.back().what.from + *rule.new_after) spaced.push_back(std::move(scene));
    return spaced;
}

void proportion(const Definition& rule, const Regions& regions, Rules& rules, std::vector<Contribution>& out)
{
    auto index = population_of(rule, rules);
    const auto later = rule.outcome ? rules.happenings(rule.outcome->of, rule.outcome->cohort) : std::vector<Happening>{};
    for (auto& scene : index) {
        auto c = counted(rule, regions, rules, scene);
        if (!c) continue;
        const bool reached = !rule.outcome || followed(*rule.outcome, rules, index, scene, later);
        c->numerator = reached && rules.all(rule.numerator, scene, nullptr);
        out.push_back(std::move(*c));
    }
}

void duration(const Definition& rule, const Regions& regions, Rules& rules, std::vector<Contribution>& out)
{
    for (auto& scene : population_of(rule, rules)) {
        const auto to = rules.when(scene, rule.value_to);
        std::optional<Millis> from;
        for (auto point = rule.value_from.rbegin(); point != rule.value_from.rend(); ++point)
            if (const auto at = rules.when(scene, *point)) from = at;
        auto c = counted(rule, regions, rules, scene);
        if (!c || !from || !to) continue;
        c->has_value = true;
        const auto lasted = *to - *from - rules.stood_still(rule.value_less, scene, *from, *to, false);
        c->value = lasted > 0 ? lasted / minute_ms : 0;
        out.push_back(std::move(*c));
    }
}

void mean(const Definition& rule, const Regions& regions, Rules& rules, std::vector<Contribution>& out)
{
    for (auto& scene : population_of(rule, rules)) {
        auto c = counted(rule, regions, rules, scene);
        if (!c || !scene.what.number) continue;
        c->has_value = true;
        c->value = *scene.what.number < 0 ? 0 : *scene.what.number * rule.value_scale / 1'000'000;
        out.push_back(std::move(*c));
    }
}

void count(const Definition& rule, const Regions& regions, Rules& rules, std::vector<Contribution>& out)
{
    for (auto& scene : population_of(rule, rules))
        if (auto c = counted(rule, regions, rules, scene)) {
            if (rule.kind == Kind::rate) c->denominator = 0;
            out.push_back(std::move(*c));
        }
}

/// Which of the five codes a figure has: -1 none, -2 several.
int only_code(const Dimensions& d)
{
    const std::string* codes[] = {&d.region, &d.municipality, &d.unit, &d.sex, &d.age_band};
    int found = -1;
    for (int i = 0; i < 5; ++i)
        if (!codes[i]->empty()) found = found == -1 ? i : -2;
    return found;
}

void imported(const Definition& rule, const Regions& regions, const Individual& who, std::vector<Contribution>& out)
{
    using Report = std::tuple<Day, Day, std::string>;
    std::map<Report, std::pair<int, bool>> reports; // which code makes the total, and whether there are regions
    for (const auto& f : who.published) {
        const auto code = only_code(f.dims);
        if (f.indicator != rule.id || code == -2) continue;
        auto& [total, regional] = reports.try_emplace({f.from, f.until, f.reporter}, 9, false).first->second;
        total = std::min(total, code);
        regional |= code == 0;
    }
    for (const auto& f : who.published) {
        const auto code = only_code(f.dims);
        if (f.indicator != rule.id || f.from < rule.valid_from || f.from >= rule.valid_to || code == -2) continue;
        const auto [total, regional] = reports.at({f.from, f.until, f.reporter});
        Contribution c;
        c.counts_day = f.from;
        c.matures_day = f.until;
        c.denominator = f.denominator.value_or(1) * rule.value_scale;
        if (f.number) {
            const auto millionths = __int128{c.denominator} * std::max<std::int64_t>(0, *f.number) / (rule.percentage ? 100 : 1);
            if (millionths / 1'000'000 > std::int64_t{1} << 60) continue;
            c.numerator = static_cast<std::int64_t>((millionths + 500'000) / 1'000'000);
        } else {
            if (!f.numerator || !f.denominator) continue;
            c.numerator = *f.numerator * rule.value_scale;
        }
        if (code != total) {
            auto less = c;
            less.numerator = -c.numerator;
            less.denominator = -c.denominator;
            out.push_back(std::move(less));
        }
        c.dims = f.dims;
        if (code == 1 && !regional) c.dims.region = regions.on(f.dims.municipality, f.from);
        out.push_back(std::move(c));
    }
}

std::vector<Contribution> contributions(const Definition& rule, const Regions& regions, Rules& rules)
{
    std::vector<Contribution> out;
    switch (rule.kind) {
    case Kind::proportion: proportion(rule, regions, rules, out); break;
    case Kind::duration: duration(rule, regions, rules, out); break;
    case Kind::mean: mean(rule, regions, rules, out); break;
    case Kind::count:
    case Kind::rate: count(rule, regions, rules, out); break;
    case Kind::level: break;
    case Kind::imported: imported(rule, regions, rules.who(), out); break;
    }
    if (rule.exposure) at_risk(rule, regions, rules, out);
    return out;
}

struct Sums {
    std::int64_t numerator{}, denominator{}, values{}, value_sum{}, squares{};
    std::map<std::int64_t, std::int64_t> histogram;

    void add(const Contribution& c)
    {
        numerator += c.numerator;
        denominator += c.denominator;
        if (!c.has_value) return;
        ++values;
        value_sum += c.value;
        squares += c.value * c.value;
        ++histogram[c.value];
    }
    bool nothing() const { return numerator == 0 && denominator == 0 && values == 0; }
    std::string bytes() const
    {
        std::string out;
        encode(CellSum{{numerator, denominator, values, value_sum, squares}, {histogram.begin(), histogram.end()}}, out);
        return out;
    }
};

std::string cell_words(std::string_view key)
{
    const auto cell = parse_cell_key(std::string(key) + std::string(received_bytes, '\0'));
    if (!cell) return "an unreadable key";
    const auto& d = cell->dims;
    return fmt::format("{} version {} on {} (final {}) region {} municipality {} unit {} sex {} age {}", cell->indicator, cell->version, iso(cell->counts_day),
                       iso(cell->matures_day), d.region, d.municipality, d.unit, d.sex, d.age_band);
}

std::string sum_words(const BatchCells& cells, const std::string& key)
{
    const auto found = cells.find(key);
    CellSum sum;
    if (found == cells.end() || !decode(found->second, sum)) return "nothing";
    return fmt::format("{}", fmt::join(sum.sums, " "));
}

} // namespace

BatchCells recompute(std::span<const BatchNode> nodes, const Packs& packs)
{
    std::map<std::string, Sums> sums;
    for (const auto& component : components(nodes)) {
        std::vector<const Fact*> facts;
        for (const auto* node : component)
            for (const auto& fact : node->facts) facts.push_back(&fact);
        const auto who = individual(facts);
        Rules rules(who);
        for (std::size_t i = 0; i < packs.packs().size(); ++i)
            for (const auto& c : contributions(packs.definition(i), packs.regions(), rules))
                sums[cell_key(packs.packs()[i].id, packs.packs()[i].version, c)].add(c);
    }
    BatchCells cells;
    for (const auto& [key, sum] : sums)
        if (!sum.nothing()) cells.emplace(key, sum.bytes()); // who comes and goes on one day leaves no trace
    return cells;
}

void sum_cell(BatchCells& cells, std::string_view key, std::string_view value)
{
    CellSum sum;
    if (key.size() < received_bytes || !decode(value, sum)) return;
    auto& stored = cells[std::string(key.substr(0, key.size() - received_bytes))];
    CellSum known;
    if (!stored.empty()) decode(stored, known);
    known.add(sum);
    stored.clear();
    encode(std::move(known), stored);
}

std::vector<CellDifference> verify(const BatchCells& stream, const BatchCells& batch)
{
    const auto zero = [](const std::string& bytes) {
        CellSum sum;
        return !decode(bytes, sum) || sum.zero();
    };
    std::vector<CellDifference> out;
    const auto differ = [&](const std::string& key) { out.push_back({cell_words(key), sum_words(stream, key), sum_words(batch, key)}); };
    for (const auto& [key, bytes] : stream) {
        const auto found = batch.find(key);
        if (found == batch.end() ? !zero(bytes) : found->second != bytes) differ(key);
    }
    for (const auto& [key, bytes] : batch)
        if (!stream.contains(key)) differ(key);
    return out;
}

} // namespace sluse
