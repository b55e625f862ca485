// gateway/process/resource_elements.cpp — a scanner for the top level of JSON objects, and a merge by element.
#include "gateway/process/resource_elements.hpp"

#include <algorithm>
#include <array>

namespace sluse {
namespace {

/// Objects of which messages tell now one member, now another: an A08 that has only the start must not take away the end.
constexpr std::string_view by_member[] = {"Encounter.period", "Encounter.hospitalization"};

bool merged_by_member(std::string_view type, std::string_view name)
{
    return std::ranges::any_of(by_member, [&](std::string_view row) {
        return row.size() == type.size() + 1 + name.size() && row.starts_with(type) && row.ends_with(name);
    });
}

/// Position of the quote that ends the string whose text starts at `at`. Most of a resource is strings: memchr runs through them.
std::size_t end_of_string(std::string_view json, std::size_t at)
{
    const auto start = at;
    for (;; ++at) {
        at = json.find('"', at);
        if (at == json.npos) return at;
        auto slashes = at;
        while (slashes > start && json[slashes - 1] == '\\') --slashes;
        if ((at - slashes) % 2 == 0) return at;
    }
}

/// Position after the JSON value that starts at `at`; npos when it does not end. Trusts what is inside: our own adapters wrote it.
std::size_t skip_value(std::string_view json, std::size_t at)
{
    int depth = 0;
    for (; at < json.size(); ++at) {
        const char c = json[at];
        if (c == '"') {
            at = end_of_string(json, at + 1);
            if (at == json.npos) return json.npos;
            if (depth == 0) return at + 1;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            if (depth == 0) return at; // a bare number or word ended just before
            if (--depth == 0) return at + 1;
        } else if (depth == 0 && (c == ',' || c == ' ' || c == '\n')) {
            return at;
        }
    }
    return depth == 0 ? at : json.npos;
}

std::size_t skip_blanks(std::string_view json, std::size_t at)
{
    while (at < json.size() && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t')) ++at;
    return at;
}

/// Goes over what stands between `open` and `close`, with commas between: part(at) gives the end of the one that begins there, npos when it is none.
/// False when the text is no such thing or does not end.
template <class Part> bool each_part(std::string_view json, char open, char close, Part part)
{
    auto at = skip_blanks(json, 0);
    if (at >= json.size() || json[at] != open) return false;
    at = skip_blanks(json, at + 1);
    if (at < json.size() && json[at] == close) return true;
    while (at < json.size()) {
        const auto end = part(at);
        if (end == json.npos) return false;
        at = skip_blanks(json, end);
        if (at >= json.size()) return false;
        if (json[at] == close) return true;
        if (json[at] != ',') return false;
        at = skip_blanks(json, at + 1);
    }
    return false;
}

/// The end of the value that begins here; npos: none does.
std::size_t end_of_value(std::string_view json, std::size_t at)
{
    const auto end = skip_value(json, at);
    return end == at ? json.npos : end;
}

/// Calls each(name, value) for the members of an object. False when it is none or does not end.
template <class Each> bool members(std::string_view json, Each each)
{
    return each_part(json, '{', '}', [&](std::size_t at) {
        const auto name_end = json[at] == '"' ? skip_value(json, at) : json.npos;
        if (name_end == json.npos) return json.npos;
        const auto colon = skip_blanks(json, name_end);
        if (colon >= json.size() || json[colon] != ':') return json.npos;
        const auto begin = skip_blanks(json, colon + 1), end = end_of_value(json, begin);
        if (end != json.npos) each(json.substr(at + 1, name_end - at - 2), json.substr(begin, end - begin));
        return end;
    });
}

/// Calls each(value) for the members of an array. False when it is none or does not end.
template <class Each> bool items(std::string_view json, Each each)
{
    return each_part(json, '[', ']', [&](std::size_t at) {
        const auto end = end_of_value(json, at);
        if (end != json.npos) each(json.substr(at, end - at));
        return end;
    });
}

/// Lists to which every system adds its own: one system's local number must not take away another's.
bool merged_by_item(std::string_view name)
{
    return name == "identifier" || name == "extension";
}

/// What tells one member of such a list from another.
struct ItemName {
    std::string_view first, second; ///< system and value, or url
    bool operator==(const ItemName&) const = default;
};

ItemName name_of_item(std::string_view list, std::string_view item)
{
    ItemName name;
    members(item, [&](std::string_view member, std::string_view value) {
        if (member == (list == "extension" ? "url" : "system")) name.first = value;
        else if (list == "identifier" && member == "value") name.second = value;
    });
    return name;
}

/// The newer list, then what only the older has.
std::string joined_list(std::string_view list, std::string_view newer, std::string_view older)
{
    std::vector<ItemName> names;
    std::string out = "[";
    const auto add = [&](std::string_view item) {
        if (names.size() >= list_members_max) return;
        names.push_back(name_of_item(list, item));
        if (out.size() > 1) out += ',';
        out += item;
    };
    items(newer, add);
    const auto own = names.size();
    items(older, [&](std::string_view item) {
        const auto end = names.begin() + static_cast<std::ptrdiff_t>(own); // an extension may stand there twice: all of an url's come from one list
        if (std::find(names.begin(), end, name_of_item(list, item)) == end) add(item);
    });
    return out += ']';
}

/// Whether two lists hold the same, in whatever order: their order tells nothing.
bool same_items(std::string_view a, std::string_view b)
{
    if (a.size() != b.size()) return false;
    std::vector<std::string_view> in_a, in_b;
    items(a, [&](std::string_view item) { in_a.push_back(item); });
    items(b, [&](std::string_view item) { in_b.push_back(item); });
    std::ranges::sort(in_a);
    std::ranges::sort(in_b);
    return in_a == in_b;
}

/// Whether two sayings of one element are joined instead of one taking the other's place.
bool both_lists(const ElementSaying& known, const ElementSaying& news)
{
    return merged_by_item(news.name) && news.text.starts_with('[') && known.text.starts_with('[');
}

} // namespace

bool split_elements(std::string_view type, std::string_view json, std::vector<ElementSaying>& elements)
{
    // Names of members that are merged one by one need a place to live: "period.start" is a constant of ours.
    static constexpr std::array<std::array<std::string_view, 2>, 12> joint_names{{
        {"period", "period.start"}, {"period", "period.end"}, {"hospitalization", "hospitalization.preAdmissionIdentifier"},
        {"hospitalization", "hospitalization.origin"}, {"hospitalization", "hospitalization.admitSource"},
        {"hospitalization", "hospitalization.reAdmission"}, {"hospitalization", "hospitalization.dietPreference"},
        {"hospitalization", "hospitalization.specialCourtesy"}, {"hospitalization", "hospitalization.specialArrangement"},
        {"hospitalization", "hospitalization.destination"}, {"hospitalization", "hospitalization.dischargeDisposition"},
        {"hospitalization", "hospitalization.extension"},
    }};
    return members(json, [&](std::string_view name, std::string_view value) {
        if (name == "resourceType" || name == "id") return;
        if (!merged_by_member(type, name)) return void(elements.push_back({name, value, {}}));
        members(value, [&](std::string_view member, std::string_view inner) {
            const auto joint = std::ranges::find_if(joint_names, [&](const auto& j) { return j[0] == name && j[1].substr(name.size() + 1) == member; });
            if (joint != joint_names.end()) elements.push_back({(*joint)[1], inner, {}});
        });
    });
}

bool merge_elements(std::vector<ElementSaying>& known, const std::vector<ElementSaying>& news, std::deque<std::string>& made)
{
    bool changed = false;
    const auto join = [&](ElementSaying& at, const ElementSaying& e) {
        const bool newer = e.version > at.version;
        auto text = newer ? joined_list(e.name, e.text, at.text) : joined_list(e.name, at.text, e.text);
        if (newer) at.version = e.version;
        if (text == at.text || same_items(text, at.text)) return;
        at.text = made.emplace_back(std::move(text));
        changed = true;
    };
    for (const auto& e : news) {
        const auto at = std::ranges::find(known, e.name, &ElementSaying::name);
        if (at == known.end()) {
            changed |= !e.text.empty();
            known.push_back(e);
        } else if (both_lists(*at, e)) {
            if (e.text != at->text) join(*at, e);
            else at->version = std::max(at->version, e.version);
        } else if (e.version > at->version) {
            changed |= e.text != at->text;
            *at = e;
        }
    }
    return changed;
}

bool holds(const ElementSaying& known, const ElementSaying& news)
{
    return known.text == news.text || (both_lists(known, news) && joined_list(news.name, news.text, known.text) == known.text);
}

void render_resource(std::string_view type, std::string_view id, const std::vector<ElementSaying>& elements, std::string& out)
{
    ((out += "{\"resourceType\":\"") += type) += "\",\"id\":\"";
    (out += id) += '"';
    for (std::size_t i = 0; i < elements.size(); ++i) {
        const auto& e = elements[i];
        const auto dot = e.name.find('.');
        const auto name = e.name.substr(0, dot);
        const auto same_object = [&](const ElementSaying& other) { return other.name.size() > dot && other.name.substr(0, dot + 1) == e.name.substr(0, dot + 1); };
        if (dot != e.name.npos && std::any_of(elements.begin(), elements.begin() + static_cast<std::ptrdiff_t>(i), [&](const ElementSaying& o) { return same_object(o) && !o.text.empty(); }))
            continue; // written with the first of its object
        if (e.text.empty()) continue;
        ((out += ",\"") += name) += "\":";
        if (dot == e.name.npos) {
            out += e.text;
            continue;
        }
        char separator = '{';
        for (std::size_t j = i; j < elements.size(); ++j) {
            if (!same_object(elements[j]) || elements[j].text.empty()) continue;
            out += separator;
            (((out += '"') += elements[j].name.substr(dot + 1)) += "\":") += elements[j].text;
            separator = ',';
        }
        out += '}';
    }
    out += '}';
}

} // namespace sluse
