// gateway/normalise/functions_times.cpp — when something is, how long it lasts and when it ends.
#include "gateway/normalise/functions_hl7.hpp"

#include "gateway/base/ascii.hpp"
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

// "30" with its unit, or "M30": seconds; 0 when it is none. "-30" is before.
Millis seconds_of(std::string_view amount, std::string_view unit)
{
    if (amount.starts_with('-')) return -seconds_of(amount.substr(1), unit);
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

// Where an appointment's segments say when it is: start, end, how long and in which unit.
struct Timed {
    std::string_view segment;
    unsigned start, start_part, end, end_part, amount, unit;
};
/// A resource's own start, and how long after the appointment's start it is wanted (unit, duration and its unit stand behind).
struct Offset {
    std::string_view segment;
    unsigned start, offset;
};
constexpr Offset offsets[] = {{"AIS", 4, 5}, {"AIG", 8, 9}, {"AIL", 6, 7}, {"AIP", 6, 7}};
constexpr Timed timed[] = {{"SCH", 11, 4, 11, 5, 9, 10}, {"TQ1", 7, 1, 8, 1, 6, 0}, {"AIS", 4, 1, 0, 0, 7, 8},
                           {"AIL", 6, 1, 0, 0, 9, 10},   {"AIP", 6, 1, 0, 0, 9, 10}, {"AIG", 8, 1, 0, 0, 11, 12}};

Value part_of(Renderer& r, std::uint32_t segment, unsigned field, unsigned n)
{
    if (!field) return {};
    return r.part({r.message().segments[segment].field(field), 0, static_cast<std::int32_t>(segment), static_cast<std::uint8_t>(field)}, n);
}

/// How long after the appointment's start the last of its resources is done, as their offsets and durations say; 0: they do not.
Millis resources_done(Call& call)
{
    auto& r = call.renderer;
    Millis last = 0;
    for (auto i = call.frame.group->first_segment; i <= call.frame.group->last_segment; ++i) {
        const auto* place = std::ranges::find(offsets, r.message().segments[i].id, &Offset::segment);
        if (place == std::end(offsets) || !part_of(r, i, place->start, 1).empty()) continue;
        const auto amount = [&](unsigned field) { return seconds_of(trimmed(part_of(r, i, field, 1).text), trimmed(part_of(r, i, field + 1, 1).text)); };
        if (const auto lasts = amount(place->offset + 2)) last = std::max(last, amount(place->offset) + lasts);
    }
    return last;
}

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
    const auto part = [&](std::uint32_t i, unsigned field, unsigned n) { return part_of(r, i, field, n); };
    for (const auto& t : timed) {
        for (auto i = group.first_segment; i <= group.last_segment; ++i) {
            if (segments[i].id != t.segment) continue;
            When out{part(i, t.start, t.start_part), part(i, t.end, t.end_part), 0};
            if (out.start.empty() || !is_instant(r, out.start)) continue;
            out.seconds = seconds_of(trimmed(part(i, t.amount, 1).text), trimmed(t.unit ? part(i, t.unit, 1).text : part(i, t.amount, 2).text));
            if (!out.seconds) out.seconds = lasting(call);
            if (!out.seconds) out.seconds = resources_done(call);
            if (!out.end.empty() && !is_instant(r, out.end)) out.end = {};
            return out;
        }
    }
    return {};
}

} // namespace

namespace {

// The start that an offset counts from is the appointment's, which stands in SCH or TQ1.
Emitted from_offset(Call& call, Millis further)
{
    auto& r = call.renderer;
    const auto& segment = r.message().segments[static_cast<std::size_t>(std::max(call.value.segment, 0))].id;
    const auto offset = seconds_of(trimmed(r.part(call.value, 1).text), trimmed(beside(call, segment, call.value.field + 1u, 1).text));
    for (const auto& start : {beside(call, "SCH", 11, 4), beside(call, "TQ1", 7, 1)}) {
        if (start.empty() || !is_instant(r, start)) continue;
        return append_later(call.out, r.text(start), (offset + further) * 1000, r.context()) ? Emitted::content : Emitted::nothing;
    }
    return Emitted::nothing;
}

} // namespace

// An offset from the appointment's start (AIS-5): when that is.
Emitted offset_start(Call& call)
{
    return from_offset(call, 0);
}

// When it ends: the start, or the offset from the appointment's, and how long it lasts.
Emitted ends(Call& call)
{
    auto& r = call.renderer;
    const auto seconds = lasting(call);
    if (seconds <= 0) return Emitted::nothing;
    const auto id = call.value.segment < 0 ? std::string_view{} : r.message().segments[static_cast<std::size_t>(call.value.segment)].id;
    const auto* place = std::ranges::find(offsets, id, &Offset::segment);
    if (place != std::end(offsets) && place->offset == call.value.field) return from_offset(call, seconds);
    const auto start = r.text(call.value.level == 0 ? r.part(call.value, 1) : call.value);
    return append_later(call.out, start, seconds * 1000, r.context()) ? Emitted::content : Emitted::nothing;
}

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

namespace {

/// A duration of the older quantity/timing type: a letter and how many, "D10".
struct LetterDuration {
    std::string_view amount, code; ///< UCUM's, "x" for times; empty: it is none
};

LetterDuration letter_duration(std::string_view text)
{
    struct Unit {
        char letter;
        std::string_view code;
    };
    static constexpr Unit units[] = {{'S', "s"}, {'M', "min"}, {'H', "h"}, {'D', "d"}, {'W', "wk"}, {'L', "mo"}, {'X', "x"}};
    const auto* unit = text.empty() ? std::end(units) : std::ranges::find(units, text[0], &Unit::letter);
    const auto amount = text.empty() ? text : text.substr(1);
    const bool positive = amount.size() <= 6 && all_digits(amount) && amount[0] != '0';
    return unit == std::end(units) || !positive ? LetterDuration{} : LetterDuration{amount, unit->code};
}

LetterDuration letter_duration(Call& call)
{
    return letter_duration(trimmed(call.renderer.text(call.value)));
}

Emitted write(Call& call, std::string_view text)
{
    call.out += text;
    return Emitted::content;
}

} // namespace

Emitted duration_amount(Call& call)
{
    const auto found = letter_duration(call);
    return found.code.empty() || found.code == "x" ? Emitted::nothing : write(call, found.amount);
}

Emitted duration_unit(Call& call)
{
    const auto found = letter_duration(call);
    if (found.code.empty() || found.code == "x") return Emitted::nothing;
    call.out += '"';
    call.out += found.code;
    return write(call, "\"");
}

// "X5": five times.
Emitted duration_count(Call& call)
{
    const auto found = letter_duration(call);
    return found.code == "x" ? write(call, found.amount) : Emitted::nothing;
}

} // namespace sluse
