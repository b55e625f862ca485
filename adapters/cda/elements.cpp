// adapters/cda/elements.cpp — walks a document once and holds each element to its row of schemas/cda/elements.tsv and each value to its type.
#include "adapters/cda/elements.hpp"

#include "gateway/base/ascii.hpp"
#include "gateway/base/text_tables.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/normalise/dates.hpp"
#include "gateway/normalise/functions_hl7.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <vector>

namespace sluse {
std::string_view cda_elements_table(); // made by the build from schemas/cda/elements.tsv
} // namespace sluse

namespace sluse::cda {
namespace {

constexpr std::string_view space = "urn:hl7-org:v3";

/// Data types that xsi:type may name; those of intervals and lists of them (IVL_TS) end in one of these.
constexpr std::string_view types = "ANY BL BN ED ST CD CV CE CO CS SC II TEL AD EN PN ON TN INT REAL PQ MO TS RTO";

/// Observations that say nothing without a value: PHMR's and CCD's measurements, a care plan's outcomes.
constexpr std::string_view measured = "2.16.840.1.113883.10.20.9.8 2.16.840.1.113883.10.20.1.31 1.2.208.184.15.1.10.20.4.20";

struct Attribute {
    std::string_view name, values; ///< separated by commas; empty: any
};
struct Child {
    std::vector<std::string_view> names; ///< one of them
    bool needed{}, once{};
};
struct Rule {
    std::vector<Attribute> attributes;
    std::vector<Child> children;
};

Rule rule_of(std::string_view attributes, std::string_view children)
{
    Rule rule;
    each_cell(attributes, ' ', [&](std::string_view cell) {
        const auto equals = std::min(cell.find('='), cell.size());
        if (!cell.empty()) rule.attributes.push_back({cell.substr(0, equals), cell.substr(std::min(equals + 1, cell.size()))});
    });
    each_cell(children, ' ', [&](std::string_view cell) {
        const char sign = cell.back();
        Child child{{}, sign == '!' || sign == '+', sign == '!' || sign == '?'};
        each_cell(cell.substr(0, cell.size() - 1), '|', [&](std::string_view name) { child.names.push_back(name); });
        rule.children.push_back(std::move(child));
    });
    return rule;
}

/// By name, or by parent/name.
using Rules = std::unordered_map<std::string_view, Rule>;

const Rules& rules()
{
    static const auto loaded = [] {
        Rules out;
        each_row(cda_elements_table(), [&](const std::vector<std::string_view>& c) {
            if (c.size() == 3) out.emplace(c[0], rule_of(c[1], c[2]));
        });
        return out;
    }();
    return loaded;
}

/// An object identifier, a UUID, or a name that HL7 reserves.
bool is_uid(std::string_view text)
{
    if (is_uuid(text) || (is_letter(text.front()) && std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; }))) return true;
    bool numbers = text.front() >= '0' && text.front() <= '2';
    each_cell(text, '.', [&](std::string_view arc) { numbers &= !arc.empty() && all_digits(arc) && (arc.size() == 1 || arc.front() != '0'); });
    return numbers;
}

/// "TS" of IVL_TS; what stands alone is itself.
std::string_view base_of(std::string_view type)
{
    return type.substr(type.rfind('_') + 1); // no line: from the start
}

class Elements {
public:
    explicit Elements(Issues& issues) : issues_(issues) {}

    void look(xml::Element element, const Rule* rule, std::string_view type)
    {
        if (rule) children(element, *rule);
        identifiers(element);
        if (element.name() == "observation") observation(element);
        const bool coded = rule != nullptr;
        for (const auto child : element) {
            if (coded && child.name() == "text") continue; // narrative
            if (coded && child.name() == "code") says_what(child);
            const auto child_type = type_of(child, type);
            value(child, child_type);
            look(child, coded && in_cda(child) ? find(element.name(), child.name()) : nullptr, child_type); // a data type's parts go by other rules
        }
    }

    static const Rule* find(std::string_view parent, std::string_view name)
    {
        thread_local std::string path;
        path.assign(parent);
        (path += '/') += name;
        auto found = rules().find(path);
        if (found == rules().end()) found = rules().find(name);
        return found == rules().end() ? nullptr : &found->second;
    }

private:
    void error(IssueKind kind, xml::Element at, std::string_view below, std::string text) { issues_.push_back({Severity::error, kind, at.path() + std::string(below), std::move(text)}); }

    /// Not an extension.
    static bool in_cda(xml::Element child) { return child.shares_space() || child.space() == space; }

