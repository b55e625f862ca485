// adapters/edifact/prepare.cpp — what reading asks of every segment, worked out once from a compiled table; which qualifiers there are.
#include "adapters/edifact/syntax.hpp"
#include "adapters/edifact/table.hpp"
#include "adapters/edifact/table_source.hpp"
#include "gateway/base/scan.hpp"

namespace sluse::edifact {
namespace {

/// As letters have it.
std::string latin1(std::string_view utf8)
{
    std::string out;
    append_latin1(utf8, out);
    return out;
}

/// Fills in what reading asks of a row.
void prepare(Row& row)
{
    row.word = static_cast<std::uint32_t>(packed(row.tag));
    for (const auto& s : row.slots) {
        row.text = row.text || s.form == Form::paragraph || s.form == Form::lines || s.form == Form::joined;
        row.strict = row.strict || s.must_match;
        const auto constant = s.must_match ? latin1(s.constant) : std::string();
        if (s.must_match || s.needed) row.conditions.push_back({s.element, s.component, constant, packed(std::string_view(constant).substr(0, 8)), {}});
        const bool date = s.form == Form::when || s.form == Form::minute || s.form == Form::day || s.form == Form::weeks;
        if (row.known.size() <= s.element) row.known.resize(s.element + 1u);
        if (s.component < 63) row.known[s.element] |= std::uint64_t{date ? 3u : 1u} << s.component;
    }
    if (row.says.empty() || row.slots.empty()) return;
    Row::Condition words{row.slots.back().element, row.slots.back().component, {}, 0, {}};
    for (const auto word : cut(row.says, '|')) words.within.push_back(latin1(word));
    row.conditions.push_back(std::move(words));
}

/// What a row has in its first component is one of its tag's qualifiers; a code of a list stands for all of them.
void take_qualifiers(const Row& row, Tables& tables)
{
    auto& qualifiers = tables.qualifiers[row.word];
    bool any = true;
    for (const auto& slot : row.slots) {
        if (slot.element != 1 || slot.component != 1) continue;
        any = slot.constant.empty() && slot.list < 0 && slot.form != Form::turn;
        if (!slot.constant.empty()) qualifiers.known.insert(slot.constant);
        if (!slot.otherwise.empty()) qualifiers.known.insert(slot.otherwise);
        if (slot.list < 0) continue;
        for (const auto& entry : tables.lists[static_cast<std::size_t>(slot.list)].entries)
            if (slot.column < entry.codes.size()) qualifiers.known.insert(entry.codes[slot.column]);
    }
    qualifiers.any = qualifiers.any || any;
}

} // namespace

void take_qualifiers(const Group& group, Tables& tables)
{
    take_qualifiers(group.trigger, tables);
    for (const auto& row : group.rows) take_qualifiers(row, tables);
    for (const auto& inner : group.groups) take_qualifiers(inner, tables);
}

bool Tables::lacks_qualifier(std::uint32_t word, std::string_view qualifier) const
{
    const auto found = qualifiers.find(word);
    return found != qualifiers.end() && !found->second.any && !found->second.known.contains(qualifier);
}

void prepare(Group& group)
{
    prepare(group.trigger);
    group.keys = group.leads.empty() ? 0 : 2; // tells more than a word does
    for (auto& one : group.rows) {
        prepare(one);
        group.tags |= tag_bit(one.word);
        group.keys += one.key + !one.says.empty();
    }
    for (const bool strict : {true, false})
        for (std::size_t i = 0; i < group.rows.size(); ++i)
            if (group.rows[i].strict == strict) group.candidates.push_back({group.rows[i].word, static_cast<std::uint16_t>(i)});
    for (auto& inner : group.groups) {
        prepare(inner);
        group.starts |= inner.loop ? inner.starts : tag_bit(inner.trigger.word);
    }
}

} // namespace sluse::edifact
