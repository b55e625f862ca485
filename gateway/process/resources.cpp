// gateway/process/resources.cpp — a scanner for the top level of JSON objects, a merge by element, and the bundle that goes out.
// Stored resource, format 2: u8 format · bytes said (SaidAgain; empty: not all that was said last stands) · uint count · per element: bytes name,
// bytes text, version by delay. Format 1 had `said` under a key of its own.
#include "gateway/process/resources.hpp"

#include "gateway/model/version_codec.hpp"

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

/// Calls each(name, value) for the members of an object. False when it is none or does not end.
template <class Each> bool members(std::string_view json, Each each)
{
    auto at = skip_blanks(json, 0);
    if (at >= json.size() || json[at] != '{') return false;
    at = skip_blanks(json, at + 1);
    if (at < json.size() && json[at] == '}') return true;
    while (at < json.size() && json[at] == '"') {
        const auto name_end = skip_value(json, at);
        if (name_end == json.npos) return false;
        const auto name = json.substr(at + 1, name_end - at - 2);
        at = skip_blanks(json, name_end);
        if (at >= json.size() || json[at] != ':') return false;
        at = skip_blanks(json, at + 1);
        const auto value_end = skip_value(json, at);
        if (value_end == json.npos || value_end == at) return false;
        each(name, json.substr(at, value_end - at));
        at = skip_blanks(json, value_end);
        if (at >= json.size()) return false;
        if (json[at] == '}') return true;
        if (json[at] != ',') return false;
        at = skip_blanks(json, at + 1);
    }
    return false;
}

/// Calls each(value) for the members of an array. False when it is none or does not end.
template <class Each> bool items(std::string_view json, Each each)
{
    auto at = skip_blanks(json, 0);
    if (at >= json.size() || json[at] != '[') return false;
    at = skip_blanks(json, at + 1);
    if (at < json.size() && json[at] == ']') return true;
    while (at < json.size()) {
        const auto end = skip_value(json, at);
        if (end == json.npos || end == at) return false;
        each(json.substr(at, end - at));
        at = skip_blanks(json, end);
        if (at >= json.size()) return false;
        if (json[at] == ']') return true;
        if (json[at] != ',') return false;
        at = skip_blanks(json, at + 1);
    }
    return false;
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

/// A status that only says that nothing is known never takes the place of one that says something.
bool says_nothing(const ElementSaying& e)
{
    return e.name == "status" && e.text == "\"unknown\"";
}

bool covers(std::string_view deleted, std::string_view name)
{
    return name.starts_with(deleted) && (name.size() == deleted.size() || name[deleted.size()] == '.');
}

bool belongs_to_message(std::string_view type)
{
    return type == "MessageHeader" || type == "Provenance";
}

void encode_elements(const std::vector<ElementSaying>& elements, std::string& out)
{
    Writer w(out);
    w.uint(elements.size());
    for (const auto& e : elements) {
        w.bytes(e.name);
        w.bytes(e.text);
        write_version_by_delay(w, e.version);
    }
}

bool decode_elements(std::string_view record, std::vector<ElementSaying>& elements)
{
    Reader r(record);
    const auto count = r.uint();
    if (!r.ok() || count > r.rest().size()) return false;
    for (std::uint64_t i = 0; i < count; ++i) {
        auto& e = elements.emplace_back();
        e.name = r.bytes();
        e.text = r.bytes();
        e.version = read_version_by_delay(r);
    }
    return r.ok() && r.done();
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
        } else if (merged_by_item(e.name) && e.text.starts_with('[') && at->text.starts_with('[')) {
            if (e.text != at->text) join(*at, e);
            else at->version = std::max(at->version, e.version);
        } else if (e.version > at->version) {
            changed |= e.text != at->text;
            *at = e;
        }
    }
    return changed;
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

bool ResourceWriter::merge(const Normalised& message, std::size_t index, const Version& version, Unit& unit)
{
    const auto& span = message.resources[index];
    const auto json = std::string_view(message.bundle).substr(span.offset, span.length);
    if (belongs_to_message(span.type)) {
        merged_ = json;
        return true;
    }
    deleted_.clear();
    for (const auto& d : message.deleted)
        if (d.resource == index) deleted_.push_back(d.path);
    if (!changes(span, json, version, unit)) return false;
    merged_.clear();
    render_resource(span.type, span.id, known_, merged_);
    return true;
}

