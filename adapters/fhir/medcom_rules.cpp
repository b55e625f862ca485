// adapters/fhir/medcom_rules.cpp — reads schemas/medcom once and interprets its paths over a message's nodes.
#include "adapters/fhir/medcom_rules.hpp"

#include "gateway/base/ascii.hpp"
#include "gateway/base/text_tables.hpp"
#include "gateway/normalise/code_tables.hpp"
#include "gateway/normalise/identifiers.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace sluse {
std::string_view medcom_codes_table(); // made by the build from schemas/medcom/*.tsv
std::string_view medcom_messages_table();
std::string_view medcom_profiles_table();
std::string_view kl_profiles_table(); // of schemas/kl/profiles.tsv
std::string_view dk_core_profiles_table(); // of schemas/dk-core/profiles.tsv
} // namespace sluse

namespace sluse::fhir {
namespace {

struct Step {
    std::string_view name;
    std::vector<std::string_view> key; ///< filter [key=value], the key as its path's names; none: all
    std::string_view value;
    bool ends{};                 ///< [key~value]: its end only
};

struct Rule {
    std::vector<Step> steps;
    std::string_view path;
    std::size_t min{}, max{};
    bool bounded{};
    std::string_view values;
};

struct Coding {
    std::string_view system, code;
};

std::vector<Step> steps_of(std::string_view path)
{
    std::vector<Step> steps;
    while (!path.empty()) {
        const auto name_end = std::min(path.find_first_of(".["), path.size());
        Step step;
        step.name = path.substr(0, name_end);
        path.remove_prefix(name_end);
        if (path.starts_with('[')) {
            const auto filter = path.substr(1, path.find(']') - 1);
            const auto sign = filter.find_first_of("=~");
            each_cell(filter.substr(0, sign), '.', [&](std::string_view name) { step.key.push_back(name); });
            step.value = filter.substr(sign + 1);
            step.ends = filter[sign] == '~';
            path.remove_prefix(filter.size() + 2);
        }
        if (path.starts_with('.')) path.remove_prefix(1);
        steps.push_back(step);
    }
    return steps;
}

std::size_t number(std::string_view text)
{
    std::size_t value = 0;
    for (const char c : text) value = value * 10 + static_cast<std::size_t>(c - '0');
    return value;
}

struct Tables {
    std::map<std::string_view, std::vector<Coding>> sets;
    std::map<std::string_view, std::vector<Rule>> profiles;
    std::vector<ResourceRule> resources;

