// gateway/normalise/compile_pack.cpp — the plan as rendering reads it: rows, elements and conditions in cache lines, questions asked at once.
#include "gateway/base/scan.hpp"
#include "gateway/normalise/compile.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <unordered_map>

namespace sluse {
namespace {

constexpr std::size_t pick_min = 6, pick_max = 64; // children that are worth asking at once; bits that there are

std::uint64_t bits_on(const Needs& needs, Slot slot)
{
    if (needs.first.slot == slot) return needs.first.mask;
    const auto more = std::ranges::find(needs.others, slot, &Needs::Fields::slot);
    return more == needs.others.end() ? 0 : more->mask;
}

/// One mask for each bit of `bits`: which children that bit lets yield. `needs(child)` says which bits it waits for.
template <class Needs> void append_masks(std::uint64_t bits, std::size_t children, std::vector<std::uint64_t>& out, const Needs& needs)
{
    for (; bits; bits &= bits - 1) {
        std::uint64_t mask = 0;
        for (std::size_t n = 0; n < children; ++n)
            if (needs(n) & (bits & -bits)) mask |= bit_of(n);
        out.push_back(mask);
    }
}

/// The fields whose values were looked up for these bits.
std::uint64_t asked_for(std::uint64_t bits, const SegmentFacts& facts)
{
    std::uint64_t out = 0;
    for (const auto& lookup : facts.lookups) {
        auto told = lookup.otherwise;
        for (const auto& [text, holds] : lookup.values) told |= holds;
        if (told & bits) out |= bit_of(lookup.path.field);
    }
    return out;
}

/// The test's words and texts out of the term's values.
void take_values(const Term& term, Plan& plan, Test& out)
{
    out.words = static_cast<std::uint16_t>(plan.test_words.size());
    out.texts = static_cast<std::uint16_t>(plan.test_texts.size());
    for (const auto& value : term.values) {
        if (value.size() <= 8) plan.test_words.push_back(packed(value));
        else plan.test_texts.push_back(plan.texts.keep(value));
    }
    out.word_count = static_cast<std::uint8_t>(plan.test_words.size() - out.words);
    out.text_count = static_cast<std::uint8_t>(plan.test_texts.size() - out.texts);
}

Term positive(Term term)
{
    term.negate = false;
    return term;
}

/// `event=A01,A04` as a set of numbers; false when there are more events than numbers.
bool take_events(const Term& term, Plan& plan, Test& out)
{
    std::bitset<256> set;
    for (const auto& value : term.values) {
        const auto [at, fresh] = plan.event_numbers.try_emplace(value, static_cast<std::uint8_t>(plan.event_numbers.size() + 1));
        if (fresh && plan.event_numbers.size() > 255) return plan.event_numbers.erase(value), false;
        set.set(at->second);
    }
    out.op = Test::Op::event;
    out.events = static_cast<std::uint16_t>(plan.event_sets.size());
    plan.event_sets.push_back(set);
    return true;
}

} // namespace

std::string_view TextPool::keep(std::string_view text)
{
    const auto size = text.size() + 1;
    if (left_ < size + slack) {
        left_ = std::max(block, size + slack);
        blocks_.push_back(std::make_unique<char[]>(left_));
        next_ = blocks_.back().get();
    }
    if (!text.empty()) std::memcpy(next_, text.data(), text.size());
    const std::string_view kept(next_, text.size());
    next_ += size;
    left_ -= size;
    return kept;
}

Trial Compiler::trial_of(std::uint16_t at)
{
    const auto& node = plan_.nodes[at];
    const auto& needs = node.needs;
    Trial out;
    out.node = at;
    out.bit = node.bit;
    out.kind = node.kind;
    out.constant = !node.constant.empty(); // begins with the key
    const auto text = plan_.texts.keep(out.constant ? node.constant : node.key);
    out.text = text.data();
    out.size = static_cast<std::uint32_t>(text.size());
    out.key = static_cast<std::uint16_t>(node.key.size());
    out.always = needs.always;
    out.components = needs.components;
    out.slot = needs.first.slot;
    out.fields = needs.first.mask;
    out.more = static_cast<std::uint16_t>(plan_.more_fields.size());
    out.more_count = static_cast<std::uint8_t>(needs.others.size());
    plan_.more_fields.insert(plan_.more_fields.end(), needs.others.begin(), needs.others.end());
    if (needs.others.size() > 255 || plan_.more_fields.size() > 65535) { // a map as large as none: tried without asking
        out.always = true;
        out.more = out.more_count = 0;
    }
    return out;
}

// Asked at once: for an object or array of many children, most of them absent, looking at each costs more than looking at what is there.
std::uint16_t Compiler::pick_of(const Element& element)
{
    const std::span children(plan_.trials.data() + element.trials, element.trial_count);
    if (element.kind == NodeKind::leaf || children.size() > pick_max || plan_.picks.size() > 60000) return 0;
    Pick out;
    std::vector<Needs> needs;
    Needs all;
    for (std::size_t n = 0; n < children.size(); ++n) {
        if (children[n].always) out.always |= bit_of(n);
        needs.push_back(children[n].always ? Needs{} : plan_.nodes[children[n].node].needs);
        all.add(needs.back());
        out.components |= needs.back().components;
    }
    if (all.first.slot != no_slot) all.others.push_back(all.first);
    const auto looks = [&](const Needs::Fields& fields) { return (fields.mask & ~plan_.segment_facts[fields.slot].fields) != 0; };
    if (children.size() < pick_min && std::ranges::none_of(all.others, looks)) return 0;
    out.masks = static_cast<std::uint32_t>(plan_.pick_masks.size());
    append_masks(out.components, needs.size(), plan_.pick_masks, [&](std::size_t n) { return needs[n].components; });
    out.slots = static_cast<std::uint32_t>(plan_.pick_fields.size());
    for (const auto& [slot, mask] : all.others) {
        plan_.pick_fields.push_back({mask, asked_for(mask, plan_.segment_facts[slot]), static_cast<std::uint32_t>(plan_.pick_masks.size()), slot});
        append_masks(mask, needs.size(), plan_.pick_masks, [&, on = slot](std::size_t n) { return bits_on(needs[n], on); });
    }
    out.slot_count = static_cast<std::uint32_t>(plan_.pick_fields.size()) - out.slots;
    plan_.picks.push_back(out);
    return static_cast<std::uint16_t>(plan_.picks.size() - 1);
}

void Compiler::pack_elements()
{
    std::vector<Row> rows;
    std::vector<RowPlace> places;
    rows.reserve(plan_.rows.size());
    plan_.picks.emplace_back();
    for (const auto& node : plan_.nodes) {
        Element out;
        out.vital = node.vital;
        out.kind = node.kind;
        out.bit = node.bit;
        out.sourced = node.sourced;
        out.period = node.period;
        out.trials = static_cast<std::uint32_t>(plan_.trials.size());
        out.trial_count = static_cast<std::uint16_t>(node.children.size());
        for (const auto child : node.children) plan_.trials.push_back(trial_of(child));
        out.pick = pick_of(out);
        out.rows = static_cast<std::uint16_t>(rows.size());
        out.row_count = static_cast<std::uint16_t>(node.rows.size());
        for (const auto at : node.rows) {
            rows.push_back(plan_.rows[at]);
            places.push_back(std::move(plan_.row_places[at]));
        }
        plan_.elements.push_back(out);
    }
    plan_.rows = std::move(rows);
    plan_.row_places = std::move(places);
}

Test Compiler::test_of(const Term& term)
{
    Test out;
    out.path = term.path;
    out.predicate = term.predicate;
    out.bit = term.bit;
    out.negate = term.negate;
    out.needs = std::ranges::find(term.values, std::string()) == term.values.end(); // no empty text is among the values wanted
    switch (term.op) {
    case Term::Op::valued: out.op = Test::Op::valued; break;
    case Term::Op::predicate: out.op = Test::Op::predicate; break;
    case Term::Op::repeated: out.op = Test::Op::repeated; break;
    case Term::Op::without: out.op = Test::Op::without; break;
    case Term::Op::equals:
        if (term.path.kind == SourcePath::Kind::variable && term.path.variable == SourcePath::Variable::event && take_events(term, plan_, out)) break;
        out.bit = fact_of(positive(term));
        out.op = out.bit ? Test::Op::fact : Test::Op::equals;
        if (!out.bit) take_values(term, plan_, out);
        break;
    }
    return out;
}

// An empty field fails every test that is not turned round, unless an empty text is among the values wanted.
void Compiler::gate(const RowCondition& condition, Question& out) const
{
    if (condition.any.size() != 1) return;
    const auto& term = condition.any.front().front();
    const auto& path = term.path;
    const bool empty_wanted = std::ranges::find(term.values, std::string()) != term.values.end();
    if (term.negate || term.op == Term::Op::without || empty_wanted || path.kind != SourcePath::Kind::segment || path.field == 0 || path.field > 62) return;
    out.slot = path.slot;
    out.field = path.field;
}

void Compiler::pack_conditions()
{
    std::vector<Term> asked; // by test
    std::unordered_map<std::uint64_t, std::vector<std::uint16_t>> by_path; // tests that are the first of their kind
    const auto first_alike = [&](const Term& term) {
        const auto& path = term.path;
        std::uint64_t key = 0;
        for (const auto part : {static_cast<std::uint8_t>(path.kind), static_cast<std::uint8_t>(path.variable), path.slot, path.field, path.component, path.sub}) key = key << 8 | part;
        const auto test = static_cast<std::uint16_t>(asked.size());
        asked.push_back(positive(term));
        if (term.predicate && !predicate_is_steady(term.predicate)) return test;
        auto& known = by_path[key];
        const auto same = std::ranges::find_if(known, [&](std::uint16_t other) { return asked[other] == asked.back(); });
        return same == known.end() ? known.emplace_back(test) : *same;
    };
    for (const auto& condition : plan_.conditions) {
        Question out;
        out.first = static_cast<std::uint16_t>(plan_.tests.size());
        out.steady = true;
        for (const auto& terms : condition.any)
            for (const auto& term : terms) {
                out.steady = out.steady && term.op != Term::Op::without;
                plan_.tests.push_back(test_of(term));
                plan_.tests.back().last = &term == &terms.back();
                plan_.tests.back().alike = first_alike(term);
            }
        out.count = static_cast<std::uint16_t>(plan_.tests.size() - out.first);
        if (!condition.any.empty() && plan_.tests[out.first].op != Test::Op::fact) gate(condition, out);
        plan_.questions.push_back(out);
    }
    if (plan_.tests.size() > 60000 || plan_.test_words.size() > 60000 || plan_.test_texts.size() > 60000 || plan_.event_sets.size() > 60000)
        error("maps", "too many conditions");
}

void Compiler::pack()
{
    pack_elements();
    pack_conditions();
    pack_event_facts();
    pack_looks();
    static std::atomic<std::uint32_t> plans{0};
    plan_.number = ++plans;
}

} // namespace sluse
