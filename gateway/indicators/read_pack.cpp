// gateway/indicators/read_pack.cpp — an indicator's file: its description, its kind and the parts of its rule.
#include "gateway/indicators/read_pack.hpp"

#include "gateway/base/nearest.hpp"
#include "gateway/indicators/read_conditions.hpp"
#include "gateway/indicators/read_title.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluse {
namespace {

using Kind = Definition::Kind;

void read_outcome(yaml::Section in, Definition& d, ReadScope& scope)
{
    if (!in.valid()) return;
    auto& out = d.outcome.emplace();
    out.of = read_series(in, scope, out.cohort);
    read_conditions(in.section("where"), out.of, false, true, scope, out.where);
    out.after = read_point(in, "after", d.population, scope, {-1, d.population != Series::results});
    out.more_than = read_time(in, "more_than").value_or(0);
    in.need("within");
    const auto within = read_time(in, "within");
    out.within_days = within.value_or(0) / (24 * hour_ms);
    if (within && out.within_days == 0) in.error("within", "must be at least one day");
    in.need("counting");
    out.counting = static_cast<Counting>(in.choice("counting", {"calendar_days", "hours"}).value_or(0));
    out.claims = static_cast<Claims>(in.choice("claims", {"latest", "every"}).value_or(0));
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

void read_against(yaml::Section& in, Pack& p)
{
    auto section = in.section("against");
    if (!section.valid()) return;
    if (p.kind != "count" && p.kind != "level") in.error("against", "only a count or a level is shown against a series");
    auto& against = p.against.emplace();
    against.series = section.need_text("series");
    against.unit = section.need_text("unit");
    against.amount = static_cast<double>(section.number("amount").value_or(1));
    if (against.amount <= 0) section.error("amount", "must be above 0");
    section.done();
}

void read_attribution(yaml::Section in, Definition& d, const ReadScope& scope)
{
    if (!in.valid()) return;
    in.need("period");
    d.period = read_point(in, "period", d.population, scope, d.period);
    d.municipality = read_point(in, "municipality", d.population, scope, d.period);
    if (const auto unit = in.text("unit"); !unit.empty()) {
        const auto found = std::ranges::find(scope.markers, unit);
        if (found == scope.markers.end()) in.error("unit", fmt::format("there is no marker '{}'; did you mean '{}'?", unit, nearest(unit, scope.markers)));
        else d.unit_of = static_cast<int>(found - scope.markers.begin());
    }
    in.done();
}

void read_maturity(yaml::Section in, Pack& p, Definition& d, const ReadScope& scope)
{
    d.matures_after = d.period;
    if (!in.valid()) return;
    d.matures_after = read_point(in, "after", d.population, scope, d.period);
    in.need("days");
    d.matures_days = in.number("days").value_or(0);
    if (d.matures_days < 0 || d.matures_days > 3660) in.error("days", "must be 0 to 3660");
    const auto lateness = in.number("lateness").value_or(p.lateness);
    if (lateness < 0 || lateness > 3660) in.error("lateness", "must be 0 to 3660 days");
    p.lateness = static_cast<Day>(lateness);
    if (d.outcome && d.matures_days <= d.outcome->within_days)
        in.error("days", fmt::format("an outcome within {} days is not final before day {}", d.outcome->within_days, d.outcome->within_days + 1));
    in.done();
}

/// Markers are read in order: a later one may look from an earlier one.
void read_markers(yaml::Section& in, Definition& d, ReadScope& scope)
{
    const auto node = in.raw("markers");
    if (!node) return;
    if (!node.IsMap()) return in.error("markers", "must be a mapping of names to searches");
    for (const auto& member : node) {
        const auto name = member.first.as<std::string>();
        yaml::Section section(member.second, in.place());
        if (!section.valid()) in.place().error(member.second, fmt::format("marker '{}' must be a mapping", name));
        else d.markers.push_back(read_search(section, d.population, scope));
        if (section.valid()) scope.markers.push_back(name);
        if (scope.markers.size() > markers_max) return section.error(fmt::format("an indicator has at most {} markers", markers_max));
    }
}

/// "23:00" as milliseconds after midnight.
std::optional<Millis> time_of_day(std::string_view text)
{
    const auto digit = [&](std::size_t at, char most) { return text[at] >= '0' && text[at] <= most; };
    if (text.size() != 5 || !digit(0, '2') || !digit(1, text[0] == '2' ? '3' : '9') || text[2] != ':' || !digit(3, '5') || !digit(4, '9')) return {};
    return ((text[0] - '0') * 10 + text[1] - '0') * hour_ms + ((text[3] - '0') * 10 + text[4] - '0') * minute_ms;
}

void read_exposure(yaml::Section in, Definition& d, ReadScope& scope)
{
    if (!in.valid()) return;
    auto& out = d.exposure.emplace();
    out.of = read_series(in, scope, out.cohort);
    // Markers look from the population; a level has none but what it exposes.
    const bool own = d.kind == Kind::level || out.of == d.population;
    ReadScope bare{scope.tables, scope.cohorts, own ? scope.markers : std::vector<std::string>(), {}};
    read_conditions(in.section("where"), out.of, own, false, scope, out.where);
    out.from = read_point(in, "from", out.of, bare, out.from);
    out.to = read_point(in, "to", out.of, bare, out.to);
    if (auto age = in.section("age"); age.valid()) {
        out.age_from = age.number("from");
        out.age_below = age.number("below");
        age.done();
    }
    out.less = read_searches(in, "less", out.of, bare);
    scope.uses.insert(scope.uses.end(), bare.uses.begin(), bare.uses.end());
    if (const auto at = in.text("at"); !at.empty()) {
        out.at_hour = time_of_day(at);
        if (!out.at_hour) in.error("at", "must be a time of the day such as \"23:00\"");
    }
    in.done();
}

void read_population(yaml::Section in, Definition& d, ReadScope& scope)
{
    if (!in.valid()) return;
    read_conditions(in.section("where"), d.population, true, false, scope, d.where);
    d.one_a_day = in.flag("one_a_day").value_or(false);
    d.chained = in.flag("chained").value_or(false);
    d.new_after = read_time(in, "new_after");
    in.done();
}

void read_value(yaml::Section& in, Definition& d, ReadScope& scope)
{
    auto value = in.section("value");
    if (!value.valid()) {
        if (d.kind == Kind::duration) in.error("a duration needs a 'value' with 'from' and 'to'");
        return;
    }
    if (d.kind != Kind::duration) in.error("value", "only a duration has a 'value'");
    for (const auto& word : value.words("from")) d.value_from.push_back(read_moment(value, "from", word, d.population, scope));
    if (d.value_from.empty()) d.value_from.emplace_back();
    d.value_to = read_point(value, "to", d.population, scope, {-1, true});
    d.value_less = read_searches(value, "less", d.population, scope);
    value.done();
}

void read_per(yaml::Section& in, Pack& p, Definition& d)
{
    if (d.kind != Kind::rate) return;
    in.need("per");
    auto per = in.section("per");
    if (!per.valid()) return;
    const auto amount = per.number("amount").value_or(1);
    const auto time = per.choice("time", {"years", "days"});
    per.need("time");
    p.per_days = static_cast<double>(amount) * (time.value_or(0) == 0 ? 365.25 : 1.0);
    per.done();
}

/// What must be there, and what makes no sense, for the kind.
void check_parts(yaml::Section& in, const Definition& d)
{
    const bool proportion = d.kind == Kind::proportion, steps = d.kind == Kind::rate || d.kind == Kind::level;
    if (proportion && d.numerator.empty() && !d.outcome) in.error("a proportion needs a 'numerator' or an 'outcome'");
    if (!proportion && (!d.numerator.empty() || d.outcome)) in.error("only a proportion has a 'numerator' or an 'outcome'");
    if (steps != d.exposure.has_value()) in.error(steps ? "a rate or a level needs an 'exposure'" : "only a rate or a level has an 'exposure'");
}

void read_rule(yaml::Section& in, CodeTables& tables, Cohorts& cohorts, Pack& p, Definition& d)
{
    constexpr std::string_view kinds[] = {"proportion", "duration", "count", "mean", "rate", "level", "imported"};
    in.need("kind");
    d.kind = static_cast<Kind>(in.choice("kind", {"proportion", "duration", "count", "mean", "rate", "level", "imported"}).value_or(0));
    p.kind = kinds[static_cast<std::size_t>(d.kind)];
    d.value_scale = p.value_scale;
    d.id = p.id;
    if (d.kind == Kind::imported) {
        d.percentage = p.unit == "%";
        d.population = Series::figures;
        p.uses = {FactKind::figure};
        p.lateness = 0; // as published
        return;
    }
    ReadScope scope{tables, cohorts, {}, {FactKind::person, FactKind::residence}};
    auto population = in.section(d.kind == Kind::level ? "exposure" : "population");
    if (population.valid()) d.population = read_series(population, scope, d.cohort);
    else in.need(d.kind == Kind::level ? "exposure" : "population");
    read_markers(in, d, scope);
    if (d.kind != Kind::level) read_population(population, d, scope);
    read_conditions(in.section("numerator"), d.population, true, false, scope, d.numerator);
    read_outcome(in.section("outcome"), d, scope);
    if (d.outcome) d.outcome->said = words_of(in, "outcome");
    read_exposure(in.section("exposure"), d, scope);
    read_value(in, d, scope);
    read_per(in, p, d);
    check_parts(in, d);
    read_attribution(in.section("attribution"), d, scope);
    read_maturity(in.section("maturity"), p, d, scope);
    read_dimensions(in, d);
    std::ranges::sort(scope.uses);
    scope.uses.erase(std::unique(scope.uses.begin(), scope.uses.end()), scope.uses.end());
    p.uses = std::move(scope.uses);
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

ReadPack read_one(const YAML::Node& root, const yaml::Place& place, CodeTables& tables, Cohorts& cohorts)
{
    ReadPack out;
    auto& [pack, definition] = out;
    yaml::Section in(root, place);
    in.raw("for_each");
    read_descriptions(in, pack);
    read_rule(in, tables, cohorts, pack, definition);
    read_against(in, pack);
    pack.adds_up = in.flag("adds_up").value_or(false);
    if (pack.adds_up && pack.kind != "imported") in.error("adds_up", "only an imported series says whether it adds up");
    definition.file = place.file;
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
    auto table = std::make_shared<CodeTable>(CodeTable::load(file, "codes/sets/" + name + ".tsv", *place.issues));
    table->number(loaded_.size());
    loaded_.emplace(name, table);
    return table;
}

std::vector<ReadPack> read_packs(const std::string& text, const std::string& name, CodeTables& tables, Cohorts& cohorts, Issues& issues)
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
        out.push_back(read_one(root, place, tables, cohorts));
        return out;
    }
    for (const auto& values : lines_of(list, place)) {
        auto copy = yaml::parse_text(text, place);
        substitute(copy, values);
        out.push_back(read_one(copy, place, tables, cohorts));
    }
    return out;
}

} // namespace sluse
