// gateway/indicators/read_conditions.hpp — the words of the indicator language: series, moments, times, conditions, searches.
#pragma once

#include "gateway/base/yaml.hpp"
#include "gateway/indicators/read_pack.hpp"

#include <string>
#include <vector>

namespace sluse {

/// What one file is read with; gathers the kinds of fact that it turns out to use.
struct ReadScope {
    CodeTables& tables;
    Cohorts& cohorts;
    std::vector<std::string> markers; ///< names, in order
    std::vector<FactKind> uses;

    void use(Series series, const Cohort* cohort);
};

/// `of`, and `cohort` with it.
Series read_series(yaml::Section& in, ReadScope& scope, std::shared_ptr<const Cohort>& cohort);
/// "start", "end", "sample", "answer"; a marker's name is its start, "name.end" its end.
Point read_point(yaml::Section& in, std::string_view key, Series series, const ReadScope& scope, Point fallback);
Point read_moment(yaml::Section& in, std::string_view key, const std::string& word, Series series, const ReadScope& scope);
/// What the file says under `key`, and on which line.
RuleText words_of(yaml::Section& in, std::string_view key);
/// "30 d", "4 h", "90 min", with `below_zero` also "-48 h".
std::optional<Millis> read_time(yaml::Section& in, std::string_view key, bool below_zero = false);
/// Conditions on a thing of `series`. Markers are known where the thing is an index.
void read_conditions(yaml::Section in, Series series, bool of_index, bool in_outcome, ReadScope& scope, std::vector<Condition>& out);
Search read_search(yaml::Section& in, Series index, ReadScope& scope);
/// A mapping or a list of mappings.
std::vector<Search> read_searches(yaml::Section& in, std::string_view key, Series index, ReadScope& scope);

} // namespace sluse