    Tables()
    {
        each_row(medcom_codes_table(), [&](const std::vector<std::string_view>& c) {
            if (c.size() == 3) sets[c[0]].push_back({c[1], c[2]});
        });
        for (const auto table : {medcom_profiles_table(), kl_profiles_table(), dk_core_profiles_table()})
            each_row(table, [&](const std::vector<std::string_view>& c) {
                if (c.size() != 5) return;
                profiles[c[0]].push_back({steps_of(c[1]), c[1], number(c[2]), c[3] == "*" ? 0 : number(c[3]), c[3] != "*", c[4]});
            });
        each_row(medcom_messages_table(), [&](const std::vector<std::string_view>& c) {
            if (c.size() != 5) return;
            ResourceRule rule{c[0], c[1], number(c[2]), c[3] == "*" ? 0 : number(c[3]), {}};
            each_cell(c[4], ',', [&](std::string_view profile) {
                if (!profile.empty()) rule.profiles.push_back(profile);
            });
            resources.push_back(std::move(rule));
        });
    }
};

const Tables& tables()
{
    static const Tables loaded;
    return loaded;
}

template <class Use> void items(const Json& json, std::uint32_t node, const Use& use)
{
    if (node == Json::none) return;
    if (json[node].kind != JsonKind::array) return use(node);
    for (auto child = json.first_child(node); child != Json::none; child = json.next_child(node, child)) use(child);
}

bool holds(const Json& json, std::uint32_t node, const Step& step, std::size_t depth)
{
    if (depth == step.key.size()) {
        const auto fits = [&](std::string_view text) {
            if (step.ends) return text.ends_with(step.value);
            if (step.value.find('|') == step.value.npos) return text == step.value || canonical_system(text) == step.value;
            bool found = false;
            each_cell(step.value, '|', [&](std::string_view one) { found |= text == one || canonical_system(text) == one; });
            return found;
        };
        if (json[node].kind != JsonKind::string) return false;
        return json[node].escaped ? fits(json.text(node)) : fits(json[node].text);
    }
    bool found = false;
    items(json, json.find(node, step.key[depth]), [&](std::uint32_t one) { found |= holds(json, one, step, depth + 1); });
    return found;
}

bool passes(const Json& json, std::uint32_t node, const Step& step)
{
    return step.key.empty() || holds(json, node, step, 0);
}

/// Calls use(node) for what the steps lead to; lists are walked through.
template <class Use> void walk(const Json& json, std::uint32_t node, const Step* step, const Step* end, const Use& use)
{
    if (step == end) return use(node);
    items(json, json.find(node, step->name), [&](std::uint32_t one) {
        if (passes(json, one, *step)) walk(json, one, step + 1, end, use);
    });
}

bool is_uuid_urn(std::string_view text)
{
    constexpr std::string_view lead = "urn:uuid:";
    if (!text.starts_with(lead) || text.size() != lead.size() + 36) return false;
    text.remove_prefix(lead.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
        if (dash ? text[i] != '-' : !hex) return false;
    }
    return true;
}

bool digits(std::string_view text, std::size_t least, std::size_t most)
{
    return text.size() >= least && text.size() <= most && all_digits(text);
}

/// One of the list's beginnings, and then no more than a version.
bool begins_with_any(std::string_view text, std::string_view list)
{
    bool found = false;
    each_cell(list, '|', [&](std::string_view wanted) {
        std::string lead; // a bar inside a canonical is written %7C
        for (auto at = wanted.find("%7C"); at != wanted.npos; at = wanted.find("%7C")) {
            (lead += wanted.substr(0, at)) += '|';
            wanted.remove_prefix(at + 3);
        }
        lead += wanted;
        found |= text.starts_with(lead) && text.find_first_not_of("0123456789.|", lead.size()) == text.npos;
    });
    return found;
}

/// A replacement number as a region or the state gives it: DDMMYY of a date, one of the digits in `seventh`, two letters, a digit.
bool is_ecpr(std::string_view text, std::string_view seventh)
{
    return text.size() == 10 && looks_like_cpr(std::string(text.substr(0, 6)) + "0000") && seventh.find(text[6]) != seventh.npos && is_upper(text[7]) && is_upper(text[8]) && is_digit(text[9]);
}

/// The number under which a health professional is authorised.
bool is_authorisation(std::string_view text)
{
    return text.size() == 5 && std::ranges::all_of(text, [](char c) { return is_digit(c) || (is_upper(c) && std::string_view("AEIOUY").find(c) == std::string_view::npos); });
}

/// What a rule's word demands of a text, and what is said of one that is otherwise.
struct Form {
    std::string_view name;
    bool (*fits)(std::string_view text);
    std::string_view otherwise;
};
constexpr Form forms[] = {
    {"uuid",  is_uuid_urn,                                                                        "must be urn:uuid: and a UUID in small letters"                          },
    {"gln",   [](std::string_view text) { return digits(text, 13, 13); },                         "is no location number (GLN) of 13 digits"                               },
    {"sor",   [](std::string_view text) { return digits(text, 11, 18); },                         "is no SOR number: at least 11 digits"                                   },
    {"cpr",   [](std::string_view text) { return looks_like_cpr(text); },                         "is no CPR number: ten digits that begin with a date"                    },
    {"xecpr", [](std::string_view text) { return is_ecpr(text, "17"); },                          "is no X-eCPR number: a date of six digits, 1 or 7, two letters, a digit"},
    {"decpr", [](std::string_view text) { return is_ecpr(text, "056"); },                         "is no D-eCPR number: a date of six digits, 0, 5 or 6, two letters, a digit"},
    {"cvr",   [](std::string_view text) { return digits(text, 8, 8); },                           "is no CVR number of 8 digits"                                          },
    {"authorisation", is_authorisation,                                                           "is no authorisation number: five letters and digits, no vowels"         },
    {"phone", [](std::string_view text) { return text.find_first_of("0123456789") != text.npos; }, "holds no digit: it must be a phone number"                             },
};

class ProfileCheck {
public:
    ProfileCheck(std::uint32_t resource, Findings& findings) : resource_(resource), f_(findings), json_(findings.message.json) {}

    void run(const Rule& rule)
    {
        const auto& last = rule.steps.back();
        walk(json_, resource_, rule.steps.data(), &last, [&](std::uint32_t parent) {
            std::size_t count = 0;
            items(json_, json_.find(parent, last.name), [&](std::uint32_t one) {
                if (!passes(json_, one, last)) return;
                ++count;
                if (!rule.values.empty()) value(rule, one);
            });
            if (count < rule.min && !explained(parent, last)) few(rule, parent);
            if (rule.bounded && count > rule.max) many(rule, parent);
        });
    }

private:
    /// A primitive that only says why it has no value (`_family` with data-absent-reason) is there all the same.
    bool explained(std::uint32_t parent, const Step& last) const
    {
        if (!last.key.empty() || json_[parent].kind != JsonKind::object) return false;
        for (auto child = json_.first_child(parent); child != Json::none; child = json_.next_child(parent, child))
            if (const auto name = json_[child].name; name.starts_with('_') && name.substr(1) == last.name) return true;
        return false;
    }

