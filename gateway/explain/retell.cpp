// gateway/explain/retell.cpp — the trace of the maps joined with the effect of each element on the facts.
#include "gateway/explain/retell.hpp"

#include "adapters/adapter.hpp"
#include "gateway/normalise/trace.hpp"
#include "gateway/tools/bundle_elements.hpp"

#include <algorithm>

namespace sluse {
namespace {

constexpr std::size_t elements_max = 4000; ///< each costs one reading of the message's facts

using Values = std::map<SayingKey, FactValue>;

Values values_of(const std::vector<Said>& said)
{
    Values out;
    for (const auto& one : said) {
        const auto person = one.person.node();
        out[{person, one.fact.kind, one.fact.key, Attr{}}] = std::monostate{};
        for (const auto& a : one.fact.attributes) out[{person, one.fact.kind, one.fact.key, a.attr}] = a.value;
    }
    return out;
}

class Retelling {
public:
    Retelling(const Envelope& envelope, const ExtractContext& context, Normalised& normalised, const Trace& trace)
        : envelope_(envelope), context_(context), normalised_(normalised), trace_(trace)
    {
    }

    void run(Retold& out)
    {
        extractor_.extract(normalised_, context_, out.said);
        const auto before = values_of(out.said);
        const auto elements = elements_of(normalised_.bundle);
        if (!elements) return;
        std::vector<Said> without;
        for (const auto& element : *elements) {
            const auto at = name_of(element);
            if (!at || !told_of(element.resource)) continue;
            auto& letter = normalised_.bundle[*at];
            const char kept = std::exchange(letter, letter == '~' ? '^' : '~'); // under another name nobody reads it; every offset stays
            extractor_.extract(normalised_, context_, without);
            letter = kept;
            note(before, values_of(without), element, out);
        }
        note_repeated(before, *elements, out);
        for (const auto& gone : normalised_.deleted) note_deleted(gone, before, out);
    }

private:
    /// Where the member's name begins that holds the value; of a bare value in a list, the value itself.
    std::optional<std::size_t> name_of(const BundleElement& element) const
    {
        const auto& text = normalised_.bundle;
        auto at = element.start;
        if (at > 0 && text[at - 1] == '"') --at;
        while (at > 0 && text[at - 1] == ' ') --at;
        if (at < 2 || text[at - 1] != ':') return text[element.start] == '"' ? std::nullopt : std::optional(element.start);
        const auto close = text.rfind('"', at - 1);
        const auto open = close == text.npos || close == 0 ? text.npos : text.rfind('"', close - 1);
        return open == text.npos ? std::nullopt : std::optional(open + 1);
    }

    bool told_of(const std::string& resource)
    {
        if (resource.starts_with("MessageHeader/") || resource.starts_with("Provenance/") || resource == "Bundle") return false;
        return ++looked_at_ <= elements_max;
    }

    void note(const Values& before, const Values& after, const BundleElement& element, Retold& out) const
    {
        std::optional<Origin> origin;
        for (const auto& [key, value] : before) {
            const auto found = after.find(key);
            if (found != after.end() && found->second == value) continue;
            const bool renamed = key.attr != Attr{} && !after.contains({key.person, key.kind, key.key, Attr{}});
            if (renamed) continue; // the whole thing has another name: said once, of the name
            if (!origin) origin = origin_of(element);
            auto of_key = *origin;
            of_key.names = key.attr == Attr{};
            out.origins[key].push_back(std::move(of_key));
        }
    }

    Origin origin_of(const BundleElement& element) const
    {
        Origin o;
        o.element = element.resource + ": " + element.path;
        o.value = element.value;
        const auto after = std::ranges::upper_bound(trace_.values, element.start, {}, &TracedValue::start);
        if (after == trace_.values.begin() || element.start >= std::prev(after)->end) return o;
        const auto& traced = *std::prev(after);
        o.source = traced.source;
        o.bytes = traced.bytes;
        o.row = traced.row;
        o.callers = traced.callers;
        if (envelope_.format == "hl7v2")
            if (const auto place = hl7_place(envelope_.bytes, o.source)) o.offset = place->offset;
        return o;
    }

    /// What stands in several places, or names the thing as well, changes with none of them alone: then every element that says it.
    void note_repeated(const Values& before, const std::vector<BundleElement>& elements, Retold& out) const
    {
        for (const auto& [key, value] : before) {
            const auto* text = std::get_if<std::string>(&value);
            if (!text || text->empty() || out.origins.contains(key)) continue;
            for (const auto& element : elements)
                if (element.value == *text && !element.resource.starts_with("MessageHeader/")) out.origins[key].push_back(origin_of(element));
        }
    }

