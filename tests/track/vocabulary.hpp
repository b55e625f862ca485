// tests/track/vocabulary.hpp — what a pack's rule speaks of, so that random patients can be made of it: codes, words, values and times by kind of fact.
#pragma once

#include "gateway/indicators/definition.hpp"

#include <map>
#include <string>
#include <vector>

namespace sluse {

/// A new pack is covered by walking its rule; no test names its codes.
class Vocabulary {
public:
    struct Words {
        std::vector<std::string> codes, categories, texts, statuses, classes, specialties;
        std::vector<std::int64_t> values;
        bool used{};
    };
    std::map<Series, Words> series;
    std::vector<Millis> spans; ///< borders of windows
    std::vector<std::int64_t> ages;

    explicit Vocabulary(const Definition& d)
    {
        add(d.population, d.cohort, d.where);
        add(d.population, nullptr, d.numerator);
        for (const auto& marker : d.markers) add(marker);
        for (const auto& pause : d.value_less) add(pause);
        if (d.outcome) add(d.outcome->of, d.outcome->cohort, d.outcome->where), spans.push_back(d.outcome->within_days * day);
        if (d.exposure) add(d.exposure->of, d.exposure->cohort, d.exposure->where);
        if (d.exposure) for (const auto& away : d.exposure->less) add(away);
        if (d.new_after) spans.push_back(*d.new_after);
    }

private:
    static constexpr Millis day = 24 * hour_ms;

    void add(Series of, const std::shared_ptr<const Cohort>& cohort, const std::vector<Condition>& where)
    {
        series[of].used = true;
        for (const auto& c : where) add(of, c);
        if (!cohort) return;
        for (const auto& enter : cohort->enters) add(enter.of, enter.cohort, enter.where);
        for (const auto& c : cohort->only) add(Series::persons, c);
        for (const auto& other : cohort->unless) add(Series::cohort, other, {});
        if (cohort->within_days) spans.push_back(cohort->within_days * day);
    }
    void add(const Search& search)
    {
        add(search.of, search.cohort, search.where);
        for (const auto& span : {search.since, search.within}) if (span) spans.push_back(*span);
        for (const auto span : {search.lead, search.lag, -search.shift}) if (span) spans.push_back(span);
    }
    static void take(const CodeSet& set, std::vector<std::string>& out)
    {
        std::size_t taken = 0;
        for (const auto& row : set.table->rows()) {
            if (++taken > 12) break;
            auto code = row.code;
            if (code.ends_with('*')) code.back() = '1';
            out.push_back(std::move(code));
        }
    }
    void add(Series of, const Condition& c)
    {
        using Test = Condition::Test;
        auto& words = series[of];
        const auto append = [](std::vector<std::string>& out, const std::vector<std::string>& more) { out.insert(out.end(), more.begin(), more.end()); };
        if (c.test == Test::age && c.from) ages.push_back(*c.from);
        if (c.test == Test::code) take(c.codes, words.codes);
        if (c.test == Test::category) take(c.codes, words.categories);
        if (c.test == Test::reason || c.test == Test::result) take(c.codes, words.texts);
        if (c.test == Test::diagnosis) take(c.codes, series[Series::diagnoses].codes);
        if (c.test == Test::status) append(words.statuses, c.words);
        if (c.test == Test::text) append(words.texts, c.words);
        if (c.test == Test::encounter_class) append(series[Series::contacts].classes, c.words);
        if (c.test == Test::specialty) append(series[Series::contacts].specialties, c.words);
        if (c.test == Test::value) for (const auto v : {c.from, c.below}) if (v) words.values.push_back(*v);
        for (const auto span : {c.at_most, c.more_than}) if (span) spans.push_back(*span);
        for (const auto& search : c.searches) add(search);
        for (const auto& option : c.options) for (const auto& inner : option) add(of, inner);
    }
};

} // namespace sluse