    /// Path from the parent to what is counted: the rule's last step as it is written.
    static std::string_view tail(const Rule& rule)
    {
        const auto& last = rule.steps.back();
        return rule.path.substr(static_cast<std::size_t>(last.name.data() - rule.path.data()));
    }

    void few(const Rule& rule, std::uint32_t parent)
    {
        f_.error(IssueKind::required_missing, parent, rule.steps.back().name, "is missing: its profile requires " + std::string(tail(rule)));
    }

    void many(const Rule& rule, std::uint32_t parent)
    {
        f_.error(IssueKind::sequence, parent, rule.steps.back().name,
                 rule.max == 0 ? "is not allowed by its profile" : "stands more than " + std::to_string(rule.max) + " times: " + std::string(tail(rule)));
    }

    void value(const Rule& rule, std::uint32_t node)
    {
        const auto kind = rule.values[0];
        const auto wanted = rule.values.substr(1);
        if (kind == '@') return coded(wanted, node);
        if (kind == '~') return known(wanted, node);
        std::string unescaped;
        const auto text = json_.view(node, unescaped);
        if (kind == '=') {
            if (text != wanted) f_.error(IssueKind::unknown_code, node, {}, "must be " + std::string(wanted));
        } else if (kind == '^') {
            if (!begins_with_any(text, wanted)) f_.error(IssueKind::unsupported_version, node, {}, "names no version of this message that is taken here");
        } else if (const auto form = std::ranges::find(forms, rule.values, &Form::name); form != std::end(forms) && !form->fits(text)) {
            f_.error(IssueKind::wrong_type, node, {}, std::string(form->otherwise));
        }
    }

    /// Codes of other systems may stand there too; one that claims a system of the set's must be in it.
    void known(std::string_view set, std::uint32_t node)
    {
        std::string unescaped;
        if (std::ranges::find(tables().sets.at(set), json_.view(json_.find(node, "system"), unescaped), &Coding::system) != tables().sets.at(set).end()) coded(set, node);
    }

    void coded(std::string_view set, std::uint32_t node)
    {
        const auto& codes = tables().sets.at(set);
        if (json_[node].kind == JsonKind::string) {
            std::string unescaped;
            if (std::ranges::find(codes, json_.view(node, unescaped), &Coding::code) == codes.end()) f_.error(IssueKind::unknown_code, node, {}, "is no code of the profile's value set");
            return;
        }
        std::string unescaped, escaped;
        const auto system = json_.view(json_.find(node, "system"), unescaped), code = json_.view(json_.find(node, "code"), escaped);
        if (std::ranges::find(codes, system, &Coding::system) == codes.end())
            return f_.error(IssueKind::unknown_code, node, "system", "is not the code system of the profile's value set");
        if (std::ranges::find(codes, code, &Coding::code) == codes.end()) f_.error(IssueKind::unknown_code, node, "code", "is no code of the profile's value set");
    }

    std::uint32_t resource_;
    Findings& f_;
    const Json& json_;
};

} // namespace

std::vector<const ResourceRule*> resource_rules(std::string_view event)
{
    std::vector<const ResourceRule*> out;
    for (const auto& rule : tables().resources)
        if (rule.event == "*" || rule.event == event) out.push_back(&rule);
    return out;
}

void check_profile(std::string_view profile, std::uint32_t node, Findings& findings)
{
    const auto rules = tables().profiles.find(profile);
    if (rules == tables().profiles.end()) return;
    ProfileCheck check(node, findings);
    for (const auto& rule : rules->second) check.run(rule);
}

std::vector<std::uint32_t> nodes_at(const Json& json, std::uint32_t node, std::string_view path)
{
    // Paths are written in the code, some dozens of them: each is taken apart once a thread.
    thread_local std::unordered_map<std::string, std::vector<Step>, TextHash, std::equal_to<>> known;
    auto found = known.find(path);
    if (found == known.end()) {
        found = known.emplace(path, std::vector<Step>()).first;
        found->second = steps_of(found->first);
    }
    const auto& steps = found->second;
    std::vector<std::uint32_t> out;
    walk(json, node, steps.data(), steps.data() + steps.size(), [&](std::uint32_t one) { out.push_back(one); });
    return out;
}

bool in_set(std::string_view set, std::string_view code)
{
    const auto found = tables().sets.find(set);
    return found != tables().sets.end() && std::ranges::find(found->second, code, &Coding::code) != found->second.end();
}

} // namespace sluse::fhir
