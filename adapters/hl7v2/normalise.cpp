// adapters/hl7v2/normalise.cpp — hands the decoded message to the map interpreter and adds persons, links and times.
#include "adapters/hl7v2/normalise.hpp"

#include "adapters/hl7v2/adapter.hpp"
#include "adapters/hl7v2/identifiers.hpp"
#include "gateway/normalise/dates.hpp"
#include "gateway/normalise/render.hpp"

#include <algorithm>
#include <span>

namespace sluse::hl7v2 {
namespace {

void unescape_for(const void* self, std::string_view text, std::string& out)
{
    unescape(text, *static_cast<const Message*>(self), out);
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text == "\"\"" ? std::string_view{} : text;
}

template <class Use> void each_repetition(const Message& message, std::string_view field, Use&& use)
{
    while (!field.empty()) {
        const auto end = message.delimiters.repetition ? field.find(message.delimiters.repetition) : field.npos;
        use(field.substr(0, end));
        field = end == field.npos ? std::string_view{} : field.substr(end + 1);
    }
}

// Adjacent pairs suffice: the person graph joins chains.
void chain(const std::vector<PersonIdentifier>& persons, std::vector<IdentityLink>& out)
{
    for (std::size_t i = 1; i < persons.size(); ++i) out.push_back({persons[0], persons[i], true});
}

constexpr std::size_t persons_max = 100; // a person has a handful; the field may repeat 50,000 times

struct Scratch {
    Renderer renderer;
    std::vector<SourceSegment> segments;
    std::string type, control, identifier_system;
};

std::string_view typed_event(std::string_view type, std::string_view event, std::string& out)
{
    out = type;
    out += '^';
    out += event;
    return out;
}

bool is_one_of(std::string_view id, std::span<const std::string_view> names)
{
    return std::ranges::find(names, id) != names.end();
}

constexpr std::string_view orders[] = {"ORC", "OBR", "RXO", "RXE", "RXA", "SPM", "SAC", "TXA", "FT1"};
constexpr std::string_view of_patients[] = {"PD1", "NK1", "PV1", "PV2", "AL1", "IAM", "DG1", "PR1", "GT1", "IN1"};

void times(const Message& message, const NormaliseContext& context, RenderContext& render, Normalised& out)
{
    const auto sent = trimmed(message.value("MSH", 7));
    out.sent_ms = instant_of(sent, context.system.zone).value_or(0);
    out.recorded_ms = instant_of(trimmed(message.value("EVN", 2)), context.system.zone).value_or(out.sent_ms);
    const auto offset = offset_of(sent);
    render.has_message_offset = offset.has_value() && out.sent_ms;
    render.message_offset_minutes = offset.value_or(0);
    render.sent_ms = out.sent_ms;
}

} // namespace

LatePatient late_patient(const Message& message)
{
    const auto& segments = message.segments;
    LatePatient found;
    bool ordered = false;
    std::size_t pid = segments.size() > 1 && segments[1].id == "EVN" ? 2 : 1; // then mostly the PID
    for (; pid < segments.size() && segments[pid].id != "PID"; ++pid) {
        const auto id = segments[pid].id;
        const bool result = id == "OBX" || is_one_of(id, orders);
        ordered = ordered || result;
        if (!found.to && (result || is_one_of(id, of_patients))) found.to = pid;
    }
    if (!found.to || pid >= segments.size()) return {};
    auto end = pid + 1;
    while (end < segments.size() && segments[end].id != "OBX" && !is_one_of(segments[end].id, orders)) ++end;
    for (auto i = pid + 1; i < segments.size(); ++i)
        if (segments[i].id == "PID" || (ordered && is_one_of(segments[i].id, orders))) return {};
    return {found.to, pid, end};
}

LatePatient early_patient(const Message& message, std::string_view type)
{
    static constexpr std::string_view bookings[] = {"SIU", "SRM", "SRR"}, referrals[] = {"REF", "RRI", "RPA", "RQA"};
    static constexpr std::string_view belonging[] = {"TQ1", "NTE", "APR", "AUT", "CTD", "PRD"};
    const bool booking = is_one_of(type, bookings);
    if (!booking && !is_one_of(type, referrals)) return {};
    const auto opens = [&](const Segment& s) { return booking ? s.id == "SCH" || s.id == "ARQ" : s.id == "RF1"; };
    const auto& segments = message.segments;
    const auto patient = std::ranges::find(segments, "PID", &Segment::id);
    const auto opener = std::ranges::find_if(segments, opens);
    if (patient >= opener || opener == segments.end() || std::any_of(opener + 1, segments.end(), opens)) return {};
    const auto end = std::find_if(opener + 1, segments.end(), [&](const Segment& s) { return !is_one_of(s.id, belonging); });
    const auto index = [&](auto at) { return static_cast<std::size_t>(at - segments.begin()); };
    return {index(patient), index(opener), index(end)};
}

bool is_merge(std::string_view event)
{
    static constexpr std::string_view merges[] = {"A18", "A30", "A34", "A36", "A39", "A40", "A46", "A47", "A24"};
    return is_one_of(event, merges);
}

std::string_view type_of(const Message& message)
{
    const auto type = trimmed(message.value("MSH", 9, 1));
    return type.substr(0, type.find(' '));
}

std::string_view event_of(const Message& message)
{
    for (const auto event : {message.value("MSH", 9, 2), message.value("EVN", 1)})
        if (const auto text = trimmed(event); !text.empty()) return text;
    const auto type = trimmed(message.value("MSH", 9, 1));
    const auto space = type.find(' ');
    return space == type.npos ? std::string_view{} : trimmed(type.substr(space));
}

void persons_of(const Message& message, std::string_view field, std::string_view sender, const SystemSettings& system,
                std::vector<PersonIdentifier>& out)
{
    PersonIdentifier person;
    each_repetition(message, field, [&](std::string_view repetition) {
        if (out.size() >= persons_max || !read_identifier(message, repetition, system, sender, person)) return;
        if (std::ranges::find(out, person) == out.end()) out.push_back(person);
    });
    std::ranges::stable_sort(out, [](const auto& a, const auto& b) { return identifier_preference(a.system) < identifier_preference(b.system); });
}

void links_of(const Message& message, std::string_view sender, const SystemSettings& system, std::string_view event,
              const std::vector<PersonIdentifier>& of_first, std::vector<IdentityLink>& out)
{
    std::size_t about = 0; // mostly one PID and no MRG
    for (const auto& segment : message.segments) about += segment.id == "PID" || segment.id == "MRG";
    if (about < 2) return chain(of_first, out);
    std::vector<PersonIdentifier> survivor, previous;
    bool first = true;
    for (const auto& segment : message.segments) {
        if (segment.id == "PID") {
            auto persons = first ? of_first : person_identifiers(message, segment, system, sender);
            first = false;
            chain(persons, out);
            if (!survivor.empty() && !persons.empty() && (event == "A37" || event == "A24")) out.push_back({survivor[0], persons[0], event == "A24"});
            survivor = std::move(persons);
        } else if (segment.id == "MRG" && is_merge(event)) {
            previous.clear();
            persons_of(message, message.field(segment, 1), sender, system, previous);
            chain(previous, out);
            if (!survivor.empty() && !previous.empty() && survivor[0] != previous[0]) out.push_back({survivor[0], previous[0], true});
        }
    }
}

Result<void> normalise(std::string_view, const Checked& checked, const NormaliseContext& context, Normalised& out)
{
    out.clear();
    const auto* message = dynamic_cast<const Message*>(checked.decoded.get());
    if (!message || message->segments.empty()) return Fault{Errc::bad_message, "MSH: the message was not decoded"};
    const auto* plan = static_cast<const CompiledMaps&>(context.maps).plan("hl7v2", context.system.overlay);
    if (!plan) return Fault{Errc::bad_config, "maps: none for hl7v2"};

    thread_local Scratch scratch;
    auto& segments = scratch.segments;
    segments.clear();
    for (const auto& s : message->segments) segments.push_back({s.id, {message->fields.data() + s.first, s.count}});
    const auto type = type_of(*message);
    const auto at = [&](std::size_t n) { return segments.begin() + static_cast<std::ptrdiff_t>(n); };
    if (const auto late = late_patient(*message)) std::rotate(at(late.to), at(late.first), at(late.last));
    else if (const auto early = early_patient(*message, type)) std::rotate(at(early.to), at(early.first), at(early.last));
    out.event = event_of(*message);
    out.mojibake = message->mojibake;
    const auto& d = message->delimiters;
    const SourceMessage source{segments, d.repetition, d.component, d.subcomponent, d.escape, unescape_for, message,
                               typed_event(type, out.event, scratch.type), out.event, checked.system};
    RenderContext render;
    render.plan = plan;
    render.system = &context.system;
    render.ids = &context.ids;
    render.trace = context.trace;
    const auto message_id = context.message_id == Ulid{} ? std::string() : context.message_id.text();
    render.message_id = message_id;
    times(*message, context, render, out);
    scratch.control.clear();
    unescape(trimmed(message->value("MSH", 10)), *message, scratch.control);
    identifier_system(context.system, checked.system, {}, "message", scratch.identifier_system);
    render.bundle_identifier = scratch.control;
    render.bundle_identifier_system = scratch.identifier_system;

    if (!scratch.renderer.render(source, render, out)) return Fault{Errc::unsupported, "MSH-9: no map for this message type"};
    if (const auto* pid = message->find("PID")) {
        if (checked.persons.empty()) out.persons = person_identifiers(*message, *pid, context.system, checked.system);
        else out.persons = checked.persons; // the same PID's, as check() found them
    }
    links_of(*message, checked.system, context.system, out.event, out.persons, out.links);
    return {};
}

} // namespace sluse::hl7v2
