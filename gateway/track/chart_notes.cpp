// gateway/track/chart_notes.cpp — reads schemas/charts.yaml.
#include "gateway/track/chart_notes.hpp"

#include "gateway/indicators/read_title.hpp"

#include <algorithm>

namespace sluse {
namespace {

constexpr std::int64_t baseline_min = 3;

ChartNote read_note(yaml::Section& in, std::string_view day, std::string_view text)
{
    ChartNote note;
    if (const auto on = parse_day(in.need_text(day))) note.on = *on;
    else in.error(day, "must be a day such as 2026-04-01");
    note.indicators = in.words("indicators");
    constexpr std::string_view dimensions[] = {"region", "municipality", "unit", "sex", "age_band"};
    if (const auto by = in.choice("by", {"region", "municipality", "unit", "sex", "age_band"})) note.by = dimensions[*by];
    note.group = in.text("group");
    if (note.by.empty() != note.group.empty()) in.error("'by' and 'group' go together: one group's chart; left out: every chart");
    in.need(text);
    note.text = read_title(in.section(text));
    return note;
}

} // namespace

bool ChartNote::about(const ChartPlace& place) const
{
    if (!indicators.empty() && std::ranges::find(indicators, place.indicator) == indicators.end()) return false;
    return by.empty() || (by == place.by && group == place.group);
}

ChartNotes load_chart_notes(const std::filesystem::path& schemas, Issues& issues)
{
    ChartNotes notes;
    const auto file = schemas / "charts.yaml";
    if (!std::filesystem::exists(file)) return notes;
    const yaml::Place place{"charts.yaml", &issues};
    yaml::Section in(yaml::parse_file(file, place), place);
    if (!in.valid()) return notes;
    in.each("phases", [&](yaml::Section& item) {
        auto& phase = notes.phases.emplace_back();
        phase.note = read_note(item, "from", "why");
        const auto baseline = item.number("baseline");
        if (baseline && *baseline < baseline_min) item.error("baseline", "must be 3 points or more");
        else if (baseline) phase.baseline = static_cast<std::size_t>(*baseline);
    });
    in.each("annotations", [&](yaml::Section& item) { notes.annotations.push_back(read_note(item, "on", "text")); });
    in.done();
    std::ranges::stable_sort(notes.phases, {}, [](const ChartPhaseStart& p) { return p.note.on; });
    std::ranges::stable_sort(notes.annotations, {}, &ChartNote::on);
    return notes;
}

} // namespace sluse
