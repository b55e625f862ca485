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
