// gateway/track/batch.cpp — each kind of indicator computed straight from a person's happenings, then summed into cells and compared.
#include "gateway/track/batch.hpp"

#include "gateway/indicators/definition.hpp"
#include "gateway/journal/cell_sum.hpp"
#include "gateway/track/batch_person.hpp"
#include "gateway/track/cell_key.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluse {
namespace {

using namespace batch;
using Ask = Condition::Test;

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

std::vector<Happening> happenings(const Individual& who, const Definition& rule, Series series)
{
    std::vector<Happening> out;
    if (series == Series::stays || series == Series::admissions) {
        for (auto& stay : swept(who, rule.stay_gap_ms))
            if (series == Series::stays || (stay.to && *stay.to - stay.from >= rule.admission_ms)) out.push_back(std::move(stay));
    } else if (series == Series::contacts) {
        for (const auto& v : who.visits)
            out.push_back({v.key, v.specialty, v.unit, v.kind, {}, {}, {}, v.priority == "A", v.from, v.open() ? std::nullopt : std::optional(v.to), {}, {v.key}});
    } else if (series == Series::results) {
        for (const auto& t : who.tests) out.push_back({t.key, {}, t.unit, {}, t.code, t.status, t.words, false, t.taken, t.answered, t.number, {}});
    } else {
        for (const auto& s : who.signs)
            for (const auto& v : who.visits)
                if (v.key == s.visit) out.push_back({s.key, {}, v.unit, {}, s.code, {}, {}, false, v.from, v.open() ? std::nullopt : std::optional(v.to), {}, {}});
    }
    return out;
}

std::optional<Millis> when(const Happening& h, Point point)
{
    if (point == Point::start || point == Point::sample) return h.from;
    return h.to;
}

std::string answer_words(const Happening& h)
{
    if (!h.words.empty() || !h.number || *h.number % 1'000'000 != 0) return h.words;
    return std::to_string(*h.number / 1'000'000);
}

bool has_sign(const Individual& who, const Happening& h, const Condition& c)
{
    for (const auto& s : who.signs)
        if (listed(h.visits, s.visit) && (!c.rank || *c.rank == s.rank) && kind_in(*c.codes.table, s.code) == "in") return true;
    return false;
}

bool true_of(const Condition& c, const Individual& who, const Happening& h, const Happening* index)
{
    const auto at = when(h, c.at);
    switch (c.test) {
    case Ask::specialty: return listed(c.words, h.specialty);
    case Ask::same_specialty: return index && index->specialty == h.specialty;
    case Ask::acute: return h.acute == c.flag;
    case Ask::encounter_class: return listed(c.words, h.kind);
    case Ask::unit: return listed(c.words, h.unit);
    case Ask::status: return listed(c.words, h.status);
    case Ask::alive: return at && !(who.death && day_of_instant(*who.death) <= day_of_instant(*at));
    case Ask::code: return kind_in(*c.codes.table, h.code) == "in";
    case Ask::result: {
        const auto meaning = kind_in(*c.codes.table, answer_words(h));
        return !meaning.empty() && listed(c.words, meaning);
    }
    case Ask::diagnosis: return has_sign(who, h, c);
    case Ask::age: {
        if (!at || !who.birth) return false;
        const auto years = years_between(*who.birth, day_of_instant(*at));
        return years >= c.from.value_or(-1000) && years < c.below.value_or(1000);
    }
    }
    return false;
}

bool all_true(const std::vector<Condition>& conditions, const Individual& who, const Happening& h, const Happening* index)
{
    for (const auto& c : conditions)
        if (true_of(c, who, h, index) == c.negate) return false;
    return true;
}

bool within(const Outcome& rule, Millis after, Millis at)
{
    if (at <= after + rule.more_than) return false;
    if (rule.counting == Counting::hours) return at <= after + rule.within_days * 24 * hour_ms;
    return day_of_instant(at) <= day_of_instant(after) + rule.within_days;
}

/// Every pair is looked at: slow and plain.
bool followed(const Outcome& rule, const Individual& who, const std::vector<Happening>& index, const Happening& one, const std::vector<Happening>& later)
{
    const auto after = *when(one, rule.after);
    for (const auto& candidate : later) {
        if (candidate.key == one.key || !within(rule, after, candidate.from) || !all_true(rule.where, who, candidate, &one)) continue;
        if (rule.claims == Claims::every) return true;
        const bool nearer = std::ranges::any_of(index, [&](const Happening& other) {
            const auto theirs = *when(other, rule.after);
            return other.key != candidate.key && other.key != one.key && theirs < candidate.from && theirs >= after;
        });
        if (!nearer) return true;
    }
    return false;
}

std::optional<Contribution> counted(const Definition& rule, const Regions& regions, const Individual& who, const Happening& h)
{
    const auto period = when(h, rule.period), place = when(h, rule.municipality), matures = when(h, rule.matures_after);
    if (!period || !place || !matures) return {};
    Contribution c;
    c.counts_day = day_of_instant(*period);
    if (c.counts_day < rule.valid_from || c.counts_day >= rule.valid_to) return {};
    c.matures_day = static_cast<Day>(day_of_instant(*matures) + rule.matures_days);
    c.numerator = c.denominator = 1;
    const auto day = day_of_instant(*place);
    const auto municipality = who.municipality(day);
    if (rule.by_municipality) c.dims.municipality = municipality;
    if (rule.by_region)
        for (const auto& row : regions.rows())
            if (row.municipality == municipality && day >= row.from && day < row.to) c.dims.region = row.region;
    if (rule.by_unit) c.dims.unit = h.unit;
    if (rule.by_sex) c.dims.sex = who.sex;
    if (rule.by_age_band && who.birth) c.dims.age_band = band(years_between(*who.birth, day));
    return c;
}

std::vector<Happening> population_of(const Definition& rule, const Individual& who)
{
    auto all = happenings(who, rule, rule.population);
    std::erase_if(all, [&](const Happening& h) { return !all_true(rule.where, who, h, nullptr) || (rule.outcome && !when(h, rule.outcome->after)); });
    return all;
}

std::vector<Contribution> proportion(const Definition& rule, const Regions& regions, const Individual& who)
{
    std::vector<Contribution> out;
    const auto index = population_of(rule, who);
    const auto later = rule.outcome ? happenings(who, rule, rule.outcome->of) : std::vector<Happening>{};
    for (const auto& h : index) {
        auto c = counted(rule, regions, who, h);
        if (!c) continue;
        const bool reached = !rule.outcome || followed(*rule.outcome, who, index, h, later);
        c->numerator = reached && all_true(rule.numerator, who, h, nullptr);
        out.push_back(std::move(*c));
    }
    return out;
}

std::vector<Contribution> duration(const Definition& rule, const Regions& regions, const Individual& who)
{
    std::vector<Contribution> out;
    for (const auto& h : population_of(rule, who)) {
        const auto from = when(h, rule.value_from), to = when(h, rule.value_to);
        auto c = counted(rule, regions, who, h);
        if (!c || !from || !to) continue;
        c->has_value = true;
        c->value = *to > *from ? (*to - *from) / minute_ms : 0;
        out.push_back(std::move(*c));
    }
    return out;
}

std::vector<Contribution> count(const Definition& rule, const Regions& regions, const Individual& who)
{
    std::vector<Contribution> out;
    for (const auto& h : population_of(rule, who))
        if (auto c = counted(rule, regions, who, h)) out.push_back(std::move(*c));
    return out;
}

std::vector<Contribution> contributions(const Definition& rule, const Regions& regions, const Individual& who)
{
    switch (rule.kind) {
    case Definition::Kind::proportion: return proportion(rule, regions, who);
    case Definition::Kind::duration: return duration(rule, regions, who);
    case Definition::Kind::count: return count(rule, regions, who);
    }
    return {};
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
        for (std::size_t i = 0; i < packs.packs().size(); ++i)
            for (const auto& c : contributions(packs.definition(i), packs.regions(), who))
                sums[cell_key(packs.packs()[i].id, packs.packs()[i].version, c)].add(c);
    }
    BatchCells cells;
    for (const auto& [key, sum] : sums) cells.emplace(key, sum.bytes());
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
