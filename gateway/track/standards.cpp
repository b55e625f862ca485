// gateway/track/standards.cpp — reads schemas/standards.
#include "gateway/track/standards.hpp"

#include "gateway/indicators/evaluate.hpp"
#include "gateway/indicators/read_title.hpp"

#include <algorithm>

namespace sluse {
namespace {

bool is_age_band(const std::string& name)
{
    for (int age = 0; age <= 90; age += 5)
        if (age_band(age) == name) return true;
    return false;
}

StandardPopulation read_standard(const YAML::Node& root, const yaml::Place& place)
{
    StandardPopulation out;
    yaml::Section in(root, place);
    if (!in.valid()) return out;
    out.id = in.need_text("id");
    if (out.id == "own") in.error("id", "'own' stands for the country's own distribution");
    in.need("title");
    out.title = read_title(in.section("title"));
    out.source = in.need_text("source");
    const auto weights = in.need("weights");
    if (weights.IsDefined() && !weights.IsMap()) in.error("weights", "weights must be a mapping of age bands to numbers");
    if (weights.IsMap())
        for (const auto& member : weights) {
            const auto band = member.first.as<std::string>("");
            const auto weight = member.second.as<double>(-1);
            if (!is_age_band(band)) place.error(member.first, "'" + band + "' is not an age band such as 65-69");
            else if (!(weight >= 0)) place.error(member.second, "must be a number of 0 or more");
            else out.weights[band] = weight;
        }
    in.done();
    return out;
}

} // namespace

std::vector<StandardPopulation> load_standards(const std::filesystem::path& schemas, Issues& issues)
{
    std::vector<StandardPopulation> out;
    yaml::each_file(schemas / "standards", issues, [&](const YAML::Node& root, const yaml::Place& place) { out.push_back(read_standard(root, place)); });
    std::ranges::stable_sort(out, {}, &StandardPopulation::id);
    return out;
}

} // namespace sluse
