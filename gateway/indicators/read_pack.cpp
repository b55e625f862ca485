// gateway/indicators/read_pack.cpp — the indicator language: what keys there are, what they may say, and what they compile to.
#include "gateway/indicators/read_pack.hpp"

#include "gateway/base/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluse {
namespace {

using Test = Condition::Test;
const std::initializer_list<std::string_view> series_names = {"stays", "admissions", "contacts", "results", "diagnoses"};
const std::initializer_list<std::string_view> point_names = {"start", "end", "sample", "answer"};

std::vector<FactKind> kinds_of(Series series)
{
    switch (series) {
    case Series::stays:
    case Series::admissions:
    case Series::contacts: return {FactKind::contact};
    case Series::results: return {FactKind::result};
    case Series::diagnoses: return {FactKind::diagnosis, FactKind::contact};
    }
    return {};
}

bool has_point(Series series, Point point)
{
    if (series == Series::results) return point == Point::sample || point == Point::answer;
    return point == Point::start || point == Point::end;
}

Point first_point(Series series)
{
    return series == Series::results ? Point::sample : Point::start;
}

Point read_point(yaml::Section& in, std::string_view key, Series series, Point fallback)
{
    const auto choice = in.choice(key, point_names);
    if (!choice) return fallback;
    const auto point = static_cast<Point>(*choice);
    if (!has_point(series, point))
        in.error(key, series == Series::results ? "results have 'sample' and 'answer'" : "they have 'start' and 'end'");
    return point;
}

/// "30 d", "4 h", "90 min" into milliseconds.
std::optional<Millis> read_time(yaml::Section& in, std::string_view key)
{
    const auto text = in.text(key);
    if (text.empty()) return {};
    const auto space = text.find(' ');
    std::int64_t amount = 0;
    for (const char c : text.substr(0, space)) {
        if (c < '0' || c > '9' || amount > 100'000) return in.error(key, "must be a number and a unit: 30 d, 4 h, 90 min"), std::nullopt;
        amount = amount * 10 + (c - '0');
    }
    const auto unit = space == text.npos ? std::string() : text.substr(space + 1);
    if (unit == "d") return amount * 24 * hour_ms;
    if (unit == "h") return amount * hour_ms;
    if (unit == "min") return amount * minute_ms;
    in.error(key, "must be a number and a unit: 30 d, 4 h, 90 min");
    return {};
}

class Conditions {
public:
    Conditions(Series series, bool in_outcome, CodeTables& tables) : series_(series), in_outcome_(in_outcome), tables_(tables) {}

    void read(yaml::Section in, bool negate, std::vector<Condition>& out)
    {
        words(in, "specialty", Test::specialty, negate, out);
        words(in, "class", Test::encounter_class, negate, out);
        words(in, "unit", Test::unit, negate, out);
        words(in, "status", Test::status, negate, out);
        if (const auto acute = in.flag("acute")) add(Test::acute, negate, out).flag = *acute;
        if (in.has("alive_at")) add(Test::alive, negate, out).at = read_point(in, "alive_at", series_, Point::end);
        if (auto age = in.section("age"); age.valid()) read_age(age, add(Test::age, negate, out));
        if (auto code = in.section("code"); code.valid()) read_codes(code, add(Test::code, negate, out), "in");
        if (auto result = in.section("result"); result.valid()) read_result(result, add(Test::result, negate, out));
        if (auto diagnosis = in.section("diagnosis"); diagnosis.valid()) read_diagnosis(diagnosis, add(Test::diagnosis, negate, out));
        if (auto inner = in.section("not"); inner.valid()) {
            if (negate) inner.error("'not' inside 'not' says nothing");
            else read(inner, true, out);
        }
        in.done();
    }

private:
    static Condition& add(Test test, bool negate, std::vector<Condition>& out)
    {
        auto& c = out.emplace_back();
        c.test = test;
        c.negate = negate;
        return c;
    }

    bool applies(std::string_view key) const
    {
        const bool encounter = series_ <= Series::contacts;
        if (key == "status") return series_ == Series::results;
        if (key == "unit") return series_ != Series::diagnoses;
        return encounter;
    }

    void words(yaml::Section& in, std::string_view key, Test test, bool negate, std::vector<Condition>& out)
    {
        auto words = in.words(key);
        if (words.empty()) return;
        if (!applies(key)) return in.error(key, fmt::format("'{}' is not known of this population", key));
        const bool same = test == Test::specialty && words == std::vector<std::string>{"same"};
        if (same && !in_outcome_) return in.error(key, "'same' needs an index to be the same as: only in an outcome");
        check(in, key, words);
        auto& c = add(same ? Test::same_specialty : test, negate, out);
        if (!same) c.words = std::move(words);
    }

    void check(yaml::Section& in, std::string_view key, const std::vector<std::string>& words)
    {
        static constexpr std::string_view specialties[] = {"somatic", "psychiatric", "same"};
        static constexpr std::string_view classes[] = {"IMP", "AMB", "EMER", "VR", "HH", "PRENC"};
        const auto of = [&](const auto& known) {
            for (const auto& word : words)
                if (std::ranges::find(known, word) == std::end(known))
                    in.error(key, fmt::format("'{}' is not a {}; did you mean '{}'?", word, key, nearest(word, known)));
        };
        if (key == "specialty") of(specialties);
        if (key == "class") of(classes);
    }

    void read_age(yaml::Section& in, Condition& c)
    {
        c.at = read_point(in, "at", series_, first_point(series_));
        if (const auto from = in.number("from")) c.from = static_cast<int>(*from);
        if (const auto below = in.number("below")) c.below = static_cast<int>(*below);
        if (!c.from && !c.below) in.error("an age needs 'from' or 'below'");
        in.done();
    }

    void read_set(yaml::Section& in, std::string_view key, Condition& c)
    {
        const auto node = in.need(key);
        c.codes.name = in.text(key);
        if (!c.codes.name.empty()) c.codes.table = tables_.get(c.codes.name, node, in.place());
    }

    void read_codes(yaml::Section& in, Condition& c, std::string_view key)
    {
        if (series_ <= Series::contacts) in.error("contacts have no code; ask for their 'diagnosis'");
        read_set(in, key, c);
        in.done();
    }

    void read_diagnosis(yaml::Section& in, Condition& c)
    {
        if (series_ > Series::contacts) in.error("'diagnosis' asks for a contact's diagnosis; here use 'code'");
        read_set(in, "in", c);
        c.rank = in.number("rank");
        in.done();
    }

    void read_result(yaml::Section& in, Condition& c)
    {
        if (series_ != Series::results) in.error("'result' asks what a result says");
        read_set(in, "by", c);
        c.words = in.words("is");
        if (c.words.empty()) in.error("'is' is missing: which meanings of the table");
        for (const auto& word : c.words)
            if (c.codes.table && !c.codes.table->has_kind(word)) in.error("is", fmt::format("the table has no '{}'", word));
        in.done();
    }

    Series series_;
    bool in_outcome_;
    CodeTables& tables_;
};

void read_outcome(yaml::Section in, Series population, CodeTables& tables, Definition& d, std::vector<FactKind>& uses)
{
    if (!in.valid()) return;
    auto& out = d.outcome.emplace();
    in.need("of");
    out.of = static_cast<Series>(in.choice("of", series_names).value_or(0));
    if (auto where = in.section("where"); where.valid()) Conditions(out.of, true, tables).read(where, false, out.where);
    out.after = read_point(in, "after", population, has_point(population, Point::end) ? Point::end : Point::sample);
    out.more_than = read_time(in, "more_than").value_or(0);
    in.need("within");
    const auto within = read_time(in, "within");
    out.within_days = within.value_or(0) / (24 * hour_ms);
    if (within && out.within_days == 0) in.error("within", "must be at least one day");
    in.need("counting");
    out.counting = static_cast<Counting>(in.choice("counting", {"calendar_days", "hours"}).value_or(0));
    out.claims = static_cast<Claims>(in.choice("claims", {"latest", "every"}).value_or(0));
    for (const auto kind : kinds_of(out.of)) uses.push_back(kind);
    in.done();
}

void read_dimensions(yaml::Section& in, Definition& d)
{
    constexpr std::string_view known[] = {"region", "municipality", "unit", "sex", "age_band"};
    bool* const flags[] = {&d.by_region, &d.by_municipality, &d.by_unit, &d.by_sex, &d.by_age_band};
    for (const auto& word : in.words("dimensions")) {
        const auto found = std::ranges::find(known, word);
        if (found != std::end(known)) *flags[found - known] = true;
        else in.error("dimensions", fmt::format("'{}' is not a dimension; did you mean '{}'?", word, nearest(word, known)));
    }
}

Title read_title(yaml::Section in)
{
    Title title;
    if (!in.valid()) return title;
    title.da = in.need_text("da");
    title.en = in.need_text("en");
    in.done();
    return title;
}

Day read_day(yaml::Section& in, std::string_view key, Date fallback)
{
    const auto text = in.text(key);
    if (text.empty()) return day_of(fallback);
    const auto day = parse_day(text);
    if (!day) in.error(key, "must be a day such as 2026-01-01");
    return day.value_or(day_of(fallback));
}

void read_descriptions(yaml::Section& in, Pack& p)
{
    p.id = in.need_text("id");
    p.version = in.need_text("version");
    p.goal = in.text("goal");
    in.need("title");
    p.title = read_title(in.section("title"));
    p.description = read_title(in.section("description"));
    p.unit = in.need_text("unit");
    if (const auto scale = in.number("value_scale")) p.value_scale = *scale;
    if (p.value_scale <= 0) in.error("value_scale", "must be above 0"), p.value_scale = 1;
    constexpr std::string_view directions[] = {"lower", "higher"};
    in.need("direction");
    if (const auto direction = in.choice("direction", {"lower", "higher"})) p.direction = directions[*direction];
    p.target = in.real("target");
    p.source = in.need_text("source");
    in.need("mark");
    constexpr std::string_view marks[] = {"V", "GK"};
    if (const auto mark = in.choice("mark", {"V", "GK"})) p.mark = marks[*mark];
    if (auto valid = in.section("valid"); valid.valid()) {
        p.valid_from = read_day(valid, "from", {1900, 1, 1});
        p.valid_to = read_day(valid, "to", {9999, 12, 31});
        valid.done();
    } else {
        in.need("valid");
    }
}

void read_attribution(yaml::Section in, Series series, Definition& d)
{
    d.period = d.municipality = first_point(series);
    if (!in.valid()) return;
    in.need("period");
    d.period = read_point(in, "period", series, d.period);
    d.municipality = read_point(in, "municipality", series, d.period);
    in.done();
}

void read_maturity(yaml::Section in, Series series, Definition& d)
{
    d.matures_after = d.period;
    if (!in.valid()) return;
    d.matures_after = read_point(in, "after", series, d.period);
    in.need("days");
    d.matures_days = in.number("days").value_or(0);
    if (d.matures_days < 0 || d.matures_days > 3660) in.error("days", "must be 0 to 3660");
    if (d.outcome && d.matures_days <= d.outcome->within_days)
        in.error("days", fmt::format("an outcome within {} days is not final before day {}", d.outcome->within_days, d.outcome->within_days + 1));
    in.done();
}

void read_rule(yaml::Section& in, CodeTables& tables, Pack& p, Definition& d)
{
    std::vector<FactKind> uses{FactKind::person, FactKind::residence};
    constexpr std::string_view kinds[] = {"proportion", "duration", "count"};
    in.need("kind");
    d.kind = static_cast<Definition::Kind>(in.choice("kind", {"proportion", "duration", "count"}).value_or(0));
    p.kind = kinds[static_cast<std::size_t>(d.kind)];
    in.need("population");
    if (auto population = in.section("population"); population.valid()) {
        population.need("of");
        d.population = static_cast<Series>(population.choice("of", series_names).value_or(0));
        if (auto where = population.section("where"); where.valid()) Conditions(d.population, false, tables).read(where, false, d.where);
        population.done();
    }
    for (const auto kind : kinds_of(d.population)) uses.push_back(kind);
    if (auto numerator = in.section("numerator"); numerator.valid()) Conditions(d.population, false, tables).read(numerator, false, d.numerator);
    read_outcome(in.section("outcome"), d.population, tables, d, uses);
    if (d.kind == Definition::Kind::proportion && d.numerator.empty() && !d.outcome) in.error("a proportion needs a 'numerator' or an 'outcome'");
    if (d.kind != Definition::Kind::proportion && (!d.numerator.empty() || d.outcome)) in.error("only a proportion has a 'numerator' or an 'outcome'");
    if (auto value = in.section("value"); value.valid()) {
        d.value_from = read_point(value, "from", d.population, first_point(d.population));
        d.value_to = read_point(value, "to", d.population, Point::end);
        value.done();
        if (d.kind != Definition::Kind::duration) in.error("value", "only a duration has a 'value'");
    } else if (d.kind == Definition::Kind::duration) {
        in.error("a duration needs a 'value' with 'from' and 'to'");
    }
    read_attribution(in.section("attribution"), d.population, d);
    read_maturity(in.section("maturity"), d.population, d);
    read_dimensions(in, d);
    // A specialty that nobody said is decided by the diagnoses.
    const auto uses_diagnosis = [](const Condition& c) { return c.test == Test::diagnosis || c.test == Test::specialty || c.test == Test::same_specialty; };
    if (std::ranges::any_of(d.where, uses_diagnosis) || std::ranges::any_of(d.numerator, uses_diagnosis) ||
        (d.outcome && std::ranges::any_of(d.outcome->where, uses_diagnosis)))
        uses.push_back(FactKind::diagnosis);
    std::ranges::sort(uses);
    uses.erase(std::unique(uses.begin(), uses.end()), uses.end());
    p.uses = std::move(uses);
}

std::string substituted(std::string text, const std::map<std::string, std::string>& values)
{
    for (const auto& [name, value] : values) {
        const auto mark = '{' + name + '}';
        for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + value.size())) text.replace(at, mark.size(), value);
    }
    return text;
}

