// gateway/indicators/inputs.cpp — walks a rule and writes down every fact it can look at, with the conditions that a fact alone decides.
#include "gateway/indicators/inputs.hpp"

#include "gateway/indicators/packs.hpp"
#include "gateway/indicators/definition.hpp"

#include <algorithm>
#include <array>

namespace sluse {
namespace {

using Test = Condition::Test;
constexpr auto kinds = static_cast<std::size_t>(last_fact_kind) + 1;

/// Classes of which stays are made (stays_of).
constexpr std::array<std::string_view, 4> physical{"IMP", "EMER", "AMB", ""};
/// Diagnoses that make a contact psychiatric (timeline_of).
constexpr std::string_view psychiatric_prefix = "DF";

/// Conditions stand in conjunction, so each that a fact alone decides may narrow the input; what is not understood here narrows nothing.
class Walk {
public:
    Walk(Part part, std::vector<Input>& out) : part_(part), out_(out) {}

    void things(Series series, const Cohort* cohort, const std::vector<Condition>& where)
    {
        if (series == Series::cohort) members(*cohort);
        else if (series == Series::persons) add({FactKind::person});
        else if (series == Series::figures) add({FactKind::figure});
        else if (series == Series::diagnoses) diagnoses(narrowed(FactKind::diagnosis, where));
        else if (series == Series::results) add(narrowed(FactKind::result, where));
        else if (series == Series::contacts) add(narrowed(FactKind::contact, where));
        else if (is_encounter(series)) add({.kind = FactKind::contact, .classes = {physical.begin(), physical.end()}});
        else add(narrowed(act_kind(series), where));
        conditions(where);
    }

    void conditions(const std::vector<Condition>& where)
    {
        for (const auto& c : where) condition(c);
    }

    void searches(const std::vector<Search>& all)
    {
        for (const auto& search : all) things(search.of, search.cohort.get(), search.where);
    }

private:
    static FactKind act_kind(Series series)
    {
        return static_cast<FactKind>(static_cast<int>(FactKind::procedure) + static_cast<int>(series) - static_cast<int>(Series::procedures));
    }

    static Input narrowed(FactKind kind, const std::vector<Condition>& where)
    {
        Input input{.kind = kind};
        for (const auto& c : where) {
            if (c.negate) continue;
            // One fact of a questionnaire is many things: its own code is their category, and their codes stand in its lines. A return
            // from leave decides what another pause is.
            if (c.test == Test::code && kind != FactKind::answers && kind != FactKind::pause) input.code = c.codes.table.get();
            if (c.test == Test::category) (kind == FactKind::answers ? input.code : input.category) = c.codes.table.get();
            if (c.test == Test::encounter_class && kind == FactKind::contact) input.classes = {c.words.begin(), c.words.end()};
        }
        return input;
    }

    /// A diagnosis stands where its contact stands, and a contact's list can take it out.
    void diagnoses(Input input)
    {
        add({FactKind::contact});
        add(std::move(input));
    }

    void members(const Cohort& cohort)
    {
        add({FactKind::person}); // ends with the person's life
        for (const auto& enter : cohort.enters) things(enter.of, enter.cohort.get(), enter.where);
        conditions(cohort.only);
        for (const auto& other : cohort.unless) members(*other);
    }

    void condition(const Condition& c)
    {
        if (c.test == Test::specialty || c.test == Test::same_specialty) add({.kind = FactKind::diagnosis, .code_prefix = psychiatric_prefix});
        if (c.test == Test::diagnosis) diagnoses({.kind = FactKind::diagnosis, .code = c.codes.table.get()});
        searches(c.searches);
        for (const auto& option : c.options) conditions(option);
    }

    void add(Input input)
    {
        input.part = part_;
        if (std::ranges::find(out_, input) == out_.end()) out_.push_back(std::move(input));
    }

    Part part_;
    std::vector<Input>& out_;
};

/// Everything a fact's filters look at.
void describe(const Fact& fact, std::string& out)
{
    out.assign(1, static_cast<char>(fact.kind));
    for (const auto attr : {Attr::code, Attr::category, Attr::encounter_class}) {
        out += '\x1f';
        out += fact.text(attr);
    }
}

} // namespace

bool Input::takes(const Fact& fact) const
{
    const auto in = [&](const CodeTable* table, Attr attr) { return !table || table->kind_of(fact.text(attr)) == "in"; };
    if (fact.kind != kind || !in(code, Attr::code) || !in(category, Attr::category) || !fact.text(Attr::code).starts_with(code_prefix)) return false;
    return classes.empty() || std::ranges::find(classes, fact.text(Attr::encounter_class)) != classes.end();
}

std::vector<Input> inputs_of(const Definition& rule)
{
    std::vector<Input> out;
    if (rule.kind == Definition::Kind::imported) {
        Walk(Part::counted, out).things(Series::figures, nullptr, {});
        return out;
    }
    const auto shared = [&](Part part) {
        Walk walk(part, out);
        walk.things(Series::persons, nullptr, {}); // age, sex, death
        out.push_back({.kind = FactKind::residence, .part = part});
        walk.searches(rule.markers);
        return walk;
    };
    if (rule.kind != Definition::Kind::level) {
        auto walk = shared(Part::counted);
        walk.things(rule.population, rule.cohort.get(), rule.where);
        walk.conditions(rule.numerator);
        walk.searches(rule.value_less);
        if (rule.outcome) walk.things(rule.outcome->of, rule.outcome->cohort.get(), rule.outcome->where);
    }
    if (rule.exposure) {
        auto walk = shared(Part::steps);
        walk.things(rule.exposure->of, rule.exposure->cohort.get(), rule.exposure->where);
        walk.searches(rule.exposure->less);
    }
    return out;
}

bool PartSet::empty() const
{
    return std::ranges::all_of(words_, [](std::uint64_t word) { return word == 0; });
}

Touch::Touch(const Packs& packs) : filters_(kinds), kinds_(kinds, PartSet(packs.packs().size())), all_(packs.packs().size())
{
    const auto count = packs.packs().size();
    for (std::size_t pack = 0; pack < count; ++pack) {
        for (const auto part : {Part::counted, Part::steps}) all_.add(pack, part);
        for (auto& input : packs.inputs(pack)) {
            const auto part = std::exchange(input.part, Part::counted);
            const auto kind = static_cast<std::size_t>(input.kind);
            kinds_[kind].add(pack, part);
            auto& filters = filters_[kind];
            auto known = std::ranges::find(filters, input, &Filter::input);
            if (known == filters.end()) known = filters.insert(known, {std::move(input), PartSet(count)});
            known->parts.add(pack, part);
        }
    }
}

const PartSet& Touch::of(const Fact& fact)
{
    describe(fact, key_);
    if (const auto known = answers_.find(key_); known != answers_.end()) return known->second;
    if (answers_.size() >= answers_max) answers_.clear();
    PartSet parts(0);
    for (const auto& filter : filters_[static_cast<std::size_t>(fact.kind)])
        if (filter.input.takes(fact)) parts.add(filter.parts);
    return answers_.emplace(key_, std::move(parts)).first->second;
}

} // namespace sluse