    /// How often each child stands, and the attributes.
    void children(xml::Element element, const Rule& rule)
    {
        thread_local std::vector<unsigned> counts;
        counts.assign(rule.children.size(), 0);
        for (const auto child : element) {
            if (!in_cda(child)) continue;
            const auto place = std::ranges::find_if(rule.children, [&](const Child& one) { return std::ranges::find(one.names, child.name()) != one.names.end(); });
            if (place == rule.children.end()) continue;
            if (++counts[static_cast<std::size_t>(place - rule.children.begin())] == 2 && place->once) error(IssueKind::sequence, child, {}, "stands twice: CDA has one here");
        }
        if (!element.attribute("nullFlavor").empty()) return; // which says why it is not there
        for (std::size_t i = 0; i < rule.children.size(); ++i)
            if (rule.children[i].needed && counts[i] == 0) missing(element, rule.children[i]);
        for (const auto& [name, values] : rule.attributes) attribute(element, name, values);
    }

    void missing(xml::Element element, const Child& child)
    {
        if (child.names.size() == 1) return error(IssueKind::required_missing, element, '/' + std::string(child.names.front()), "is missing");
        std::string names(child.names.front());
        for (std::size_t i = 1; i < child.names.size(); ++i) (names += ", ") += child.names[i];
        error(IssueKind::required_missing, element, {}, "holds none of " + names);
    }

    void attribute(xml::Element element, std::string_view name, std::string_view values)
    {
        const auto value = element.attribute(name);
        bool listed = values.empty();
        each_cell(values, ',', [&](std::string_view one) { listed |= one == value; });
        const auto below = "/@" + std::string(name);
        if (value.empty()) error(IssueKind::required_missing, element, below, "is missing");
        else if (!listed) error(IssueKind::unknown_code, element, below, "must be one of " + std::string(values));
    }

    void identifiers(xml::Element element)
    {
        for (const auto* name : {"root", "codeSystem"})
            if (const auto value = element.attribute(name); !value.empty() && !is_uid(value)) error(IssueKind::wrong_type, element, std::string("/@") + name, "is no object identifier and no UUID");
    }

    /// A code says by itself, by another's or in words what is meant, or why that is not known.
    void says_what(xml::Element code)
    {
        for (const auto* name : {"code", "nullFlavor", "displayName"})
            if (!code.attribute(name).empty()) return;
        if (!code.child("originalText") && !code.child("translation")) error(IssueKind::required_missing, code, "/@code", "is missing, and no nullFlavor says why");
    }

    void observation(xml::Element observation)
    {
        const auto first = observation.child("value");
        if (!first && observation.attribute("nullFlavor").empty())
            for (auto id = observation.child("templateId"); id; id = id.next("templateId"))
                if (listed(id.attribute("root"), measured)) return error(IssueKind::required_missing, observation, "/value", "is missing: " + std::string(id.attribute("root")) + " demands one");
        for (auto one = first; one; one = one.next("value")) observed(one, one == first);
    }

    /// A value may be of any type: without xsi:type no one can tell what it says. Of two measurements one would be lost.
    void observed(xml::Element value, bool first)
    {
        if (!value.attribute("nullFlavor").empty()) return;
        const auto type = value.attribute("type");
        if (type.empty()) error(IssueKind::required_missing, value, "/@xsi:type", "is missing");
        else if (!listed(base_of(type), types)) error(IssueKind::unknown_code, value, "/@xsi:type", "is no data type of CDA");
        else if (listed(type, "PQ INT REAL MO TS BL") && value.attribute("value").empty()) error(IssueKind::required_missing, value, "/@value", "is missing, and no nullFlavor says why");
        else if (listed(type, "CD CE CV CO")) says_what(value);
        if (!first && type == "PQ") error(IssueKind::sequence, value, {}, "is a second measurement in one observation");
    }

    static std::string_view type_of(xml::Element element, std::string_view parents)
    {
        const auto name = element.name();
        if (name == "value") return element.attribute("type");
        if (listed(name, "effectiveTime time expectedUseTime birthTime copyTime")) return "TS";
        if (listed(name, "low high center head")) return base_of(parents);
        return listed(name, "origin scale increment width period") ? "PQ" : std::string_view();
    }

    /// What is no number or no time would be left out of what it is made into.
    void value(xml::Element element, std::string_view type)
    {
        const auto text = element.attribute("value");
        if (text.empty()) return;
        if (type == "TS") {
            if (const auto* wrong = wrong_with_time(text)) error(IssueKind::wrong_type, element, "/@value", wrong);
        } else if (listed(type, "PQ REAL MO")) {
            if (!is_number(text)) error(IssueKind::wrong_type, element, "/@value", "is no number");
        } else if (type == "INT") {
            if (!all_digits(text.substr(text.starts_with('-') ? 1 : 0)) || text == "-") error(IssueKind::wrong_type, element, "/@value", "is no whole number");
        } else if (type == "BL" && text != "true" && text != "false") {
            error(IssueKind::wrong_type, element, "/@value", "must be true or false");
        }
    }

    Issues& issues_;
};

} // namespace

void check_elements(xml::Element root, Issues& issues)
{
    Elements(issues).look(root, Elements::find({}, root.name()), {});
}

} // namespace sluse::cda
