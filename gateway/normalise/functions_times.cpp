// gateway/normalise/functions_times.cpp — when something is, how long it lasts and when it ends.
#include "gateway/normalise/functions_hl7.hpp"

#include "gateway/normalise/dates.hpp"

#include <algorithm>

namespace sluse {

bool is_instant(Renderer& r, const Value& value)
{
    thread_local Bytes scratch;
    scratch.clear();
    const auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    return r.append_time_of(scratch, text, Primitive::instant) == nullptr;
}

namespace {

// HL7's units of time, in words or as the letter that opens a TQ duration ("M30"), in seconds; 0: not known.
Millis unit_seconds(std::string_view unit)
{
    std::string lower(unit);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (lower.empty() || lower == "m" || lower.starts_with("min")) return 60;
    if (lower == "s" || lower.starts_with("sec")) return 1;
    if (lower == "h" || lower.starts_with("hr") || lower.starts_with("hour")) return 3600;
    if (lower == "d" || lower.starts_with("day")) return 86400;
    return 0;
}

// "30" with its unit, or "M30": seconds; 0 when it is none.
Millis seconds_of(std::string_view amount, std::string_view unit)
{
    if (!amount.empty() && !all_digits(amount) && all_digits(amount.substr(1))) {
        unit = amount.substr(0, 1);
        amount.remove_prefix(1);
    }
    if (amount.size() > 3 && amount.ends_with(".00")) amount.remove_suffix(3);
    if (!all_digits(amount) || amount.size() > 6) return 0;
    Millis number = 0;
    for (const char c : amount) number = number * 10 + (c - '0');
    return number * unit_seconds(unit);
}

} // namespace

// Another field of the group's segment, by name and number: what a function must look at beside its source.
Value beside(Call& call, std::string_view segment, unsigned field, unsigned component)
{
    SourcePath path;
    path.kind = SourcePath::Kind::segment;
    path.slot = call.renderer.plan().slot(segment);
    path.field = static_cast<std::uint8_t>(field);
    path.component = static_cast<std::uint8_t>(component);
    return path.slot == no_slot || field == 0 ? Value{} : call.renderer.find(path, call.frame);
}

namespace {

// How long the thing lasts whose start is the value: where its segment says so, else what SCH says of the whole appointment.
Millis lasting(Call& call)
{
    struct Place {
        std::string_view segment;
        unsigned field, component, unit_field, unit_component;
    };
    static constexpr Place places[] = {{"AIS", 7, 1, 8, 1}, {"AIG", 11, 1, 12, 1}, {"AIL", 9, 1, 10, 1}, {"AIP", 9, 1, 10, 1}, {"PR1", 7, 1, 0, 0},
                                       {"TQ1", 6, 1, 6, 2}, {"SCH", 9, 1, 10, 1}, {"SCH", 11, 3, 0, 0}};
    const auto own = call.value.segment < 0 ? std::string_view{} : call.renderer.message().segments[static_cast<std::size_t>(call.value.segment)].id;
    for (const auto& place : places) {
        if (place.segment != own && (place.segment != "SCH" || own == "PR1")) continue;
        const auto amount = beside(call, place.segment, place.field, place.component), unit = beside(call, place.segment, place.unit_field, place.unit_component);
        if (const auto seconds = seconds_of(trimmed(amount.text), trimmed(unit.text))) return seconds;
    }
    return 0;
}

} // namespace

// When it ends: the start and how long it lasts.
Emitted ends(Call& call)
{
    const auto start = call.renderer.text(call.value.level == 0 ? call.renderer.part(call.value, 1) : call.value);
    const auto seconds = lasting(call);
    return seconds > 0 && append_later(call.out, start, seconds * 1000, call.renderer.context()) ? Emitted::content : Emitted::nothing;
}

namespace {

// Where an appointment's segments say when it is: start, end, how long and in which unit.
struct Timed {
    std::string_view segment;
    unsigned start, start_part, end, end_part, amount, unit;
};
constexpr Timed timed[] = {{"SCH", 11, 4, 11, 5, 9, 10}, {"TQ1", 7, 1, 8, 1, 6, 0}, {"AIS", 4, 1, 0, 0, 7, 8},
                           {"AIL", 6, 1, 0, 0, 9, 10},   {"AIP", 6, 1, 0, 0, 9, 10}, {"AIG", 8, 1, 0, 0, 11, 12}};

/// The first of them in the appointment's group that names an instant.
struct When {
    Value start, end;
    Millis seconds{}; ///< 0: not said
};
When when_of(Call& call)
{
    auto& r = call.renderer;
    const auto& group = *call.frame.group;
    const auto& segments = r.message().segments;
    const auto part = [&](std::uint32_t i, unsigned field, unsigned n) {
        return field ? r.part({segments[i].field(field), 0, static_cast<std::int32_t>(i), static_cast<std::uint8_t>(field)}, n) : Value{};
    };
    for (const auto& t : timed) {
        for (auto i = group.first_segment; i <= group.last_segment; ++i) {
            if (segments[i].id != t.segment) continue;
            When out{part(i, t.start, t.start_part), part(i, t.end, t.end_part), 0};
            if (out.start.empty() || !is_instant(r, out.start)) continue;
            out.seconds = seconds_of(trimmed(part(i, t.amount, 1).text), trimmed(t.unit ? part(i, t.unit, 1).text : part(i, t.amount, 2).text));
            if (!out.seconds) out.seconds = lasting(call);
            if (!out.end.empty() && !is_instant(r, out.end)) out.end = {};
            return out;
        }
    }
    return {};
}

} // namespace

Emitted appointment_start(Call& call)
{
    const auto when = when_of(call);
    return when.start.empty() ? Emitted::nothing : call.renderer.write_primitive(when.start, Primitive::instant);
}

Emitted appointment_end(Call& call)
{
    const auto when = when_of(call);
    if (!when.end.empty()) return call.renderer.write_primitive(when.end, Primitive::instant);
    const bool known = !when.start.empty() && when.seconds > 0;
    return known && append_later(call.out, call.renderer.text(when.start), when.seconds * 1000, call.renderer.context()) ? Emitted::content : Emitted::nothing;
}

// A duration in whole minutes; its unit stands in the next field.
Emitted minutes(Call& call)
{
    auto& r = call.renderer;
    const auto& segment = r.message().segments[static_cast<std::size_t>(std::max(call.value.segment, 0))].id;
    const auto unit = beside(call, segment, call.value.field + 1u, 1);
    const auto seconds = seconds_of(r.text(call.value.level == 0 ? r.part(call.value, 1) : call.value), trimmed(unit.text));
    if (seconds < 60) return Emitted::nothing;
    call.out += std::to_string(seconds / 60);
    return Emitted::content;
}

} // namespace sluse
