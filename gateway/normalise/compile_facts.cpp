// gateway/normalise/compile_facts.cpp — without what a row comes to nothing, and the bits that answer what many rows ask.
#include "gateway/base/scan.hpp"
#include "gateway/normalise/compile.hpp"

#include <algorithm>

namespace sluse {
namespace {

bool asks_event(const Term& term)
{
    return term.op == Term::Op::equals && term.path.kind == SourcePath::Kind::variable && term.path.variable == SourcePath::Variable::event;
}

bool wants(const Term& term, std::string_view value)
{
    return std::ranges::find(term.values, value) != term.values.end();
}

Lookup& lookup_of(SegmentFacts& facts, const SourcePath& path)
{
    const auto known = std::ranges::find(facts.lookups, path, &Lookup::path);
    return known != facts.lookups.end() ? *known : facts.lookups.emplace_back(Lookup{path, 0, {}});
}

// Enters the bit for every text for which the term holds.
void enter(const Term& term, std::uint8_t bit, Lookup& out)
{
    for (const auto& value : term.values) {
        const auto word = packed(value);
        const auto same = [&](const auto& known) { return known.first == word; };
        if (std::ranges::find_if(out.values, same) == out.values.end()) out.values.emplace_back(word, out.otherwise);
    }
    const auto among = [&](std::uint64_t word) { return std::ranges::any_of(term.values, [&](const std::string& value) { return packed(value) == word; }); };
    for (auto& [word, bits] : out.values)
        if (among(word) != term.negate) bits |= bit_of(bit);
    if (term.negate) out.otherwise |= bit_of(bit);
}

} // namespace

// Bits behind the last field that any row names are free for facts.
void Compiler::note_fields()
{
    facts_.resize(slots_max);
    last_fields_.assign(slots_max, 0);
    plan_.segment_facts.resize(slots_max);
    plan_.made_facts.resize(plan_.maps.size());
    plan_.there_facts.resize(slots_max);
    const auto note = [&](const SourcePath& path) {
        if (path.kind == SourcePath::Kind::segment && path.slot < slots_max) last_fields_[path.slot] = std::max(last_fields_[path.slot], path.field);
    };
    for (const auto& row : plan_.rows) note(row.from);
    for (const auto& condition : plan_.conditions)
        for (const auto& terms : condition.any)
            for (const auto& term : terms) note(term.path);
}

/// The bit that tells whether the term holds; 0: none can.
std::uint8_t Compiler::fact_of(const Term& term)
{
    const auto& path = term.path;
    const bool long_text = std::ranges::any_of(term.values, [](const std::string& value) { return value.empty() || value.size() > 8; });
    if (term.op != Term::Op::equals || path.kind != SourcePath::Kind::segment || path.field == 0 || path.field > 62 || long_text) return 0;
    auto& known = facts_[path.slot];
    const auto same = std::ranges::find(known, term, &Fact::term);
    if (same != known.end()) return same->at.bit;
    const auto bit = static_cast<std::uint8_t>(63 - known.size());
    if (bit <= std::min<unsigned>(last_fields_[path.slot], 62)) return 0;
    known.push_back({term, {0, bit}});
    auto& facts = plan_.segment_facts[path.slot];
    facts.fields &= ~bit_of(bit);
    enter(term, bit, lookup_of(facts, path));
    return bit;
}

MessageFact Compiler::new_message_fact()
{
    if (message_facts_ % 63 == 0) plan_.message_slots.push_back(slot_for("the message, " + std::to_string(plan_.message_slots.size())));
    const auto n = message_facts_++;
    return {static_cast<std::uint8_t>(n / 63), static_cast<std::uint8_t>(n % 63 + 1)};
}

MessageFact Compiler::event_fact(const Term& term)
{
    const auto same = std::ranges::find(event_facts_, term, &Fact::term);
    if (same != event_facts_.end()) return same->at;
    return event_facts_.emplace_back(Fact{term, new_message_fact()}).at;
}

MessageFact Compiler::made_fact(std::uint16_t map)
{
    auto& fact = plan_.made_facts[map];
    if (fact.bit == 0) fact = new_message_fact();
    return fact;
}

MessageFact Compiler::there_fact(Slot slot)
{
    auto& fact = plan_.there_facts[slot];
    if (fact.bit == 0) fact = new_message_fact();
    return fact;
}

Compiler::Clause Compiler::message_clause(MessageFact fact) const
{
    Clause out{{}, 0};
    out.needs.always = false;
    out.needs.add(plan_.message_slots[fact.word], bit_of(fact.bit));
    return out;
}

Compiler::Clause Compiler::presence(const SourcePath& path)
{
    Clause out;
    if (path.kind == SourcePath::Kind::relative && path.component < components_max) {
        out.rare = path.sub > 1 ? 1 : path.component ? 2 : 4;
        out.needs.components = path.sub > 1 ? divided_component : bit_of(path.component);
    } else if (path.kind == SourcePath::Kind::own && path.field < 64) {
        out.rare = 3;
        out.needs.components = bit_of(path.field);
    } else if (path.kind == SourcePath::Kind::segment && path.field < 64) {
        out.rare = 3;
        out.needs.add(path.slot, bit_of(path.all ? 0 : path.field)); // of several such segments the first may lack the field
    }
    out.needs.always = out.rare == 9;
    return out;
}

// A test that is turned round also holds where there is no such segment: it says something of rows that read the segment themselves. Only the
// first test is asked in any case: answers of later ones would keep the fields of those before from being read, which coverage tells.
Compiler::Clause Compiler::clause_of(const Term& term, bool first, const Row& row)
{
    if (term.op == Term::Op::without) return {};
    if (asks_event(term)) return first ? message_clause(event_fact(term)) : Clause{};
    if (wants(term, {})) return {};
    const bool reads = row.from.kind == SourcePath::Kind::segment && row.from.slot == term.path.slot && !row.from.all && row.action != Action::remove &&
                       row.action != Action::references && row.action != Action::each;
    if (first && (!term.negate || reads)) {
        if (const auto bit = fact_of(term)) {
            Clause out{{}, 1};
            out.needs.always = false;
            out.needs.add(term.path.slot, bit_of(bit));
            return out;
        }
    }
    return term.negate ? Clause{} : presence(term.path);
}

Compiler::Clause Compiler::clause_of(const RowCondition& condition, const Row& row)
{
    Clause out{{}, 0};
    out.needs.always = false;
    for (const auto& terms : condition.any) {
        Clause rarest;
        for (const auto& term : terms)
            if (auto clause = clause_of(term, &term == &terms.front(), row); clause.rare < rarest.rare) rarest = std::move(clause);
        out.needs.add(rarest.needs);
        out.rare = std::max(out.rare, rarest.rare);
    }
    return condition.any.empty() ? Clause{} : out;
}

/// What the row itself waits for: its source, or what it refers to.
Compiler::Clause Compiler::own_clause(const Row& row)
{
    switch (row.action) {
    case Action::remove: return {};
    case Action::reference:
    case Action::references: return message_clause(made_fact(row.target));
    case Action::each: return message_clause(row.from.kind == SourcePath::Kind::none ? made_fact(row.target) : there_fact(row.from.slot));
    default: return presence(row.from);
    }
}

/// Of several things that must be there, the rarest.
Needs Compiler::needs_of(const Row& row)
{
    auto own = own_clause(row);
    auto asked = clause_of(plan_.conditions[row.condition], row);
    return asked.rare <= own.rare ? std::move(asked.needs) : std::move(own.needs);
}

void Compiler::pack_event_facts()
{
    std::vector<std::string_view> names(plan_.event_numbers.size() + 1);
    for (const auto& [name, number] : plan_.event_numbers) names[number] = name;
    for (const auto name : names) {
        auto& words = plan_.event_facts.emplace_back(plan_.message_slots.size());
        for (const auto& [term, at] : event_facts_)
            if (wants(term, name) != term.negate) words[at.word] |= bit_of(at.bit);
    }
}

} // namespace sluse
