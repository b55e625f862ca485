// adapters/fhir/from_xml.cpp — XML elements as the members that JSON would have: what repeats becomes a list, what carries id or extension a
// second member.
#include "adapters/fhir/xml.hpp"

#include "adapters/fhir/json_write.hpp"
#include "adapters/fhir/r4.hpp"
#include "adapters/xml/document.hpp"

#include <algorithm>
#include <bitset>

namespace sluse::fhir {
namespace {

constexpr std::size_t issues_max = 100;

class FromXml {
public:
    FromXml(JsonBuilder& out, Issues& issues) : out_(out), issues_(issues) {}

    void resource(xml::Element element, std::string_view name = {})
    {
        const auto* type = r4_type(element.name());
        if (path_.empty()) path_.push_back({element.name(), -1});
        const auto node = open(name, JsonKind::object);
        if (node == Json::none) return;
        out_.string("resourceType", element.name());
        if (type && type->resource) members(element, *type);
        else add(Severity::error, IssueKind::unsupported_type, "is no resource of FHIR R4");
        out_.close(node);
    }

private:
    struct Step {
        std::string_view name;
        int index; ///< −1: does not repeat
    };

    void add(Severity severity, IssueKind kind, std::string text)
    {
        if (issues_.size() >= issues_max) return;
        std::string path;
        for (const auto& step : path_) {
            if (!path.empty()) path += '.';
            path += step.name;
            if (step.index >= 0) path += '[' + std::to_string(step.index) + ']';
        }
        issues_.push_back({severity, kind, std::move(path), std::move(text)});
    }

    /// None, with an error, where JSON of the same content would be refused too.
    std::uint32_t open(std::string_view name, JsonKind kind)
    {
        if (!out_.at_depth_max() && !out_.is_full()) return out_.open(name, kind);
        add(Severity::error, IssueKind::too_long, out_.is_full() ? "comes after 1000000 values" : "is nested deeper than 64 levels");
        return Json::none;
    }

    /// Everything inside `element` as members of the object that is open.
    void members(xml::Element element, const R4Type& type)
    {
        if (!type.resource) attributes(element, type);
        const bool fhir = element.space() == fhir_space;
        std::bitset<256> seen; // no type has as many elements
        unsigned furthest = 0;
        for (const auto child : element) {
            const auto* rule = type.find(child.name());
            path_.push_back({child.name(), -1});
            const auto number = rule ? static_cast<std::size_t>(rule - type.elements.data()) : 0;
            const bool known = rule && (rule->shape == Shape::xhtml || (child.shares_space() ? fhir : child.space() == fhir_space));
            if (!known) add(Severity::warning, IssueKind::unmapped, "is no element of " + type.name + " in FHIR R4; left out");
            else if (!seen[number]) group(child, *rule);
            if (known && rule->order < furthest) add(Severity::warning, IssueKind::sequence, "stands after an element that FHIR's XML has behind it");
            if (known) furthest = std::max<unsigned>(furthest, rule->order);
            if (rule) seen[number] = true;
            path_.pop_back();
        }
    }

    void attributes(xml::Element element, const R4Type& type)
    {
        element.each_attribute([&](std::string_view name, std::string_view value) {
            if (name == "id") out_.string("id", value);
            else if (name == "url" && type.is_extension) out_.string("url", value);
            else if (!name.starts_with("xmlns") && name.find(':') == name.npos) add(Severity::warning, IssueKind::unmapped, "has an attribute that FHIR does not know; left out");
        });
    }

    /// All siblings of one name.
    void group(xml::Element first, const R4Element& rule)
    {
        if (!rule.repeats && (first.next(rule.name) || (rule.is_attribute && first.parent().has_attribute(rule.name)))) {
            add(Severity::error, IssueKind::sequence, "stands here more than once; FHIR R4 allows one");
            return;
        }
        if (rule.shape == Shape::object) list(first, rule, rule.name, [&](xml::Element one, std::string_view name) { object(one, *rule.children, name); });
        else if (rule.shape == Shape::resource) list(first, rule, rule.name, [&](xml::Element one, std::string_view name) { contained(one, name); });
        else primitives(first, rule);
    }

