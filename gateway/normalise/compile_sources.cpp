// gateway/normalise/compile_sources.cpp — source paths ("PID-3.4.2", ".1", "$event") and conditions ("OBX-2=NM and OBX-5 is number").
#include "gateway/base/ascii.hpp"
#include "gateway/base/scan.hpp"
#include "gateway/normalise/compile.hpp"

#include <algorithm>
#include <charconv>

namespace sluse {
namespace {

struct Variable {
    std::string_view name;
    SourcePath::Variable variable;
};
constexpr Variable variables[] = {
    {"$value",      SourcePath::Variable::argument  },
    {"$event",      SourcePath::Variable::event     },
    {"$sender",     SourcePath::Variable::sender    },
    {"$message-id", SourcePath::Variable::message_id},
    {"$map-set",    SourcePath::Variable::map_set   },
    {"$type",       SourcePath::Variable::type      },
};

bool number(std::string_view text, std::uint8_t& out)
{
    unsigned value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc() || end != text.data() + text.size() || value == 0 || value > 250) return false;
    out = static_cast<std::uint8_t>(value);
    return true;
}

// "4.2" → component 4, sub-component 2.
bool divisions(std::string_view text, SourcePath& out)
{
    if (text.empty()) return true;
    const auto dot = text.find('.');
    return number(text.substr(0, dot), out.component) && (dot == text.npos || number(text.substr(dot + 1), out.sub));
}

bool segment_name(std::string_view name)
{
    return name.size() == 3 && std::ranges::all_of(name, [](char c) { return is_upper(c) || is_digit(c); });
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator)
{
    std::vector<std::string_view> out;
    for (;;) {
        const auto at = text.find(separator);
        out.push_back(trimmed(text.substr(0, at)));
        if (at == text.npos) return out;
        text.remove_prefix(at + separator.size());
    }
}

} // namespace

Slot Compiler::slot_for(std::string_view name)
{
    const auto found = plan_.slot_names.find(name);
    if (found != plan_.slot_names.end()) return found->second;
    const auto slot = static_cast<Slot>(plan_.slot_names.size());
    if (plan_.slot_names.size() + 1 >= slots_max) {
        error(std::string(name), "maps mention more than " + std::to_string(slots_max - 1) + " segment names");
        return 0;
    }
    plan_.slot_names.emplace(name, slot);
    if (const auto at = Plan::slot_index(name); at != ~std::size_t{0}) {
        plan_.slots.resize(36 * 36 * 36, no_slot);
        plan_.slots[at] = slot;
    }
    return slot;
}

// "NTE*-3": the segment and what stands behind the hyphen (no data: there is none).
std::pair<std::string_view, std::string_view> Compiler::segment_part(std::string_view text, SourcePath& out)
{
    const auto dash = text.find('-');
    auto name = text.substr(0, dash);
    out.kind = SourcePath::Kind::segment;
    out.all = name.ends_with('*');
    if (out.all) name.remove_suffix(1);
    return {name, dash == text.npos ? std::string_view{} : text.substr(dash + 1)};
}

bool Compiler::parse_source(std::string_view text, const std::string& place, SourcePath& out)
{
    out = {};
    if (text == "$codes") return true;
    if (text.starts_with('$')) {
        const auto* found = std::ranges::find(variables, text, &Variable::name);
        if (found == std::end(variables)) {
            std::vector<std::string_view> names;
            for (const auto& v : variables) names.push_back(v.name);
            unknown(place, "variable", text, names);
            return false;
        }
        out.kind = SourcePath::Kind::variable;
        out.variable = found->variable;
        return true;
    }
    if (plan_.shape && text != ".") return parse_named(text, place, out);
    if (text.starts_with('.')) {
        out.kind = SourcePath::Kind::relative;
        if (divisions(text.substr(1), out)) return true;
        error(place, "source '" + std::string(text) + "' is not '.', '.4' or '.4.2'");
        return false;
    }
    const auto [name, rest] = segment_part(text, out);
    bool good = segment_name(name);
    if (good && rest.data()) {
        const auto dot = rest.find('.');
        good = number(rest.substr(0, dot), out.field) && (dot == rest.npos || divisions(rest.substr(dot + 1), out));
    }
    if (!good) {
        error(place, "source '" + std::string(text) + "' is not like 'PID', 'PID-3', 'PID-3.4.2', 'NTE*-3', '.4' or '$event'");
        return false;
    }
    out.slot = slot_for(name);
    return true;
}

bool Compiler::parse_term(std::string_view text, const std::string& place, std::uint16_t parent, Term& out)
{
    if (text.starts_with('!')) {
        out.negate = true;
        text = trimmed(text.substr(1));
    }
    if (text.starts_with("without ")) {
        out.op = Term::Op::without;
        const auto name = trimmed(text.substr(8));
        std::vector<std::string_view> siblings;
        for (const auto at : plan_.nodes[parent].children) {
            const auto& node = plan_.nodes[at];
            siblings.push_back(node.name);
            if (node.name != name && !(node.choice && std::string_view(node.name).starts_with(name))) continue;
            out.bit = node.bit;
            return true;
        }
        unknown(place, "element (it must stand above this row)", name, siblings);
        return false;
    }
    if (const auto is = text.find(" is "); is != text.npos) {
        const auto name = trimmed(text.substr(is + 4));
        out.op = name == "repeated" ? Term::Op::repeated : Term::Op::predicate;
        out.predicate = predicate_named(name);
        if (out.op == Term::Op::predicate && !out.predicate) {
            unknown(place, "predicate", name, predicate_names());
            return false;
        }
        return parse_source(trimmed(text.substr(0, is)), place, out.path);
    }
    if (const auto equals = text.find('='); equals != text.npos) {
        auto left = text.substr(0, equals);
        if (left.ends_with('!')) {
            out.negate = !out.negate;
            left.remove_suffix(1);
        }
        out.op = Term::Op::equals;
        for (const auto value : split(text.substr(equals + 1), ",")) out.values.emplace_back(value);
        left = trimmed(left);
        return parse_source(left == "event" ? std::string_view("$event") : left, place, out.path);
    }
    out.op = Term::Op::valued;
    return parse_source(text, place, out.path);
}

std::uint16_t Compiler::parse_condition(std::string_view text, const std::string& place, std::uint16_t parent)
{
    if (plan_.conditions.empty()) plan_.conditions.emplace_back();
    if (text.empty()) return 0;
    RowCondition condition;
    for (const auto alternative : split(text, " or ")) {
        std::vector<Term> terms;
        for (const auto part : split(alternative, " and ")) {
            Term term;
            if (!parse_term(part, place, parent, term)) return 0;
            terms.push_back(std::move(term));
        }
        condition.any.push_back(std::move(terms));
    }
    // Neighbouring rows often share one: asked once, it is answered for all of them.
    for (auto at = plan_.conditions.size(); at > 1 && at + 8 > plan_.conditions.size(); --at)
        if (plan_.conditions[at - 1].any == condition.any) return static_cast<std::uint16_t>(at - 1);
    plan_.conditions.push_back(std::move(condition));
    return static_cast<std::uint16_t>(plan_.conditions.size() - 1);
}

} // namespace sluse
