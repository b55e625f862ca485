// gateway/normalise/render_inline.hpp — what rendering does hundreds of times a message: finding values, asking whether a node can yield.
// Included by render.hpp.
#pragma once

#include "gateway/base/scan.hpp"

#include <algorithm>
#include <bit>

namespace sluse {

// Texts travel in registers; a Value is written once, where it is returned: copying one just written stalls on its halves.
inline std::string_view Renderer::part(std::string_view text, unsigned level, unsigned n) const
{
    const char separator = level == 0 ? message_->component : level == 1 ? message_->subcomponent : '\0';
    if (separator == '\0') return n == 1 ? text : std::string_view{};
    return nth_part(text, separator, n);
}

inline Value Renderer::part(const Value& value, unsigned n) const
{
    if (n == 0 || value.text.empty()) return value;
    return {part(value.text, value.level, n), static_cast<std::uint8_t>(std::min(2, value.level + 1)), value.segment, value.field};
}

inline std::string_view Renderer::variable(SourcePath::Variable variable, const Frame& frame) const
{
    switch (variable) {
    case SourcePath::Variable::argument: return frame.argument;
    case SourcePath::Variable::event: return message_->event;
    case SourcePath::Variable::sender: return message_->sender;
    case SourcePath::Variable::message_id: return context_->message_id;
    case SourcePath::Variable::map_set: return plan().map_set ? std::string_view(*plan().map_set) : std::string_view{};
    case SourcePath::Variable::type: return message_->type;
    }
    return {};
}

[[gnu::always_inline]] inline Value Renderer::relative(const SourcePath& path, const Frame& frame) const
{
    const auto& base = frame.base;
    auto text = base.text;
    auto level = base.level;
    const auto deeper = [&] { level = static_cast<std::uint8_t>(std::min(2, level + 1)); };
    if (path.component && frame.part_count) {
        const unsigned n = path.component;
        text = n <= frame.part_count ? text.substr(frame.starts.data()[n - 1], static_cast<std::size_t>(frame.starts.data()[n] - frame.starts.data()[n - 1] - 1)) : std::string_view{};
        deeper();
    } else if (path.component && !text.empty()) {
        text = part(text, level, path.component);
        deeper();
    }
    if (path.sub && !text.empty()) {
        text = part(text, level, path.sub);
        deeper();
    }
    return {text, level, base.segment, base.field};
}

[[gnu::always_inline]] inline Value Renderer::find_now(const SourcePath& path, Frame& frame)
{
    switch (path.kind) {
    case SourcePath::Kind::none: return {};
    case SourcePath::Kind::variable: return {variable(path.variable, frame), 2, -1, 0};
    case SourcePath::Kind::relative: return relative(path, frame);
    case SourcePath::Kind::segment:
    case SourcePath::Kind::own: break;
    }
    const auto index = segment_of(path, frame);
    if (index < 0 || (path.field && path.field < 64 && !(present_.data()[index] >> path.field & 1))) return {};
    const auto& segment = message_->segments.data()[index];
    if (path.field == 0) return {segment.id, 2, index, 0};
    auto text = segment.field(path.field);
    if (text.empty()) return {};
    touch(index, path.field);
    // The first repetition that says anything.
    if (marks_.data()[index] & repeats) {
        for (auto rest = text;;) {
            const auto end = find_char(rest, message_->repetition);
            text = rest.substr(0, end);
            if (!text.empty() || end == rest.npos) break;
            rest.remove_prefix(end + 1);
        }
    }
    std::uint8_t level = 0;
    if (path.component && !text.empty()) text = part(text, level++, path.component);
    if (path.sub && !text.empty()) text = part(text, level++, path.sub);
    return {text, level, index, path.field};
}

inline std::string_view Renderer::text(const Value& value)
{
    if (null(value.text)) return {};
    if (value.segment >= 0 && marks_.data()[value.segment] & escapes && find_char(value.text, message_->escape) != value.text.npos) {
        scratch_.clear();
        message_->unescape(message_->self, value.text, scratch_);
        return trimmed(scratch_);
    }
    return trimmed(value.text);
}

// All that is written and taken back here is told to the trace, when there is one.
inline void Renderer::cut_back(std::size_t size)
{
    buffer_.cut(size);
    if (context_->trace) context_->trace->cut(size);
    if (notes_) notes_->cut(size);
}

template <class Write> [[gnu::always_inline]] inline Emitted Renderer::traced(const Row& row, const Value& value, Frame& frame, Write&& write)
{
    const auto start = buffer_.size();
    const auto emitted = write(); // in one place, so that it is inlined
    if (context_->trace && emitted != Emitted::nothing) trace_row(row, value, frame, start);
    return emitted;
}

inline bool Renderer::says(const Needs::Fields& fields, const Frame& frame) const
{
    const auto index = frame.group->slot.data()[fields.slot];
    return index >= 0 && (known_.data()[index] & fields.mask);
}

inline bool Renderer::may_yield(const Trial& trial, const Frame& frame) const
{
    if (trial.always || (trial.components & frame.present)) return true;
    if (trial.slot == no_slot) return false;
    if (says({trial.slot, trial.fields}, frame)) return true;
    const auto* more = plan().more_fields.data() + trial.more;
    return std::any_of(more, more + trial.more_count, [&](const Needs::Fields& fields) { return says(fields, frame); });
}

inline std::uint64_t Renderer::picked(const Pick& pick, const Frame& frame)
{
    auto out = pick.always;
    const auto add = [&](std::uint64_t present, std::uint64_t wanted, std::uint32_t masks) {
        for (auto bits = present & wanted; bits; bits &= bits - 1) out |= plan().pick_masks.data()[masks + static_cast<unsigned>(std::popcount(wanted & ((bits & -bits) - 1)))];
    };
    add(frame.present, pick.components, pick.masks);
    const auto* fields = plan().pick_fields.data() + pick.slots;
    for (const auto* end = fields + pick.slot_count; fields != end; ++fields) {
        const auto index = frame.group->slot.data()[fields->slot];
        if (index < 0) continue;
        touched_.data()[index] |= fields->asks;
        if (notes_ && fields->asks) notes_->touch(fields->slot, fields->asks);
        add(known_.data()[index], fields->fields, fields->masks);
    }
    return out;
}

// Most tests ask for what is not there, which the bits of presence tell: a third of what conditions cost was looking it up nevertheless.
[[gnu::always_inline]] inline bool Renderer::absent(const SourcePath& path, const Frame& frame) const
{
    switch (path.kind) {
    case SourcePath::Kind::relative: return frame.part_count && path.component < components_max && !(frame.present >> path.component & 1);
    case SourcePath::Kind::segment:
    case SourcePath::Kind::own: {
        const auto index = segment_of(path, frame);
        return index < 0 || (path.field && path.field < 64 && !(present_.data()[index] >> path.field & 1));
    }
    default: return false;
    }
}

inline bool Renderer::may_yield(const Row& row, const Frame& frame) const
{
    if (!row.needs) return true;
    if (row.from.kind == SourcePath::Kind::relative) return frame.present >> row.from.component & 1;
    if (row.from.kind == SourcePath::Kind::own) return !absent(row.from, frame);
    return says({row.from.slot, std::uint64_t{1} << row.from.field}, frame);
}

template <class Use> void Renderer::instances_below(std::uint16_t map, const GroupInstance* group, Use&& use) const
{
    if (!is_made(map)) return;
    // Groups stand in the order of their first segment, so those below one follow it without a gap.
    const auto top = static_cast<std::int32_t>(group - groups_.data());
    for (auto g = static_cast<std::size_t>(top); g < groups_.size(); ++g) {
        if (!message_->parents.empty()) { // in a tree another branch may lie between
            auto above = static_cast<std::int32_t>(g);
            while (above > top) above = groups_[static_cast<std::size_t>(above)].parent;
            if (above != top) continue;
        } else if (g != static_cast<std::size_t>(top) && groups_[g].parent < top) {
            return;
        }
        if (further_ && is_apart(g, top)) continue;
        for (auto i = groups_[g].first_instance; i < groups_[g].first_instance + groups_[g].instance_count; ++i)
            if (instances_[i].map == map && !instances_[i].alias) use(instances_[i]);
    }
}

template <class Matches> Emitted Renderer::refer(std::string_view type, Matches&& matches)
{
    for (const auto& instance : instances_) {
        if (plan().maps[instance.map].type != type || instance.alias || instance.id_text() == rendering_id() || !matches(instance, groups_[static_cast<std::size_t>(instance.group)])) continue;
        append_reference(instance);
        return Emitted::content;
    }
    return Emitted::nothing;
}

} // namespace sluse
