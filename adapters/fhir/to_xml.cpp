// adapters/fhir/to_xml.cpp — JSON members to XML elements, in the order that R4's schemas demand.
#include "adapters/fhir/xml.hpp"

#include "adapters/fhir/json.hpp"
#include "adapters/fhir/r4.hpp"
#include "adapters/xml/document.hpp"

#include <algorithm>

namespace sluse::fhir {
namespace {

class ToXml {
public:
    ToXml(const Json& json, std::string& out) : json_(json), out_(out) {}

    bool resource(std::uint32_t node, bool root)
    {
        const auto name = json_.text(node, "resourceType");
        const auto* type = r4_type(name);
        if (!type || !type->resource) return false;
        (out_ += '<') += name;
        if (root) out_ += " xmlns=\"http://hl7.org/fhir\"";
        out_ += '>';
        members(node, *type);
        ((out_ += "</") += name) += '>';
        return true;
    }

private:
    /// One element: its value and, for a primitive, the object beside it that holds id and extension.
    struct Member {
        const R4Element* rule{};
        std::uint32_t value{Json::none}, beside{Json::none};
    };

    void members(std::uint32_t object, const R4Type& type)
    {
        std::vector<Member> all;
        for (auto child = json_.first_child(object); child != Json::none; child = json_.next_child(object, child)) {
            auto name = json_[child].name;
            const bool beside = name.starts_with('_');
            if (beside) name.remove_prefix(1);
            const auto* rule = type.find(name);
            if (!rule || attribute(type, name)) continue;
            auto found = std::ranges::find(all, rule, &Member::rule);
            if (found == all.end()) found = all.insert(all.end(), Member{rule, Json::none, Json::none});
            (beside ? found->beside : found->value) = child;
        }
        std::ranges::stable_sort(all, {}, [](const Member& m) { return m.rule->order; });
        for (const auto& member : all) write(member);
    }

    static bool attribute(const R4Type& type, std::string_view name)
    {
        return (name == "id" && !type.resource) || (name == "url" && type.name == "Extension");
    }

    void attributes(std::uint32_t object, const R4Type& type)
    {
        for (const auto* name : {"id", "url"}) {
            if (!attribute(type, name)) continue;
            const auto value = json_.text(object, name);
            if (value.empty()) continue;
            ((out_ += ' ') += name) += "=\"";
            attribute_value(value);
            out_ += '"';
        }
    }

    std::vector<std::uint32_t> items(std::uint32_t node) const
    {
        std::vector<std::uint32_t> out;
        if (node == Json::none) return out;
        if (json_[node].kind != JsonKind::array) return {node};
        for (auto child = json_.first_child(node); child != Json::none; child = json_.next_child(node, child)) out.push_back(child);
        return out;
    }

    void write(const Member& member)
    {
        const auto values = items(member.value), beside = items(member.beside);
        for (std::size_t i = 0; i < std::max(values.size(), beside.size()); ++i)
            one(*member.rule, i < values.size() ? values[i] : Json::none, i < beside.size() ? beside[i] : Json::none);
    }

    void one(const R4Element& rule, std::uint32_t value, std::uint32_t beside)
    {
        if (rule.shape == Shape::xhtml) {
            narrative(json_.text(value));
        } else if (rule.shape == Shape::resource) {
            const auto start = out_.size();
            ((out_ += '<') += rule.name) += '>';
            if (!resource(value, false)) return out_.resize(start);
            ((out_ += "</") += rule.name) += '>';
        } else if (rule.shape == Shape::object) {
            if (value != Json::none && json_[value].kind == JsonKind::object) element(rule, value, {});
        } else {
            primitive(rule, value, beside);
        }
    }

    /// As it stood. One that is not well-formed would take the whole document with it.
    void narrative(const std::string& div)
    {
        const auto parsed = xml::Document::parse(div);
        if (parsed && parsed.document->root().name() == "div") out_ += parsed.document->root().xml("http://www.w3.org/1999/xhtml");
    }

    void primitive(const R4Element& rule, std::uint32_t value, std::uint32_t beside)
    {
        std::string text;
        if (value != Json::none && json_[value].kind != JsonKind::null) text = json_[value].kind == JsonKind::string ? json_.text(value) : std::string(json_[value].text);
        const bool more = beside != Json::none && json_[beside].kind == JsonKind::object;
        if (!text.empty() || more) element(rule, more ? beside : Json::none, text);
    }

    void element(const R4Element& rule, std::uint32_t object, std::string_view value)
    {
        (out_ += '<') += rule.name;
        if (object != Json::none) attributes(object, *rule.children);
        if (!value.empty()) {
            out_ += " value=\"";
            attribute_value(value);
            out_ += '"';
        }
        out_ += '>';
        const auto open = out_.size();
        if (object != Json::none) members(object, *rule.children);
        if (out_.size() == open) out_.insert(open - 1, 1, '/');
        else ((out_ += "</") += rule.name) += '>';
    }

    /// Line breaks and tabs as references: a reader turns bare ones in an attribute into blanks.
    void attribute_value(std::string_view text)
    {
        for (;;) {
            const auto at = text.find_first_of("\t\r\n");
            xml::append_escaped(out_, text.substr(0, at));
            if (at == text.npos) return;
            out_ += text[at] == '\t' ? "&#9;" : text[at] == '\n' ? "&#10;" : "&#13;";
            text.remove_prefix(at + 1);
        }
    }

    const Json& json_;
    std::string& out_;
};

} // namespace

std::string xml_of_json(std::string_view text)
{
    const auto json = Json::parse(text);
    if (!json || (*json)[0].kind != JsonKind::object) return {};
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    out.reserve(text.size() * 2);
    if (!ToXml(*json, out).resource(0, true)) return {};
    return out += '\n';
}

} // namespace sluse::fhir
