// gateway/indicators/read_searches.cpp — what conditions are made of: series, moments, times, and searches through them.
#include "gateway/indicators/read_conditions.hpp"

#include "gateway/base/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluse {
namespace {

const std::initializer_list<std::string_view> series_names = {
    "stays", "admissions", "contacts", "results", "diagnoses", "procedures", "referrals", "prescriptions", "dispensings", "administrations",
    "answers", "plans", "documents", "consents", "flags", "appointments", "vaccinations", "pauses", "enrolments", "persons", "cohort",
};

std::vector<FactKind> kinds_of(Series series)
{
    switch (series) {
    case Series::stays:
    case Series::admissions:
    case Series::contacts: return {FactKind::contact};
    case Series::results: return {FactKind::result};
    case Series::diagnoses: return {FactKind::diagnosis, FactKind::contact};
    case Series::figures: return {FactKind::figure};
    case Series::persons:
    case Series::cohort: return {FactKind::person};
    default: return {static_cast<FactKind>(static_cast<int>(FactKind::procedure) + static_cast<int>(series) - static_cast<int>(Series::procedures))};
    }
}

void read_window(yaml::Section& in, Search& out)
{
    out.counting = static_cast<Counting>(in.choice("counting", {"calendar_days", "hours"}).value_or(1));
    out.at_end = in.choice("moment", {"start", "end"}).value_or(0) == 1;
    out.last = in.choice("pick", {"first", "last"}).value_or(0) == 1;
    out.covers = in.flag("covers").value_or(false);
    out.during = in.flag("during").value_or(false);
    if (out.during && (out.covers || in.has("since") || in.has("within"))) in.error("during", "is a window of its own: the thing lies between the index's start and end");
    const bool any = in.has("since") && in.text("since") == "any";
    if (!any) out.since = in.has("since") ? read_time(in, "since", true) : std::optional<Millis>(0);
    out.within = read_time(in, "within", true);
    if (out.since && out.within && *out.within < *out.since) in.error("within", "lies before 'since': nothing can be found");
    for (const auto& [key, value] : {std::pair("lead", &out.lead), {"lag", &out.lag}, {"shift", &out.shift}}) {
        if (!in.has(key)) continue;
        if (!out.covers) in.error(key, fmt::format("'{}' needs 'covers: true'", key));
        *value = read_time(in, key, true).value_or(0);
    }
    if (out.covers && (in.has("since") || in.has("within"))) in.error("covers", "asks for the thing that lasts over the moment; 'since' and 'within' say nothing then");
}

} // namespace

void ReadScope::use(Series series, const Cohort* cohort)
{
    for (const auto kind : kinds_of(series)) uses.push_back(kind);
    if (cohort) uses.insert(uses.end(), cohort->uses.begin(), cohort->uses.end());
}

RuleText words_of(yaml::Section& in, std::string_view key)
{
    const auto node = in.raw(key);
    if (!node.IsDefined()) return {};
    const auto mark = node.Mark();
    return {mark.is_null() ? 0 : mark.line + 1, std::string(key) + ": " + yaml::said(node)};
}

Series read_series(yaml::Section& in, ReadScope& scope, std::shared_ptr<const Cohort>& cohort)
{
    in.need("of");
    const auto series = static_cast<Series>(in.choice("of", series_names).value_or(0));
    if (series == Series::cohort) {
        const auto node = in.need("cohort");
        if (const auto name = in.text("cohort"); !name.empty()) cohort = scope.cohorts.get(name, node, in.place());
    } else if (in.has("cohort")) {
        in.error("cohort", "only 'of: cohort' has a 'cohort'");
    }
    scope.use(series, cohort.get());
    return series;
}

Point read_point(yaml::Section& in, std::string_view key, Series series, const ReadScope& scope, Point fallback)
{
    const auto text = in.text(key);
    return text.empty() ? fallback : read_moment(in, key, text, series, scope);
}

Point read_moment(yaml::Section& in, std::string_view key, const std::string& text, Series series, const ReadScope& scope)
{
    const bool result = series == Series::results;
    static const std::vector<std::string> own = {"start", "end", "sample", "answer"};
    if (const auto at = std::ranges::find(own, text); at != own.end()) {
        const auto place = at - own.begin();
        if ((place >= 2) != result) in.error(key, result ? "results have 'sample' and 'answer'" : "they have 'start' and 'end'");
        return {-1, place % 2 == 1};
    }
    const auto dot = text.find('.');
    const auto name = text.substr(0, dot), edge = dot == text.npos ? "start" : text.substr(dot + 1);
    const auto marker = std::ranges::find(scope.markers, name);
    if (marker != scope.markers.end() && (edge == "start" || edge == "end")) return {static_cast<int>(marker - scope.markers.begin()), edge == "end"};
    auto known = own;
    known.insert(known.end(), scope.markers.begin(), scope.markers.end());
    const auto near = nearest(text, known);
    in.error(key, fmt::format("there is no moment '{}'{}", text, near.empty() ? "" : "; did you mean '" + near + "'?"));
    return {};
}

std::optional<Millis> read_time(yaml::Section& in, std::string_view key, bool below_zero)
{
    const auto text = in.text(key);
    if (text.empty()) return {};
    const auto wrong = [&]() -> std::optional<Millis> {
        in.error(key, "must be a number and a unit: 30 d, 4 h, 90 min");
        return {};
    };
    const bool negative = below_zero && text[0] == '-';
    const auto space = text.find(' ');
    std::int64_t amount = 0;
    for (const char c : text.substr(negative, space == text.npos ? space : space - negative)) {
        if (c < '0' || c > '9' || amount > 100'000) return wrong();
        amount = amount * 10 + (c - '0');
    }
    if (negative) amount = -amount;
    const auto unit = space == text.npos ? std::string() : text.substr(space + 1);
    if (unit == "d") return amount * 24 * hour_ms;
    if (unit == "h") return amount * hour_ms;
    if (unit == "min") return amount * minute_ms;
    return wrong();
}

Search read_search(yaml::Section& in, Series index, ReadScope& scope)
{
    Search out;
    out.of = read_series(in, scope, out.cohort);
    read_conditions(in.section("where"), out.of, false, true, scope, out.where);
    out.from = read_point(in, "from", index, scope, {});
    read_window(in, out);
    using Link = Search::Link;
    if (const auto link = in.choice("link", {"contact", "request", "unit", "code"})) out.link = static_cast<Link>(*link + 1);
    out.prefix = static_cast<std::size_t>(std::max<std::int64_t>(0, in.number("prefix").value_or(0)));
    if ((out.link == Link::code) != (out.prefix > 0)) in.error("'link: code' and 'prefix' (how many first characters) go together");
    in.done();
    return out;
}

std::vector<Search> read_searches(yaml::Section& in, std::string_view key, Series index, ReadScope& scope)
{
    std::vector<Search> out;
    const auto node = in.raw(key);
    if (!node) return out;
    const auto one = [&](const YAML::Node& at) {
        yaml::Section section(at, in.place());
        if (section.valid()) out.push_back(read_search(section, index, scope));
        else in.error(key, "must be a mapping, or a list of mappings");
    };
    if (!node.IsSequence()) one(node);
    else
        for (const auto& item : node) one(item);
    return out;
}

} // namespace sluse
