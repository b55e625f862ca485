// gateway/indicators/account.cpp — walks a rule over a timeline clause by clause. What counts is asked of the evaluator, never decided here.
#include "gateway/indicators/account.hpp"

#include "gateway/indicators/evaluate.hpp"
#include "gateway/indicators/reading.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluse {
namespace {

using Kind = Definition::Kind;
constexpr std::size_t outcomes_max = 8;

class Accounts {
public:
    Accounts(const Packs& packs, std::size_t pack, const Timeline& timeline)
        : rule_(packs.definition(pack)), reading_(timeline), counted_(packs.evaluate(pack, timeline))
    {
    }

    std::vector<Account> run()
    {
        std::vector<Account> out;
        if (rule_.kind == Kind::imported) return out;
        if (rule_.kind != Kind::level)
            for (const auto& item : reading_.series(rule_.population, rule_.cohort)) out.push_back(counted(item));
        if (rule_.exposure)
            for (const auto& item : reading_.series(rule_.exposure->of, rule_.exposure->cohort)) out.push_back(exposed(item));
        return out;
    }

private:
    Account about(const Item& item, bool steps)
    {
        Account a;
        a.key = item.key;
        a.episode = episode_of(item);
        a.start = item.start;
        a.end = item.end;
        a.unit = item.unit;
        for (const auto& c : counted_) {
            const bool step = rule_.kind == Kind::level || (rule_.kind == Kind::rate && c.numerator == 0);
            if (c.episode == a.episode && step == steps) a.contributions.push_back(c);
        }
        return a;
    }

    bool add(const std::vector<Condition>& conditions, Subject& subject, const Item* index, std::vector<Clause>& out)
    {
        bool all = true;
        for (const auto& c : conditions) {
            const bool holds = reading_.meets(c, subject, index) != c.negate;
            out.push_back({place(c.said), c.said.text, holds});
            all &= holds;
        }
        return all;
    }

    Account counted(const Item& item)
    {
        auto a = about(item, false);
        Subject subject(item, &rule_.markers);
        const bool in = add(rule_.where, subject, nullptr, a.clauses);
        if (!in) return a;
        add(rule_.numerator, subject, nullptr, a.clauses);
        if (rule_.outcome) add_outcomes(subject, a);
        if (a.contributions.empty()) a.reason = missing(subject);
        return a;
    }

    Account exposed(const Item& item)
    {
        auto a = about(item, true);
        Subject subject(item, &rule_.markers);
        if (add(rule_.exposure->where, subject, nullptr, a.clauses) && a.contributions.empty()) a.reason = "no time at risk within the definition's validity and ages";
        return a;
    }

    void add_outcomes(Subject& index, Account& a)
    {
        const auto& rule = *rule_.outcome;
        const auto after = reading_.moment(index, rule.after);
        if (!after) return;
        const bool reached = std::ranges::any_of(a.contributions, [](const Contribution& c) { return c.numerator != 0; });
        for (const auto& candidate : reading_.series(rule.of, rule.cohort)) {
            if (candidate.key == index.item->key || candidate.start < *after || a.outcomes.size() == outcomes_max) continue;
            OutcomeAccount o{std::string(candidate.key), candidate.start, {}, false};
            const bool near = in_window(rule, *after, candidate.start);
            o.clauses.push_back({place(rule.said), rule.said.text, near});
            Subject other(candidate);
            o.holds = add(rule.where, other, index.item, o.clauses) && near && reached;
            a.outcomes.push_back(std::move(o));
            if (!near) break; // one beyond the window shows where it ends
        }
    }

    /// Why something that meets the population's clauses still gives no contribution.
    std::string missing(Subject& subject)
    {
        const auto lacks = [&](Point point) { return !reading_.moment(subject, point); };
        if (lacks(rule_.period)) return "the moment that decides its period is not known yet";
        if (lacks(rule_.municipality)) return "the moment that decides its municipality is not known yet";
        if (lacks(rule_.matures_after)) return "the moment from which it matures is not known yet";
        if (rule_.outcome && lacks(rule_.outcome->after)) return "the moment from which its outcome is looked for is not known yet";
        if (rule_.kind == Kind::duration && (lacks(rule_.value_to) || std::ranges::all_of(rule_.value_from, lacks))) return "its duration has no start or no end yet";
        if (rule_.kind == Kind::mean && !subject.item->value_scaled) return "it has no number";
        const auto day = local_day(*reading_.moment(subject, rule_.period));
        if (day < rule_.valid_from || day >= rule_.valid_to) return "it lies outside the definition's validity";
        return "it is counted with another: the same day, a chain, or too soon after one that counts";
    }

    std::string place(const RuleText& said) const { return fmt::format("{}:{}", rule_.file, said.line); }

    const Definition& rule_;
    Reading reading_;
    std::vector<Contribution> counted_;
};

} // namespace

std::vector<Account> account_of(const Packs& packs, std::size_t pack, const Timeline& timeline)
{
    return Accounts(packs, pack, timeline).run();
}

std::vector<Clause> clauses_of(const Definition& rule)
{
    std::vector<Clause> out;
    const auto add = [&](const RuleText& said) { out.push_back({fmt::format("{}:{}", rule.file, said.line), said.text, false}); };
    for (const auto* conditions : {&rule.where, &rule.numerator})
        for (const auto& c : *conditions) add(c.said);
    if (rule.outcome) add(rule.outcome->said);
    if (rule.exposure)
        for (const auto& c : rule.exposure->where) add(c.said);
    return out;
}

} // namespace sluse
