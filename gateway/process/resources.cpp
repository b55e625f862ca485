// gateway/process/resources.cpp — what of a message is news of its resources, how they are kept, and the bundle that goes out.
// Stored resource, format 2: u8 format · bytes said (SaidAgain; empty: not all that was said last stands) · uint count · per element: bytes name,
// bytes text, version by delay. Format 1 had `said` under a key of its own.
#include "gateway/process/resources.hpp"

#include "gateway/model/version_codec.hpp"

#include <algorithm>

namespace sluse {
namespace {

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
        return holds(*at, e);
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
