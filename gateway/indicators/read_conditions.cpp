// gateway/indicators/read_conditions.cpp — conditions: what keys there are, what they may say, and on which series they make sense.
#include "gateway/indicators/read_conditions.hpp"

#include "gateway/base/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sluse {
namespace {

using Test = Condition::Test;
/// Which series a condition can be asked of.
bool applies(Test test, Series s)
{
    switch (test) {
    case Test::specialty:
    case Test::encounter_class: return is_encounter(s) || s == Series::diagnoses;
    case Test::acute:
    case Test::diagnosis: return is_encounter(s);
    case Test::status:
    case Test::text:
    case Test::value: return s == Series::results || is_act(s);
    case Test::reason: return is_act(s);
    case Test::result: return s == Series::results;
    case Test::code: return s == Series::results || s == Series::diagnoses || is_act(s);
    case Test::category: return s == Series::results || s == Series::diagnoses || is_act(s);
    case Test::unit: return s != Series::diagnoses && s != Series::persons && s != Series::cohort;
    default: return true;
    }
}

class Conditions {
public:
    Conditions(Series series, bool of_index, bool in_outcome, ReadScope& scope) : series_(series), of_index_(of_index), in_outcome_(in_outcome), scope_(scope) {}

    void read(yaml::Section in, bool negate, std::vector<Condition>& out)
    {
        read_words(in, negate, out);
        read_codes(in, negate, out);
        if (const auto acute = in.flag("acute")) add(in, "acute", Test::acute, negate, out).flag = *acute;
        if (in.has("alive_at")) {
            auto& c = add(in, "alive_at", Test::alive, negate, out);
            c.at = point(in, "alive_at", {-1, true});
        }
        if (auto age = in.section("age"); age.valid()) read_age(age, add(in, "age", Test::age, negate, out));
        if (auto value = in.section("value"); value.valid()) read_value(value, add(in, "value", Test::value, negate, out));
        read_near(in, negate, out);
        for (const auto& name : in.words("has")) {
            auto& c = add(in, "has", Test::has, negate, out);
            c.marker = marker(in, "has", name);
        }
        if (auto elapsed = in.section("elapsed"); elapsed.valid()) read_elapsed(elapsed, add(in, "elapsed", Test::elapsed, negate, out));
        if (auto share = in.section("share"); share.valid()) read_share(share, add(in, "share", Test::share, negate, out));
        read_any(in, negate, out);
        if (auto inner = in.section("not"); inner.valid()) {
            if (negate) inner.error("'not' inside 'not' says nothing");
            else read(inner, true, out);
        }
        in.done();
    }

private:
    Condition& add(yaml::Section& in, std::string_view key, Test test, bool negate, std::vector<Condition>& out)
    {
        if (!applies(test, series_)) in.error(key, fmt::format("'{}' is not known of this population", key));
        if (test == Test::specialty || test == Test::same_specialty || test == Test::diagnosis) scope_.uses.push_back(FactKind::diagnosis);
        auto& c = out.emplace_back();
        c.test = test;
        c.negate = negate;
        c.said = words_of(in, key);
        if (negate) c.said.text = "not " + c.said.text;
        return c;
    }

    Point point(yaml::Section& in, std::string_view key, Point fallback)
    {
        static const std::vector<std::string> none;
        ReadScope bare{scope_.tables, scope_.cohorts, of_index_ ? scope_.markers : none, {}};
        return read_point(in, key, series_, bare, fallback);
    }

    int marker(yaml::Section& in, std::string_view key, const std::string& name)
    {
        static const std::vector<std::string> none;
        const auto& known = of_index_ ? scope_.markers : none;
        const auto found = std::ranges::find(known, name);
        if (found != known.end()) return static_cast<int>(found - known.begin());
        const auto near = nearest(name, known);
        in.error(key, fmt::format("there is no marker '{}' here{}", name, near.empty() ? "" : "; did you mean '" + near + "'?"));
        return -1;
    }

    void read_words(yaml::Section& in, bool negate, std::vector<Condition>& out)
    {
        static constexpr std::pair<std::string_view, Test> known[] = {{"specialty", Test::specialty}, {"class", Test::encounter_class}, {"unit", Test::unit},
                                                                      {"status", Test::status}, {"sex", Test::sex}, {"text", Test::text}};
        for (const auto& [key, test] : known) {
            auto words = in.words(key);
            if (words.empty()) continue;
            const bool same = test == Test::specialty && words == std::vector<std::string>{"same"};
            if (same && !in_outcome_) {
                in.error(key, "'same' needs an index to be the same as: only in an outcome");
                continue;
            }
            check(in, key, words);
            auto& c = add(in, key, same ? Test::same_specialty : test, negate, out);
            if (!same) c.words = std::move(words);
        }
    }

    static void check(yaml::Section& in, std::string_view key, const std::vector<std::string>& words)
    {
        static constexpr std::string_view specialties[] = {"somatic", "psychiatric", "same"};
        static constexpr std::string_view classes[] = {"IMP", "AMB", "EMER", "VR", "HH", "PRENC"};
        static constexpr std::string_view sexes[] = {"male", "female", "other", "unknown"};
        const auto of = [&](const auto& known) {
            for (const auto& word : words)
                if (std::ranges::find(known, word) == std::end(known))
                    in.error(key, fmt::format("'{}' is not a {}; did you mean '{}'?", word, key, nearest(word, known)));
        };
        if (key == "specialty") of(specialties);
        if (key == "class") of(classes);
        if (key == "sex") of(sexes);
    }

