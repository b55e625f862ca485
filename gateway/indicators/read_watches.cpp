// gateway/indicators/read_watches.cpp — schemas/signals/*.yaml into watches, every mistake with its line.
#include "gateway/indicators/read_conditions.hpp"
#include "gateway/indicators/read_title.hpp"
#include "gateway/indicators/watches.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace sluse {
namespace {

namespace fs = std::filesystem;

void read_limits(yaml::Section& in, Watch& w)
{
    w.at_words = in.words("at");
    if (w.at_words.empty()) in.error("a breach needs 'at': the times after which it is told, such as [20 d, 25 d]");
    for (const auto& word : w.at_words) {
        std::istringstream text(word);
        std::int64_t amount = 0;
        std::string unit;
        text >> amount >> unit;
        const Millis scale = unit == "d" ? 24 * hour_ms : unit == "h" ? hour_ms : 0;
        if (scale == 0 || text.fail()) in.error("at", fmt::format("'{}' is not a time such as '20 d' or '2 h'", word));
        else if (amount <= 0 && !w.standard.table) in.error("at", fmt::format("'{}' is before the course begins; only limits by a 'standard' may be 0 or below", word));
        w.at.push_back(amount * scale);
    }
    if (!std::ranges::is_sorted(w.at)) in.error("at", "must ascend");
}

/// As an indicator's markers: read in order, a later one may look from an earlier one.
void read_markers(yaml::Section& in, Watch& w, ReadScope& scope)
{
    const auto node = in.raw("markers");
    if (!node) return;
    if (!node.IsMap()) return in.error("markers", "must be a mapping of names to searches");
    for (const auto& member : node) {
        yaml::Section section(member.second, in.place());
        if (!section.valid()) continue;
        if (w.markers.size() == markers_max) return in.error("markers", "are too many");
        w.markers.push_back(read_search(section, w.of, scope));
        scope.markers.push_back(member.first.as<std::string>());
    }
}

void read_breach(yaml::Section& in, Watch& w, CodeTables& tables, Cohorts& cohorts)
{
    ReadScope scope{tables, cohorts, {}, {FactKind::person}};
    in.need("population");
    auto population = in.section("population");
    if (!population.valid()) return;
    w.of = read_series(population, scope, w.cohort);
    read_markers(in, w, scope);
    read_conditions(population.section("where"), w.of, true, false, scope, w.where);
    population.done();
    w.from = read_point(in, "from", w.of, scope, {});
    for (const auto& word : in.words("until")) w.until.push_back(read_moment(in, "until", word, w.of, scope));
    if (w.until.empty()) in.error("a breach needs 'until': the moments that close the course");
    w.less = read_searches(in, "less", w.of, scope);
    w.chained = in.flag("chained").value_or(false);
    w.standard.name = in.text("standard");
    if (!w.standard.name.empty()) w.standard.table = tables.get(w.standard.name, in.raw("standard"), in.place());
    in.need("counting");
    w.counting = static_cast<Counting>(in.choice("counting", {"calendar_days", "hours"}).value_or(0));
    read_limits(in, w);
    for (const auto kind : scope.uses) w.kinds |= 1u << static_cast<unsigned>(kind);
}

void read_chart(yaml::Section& in, Watch& w)
{
    w.indicators = in.words("indicators");
    w.by = in.words("by");
    w.by.insert(w.by.begin(), "");
    for (const auto& by : w.by)
        if (!by.empty() && by != "region" && by != "municipality" && by != "unit") in.error("by", "charts are by region, municipality or unit");
    w.points_min = static_cast<std::size_t>(std::clamp<std::int64_t>(in.number("points_min").value_or(12), 8, 100));
    w.points_max = static_cast<std::size_t>(std::clamp<std::int64_t>(in.number("points_max").value_or(24), 8, 100));
}

Watch read_watch(const YAML::Node& root, const yaml::Place& place, CodeTables& tables, Cohorts& cohorts)
{
    Watch w;
    yaml::Section in(root, place);
    w.id = in.need_text("id");
    in.need("title");
    w.title = read_title(in.section("title"));
    w.source = in.need_text("source");
    w.mark = in.need_text("mark");
    in.need("kind");
    w.kind = static_cast<Watch::Kind>(in.choice("kind", {"breach", "segment", "chart"}).value_or(0));
    switch (w.kind) {
    case Watch::Kind::breach: read_breach(in, w, tables, cohorts); break;
    case Watch::Kind::chart: read_chart(in, w); break;
    case Watch::Kind::segment:
        w.indicators = in.words("indicators");
        if (w.indicators.empty()) in.error("segments need 'indicators': the levels that count them");
    }
    in.done();
    return w;
}

} // namespace

std::vector<Watch> read_watches(const fs::path& schemas, CodeTables& tables, Cohorts& cohorts, Issues& issues)
{
    std::vector<Watch> out;
    yaml::each_file(schemas / "signals", issues, [&](const YAML::Node& root, const yaml::Place& place) { out.push_back(read_watch(root, place, tables, cohorts)); });
    return out;
}

} // namespace sluse