/// A copy of the tree with every scalar substituted; marks are lost in a copy, so scalars are changed in place on a fresh parse.
void substitute(YAML::Node node, const std::map<std::string, std::string>& values)
{
    if (node.IsScalar()) {
        auto text = substituted(node.Scalar(), values);
        if (text != node.Scalar()) node = text;
    } else if (node.IsMap()) {
        for (auto member : node) substitute(member.second, values);
    } else if (node.IsSequence()) {
        for (auto item : node) substitute(item, values);
    }
}

ReadPack read_one(const YAML::Node& root, const yaml::Place& place, CodeTables& tables)
{
    ReadPack out;
    auto& [pack, definition] = out;
    yaml::Section in(root, place);
    in.raw("for_each");
    read_descriptions(in, pack);
    read_rule(in, tables, pack, definition);
    definition.valid_from = pack.valid_from;
    definition.valid_to = pack.valid_to;
    in.done();
    return out;
}

std::vector<std::map<std::string, std::string>> lines_of(const YAML::Node& list, const yaml::Place& place)
{
    std::vector<std::map<std::string, std::string>> lines;
    if (!list.IsSequence()) return place.error(list, "'for_each' must be a list"), lines;
    for (const auto& item : list) {
        auto& line = lines.emplace_back();
        if (!item.IsMap()) place.error(item, "each of 'for_each' is a mapping of names to values");
        else
            for (const auto& member : item) line[member.first.as<std::string>()] = member.second.as<std::string>("");
    }
    return lines;
}

} // namespace