    /// Calls use(element, name) for each sibling, in an array when the element may repeat; an array of nothing is taken back.
    template <class Use> void list(xml::Element first, const R4Element& rule, std::string_view name, Use&& use)
    {
        if (!rule.repeats) return use(first, name);
        const auto array = open(name, JsonKind::array);
        if (array == Json::none) return;
        path_.back().index = 0;
        for (auto one = first; one; one = one.next(rule.name), ++path_.back().index) use(one, {});
        path_.back().index = -1;
        out_.close(array);
        if (out_.is_empty(array)) out_.take_back(array);
    }

    void object(xml::Element one, const R4Type& type, std::string_view name)
    {
        const auto node = open(name, JsonKind::object);
        if (node == Json::none) return;
        members(one, type);
        out_.close(node);
        if (!out_.is_empty(node)) return;
        out_.take_back(node);
        add(Severity::warning, IssueKind::unmapped, "is empty; left out");
    }

    void contained(xml::Element one, std::string_view name)
    {
        const auto inner = one.child();
        if (inner && !inner.next()) return resource(inner, name);
        add(Severity::error, IssueKind::sequence, "must hold one resource");
        if (const auto node = open(name, JsonKind::object); node != Json::none) out_.close(node);
    }

    static bool carries_more(xml::Element one)
    {
        return one.has_attribute("id") || one.child("extension");
    }

    void primitives(xml::Element first, const R4Element& rule)
    {
        bool values = false, beside = false;
        for (auto one = first; one; one = rule.repeats ? one.next(rule.name) : xml::Element()) {
            values |= has_value(one, rule);
            beside |= carries_more(one);
        }
        if (!values && !beside) return add(Severity::warning, IssueKind::unmapped, "is empty; left out");
        if (values) list(first, rule, rule.name, [&](xml::Element one, std::string_view name) { value(one, rule, name); });
        if (!beside || rule.shape == Shape::xhtml) return;
        list(first, rule, rule.beside, [&](xml::Element one, std::string_view name) {
            if (!carries_more(one)) return out_.literal(name, "null", JsonKind::null);
            const auto node = open(name, JsonKind::object);
            if (node == Json::none) return;
            members(one, *rule.children);
            out_.close(node);
        });
    }

    static bool has_value(xml::Element one, const R4Element& rule)
    {
        return rule.shape == Shape::xhtml || !one.attribute("value").empty();
    }

    void value(xml::Element one, const R4Element& rule, std::string_view name)
    {
        if (rule.shape == Shape::xhtml) return out_.string(name, one.xml());
        const auto text = one.attribute("value");
        if (text.empty()) return out_.literal(name, "null", JsonKind::null);
        if (rule.shape == Shape::text) return out_.string(name, text);
        if (rule.valid(text)) return out_.literal(name, text, rule.shape == Shape::number ? JsonKind::number : JsonKind::boolean);
        add(Severity::error, IssueKind::wrong_type, "is no FHIR " + std::string(rule.type));
        out_.literal(name, "null", JsonKind::null);
    }

    JsonBuilder& out_;
    Issues& issues_;
    std::vector<Step> path_;
};

} // namespace

bool is_fhir_xml(std::string_view bytes)
{
    return xml::looks_like_xml(bytes) && xml::peek_root(bytes).space == fhir_space;
}

Json tree_of_xml(std::string_view text, Issues& issues)
{
    auto parsed = xml::Document::parse(text);
    if (!parsed) {
        issues.push_back(parsed.issue);
        return {};
    }
    const std::shared_ptr<const xml::Document> document(std::move(parsed.document));
    const auto root = document->root();
    if (root.space() != fhir_space) {
        issues.push_back({Severity::error, IssueKind::wrong_type, document->place(root), "is not in the namespace http://hl7.org/fhir"});
        return {};
    }
    JsonBuilder tree(text.size() / 20 + 8, document);
    FromXml(tree, issues).resource(root);
    return tree.finish();
}

std::string json_of_xml(std::string_view xml, Issues& issues)
{
    std::string out;
    if (const auto tree = tree_of_xml(xml, issues); tree.size() > 0) append_json(tree, 0, out);
    return out;
}

} // namespace sluse::fhir
