// gateway/normalise/render_groups.cpp — before rendering: which segment belongs to which group, and what is asked of it again and again.
#include "gateway/normalise/render.hpp"

#include <algorithm>
#include <utility>

namespace sluse {

void Renderer::open_group(std::uint16_t def, std::int32_t parent, std::uint32_t segment, Slot slot)
{
    auto& group = groups_.emplace_back();
    group.def = def;
    group.parent = parent;
    further_ = further_ || structure_->groups[def].further;
    group.first_segment = group.last_segment = segment;
    std::fill_n(group.slot.begin(), plan().slot_names.size() + 1, -1); // one more: a first segment that no map mentions stands at 0
    group.slot[slot] = static_cast<std::int32_t>(segment);
}

// As find() and equals() read it.
std::string_view Renderer::first_text(std::uint32_t segment, const SourcePath& path) const
{
    auto text = message_->segments[segment].field(path.field);
    if (marks_[segment] & repeats) {
        while (text.starts_with(message_->repetition)) text.remove_prefix(1); // the first that says anything
        text = text.substr(0, find_char(text, message_->repetition));
    }
    text = part(text, 0, std::max<unsigned>(path.component, 1));
    return trimmed(path.sub ? part(text, 1, path.sub) : text);
}

void Renderer::look_up(std::uint32_t segment, Slot slot)
{
    const auto& facts = plan().segment_facts[slot];
    auto known = (present_[segment] & facts.fields) | 1; // it is there
    for (const auto& lookup : facts.lookups) {
        const auto text = present_[segment] >> lookup.path.field & 1 ? first_text(segment, lookup.path) : std::string_view{};
        auto found = lookup.values.end();
        if (!text.empty() && text.size() <= 8) found = std::ranges::find(lookup.values, packed(text), [](const auto& value) { return value.first; });
        known |= found == lookup.values.end() ? lookup.otherwise : found->second;
    }
    known_[segment] = known;
    tell(plan().there_facts[slot]);
}

std::vector<std::uint16_t>::const_iterator Renderer::child_opened_by(const GroupDef& def, Slot slot) const
{
    return std::ranges::find_if(def.children, [&](std::uint16_t c) {
        const auto& starters = structure_->groups[c].starters;
        return std::ranges::find(starters, slot) != starters.end();
    });
}

std::int32_t Renderer::last_starter(const GroupInstance& group) const
{
    std::int32_t last = -1;
    for (const auto starter : structure_->groups[group.def].starters) last = std::max(last, group.slot[starter]);
    return last;
}

std::uint8_t Renderer::marks_in(std::size_t segment)
{
    auto fields = message_->segments[segment].fields;
    if (!message_->repeats.empty()) { // a tree's fields have no components and escape nothing
        const bool several = message_->repeats[segment];
        for (const auto field : fields) nulls_ = nulls_ || (several ? field.find('"') != field.npos : null(field));
        return several ? repeats : std::uint8_t{0};
    }
    if (fields.size() > 2 && message_->segments[segment].id == "MSH") fields = fields.subspan(2); // what MSH-1 and 2 hold divides nothing
    if (fields.empty()) return 0;
    if (!fields.front().data() || fields.back().data() < fields.front().data()) { // not one text: look into each field
        nulls_ = true;
        return repeats | escapes;
    }
    const std::string_view all(fields.front().data(), static_cast<std::size_t>(fields.back().data() + fields.back().size() - fields.front().data()));
    std::uint8_t out = 0;
    const auto note = [&](std::size_t at) {
        const char c = all.data()[at];
        if (c == '"') nulls_ = true;
        else if (c) out |= c == message_->repetition ? repeats : escapes; // '\0' divides and escapes nothing
        return true;
    };
    each_of(all, note, '"', message_->repetition, message_->escape);
    return out;
}

void Renderer::build_groups()
{
    begin_groups();
    std::int32_t current = -1;
    for (std::uint32_t i = 0; i < message_->segments.size(); ++i) {
        look_at(i);
        if (groups_.empty()) { // the first segment opens the message, whatever it is
            open_message(i);
            current = 0;
            continue;
        }
        if (slots_[i] == no_slot) continue;
        if (!message_->parents.empty()) current = message_->parents[i] >= 0 ? std::max(owner_[static_cast<std::size_t>(message_->parents[i])], 0) : 0;
        current = place(i, current);
        for (auto at = owner_[i]; at >= 0; at = groups_[static_cast<std::size_t>(at)].parent) groups_[static_cast<std::size_t>(at)].last_segment = i;
    }
    inherit();
}

void Renderer::begin_groups()
{
    const auto count = message_->segments.size(), with_own = count + plan().message_slots.size();
    groups_.clear();
    further_ = false;
    nulls_ = false;
    owner_.assign(count, -1);
    slots_.assign(count, no_slot);
    touched_.assign(with_own, 0);
    marks_.assign(with_own, 0);
    present_.assign(count, 0);
    known_.assign(count, 0);
    const auto& told = plan().event_facts[event_];
    known_.insert(known_.end(), told.begin(), told.end());
}

// Once for each segment what rows and conditions ask of it again and again: which fields are filled, and what is in some.
void Renderer::look_at(std::uint32_t segment)
{
    const auto& fields = message_->segments[segment].fields;
    marks_[segment] = marks_in(segment);
    std::uint64_t present = 0;
    const auto* field = fields.data();
    for (std::size_t n = std::min<std::size_t>(fields.size(), 63); n > 0; --n) present = (present | !field[n - 1].empty()) << 1;
    present_[segment] = present;
    const auto slot = slots_[segment] = plan().slot(message_->segments[segment].id);
    look_up(segment, slot == no_slot ? Slot{0} : slot);
}

void Renderer::open_message(std::uint32_t segment)
{
    open_group(0, -1, segment, slots_[segment] == no_slot ? Slot{0} : slots_[segment]);
    const auto& own = plan().message_slots;
    for (std::size_t n = 0; n < own.size(); ++n) groups_[0].slot[own[n]] = static_cast<std::int32_t>(slots_.size() + n);
    owner_[segment] = 0;
}

// Innermost group first: join it, belong to it, start its child, or climb. Segments that no group knows break nothing. Returns the group that is
// the current one behind it.
std::int32_t Renderer::place(std::uint32_t segment, std::int32_t current)
{
    const auto slot = slots_[segment];
    const auto here = static_cast<std::int32_t>(segment);
    const auto newest = [&] { return static_cast<std::int32_t>(groups_.size()) - 1; };
    for (auto at = current; at >= 0; at = groups_[static_cast<std::size_t>(at)].parent) {
        auto& group = groups_[static_cast<std::size_t>(at)];
        const auto& def = structure_->groups[group.def];
        const auto starter = std::ranges::find(def.starters, slot);
        if (starter != def.starters.end() && group.parent >= 0) {
            // Starters come in their order (ORC, then OBR), or in any: what is there already begins the next group.
            const auto last = def.any_order ? starter + 1 : def.starters.end();
            if (std::any_of(starter, last, [&](Slot s) { return group.slot[s] >= 0; })) {
                open_group(group.def, group.parent, segment, slot);
                return owner_[segment] = newest();
            }
            group.slot[slot] = here;
            return owner_[segment] = at;
        }
        if (def.members[slot] && !(def.reopens[slot] && group.slot[slot] >= 0)) {
            if (group.slot[slot] < 0) group.slot[slot] = here;
            owner_[segment] = at;
            return at > 0 ? at : current; // a header's segment out of place (SFT behind PID) ends nothing
        }
        const auto child = child_opened_by(def, slot);
        if (child == def.children.end()) continue;
        if (def.reopens[slot] && last_starter(group) > group.slot[slot]) { // RXE's own TQ1, behind RXO's: that is set apart
            const auto before = static_cast<std::uint32_t>(std::exchange(group.slot[slot], here));
            open_group(*child, at, before, slot);
            owner_[before] = newest();
            return owner_[segment] = at;
        }
        open_group(*child, at, segment, slot);
        return owner_[segment] = newest();
    }
    adopt(segment, current);
    return current;
}

// A segment that maps mention and this message's groups do not (a Z segment of an overlay): it is the current group's, and the first
// of its kind for the groups around it.
void Renderer::adopt(std::uint32_t segment, std::int32_t current)
{
    owner_[segment] = current;
    for (auto at = current; at >= 0; at = groups_[static_cast<std::size_t>(at)].parent) {
        auto& slot = groups_[static_cast<std::size_t>(at)].slot[slots_[segment]];
        if (slot < 0) slot = static_cast<std::int32_t>(segment);
    }
}

void Renderer::inherit()
{
    for (auto& group : groups_) {
        if (group.parent < 0) continue;
        const auto& parent = groups_[static_cast<std::size_t>(group.parent)];
        const auto& def = structure_->groups[group.def];
        if (def.further) {
            inherit_further(group, parent);
            continue;
        }
        const auto count = plan().slot_names.size();
        auto* __restrict own = group.slot.data();
        const auto* __restrict above = parent.slot.data();
        for (std::size_t s = 0; s < count; ++s) { // without a branch: the compiler makes vectors of it
            const auto none = own[s] >> 31;
            own[s] = (own[s] & ~none) | (above[s] & none);
        }
    }
}

// Another visit's PV2 is not this one's, nor is RXE that of a TQ1 which stood before it and was set apart.
void Renderer::inherit_further(GroupInstance& group, const GroupInstance& parent) const
{
    const auto& def = structure_->groups[group.def];
    const auto count = static_cast<std::int32_t>(slots_.size());
    const bool set_apart = parent.slot[slots_[group.first_segment]] > static_cast<std::int32_t>(group.first_segment);
    const auto until = set_apart ? last_starter(parent) : count;
    for (std::size_t s = 0; s < plan().slot_names.size(); ++s) {
        const auto above = parent.slot[s];
        if (group.slot[s] < 0 && !def.members[s] && (above < until || above >= count)) group.slot[s] = above; // from count on: the message's own
    }
}

// Whether a group below `top` is of another of the things that `top` itself tells of: a further visit's, seen from the first.
bool Renderer::is_apart(std::size_t group, std::int32_t top) const
{
    for (auto at = static_cast<std::int32_t>(group); at > top; at = groups_[static_cast<std::size_t>(at)].parent)
        if (groups_[static_cast<std::size_t>(at)].parent == top && structure_->groups[groups_[static_cast<std::size_t>(at)].def].further) return true;
    return false;
}

} // namespace sluse