    void read_codes(yaml::Section& in, bool negate, std::vector<Condition>& out)
    {
        static constexpr std::pair<std::string_view, Test> known[] = {{"code", Test::code}, {"category", Test::category}, {"reason", Test::reason}};
        for (const auto& [key, test] : known)
            if (auto code = in.section(key); code.valid()) {
                if (test == Test::code && is_encounter(series_)) code.error("contacts have no code; ask for their 'diagnosis'");
                else read_set(code, "in", add(in, key, test, negate, out));
                code.done();
            }
        if (auto result = in.section("result"); result.valid()) read_result(result, add(in, "result", Test::result, negate, out));
        if (auto diagnosis = in.section("diagnosis"); diagnosis.valid()) {
            auto& c = add(in, "diagnosis", Test::diagnosis, negate, out);
            read_set(diagnosis, "in", c);
            c.rank = diagnosis.number("rank");
            diagnosis.done();
        }
    }

    void read_set(yaml::Section& in, std::string_view key, Condition& c)
    {
        const auto node = in.need(key);
        c.codes.name = in.text(key);
        if (!c.codes.name.empty()) c.codes.table = scope_.tables.get(c.codes.name, node, in.place());
    }

    void read_result(yaml::Section& in, Condition& c)
    {
        read_set(in, "by", c);
        c.words = in.words("is");
        if (c.words.empty()) in.error("'is' is missing: which meanings of the table");
        for (const auto& word : c.words)
            if (c.codes.table && !c.codes.table->has_kind(word)) in.error("is", fmt::format("the table has no '{}'", word));
        in.done();
    }

    void read_age(yaml::Section& in, Condition& c)
    {
        c.at = point(in, "at", {});
        c.from = in.number("from");
        c.below = in.number("below");
        if (!c.from && !c.below) in.error("an age needs 'from' or 'below'");
        in.done();
    }

    static void read_value(yaml::Section& in, Condition& c)
    {
        const auto scaled = [](double value) { return static_cast<std::int64_t>(std::llround(value * 1e6)); };
        if (const auto from = in.real("from")) c.from = scaled(*from);
        if (const auto below = in.real("below")) c.below = scaled(*below);
        if (!c.from && !c.below) in.error("a value needs 'from' or 'below'");
        in.done();
    }

    void read_near(yaml::Section& in, bool negate, std::vector<Condition>& out)
    {
        const auto node = in.raw("near");
        if (!node) return;
        const auto one = [&](const YAML::Node& at) {
            yaml::Section search(at, in.place());
            if (!search.valid()) return in.error("near", "must be a mapping, or a list of mappings");
            auto& c = add(in, "near", Test::near, negate, out);
            c.count = search.number("count").value_or(1);
            if (c.count < 1) search.error("count", "must be at least 1");
            c.searches.push_back(read_search(search, series_, search_scope()));
            take_uses();
        };
        if (!node.IsSequence()) return one(node);
        for (const auto& item : node) one(item);
    }

    void read_elapsed(yaml::Section& in, Condition& c)
    {
        in.need("from");
        in.need("to");
        c.at = point(in, "from", {});
        c.to = point(in, "to", {-1, true});
        c.at_most = read_time(in, "at_most", true);
        c.more_than = read_time(in, "more_than", true);
        c.counting = static_cast<Counting>(in.choice("counting", {"calendar_days", "hours"}).value_or(1));
        if (auto limit = in.section("limit"); limit.valid()) {
            read_set(limit, "by", c);
            if (limit.has("of")) c.marker = marker(limit, "of", limit.text("of"));
            limit.done();
        }
        if (c.at_most && c.codes.table) in.error("an elapsed time has either 'at_most' or a 'limit'");
        if (!c.at_most && !c.more_than && !c.codes.table) in.error("an elapsed time needs 'at_most', 'more_than' or a 'limit'");
        c.searches = read_searches(in, "less", series_, search_scope());
        take_uses();
        in.done();
    }

    void read_share(yaml::Section& in, Condition& c)
    {
        for (const auto* key : {"these", "of"}) {
            in.need(key);
            auto found = read_searches(in, key, series_, search_scope());
            if (found.size() == 1) c.searches.push_back(std::move(found.front()));
            else in.error(key, "must be one mapping");
        }
        take_uses();
        in.need("at_least");
        c.percent = in.number("at_least").value_or(0);
        if (c.percent < 1 || c.percent > 100) in.error("at_least", "is a percentage, 1 to 100");
        in.done();
    }

    void read_any(yaml::Section& in, bool negate, std::vector<Condition>& out)
    {
        const auto node = in.raw("any");
        if (!node) return;
        if (!node.IsSequence()) return in.error("any", "must be a list of mappings, of which one must hold");
        auto& c = add(in, "any", Test::any, negate, out);
        for (const auto& option : node) {
            yaml::Section section(option, in.place());
            if (section.valid()) Conditions(series_, of_index_, in_outcome_, scope_).read(section, false, c.options.emplace_back());
            else in.error("any", "each is a mapping of conditions");
        }
    }

    /// Searches may start from markers only where there are any.
    ReadScope& search_scope()
    {
        inner_.emplace(ReadScope{scope_.tables, scope_.cohorts, of_index_ ? scope_.markers : std::vector<std::string>(), {}});
        return *inner_;
    }
    void take_uses()
    {
        if (inner_) scope_.uses.insert(scope_.uses.end(), inner_->uses.begin(), inner_->uses.end());
    }

    Series series_;
    bool of_index_, in_outcome_;
    ReadScope& scope_;
    std::optional<ReadScope> inner_;
};

} // namespace

void read_conditions(yaml::Section in, Series series, bool of_index, bool in_outcome, ReadScope& scope, std::vector<Condition>& out)
{
    if (in.valid()) Conditions(series, of_index, in_outcome, scope).read(in, false, out);
}

} // namespace sluse
