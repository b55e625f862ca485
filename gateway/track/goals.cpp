// gateway/track/goals.cpp — reads schemas/goals, one file a goal.
#include "gateway/track/goals.hpp"

#include "gateway/indicators/read_title.hpp"

#include <algorithm>

namespace sluse {
namespace {

Goal read_goal(const YAML::Node& root, const yaml::Place& place)
{
    Goal goal;
    yaml::Section in(root, place);
    if (!in.valid()) return goal;
    goal.id = in.need_text("id");
    in.need("name");
    goal.name = read_title(in.section("name"));
    in.need("live");
    goal.indicators = in.words("live");
    in.need("planned");
    in.each("planned", [&](yaml::Section& item) {
        auto& planned = goal.planned_indicators.emplace_back();
        planned.id = item.need_text("id");
        item.need("title");
        planned.title = read_title(item.section("title"));
        planned.needs = read_title(item.section("needs"));
        goal.planned.push_back(planned.id);
    });
    in.done();
    return goal;
}

} // namespace

std::vector<Goal> load_goals(const std::filesystem::path& schemas, Issues& issues)
{
    Issues found;
    std::vector<Goal> goals;
    yaml::each_file(schemas / "goals", found, [&](const YAML::Node& root, const yaml::Place& place) {
        auto goal = read_goal(root, place);
        if (std::ranges::find(goals, goal.id, &Goal::id) != goals.end()) found.push_back({Severity::error, IssueKind::duplicate_key, place.file, "goal " + goal.id + " is there twice"});
        goals.push_back(std::move(goal));
    });
    if (goals.empty() && found.empty()) found.push_back({Severity::error, IssueKind::required_missing, "goals", "there is no goal"});
    std::ranges::stable_sort(goals, {}, &Goal::id);
    if (!found.empty()) goals.clear();
    issues.insert(issues.end(), found.begin(), found.end());
    return goals;
}

} // namespace sluse