    /// What a message deletes stands in no element: the event or the field's two quotes did it.
    void note_deleted(const DeletedElement& gone, const Values& before, Retold& out) const
    {
        if (gone.resource >= normalised_.resources.size()) return;
        const auto& resource = normalised_.resources[gone.resource];
        Origin o;
        o.element = resource.type + '/' + resource.id + ": " + gone.path;
        o.value = "(deleted by " + (normalised_.event.empty() ? std::string("the message") : normalised_.event) + ')';
        for (const auto& [key, value] : before)
            if (std::holds_alternative<std::monostate>(value) && key.attr != Attr{} && !out.origins.contains(key)) out.origins[key].push_back(o);
    }

    const Envelope& envelope_;
    const ExtractContext& context_;
    Normalised& normalised_;
    const Trace& trace_;
    Extractor extractor_;
    std::size_t looked_at_{};
};

/// "45" of "45.1[2]", and what is left of it.
std::optional<std::size_t> number_at(std::string_view& text)
{
    std::size_t value = 0, digits = 0;
    while (digits < text.size() && digits < 6 && text[digits] >= '0' && text[digits] <= '9') value = value * 10 + static_cast<std::size_t>(text[digits++] - '0');
    text.remove_prefix(digits);
    return digits == 0 || value == 0 ? std::nullopt : std::optional(value);
}

std::size_t index_at(std::string_view& text)
{
    if (!text.starts_with('[')) return 1;
    text.remove_prefix(1);
    const auto index = number_at(text).value_or(1);
    if (text.starts_with(']')) text.remove_prefix(1);
    return index;
}

/// The n-th part (from 1) of [place.offset, +length) between separators.
bool narrow(std::string_view message, char separator, std::size_t n, FieldPlace& place)
{
    auto from = place.offset;
    const auto end = place.offset + place.length;
    for (;;) {
        const auto next = std::min(message.find(separator, from), end);
        if (--n == 0) return place = {from, next - from}, true;
        if (next == end) return false;
        from = next + 1;
    }
}

} // namespace

std::optional<FieldPlace> hl7_place(std::string_view message, std::string_view source)
{
    const auto header = message.find("MSH");
    if (header == message.npos || message.size() < header + 8 || source.size() < 5) return {};
    const char field_mark = message[header + 3];
    const std::string_view marks = message.substr(header + 4, 4); // component, repetition, escape, subcomponent
    const auto segment = source.substr(0, 3);
    source.remove_prefix(3);
    auto which = index_at(source);
    if (!source.starts_with('-')) return {};
    source.remove_prefix(1);
    auto field = number_at(source);
    if (!field) return {};
    const auto repetition = index_at(source);
    for (std::size_t from = 0; from < message.size();) {
        const auto end = std::min(message.find_first_of("\r\n", from), message.size());
        FieldPlace place{from, end - from};
        if (message.substr(from, 3) == segment && from + 3 < end && message[from + 3] == field_mark && --which == 0) {
            if (!narrow(message, field_mark, *field + (segment == "MSH" ? 0 : 1), place)) return {};
            if (segment == "MSH" && *field <= 2) return place;
            if (!narrow(message, marks[1], repetition, place)) return {};
            for (const char mark : {marks[0], marks[3]}) {
                if (!source.starts_with('.')) break;
                source.remove_prefix(1);
                const auto part = number_at(source);
                if (!part || !narrow(message, mark, *part, place)) return {};
            }
            return place;
        }
        from = end + 1;
    }
    return {};
}

Result<Envelope> read_at(Log& log, std::uint64_t position)
{
    const auto partitions = log.partitions();
    const auto partition = static_cast<std::uint32_t>(position % partitions);
    const auto offset = position / partitions;
    const auto records = log.read(Topic::raw, partition, offset, 1);
    if (!records) return records.error();
    if (records->empty() || records->front().offset != offset) return Fault{Errc::not_found, "the message is past its retention"};
    return decode_envelope(records->front().value);
}

Result<Retold> retell(const RetellWith& with, Envelope envelope, std::uint64_t position)
{
    const auto* adapter = adapter_named(envelope.format);
    if (!adapter) return Fault{Errc::unsupported, "no such format: " + envelope.format};
    Retold out;
    out.envelope = std::move(envelope);
    out.position = position;
    const auto& e = out.envelope;
    const auto& settings = with.settings(e.system);
    const auto checked = adapter->check(e.bytes, settings);
    Trace trace;
    Normalised normalised;
    const NormaliseContext context{*with.maps, settings, with.keys.resource, e.id, e.received_ms, &trace};
    if (auto done = adapter->normalise(e.bytes, checked, context, normalised); !done) return done.error();
    Retelling(e, {e.system, &settings.zone, position, e.received_ms}, normalised, trace).run(out);
    return out;
}

} // namespace sluse
