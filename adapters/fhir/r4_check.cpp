// adapters/fhir/r4_check.cpp — one walk over a resource's nodes beside the type table.
#include "adapters/fhir/r4_check.hpp"

#include "adapters/fhir/r4.hpp"
#include "gateway/base/text_tables.hpp"

#include <bitset>

namespace sluse::fhir {
namespace {

/// Type/id, with a version or not; an absolute address; #part. What anything else means no one can tell.
bool is_reference(std::string_view text)
{
    if (text.starts_with('#') || text.starts_with("urn:") || text.find("://") != text.npos) return true;
    const auto slash = text.find('/');
    return slash != text.npos && slash + 1 < text.size() && known_resource_type(text.substr(0, slash));
}

class R4Check {
public:
    R4Check(Severity severity, Findings& findings, std::vector<std::uint32_t>& unknown) : severity_(severity), f_(findings), json_(findings.message.json), unknown_(unknown) {}

    void resource(std::uint32_t node)
    {
        if (json_[node].kind != JsonKind::object) return found(IssueKind::wrong_type, node, {}, "must be a resource");
        const auto* type = r4_type(json_.text(node, "resourceType"));
        if (!type || !type->resource) return found(IssueKind::unsupported_type, node, "resourceType", "is none of FHIR R4");
        object(node, *type);
    }

private:
    void found(IssueKind kind, std::uint32_t node, std::string_view below, std::string text)
    {
        f_.say(severity_, kind, node, below, std::move(text));
    }

    void object(std::uint32_t node, const R4Type& type)
    {
        if (json_.first_child(node) == Json::none) return found(IssueKind::required_missing, node, {}, "is empty; FHIR has no element without content");
        std::bitset<256> said; // by order: the alternatives of a choice share one
        for (auto child = json_.first_child(node); child != Json::none; child = json_.next_child(node, child)) {
            auto name = json_[child].name;
            if (type.resource && name == "resourceType") continue;
            const bool beside = name.starts_with('_');
            if (beside) name.remove_prefix(1);
            const auto* rule = type.find(name);
            if (!rule || (beside && (rule->shape == Shape::object || rule->shape == Shape::resource))) {
                f_.warn(IssueKind::unmapped, child, {}, "is no element of " + type.name + " in FHIR R4; left out");
                unknown_.push_back(child);
                continue;
            }
            if (!beside && !rule->choice.empty() && said[rule->order]) found(IssueKind::sequence, child, {}, "stands beside another " + rule->choice + "; FHIR R4 allows one");
            said[rule->order] = true;
            element(child, *rule, beside);
            if (name == "reference" && type.name == "Reference" && json_[child].kind == JsonKind::string && !is_reference(json_.text(child)))
                found(IssueKind::wrong_type, child, {}, "is no reference: Type/id, an address or #part");
        }
        if (type.is_extension && !said[type.find("url")->order]) {
            unknown_.push_back(node);
            // What it says no one can tell, and it goes no further: only a message that is answered by MedCom's rules is refused for it.
            if (f_.message.event.empty()) return f_.warn(IssueKind::required_missing, node, "url", "is missing; FHIR R4 requires it: left out");
        }
        if (type.is_extension && !said[type.find("valueString")->order] && !said[type.find("extension")->order])
            found(IssueKind::required_missing, node, "value", "is missing: an extension holds a value or extensions");
        if (type.given && said[type.given->order] && !said[type.needed->order])
            found(IssueKind::required_missing, node, type.needed->name, "is missing; FHIR R4 requires it beside a " + type.given->name);
        for (const auto* rule : type.required)
            if (!said[rule->order]) missing(node, *rule, said);
    }

    void missing(std::uint32_t node, const R4Element& rule, std::bitset<256>& said)
    {
        said[rule.order] = true; // once for a choice
        found(IssueKind::required_missing, node, rule.choice.empty() ? rule.name : rule.choice, "is missing; FHIR R4 requires it");
    }

    void element(std::uint32_t node, const R4Element& rule, bool beside)
    {
        const bool list = json_[node].kind == JsonKind::array;
        if (list != rule.repeats) return found(IssueKind::wrong_type, node, {}, rule.repeats ? "must be a list" : "must not be a list");
        if (!list) return one(node, rule, beside);
        if (json_.first_child(node) == Json::none) return empty(node);
        for (auto child = json_.first_child(node); child != Json::none; child = json_.next_child(node, child)) one(child, rule, beside);
    }

    /// What says nothing is left out of what is written.
    void empty(std::uint32_t node)
    {
        found(IssueKind::required_missing, node, {}, "is empty; FHIR has no element without content");
        unknown_.push_back(node);
    }

    void one(std::uint32_t node, const R4Element& rule, bool beside)
    {
        const auto kind = json_[node].kind;
        if (beside) {
            if (kind == JsonKind::object) object(node, *rule.children);
            else if (kind != JsonKind::null) found(IssueKind::wrong_type, node, {}, "must be an object");
        } else if (rule.shape == Shape::resource) {
            resource(node);
        } else if (rule.shape == Shape::object) {
            if (kind == JsonKind::object) object(node, *rule.children);
            else found(IssueKind::wrong_type, node, {}, "must be an object");
        } else if (kind != JsonKind::null || !rule.repeats) {
            primitive(node, rule);
        }
    }

    void primitive(std::uint32_t node, const R4Element& rule)
    {
        const auto wanted = rule.shape == Shape::number ? JsonKind::number : rule.shape == Shape::boolean ? JsonKind::boolean : JsonKind::string;
        const auto& value = json_[node];
        std::string unescaped;
        const bool as_written = rule.shape == Shape::xhtml ? value.text.find("\\u") == value.text.npos : !rule.valid && rule.codes.empty(); // tags are the same with their quotes escaped
        const auto text = value.escaped && !as_written ? std::string_view(unescaped = json_.text(node)) : value.text;
        if (value.kind == JsonKind::string && wanted == JsonKind::string && text.empty()) return empty(node);
        if (value.kind != wanted || (rule.valid && !rule.valid(text))) return found(IssueKind::wrong_type, node, {}, "is no FHIR " + std::string(rule.type));
        if (!rule.codes.empty() && !listed(text, rule.codes)) found(IssueKind::unknown_code, node, {}, "is none of the codes that FHIR R4 has here: " + std::string(rule.codes));
    }

    Severity severity_;
    Findings& f_;
    const Json& json_;
    std::vector<std::uint32_t>& unknown_;
};

} // namespace

void check_r4(std::uint32_t node, Severity severity, Findings& findings, std::vector<std::uint32_t>& unknown)
{
    R4Check(severity, findings, unknown).resource(node);
}

} // namespace sluse::fhir
