// adapters/fhir/r4_check.cpp — one walk over a resource's nodes beside the type table.
#include "adapters/fhir/r4_check.hpp"

#include "adapters/fhir/r4.hpp"
#include "adapters/fhir/r4_rules.hpp"
#include "gateway/base/text_tables.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

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

    void resource(std::uint32_t node, bool contained = false)
    {
        if (json_[node].kind != JsonKind::object) return found(IssueKind::wrong_type, node, {}, "must be a resource");
        const auto* type = r4_type(json_.text(node, "resourceType"));
        if (!type || !type->resource) return found(IssueKind::unsupported_type, node, "resourceType", "is none of FHIR R4");
        if (contained) return object(node, *type);
        const auto outer = std::exchange(fragments_, {}); // a Bundle's are none of its entries'
        object(node, *type);
        if (!fragments_.empty() || json_.find(node, "contained") != Json::none) parts(node);
        fragments_ = outer;
    }

private:
    void found(IssueKind kind, std::uint32_t node, std::string_view below, std::string text)
    {
        f_.say(severity_, kind, node, below, std::move(text));
    }

    void object(std::uint32_t node, const R4Type& type)
    {
        if (json_.first_child(node) == Json::none) return empty(node);
        Said said; // by order: the alternatives of a choice share one
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
            if (!beside && json_[child].kind == JsonKind::array && rule->children && rule->shape != Shape::object) nulls(node, child, *rule);
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
        for (const auto& rule : type.rules)
            if (!keeps(rule, json_, node, said)) found(rule.missing().empty() ? IssueKind::sequence : IssueKind::required_missing, node, rule.missing(), std::string(rule.words) + " (" + std::string(rule.key) + ')');
        if (type.is_coding) coding(node);
        if (type.is_identifier) identifier(node);
        for (const auto* rule : type.required)
            if (!said[rule->order]) missing(node, *rule, said);
    }

    /// Of HL7's and dk-core's own code systems it is known which codes there are.
    void coding(std::uint32_t node)
    {
        std::string unescaped, escaped;
        const auto* codes = codes_of(json_.view(json_.find(node, "system"), unescaped));
        if (!codes) return;
        const auto code = json_.find(node, "code");
        if (code == Json::none) found(IssueKind::required_missing, node, "code", "is missing beside a code system of which the codes are known");
        else if (!std::ranges::binary_search(*codes, json_.view(code, escaped))) found(IssueKind::unknown_code, code, {}, "is no code of this code system");
    }

    void identifier(std::uint32_t node)
    {
        std::string unescaped;
        const auto value = json_.find(node, "value");
        if (value == Json::none || json_.view(json_.find(node, "system"), unescaped) != "urn:ietf:rfc:3986") return;
        if (json_[value].text.find(':') == std::string_view::npos) found(IssueKind::wrong_type, value, {}, "is no address, as the system urn:ietf:rfc:3986 says");
    }

    /// A Coding or CodeableConcept that R4 binds: one of its codings is of the set.
    void bound(std::uint32_t node, const R4Element& rule)
    {
        const auto of_set = [&](std::uint32_t one) { return json_.text(one, "system") == rule.system && listed(json_.text(one, "code"), rule.codes); };
        const auto codings = json_.find(node, "coding");
        bool one = of_set(node);
        if (codings != Json::none && json_[codings].kind == JsonKind::array)
            for (auto child = json_.first_child(codings); child != Json::none; child = json_.next_child(codings, child)) one |= of_set(child);
        if (!one) found(IssueKind::unknown_code, node, {}, "holds none of the codes that FHIR R4 has here: " + std::string(rule.codes) + " of " + std::string(rule.system));
    }

    /// What a resource contains is named by it, once, and what it names so is there (ref-1, dom-3). Sets, because a message may hold a million of either.
    void parts(std::uint32_t node)
    {
        std::unordered_set<std::string> names, ids;
        for (const auto one : fragments_) names.insert(json_.text(one));
        const auto list = json_.find(node, "contained");
        for (auto part = list == Json::none ? list : json_.first_child(list); part != Json::none; part = json_.next_child(list, part)) {
            const auto id = '#' + json_.text(part, "id");
            if (id == "#") found(IssueKind::required_missing, part, "id", "is missing: what is contained has one");
            else if (!ids.insert(id).second) found(IssueKind::duplicate_key, part, "id", "stands twice in what the resource contains");
            else if (!names.contains(id) && !names.contains("#")) found(IssueKind::sequence, part, {}, "is contained, but nothing in the resource names it");
        }
        for (const auto one : fragments_)
            if (const auto name = json_.text(one); json_[one].name == "reference" && name != "#" && !ids.contains(name))
                found(IssueKind::unknown_key, one, {}, "names nothing that the resource contains");
    }

    void missing(std::uint32_t node, const R4Element& rule, Said& said)
    {
        said[rule.order] = true; // once for a choice
        found(IssueKind::required_missing, node, rule.choice.empty() ? rule.name : rule.choice, "is missing; FHIR R4 requires it");
    }

    void element(std::uint32_t node, const R4Element& rule, bool beside)
    {
        const bool list = json_[node].kind == JsonKind::array;
        if (list != rule.repeats) return found(IssueKind::wrong_type, node, {}, rule.repeats ? "must be a list" : "must not be a list"); // what it says is clear
        if (!list) return one(node, rule, beside);
        if (json_.first_child(node) == Json::none) return empty(node);
        for (auto child = json_.first_child(node); child != Json::none; child = json_.next_child(node, child)) one(child, rule, beside);
    }

    /// In a list of primitives, null keeps the place of one that has no value but says something beside it; else it says nothing.
    void nulls(std::uint32_t parent, std::uint32_t list, const R4Element& rule)
    {
        const auto beside = json_.find(parent, rule.beside);
        auto other = beside == Json::none ? beside : json_.first_child(beside);
        for (auto child = json_.first_child(list); child != Json::none; child = json_.next_child(list, child)) {
            if (json_[child].kind == JsonKind::null && (other == Json::none || json_[other].kind != JsonKind::object)) {
                if (beside == Json::none) empty(child);
                else found(IssueKind::required_missing, child, {}, "is empty; FHIR has no element without content");
            }
            if (other != Json::none) other = json_.next_child(beside, other);
        }
    }

    /// What no reader of FHIR can read is not passed on.
    void misshapen(std::uint32_t node, std::string text)
    {
        unknown_.push_back(node);
        found(IssueKind::wrong_type, node, {}, severity_ == Severity::error ? std::move(text) : std::move(text) + "; left out");
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
            else if (kind != JsonKind::null) misshapen(node, "must be an object");
        } else if (rule.shape == Shape::resource) {
            resource(node, rule.name == "contained");
        } else if (rule.shape == Shape::object) {
            if (kind != JsonKind::object) return misshapen(node, "must be an object");
            object(node, *rule.children);
            if (!rule.system.empty()) bound(node, rule);
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
        if (text.starts_with('#') && (rule.name == "reference" || rule.valid)) fragments_.push_back(node); // of an address; words may begin so too
        if (value.kind != wanted) return misshapen(node, "is no FHIR " + std::string(rule.type));
        if (rule.type == "canonical" && severity_ == Severity::warning && !rule.valid(text)) return misshapen(node, "is no FHIR canonical"); // it names nothing
        if (rule.valid && !rule.valid(text)) return found(IssueKind::wrong_type, node, {}, "is no FHIR " + std::string(rule.type));
        if (!rule.codes.empty() && !listed(text, rule.codes)) found(IssueKind::unknown_code, node, {}, "is none of the codes that FHIR R4 has here: " + std::string(rule.codes));
    }

    Severity severity_;
    Findings& f_;
    const Json& json_;
    std::vector<std::uint32_t>& unknown_;
    std::vector<std::uint32_t> fragments_; ///< nodes that name a part of the resource: "#1"
};

} // namespace

void check_r4(std::uint32_t node, Severity severity, Findings& findings, std::vector<std::uint32_t>& unknown)
{
    R4Check(severity, findings, unknown).resource(node);
}

} // namespace sluse::fhir
