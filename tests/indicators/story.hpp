// tests/indicators/story.hpp — a patient's story in YAML, step by step, as facts: what the golden cases are written in.
#pragma once

#include "gateway/model/fact.hpp"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace sluse {

/// After each step: what is known, as joined facts.
struct Step {
    std::string says;
    std::vector<Fact> facts;
};
/// Times are Danish wall-clock ("2026-05-01 08:00"); one with an offset ("2026-10-25T02:30:00+01:00") is taken as it is.
std::vector<Step> read_story(const std::filesystem::path& file);
/// The story's `indicators`: only these are shown; empty: all.
std::set<std::string> indicators_of(const std::filesystem::path& file);

} // namespace sluse
