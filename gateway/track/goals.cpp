// gateway/track/goals.cpp — reads schemas/goals, one file a goal.
#include "gateway/track/goals.hpp"

#include "gateway/base/yaml.hpp"

#include <algorithm>

namespace sluse {
namespace {

void read_names(yaml::Section in, std::string& da, std::string& en)
{
    if (!in.valid()) return;
    da = in.need_text("da");
    en = in.need_text("en");
    in.done();
}

void read_planned(const YAML::Node& list, const yaml::Place& place, Goal& goal)
{
    if (!list.IsSequence()) return place.error(list, "'planned' must be a list");
    for (const auto& item : list) {
        yaml::Section in(item, place);
        if (!in.valid()) continue;
        auto& p = goal.planned_indicators.emplace_back();
        p.id = in.need_text("id");
        in.need("title");
        read_names(in.section("title"), p.title_da, p.title_en);
        read_names(in.section("needs"), p.needs_da, p.needs_en);
        in.done();
        goal.planned.push_back(p.id);
    }
}

Goal read_goal(const YAML::Node& root, const yaml::Place& place)
{
    Goal goal;
    yaml::Section in(root, place);
    if (!in.valid()) return goal;
    goal.id = in.need_text("id");
    in.need("name");
    read_names(in.section("name"), goal.name_da, goal.name_en);
    in.need("live");
    goal.indicators = in.words("live");
    if (const auto planned = in.need("planned"); planned.IsDefined()) read_planned(planned, place, goal);
    in.done();
    return goal;
}

} // namespace

std::vector<Goal> load_goals(const std::filesystem::path& schemas, Issues& issues)
{
    std::vector<std::filesystem::path> files;
    std::error_code ec;
    for (const auto& entry : std::filesystem::directory_iterator(schemas / "goals", ec))
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    std::ranges::sort(files);
    Issues found;
    if (files.empty()) found.push_back({Severity::error, IssueKind::required_missing, "goals", "there is no goal"});
    std::vector<Goal> goals;
    for (const auto& file : files) {
        const yaml::Place place{"goals/" + file.filename().string(), &found};
        if (const auto root = yaml::parse_file(file, place); root.IsDefined()) goals.push_back(read_goal(root, place));
        for (std::size_t i = 0; i + 1 < goals.size(); ++i)
            if (goals[i].id == goals.back().id) found.push_back({Severity::error, IssueKind::duplicate_key, place.file, "goal " + goals[i].id + " is there twice"});
    }
    std::ranges::stable_sort(goals, {}, &Goal::id);
    if (!found.empty()) goals.clear();
    issues.insert(issues.end(), found.begin(), found.end());
    return goals;
}

} // namespace sluse
