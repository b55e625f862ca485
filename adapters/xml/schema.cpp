// adapters/xml/schema.cpp — reads a table of counts and holds elements to it.
#include "adapters/xml/schema.hpp"

#include "gateway/base/text_tables.hpp"

#include <algorithm>

namespace sluse::xml {
namespace {

Schema::Rule rule_of(std::string_view attributes, std::string_view children)
{
    Schema::Rule rule;
    each_cell(attributes, ' ', [&](std::string_view cell) {
        const auto equals = std::min(cell.find('='), cell.size());
        if (!cell.empty()) rule.attributes.push_back({cell.substr(0, equals), cell.substr(std::min(equals + 1, cell.size()))});
    });
    each_cell(children, ' ', [&](std::string_view cell) {
        if (cell.empty()) return;
        const char sign = cell.back();
        Schema::Child child{{}, sign == '!' || sign == '+', sign == '!' || sign == '?'};
        each_cell(cell.substr(0, cell.size() - 1), '|', [&](std::string_view name) { child.names.push_back(name); });
        rule.children.push_back(std::move(child));
    });
    return rule;
}

void error(IssueKind kind, Element at, std::string_view below, std::string text, Issues& issues)
{
    issues.push_back({Severity::error, kind, at.path() + std::string(below), std::move(text)});
}

void missing(Element element, const Schema::Child& child, Issues& issues)
{
    if (child.names.size() == 1) return error(IssueKind::required_missing, element, '/' + std::string(child.names.front()), "is missing", issues);
    std::string names(child.names.front());
    for (std::size_t i = 1; i < child.names.size(); ++i) (names += ", ") += child.names[i];
    error(IssueKind::required_missing, element, {}, "holds none of " + names, issues);
}

void attribute(Element element, const Schema::Attribute& wanted, Issues& issues)
{
    const auto value = element.attribute(wanted.name);
    bool listed = wanted.values.empty();
    each_cell(wanted.values, ',', [&](std::string_view one) { listed |= one == value; });
    const auto below = "/@" + std::string(wanted.name);
    if (value.empty()) error(IssueKind::required_missing, element, below, "is missing", issues);
    else if (!listed) error(IssueKind::unknown_code, element, below, "must be one of " + std::string(wanted.values), issues);
}

} // namespace

Schema::Schema(std::string_view table, std::vector<std::string_view> spaces) : spaces_(std::move(spaces))
{
    each_row(table, [&](const std::vector<std::string_view>& c) {
        if (c.size() == 3) rules_.emplace(c[0], rule_of(c[1], c[2]));
    });
}

const Schema::Rule* Schema::find(std::string_view parent, std::string_view name) const
{
    thread_local std::string path;
    path.assign(parent);
    (path += '/') += name;
    auto found = rules_.find(path);
    if (found == rules_.end()) found = rules_.find(name);
    return found == rules_.end() ? nullptr : &found->second;
}

bool Schema::counts(Element element) const
{
    return element.shares_space() || std::ranges::find(spaces_, element.space()) != spaces_.end();
}

void Schema::check(Element element, const Rule& rule, Issues& issues) const
{
    thread_local std::vector<unsigned> counted;
    counted.assign(rule.children.size(), 0);
    for (const auto child : element) {
        if (!counts(child)) continue;
        const auto place = std::ranges::find_if(rule.children, [&](const Child& one) { return std::ranges::find(one.names, child.name()) != one.names.end(); });
        if (place == rule.children.end()) continue;
        if (++counted[static_cast<std::size_t>(place - rule.children.begin())] == 2 && place->once) error(IssueKind::sequence, child, {}, "stands twice: there is one at most", issues);
    }
    if (!element.attribute("nullFlavor").empty()) return; // HL7's word for why it is not there
    for (std::size_t i = 0; i < rule.children.size(); ++i)
        if (rule.children[i].needed && counted[i] == 0) missing(element, rule.children[i], issues);
    for (const auto& wanted : rule.attributes) attribute(element, wanted, issues);
}

void Schema::check(Element root, Issues& issues) const
{
    if (const auto* rule = find({}, root.name())) below(root, *rule, issues);
}

void Schema::below(Element element, const Rule& rule, Issues& issues) const
{
    check(element, rule, issues);
    for (const auto child : element)
        if (const auto* inner = find(element.name(), child.name())) below(child, *inner, issues); // no deeper than documents are
}

} // namespace sluse::xml
