// adapters/fhir/from_xml.cpp — XML elements to JSON members: what repeats becomes a list, what carries id or extension a second member.
#include "adapters/fhir/xml.hpp"

#include "adapters/fhir/json.hpp"
#include "adapters/fhir/r4.hpp"
#include "adapters/xml/document.hpp"

#include <algorithm>
#include <bitset>

namespace sluse::fhir {
namespace {

constexpr std::size_t issues_max = 100;

class FromXml {
public:
    FromXml(std::string& out, Issues& issues) : out_(out), issues_(issues) {}

    void resource(xml::Element element)
    {
        const auto name = element.name();
        const auto* type = r4_type(name);
        ((out_ += "{\"resourceType\":")) += '"';
        for (const char c : name.substr(0, 120))
            if (c != '"' && c != '\\') out_ += c;
        out_ += '"';
        if (path_.empty()) path_.push_back({name, -1});
        if (type && type->resource) members(element, *type);
        else add(Severity::error, IssueKind::unsupported_type, "is no resource of FHIR R4");
        out_ += '}';
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

    void name_of(std::string_view name, bool beside = false)
    {
        if (out_.back() != '{') out_ += ',';
        ((out_ += beside ? "\"_" : "\"") += name) += "\":";
    }

    /// Everything inside `element` as members of the object that is open in `out_`.
    void members(xml::Element element, const R4Type& type)
    {
        element.each_attribute([&](std::string_view name, std::string_view value) {
            const bool known = name == "id" ? !type.resource : name == "url" && type.name == "Extension";
            if (!known) return;
            name_of(name);
            append_json_string(value, out_);
        });
        std::bitset<256> seen; // no type has as many elements
        for (const auto child : element) {
            const auto* rule = type.find(child.name());
            path_.push_back({child.name(), -1});
            const auto number = rule ? static_cast<std::size_t>(rule - type.elements.data()) : 0;
            if (!rule || (child.space() != fhir_space && rule->shape != Shape::xhtml)) add(Severity::warning, IssueKind::unmapped, "is no element of " + type.name + " in FHIR R4; left out");
            else if (!seen[number]) group(child, *rule);
            if (rule) seen[number] = true;
            path_.pop_back();
        }
    }

    /// All siblings of one name.
    void group(xml::Element first, const R4Element& rule)
    {
        if (!rule.repeats && first.next(rule.name)) {
            add(Severity::error, IssueKind::sequence, "stands here more than once; FHIR R4 allows one");
            return;
        }
        if (rule.shape == Shape::object) objects(first, rule);
        else if (rule.shape == Shape::resource) resources(first, rule);
        else primitives(first, rule);
    }

    template <class Use> void each(xml::Element first, const R4Element& rule, Use&& use)
    {
        int index = 0;
        for (auto one = first; one; one = rule.repeats ? one.next(rule.name) : xml::Element()) {
            if (rule.repeats) path_.back().index = index++;
            use(one);
        }
        path_.back().index = -1;
    }

    void objects(xml::Element first, const R4Element& rule)
    {
        const auto start = out_.size();
        name_of(rule.name);
        if (rule.repeats) out_ += '[';
        bool some = false;
        each(first, rule, [&](xml::Element one) {
            const auto before = out_.size();
            if (some) out_ += ',';
            out_ += '{';
            const auto open = out_.size();
            members(one, *rule.children);
            if (out_.size() == open) {
                out_.resize(before);
                add(Severity::warning, IssueKind::unmapped, "is empty; left out");
                return;
            }
            out_ += '}';
            some = true;
        });
        if (!some) out_.resize(start);
        else if (rule.repeats) out_ += ']';
    }

    void resources(xml::Element first, const R4Element& rule)
    {
        name_of(rule.name);
        if (rule.repeats) out_ += '[';
        bool some = false;
        each(first, rule, [&](xml::Element one) {
            const auto inner = one.child();
            if (some) out_ += ',';
            some = true;
            if (inner && !inner.next()) return resource(inner);
            add(Severity::error, IssueKind::sequence, "must hold one resource");
            out_ += "{}";
        });
        if (rule.repeats) out_ += ']';
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
        if (values) {
            name_of(rule.name);
            list(first, rule, [&](xml::Element one) { value(one, rule); });
        }
        if (!beside || rule.shape == Shape::xhtml) return;
        name_of(rule.name, true);
        list(first, rule, [&](xml::Element one) {
            if (!carries_more(one)) {
                out_ += "null";
                return;
            }
            out_ += '{';
            members(one, *rule.children);
            out_ += '}';
        });
    }

    static bool has_value(xml::Element one, const R4Element& rule)
    {
        return rule.shape == Shape::xhtml || !one.attribute("value").empty();
    }

    template <class Write> void list(xml::Element first, const R4Element& rule, Write&& write)
    {
        if (rule.repeats) out_ += '[';
        each(first, rule, [&](xml::Element one) {
            if (rule.repeats && out_.back() != '[') out_ += ',';
            write(one);
        });
        if (rule.repeats) out_ += ']';
    }

    void value(xml::Element one, const R4Element& rule)
    {
        if (rule.shape == Shape::xhtml) return append_json_string(one.xml(), out_);
        const auto text = one.attribute("value");
        if (text.empty()) {
            out_ += "null";
        } else if (rule.shape == Shape::text) {
            append_json_string(text, out_);
        } else if (rule.valid(text)) {
            out_ += text;
        } else {
            add(Severity::error, IssueKind::wrong_type, "is no FHIR " + std::string(rule.type));
            out_ += "null";
        }
    }

    std::string& out_;
    Issues& issues_;
    std::vector<Step> path_;
};

} // namespace

bool is_fhir_xml(std::string_view bytes)
{
    return xml::looks_like_xml(bytes) && xml::peek_root(bytes).space == fhir_space;
}

std::string json_of_xml(std::string_view text, Issues& issues)
{
    std::string out;
    const auto parsed = xml::Document::parse(text);
    if (!parsed) {
        issues.push_back(parsed.issue);
        return out;
    }
    const auto root = parsed.document->root();
    if (root.space() != fhir_space) {
        issues.push_back({Severity::error, IssueKind::wrong_type, parsed.document->place(root), "is not in the namespace http://hl7.org/fhir"});
        return out;
    }
    out.reserve(text.size());
    FromXml(out, issues).resource(root);
    return out;
}

} // namespace sluse::fhir
