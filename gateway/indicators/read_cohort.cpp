// gateway/indicators/read_cohort.cpp — a group of persons as its file says it: what makes one a member, and who is not after all.
#include "gateway/indicators/read_conditions.hpp"

#include "gateway/base/files.hpp"
#include "gateway/base/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluse {
namespace {

void read_enters(yaml::Section& in, ReadScope& scope, Cohort& out)
{
    const auto list = in.need("enters");
    if (!list) return;
    if (!list.IsSequence()) return in.error("enters", "must be a list of what makes a member");
    for (const auto& item : list) {
        yaml::Section one(item, in.place());
        if (!one.valid()) {
            in.place().error(item, "each of 'enters' is a mapping with 'of'");
            continue;
        }
        auto& enter = out.enters.emplace_back();
        enter.of = read_series(one, scope, enter.cohort);
        read_conditions(one.section("where"), enter.of, false, false, scope, enter.where);
        enter.at_end = one.choice("moment", {"start", "end"}).value_or(0) == 1;
        one.done();
    }
}

} // namespace

std::shared_ptr<const Cohort> read_cohort(const std::string& text, const std::string& name, Cohorts& cohorts, Issues& issues)
{
    const yaml::Place place{name, &issues};
    const auto root = yaml::parse_text(text, place);
    auto out = std::make_shared<Cohort>();
    if (!root.IsDefined()) return out;
    if (!root.IsMap()) return place.error(root, "a cohort is a mapping of keys to values"), out;
    yaml::Section in(root, place);
    ReadScope scope{cohorts.tables(), cohorts, {}, {FactKind::person}};
    out->name = in.need_text("id");
    for (const auto* key : {"title", "source", "mark"}) in.need(key);
    read_enters(in, scope, *out);
    out->events = in.number("events").value_or(1);
    out->distinct = static_cast<std::size_t>(std::max<std::int64_t>(0, in.number("distinct").value_or(0)));
    out->within_days = read_time(in, "within").value_or(0) / (24 * hour_ms);
    if (out->events < 1) in.error("events", "must be at least 1");
    read_conditions(in.section("only"), Series::persons, false, false, scope, out->only);
    for (const auto& other : in.words("unless")) {
        const auto cohort = cohorts.get(other, in.raw("unless"), place);
        if (!cohort) continue;
        out->unless.push_back(cohort);
        scope.use(Series::cohort, cohort.get());
    }
    in.done();
    std::ranges::sort(scope.uses);
    scope.uses.erase(std::unique(scope.uses.begin(), scope.uses.end()), scope.uses.end());
    out->uses = std::move(scope.uses);
    return out;
}

std::shared_ptr<const Cohort> Cohorts::get(const std::string& name, const YAML::Node& at, const yaml::Place& place)
{
    if (const auto found = loaded_.find(name); found != loaded_.end()) {
        if (!found->second) place.error(at, fmt::format("cohort '{}' is made of itself", name));
        return found->second;
    }
    std::error_code ec;
    if (!std::filesystem::is_regular_file(folder_ / (name + ".yaml"), ec)) {
        std::vector<std::string> known;
        if (std::filesystem::is_directory(folder_, ec))
            for (const auto& entry : std::filesystem::directory_iterator(folder_)) known.push_back(entry.path().stem().string());
        std::ranges::sort(known);
        const auto near = nearest(name, known);
        place.error(at, fmt::format("there is no cohorts/{}.yaml{}", name, near.empty() ? "" : "; did you mean '" + near + "'?"));
        return {};
    }
    load(name, *place.issues);
    return loaded_[name];
}

void Cohorts::load(const std::string& name, Issues& issues)
{
    if (loaded_.contains(name)) return;
    loaded_[name] = nullptr;
    const auto file = "cohorts/" + name + ".yaml";
    auto cohort = read_cohort(bytes_of(folder_ / (name + ".yaml")), file, *this, issues);
    if (cohort->name != name) issues.push_back({Severity::error, IssueKind::wrong_type, file, fmt::format("'id' must be '{}', as the file is called", name)});
    loaded_[name] = std::move(cohort);
}

} // namespace sluse