std::shared_ptr<const CodeTable> CodeTables::get(const std::string& name, const YAML::Node& at, const yaml::Place& place)
{
    if (const auto found = loaded_.find(name); found != loaded_.end()) return found->second;
    const auto file = folder_ / (name + ".tsv");
    if (std::error_code ec; !std::filesystem::is_regular_file(file, ec)) {
        std::vector<std::string> known;
        if (std::filesystem::is_directory(folder_, ec))
            for (const auto& entry : std::filesystem::directory_iterator(folder_)) known.push_back(entry.path().stem().string());
        std::ranges::sort(known);
        const auto near = nearest(name, known);
        place.error(at, fmt::format("there is no codes/sets/{}.tsv{}", name, near.empty() ? "" : "; did you mean '" + near + "'?"));
        return {};
    }
    auto table = std::make_shared<const CodeTable>(CodeTable::load(file, "codes/sets/" + name + ".tsv", *place.issues));
    loaded_.emplace(name, table);
    return table;
}

std::vector<ReadPack> read_packs(const std::string& text, const std::string& name, CodeTables& tables, Issues& issues)
{
    const yaml::Place place{name, &issues};
    const auto root = yaml::parse_text(text, place);
    std::vector<ReadPack> out;
    if (!root.IsDefined()) return out;
    if (!root.IsMap()) {
        place.error(root, "an indicator is a mapping of keys to values");
        return out;
    }
    const auto& constant = root;
    const auto list = constant["for_each"];
    if (!list.IsDefined()) {
        out.push_back(read_one(root, place, tables));
        return out;
    }
    for (const auto& values : lines_of(list, place)) {
        auto copy = yaml::parse_text(text, place);
        substitute(copy, values);
        out.push_back(read_one(copy, place, tables));
    }
    return out;
}

} // namespace sluse
