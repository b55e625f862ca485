// adapters/fhir/r4_rules.cpp — reads the rows once; a rule costs a look at a bit where its first element is not there.
#include "adapters/fhir/r4_rules.hpp"

#include "adapters/fhir/medcom_rules.hpp"
#include "gateway/base/equal.hpp"
#include "gateway/base/text_tables.hpp"
#include "gateway/base/time.hpp"
#include "gateway/normalise/code_tables.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_map>

namespace sluse {
std::string_view fhir_r4_systems_table(); // made by the build from schemas/maps/fhir-r4-systems.tsv and fhir-dk-systems.tsv
std::string_view fhir_dk_systems_table();
} // namespace sluse

namespace sluse::fhir {
namespace {

R4Term term_of(const R4Type& type, std::string_view text)
{
    R4Term term;
    term.absent = text.starts_with('!');
    text.remove_prefix(term.absent);
    if (const auto order = text.find("<="); order != text.npos) {
        term.beyond = text.substr(order + 2);
        text = text.substr(0, order);
    } else if (const auto sign = text.find('='); sign != text.npos) {
        term.values = text.substr(sign + 1);
        text = text.substr(0, sign);
    }
    term.path = text;
    for (const auto& element : type.elements) {
        if (element.choice.empty() ? element.name != text : element.choice != text) continue;
        term.single = true;
        term.order = element.order;
    }
    return term;
}

std::vector<R4Term> terms_of(const R4Type& type, std::string_view cell)
{
    std::vector<R4Term> terms;
    each_cell(cell, ' ', [&](std::string_view one) {
        if (!one.empty()) terms.push_back(term_of(type, one));
    });
    return terms;
}

bool one_of(std::string_view value, std::string_view values)
{
    bool found = false;
    each_cell(values, ',', [&](std::string_view one) { found |= one == value; });
    return found;
}

/// Of times, as far as both are told; of numbers, by their size. What cannot be compared is in order.
bool in_order(const JsonNode& first, const JsonNode& second)
{
    if (first.kind == JsonKind::number && second.kind == JsonKind::number) {
        double low = 0, high = 0;
        std::from_chars(first.text.data(), first.text.data() + first.text.size(), low);
        std::from_chars(second.text.data(), second.text.data() + second.text.size(), high);
        return low <= high;
    }
    const auto start = parse_instant(first.text), end = parse_instant(second.text);
    if (start && end) return *start <= *end;
    const auto told = std::min({first.text.size(), second.text.size(), std::size_t{10}});
    return first.text.substr(0, told) <= second.text.substr(0, told);
}

bool holds(const R4Term& term, const Json& json, std::uint32_t node, const Said& said)
{
    if (term.single && !said[term.order]) return false;
    if (term.single && term.values.empty() && term.beyond.empty()) return true;
    const auto nodes = nodes_at(json, node, term.path);
    if (term.beyond.empty())
        return std::ranges::any_of(nodes, [&](std::uint32_t one) { return term.values.empty() || one_of(json[one].text, term.values); });
    const auto ends = nodes_at(json, node, term.beyond);
    return nodes.empty() || ends.empty() || in_order(json[nodes.front()], json[ends.front()]);
}

} // namespace

std::string_view R4Rule::missing() const
{
    const bool one = needed.size() == 1 && needed[0].values.empty() && needed[0].beyond.empty();
    return one ? needed[0].path : std::string_view();
}

R4Rule r4_rule(const R4Type& type, const std::vector<std::string_view>& cells)
{
    return {cells[1], cells[4], terms_of(type, cells[2]), terms_of(type, cells[3])};
}

bool keeps(const R4Rule& rule, const Json& json, std::uint32_t node, const Said& said)
{
    const auto is = [&](const R4Term& term) { return holds(term, json, node, said) != term.absent; };
    return !std::ranges::all_of(rule.given, is) || std::ranges::any_of(rule.needed, is);
}

const std::vector<std::string_view>* codes_of(std::string_view system)
{
    if (!system.starts_with("http://terminology.hl7.org/CodeSystem/") && !system.starts_with("http://hl7.org/fhir/") && !system.starts_with("http://hl7.dk/fhir/")) return nullptr;
    static const auto systems = [] {
        std::unordered_map<std::string_view, std::vector<std::string_view>> read;
        for (const auto table : {fhir_r4_systems_table(), fhir_dk_systems_table()})
            each_row(table, [&](const std::vector<std::string_view>& cells) {
                if (cells.size() != 2) return;
                auto& codes = read[cells[0]];
                each_cell(cells[1], ' ', [&](std::string_view code) { codes.push_back(code); });
                std::ranges::sort(codes);
            });
        return read;
    }();
    const auto found = systems.find(system);
    return found == systems.end() ? nullptr : &found->second;
}

} // namespace sluse::fhir