/// Whether what is shown of the resource changes, or it is new.
bool ResourceWriter::changes(const ResourceSpan& span, std::string_view json, const Version& version, Unit& unit)
{
    ((key_ = "R") += span.type) += '/';
    key_ += span.id;
    auto stored = read_stored(unit);
    if (stored.last && deleted_.empty() && stored.last->is(json)) {
        if (version <= stored.last->newest) return false; // nor does an older saying of what stands
        stored.last->newest = version;
        put(stored.last, stored.elements, unit);
        return false;
    }
    news_.clear();
    if (!split_elements(span.type, json, news_)) return false;
    for (auto& e : news_) e.version = says_nothing(e) ? Version{0, 0, version.position} : version;
    read_known(stored);
    const bool is_new = known_.empty();
    for (const auto path : deleted_)
        for (const auto& k : known_) // what the message itself says of an element goes before its deletion
            if (covers(path, k.name) && std::ranges::find(news_, k.name, &ElementSaying::name) == news_.end()) news_.push_back({k.name, {}, version});
    made_.clear();
    const bool changed = merge_elements(known_, news_, made_);
    elements_.clear();
    encode_elements(known_, elements_);
    put(stands_alone(version) ? std::optional(said_now(json, version)) : std::nullopt, elements_, unit);
    return changed || is_new;
}

void ResourceWriter::put(const std::optional<SaidAgain>& last, std::string_view elements, Unit& unit)
{
    said_.clear();
    if (last) encode(*last, said_);
    record_.clear();
    Writer w(record_);
    w.u8(2);
    w.bytes(said_);
    w.raw(elements);
    unit.put(key_, record_);
    if (!apart_key_.empty()) unit.erase(apart_key_);
}

ResourceWriter::Stored ResourceWriter::read_stored(Unit& unit)
{
    Stored stored;
    apart_key_.clear();
    auto record = unit.get(key_);
    if (!record) return stored;
    stored_ = std::move(*record);
    Reader r(stored_);
    const auto format = r.u8();
    if (format == 2) stored.last = decode_said_again(r.bytes());
    if (format == 1 || format == 2) stored.elements = r.rest();
    if (format != 1) return stored;
    (apart_key_ = key_)[0] = 'V';
    if (const auto apart = unit.get(apart_key_)) stored.last = decode_said_again(*apart);
    return stored;
}

/// The stored elements; those that were said last are as new as when that was said again.
void ResourceWriter::read_known(const Stored& stored)
{
    known_.clear();
    if (!decode_elements(stored.elements, known_)) known_.clear();
    if (!stored.last) return;
    for (auto& k : known_)
        if (k.version == stored.last->base) k.version = stored.last->newest;
}

/// Whether every element of what was said stands as this message alone said it: saying it again would show nothing new.
bool ResourceWriter::stands_alone(const Version& version) const
{
    const auto stands = [&](const ElementSaying& e) {
        const auto at = std::ranges::find(known_, e.name, &ElementSaying::name);
        if (says_nothing(e)) return at != known_.end() && (at->text == e.text || at->version.recorded_ms > 0);
        if (at == known_.end() || at->version != version) return false;
        if (!merged_by_item(e.name) || !e.text.starts_with('[') || !at->text.starts_with('[')) return at->text == e.text;
        return at->text == e.text || joined_list(e.name, e.text, at->text) == at->text;
    };
    const auto said = std::ranges::count(news_, version, &ElementSaying::version);
    const bool alone = std::ranges::count(known_, version, &ElementSaying::version) == said; // nothing else of this message, said twice, has its version
    return deleted_.empty() && !known_.empty() && alone && std::ranges::all_of(news_, stands);
}

std::size_t ResourceWriter::write(const Normalised& message, const Version& version, std::string_view key, Unit& unit)
{
    bundle_ = "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[";
    std::size_t written = 0, own = 0;
    for (std::size_t i = 0; i < message.resources.size(); ++i) {
        if (!merge(message, i, version, unit)) continue;
        const auto& span = message.resources[i];
        own += !belongs_to_message(span.type);
        if (written++) bundle_ += ',';
        (bundle_ += "{\"fullUrl\":\"http://sluse.internal/fhir/") += span.type;
        (bundle_ += '/') += span.id;
        (bundle_ += "\",\"resource\":") += merged_;
        ((bundle_ += ",\"request\":{\"method\":\"PUT\",\"url\":\"") += span.type) += '/';
        (bundle_ += span.id) += "\"}}";
    }
    bundle_ += "]}";
    if (own == 0) return 0; // nothing changed: the message's own header alone tells a consumer nothing
    unit.send(Topic::fhir, unit.partition(), key, bundle_);
    return written;
}

} // namespace sluse
