// gateway/normalise/render_groups.cpp — before rendering: which segment belongs to which group, which resources there are, and their ids.
#include "gateway/base/uuid.hpp"
#include "gateway/normalise/render.hpp"

#include <algorithm>
#include <cstring>
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

// Innermost group first: join it, belong to it, start its child, or climb. Segments that no group knows break nothing.
void Renderer::build_groups()
{
    const auto count = message_->segments.size();
    groups_.clear();
    further_ = false;
    nulls_ = false;
    owner_.assign(count, -1);
    slots_.assign(count, no_slot);
    const auto& message_slots = plan().message_slots;
    touched_.assign(count + message_slots.size(), 0);
    marks_.assign(count + message_slots.size(), 0);
    present_.assign(count, 0);
    known_.assign(count, 0);
    const auto& told = plan().event_facts[event_];
    known_.insert(known_.end(), told.begin(), told.end());
    std::int32_t current = -1;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto& fields = message_->segments[i].fields;
        marks_[i] = marks_in(i);
        std::uint64_t present = 0;
        const auto* field = fields.data();
        for (std::size_t n = std::min<std::size_t>(fields.size(), 63); n > 0; --n) present = (present | !field[n - 1].empty()) << 1;
        present_[i] = present;
        const auto slot = slots_[i] = plan().slot(message_->segments[i].id);
        look_up(i, slot == no_slot ? Slot{0} : slot);
        if (groups_.empty()) { // the first segment opens the message, whatever it is
            open_group(0, -1, i, slot == no_slot ? Slot{0} : slot);
            for (std::size_t n = 0; n < message_slots.size(); ++n) groups_[0].slot[message_slots[n]] = static_cast<std::int32_t>(count + n);
            owner_[i] = current = 0;
            continue;
        }
        if (slot == no_slot) continue;
        if (!message_->parents.empty()) current = message_->parents[i] >= 0 ? std::max(owner_[static_cast<std::size_t>(message_->parents[i])], 0) : 0;
        for (auto at = current; at >= 0;) {
            auto& group = groups_[static_cast<std::size_t>(at)];
            const auto& def = structure_->groups[group.def];
            const auto starter = std::ranges::find(def.starters, slot);
            if (starter != def.starters.end() && group.parent >= 0) {
                // Starters come in their order (ORC, then OBR), or in any: what is there already begins the next group.
                const auto last = def.any_order ? starter + 1 : def.starters.end();
                if (std::any_of(starter, last, [&](Slot s) { return group.slot[s] >= 0; })) {
                    open_group(group.def, group.parent, i, slot);
                    current = static_cast<std::int32_t>(groups_.size()) - 1;
                } else {
                    group.slot[slot] = static_cast<std::int32_t>(i);
                    current = at;
                }
                owner_[i] = current;
                break;
            }
            if (def.members[slot] && !(def.reopens[slot] && group.slot[slot] >= 0)) {
                if (group.slot[slot] < 0) group.slot[slot] = static_cast<std::int32_t>(i);
                owner_[i] = at;
                if (at > 0) current = at; // a header's segment out of place (SFT behind PID) ends nothing
                break;
            }
            const auto child = child_opened_by(def, slot);
            if (child != def.children.end()) {
                if (def.reopens[slot] && last_starter(group) > group.slot[slot]) { // RXE's own TQ1, behind RXO's: that is set apart
                    const auto before = static_cast<std::uint32_t>(std::exchange(group.slot[slot], static_cast<std::int32_t>(i)));
                    open_group(*child, at, before, slot);
                    owner_[before] = static_cast<std::int32_t>(groups_.size()) - 1;
                    owner_[i] = current = at;
                    break;
                }
                open_group(*child, at, i, slot);
                owner_[i] = current = static_cast<std::int32_t>(groups_.size()) - 1;
                break;
            }
            at = group.parent;
        }
        if (owner_[i] < 0) adopt(i, current);
        for (auto at = owner_[i]; at >= 0; at = groups_[static_cast<std::size_t>(at)].parent) groups_[static_cast<std::size_t>(at)].last_segment = i;
    }
    inherit();
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

void Renderer::make_instances()
{
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        groups_[g].first_instance = static_cast<std::uint32_t>(instances_.size());
        for (const auto map : structure_->groups[groups_[g].def].makes) {
            Frame frame;
            frame.group = &groups_[g];
            frame.base = opener_of(groups_[g]);
            const auto& made = plan().maps[map];
            if (made.condition && !holds(made.condition, frame)) continue;
            Instance instance;
            instance.map = map;
            instance.group = static_cast<std::int32_t>(g);
            instance.base = frame.base;
            if (!made.part && !make_id(instance, frame)) continue;
            instances_.push_back(instance);
            mark_made(map);
            ++groups_[g].instance_count;
            if (!made.part) settle(instances_.size() - 1);
        }
    }
}

std::size_t Renderer::enter(std::size_t index)
{
    if ((instances_.size() + 1) * 2 > seen_.size()) {
        seen_.assign(seen_.size() * 4, 0);
        for (std::size_t i = 0; i < instances_.size(); ++i)
            if (i != index && !instances_[i].alias && !plan().maps[instances_[i].map].part) enter(i);
    }
    std::uint64_t hash;
    std::memcpy(&hash, instances_[index].id.data(), sizeof hash);
    hash *= 0x9E3779B97F4A7C15u;
    for (auto at = hash >> 32 & (seen_.size() - 1);; at = (at + 1) & (seen_.size() - 1)) {
        if (seen_[at] == 0) {
            seen_[at] = static_cast<std::uint32_t>(index + 1);
            return index;
        }
        const auto known = static_cast<std::size_t>(seen_[at] - 1);
        if (known == index || instances_[known].id == instances_[index].id) return known;
    }
}

// The same thing told twice is one resource; two things with one key (results of one code in one order) are told apart by their order.
void Renderer::settle(std::size_t index)
{
    const auto known = enter(index);
    if (known == index) return;
    const auto& map = plan().maps[instances_[index].map];
    const bool named = std::ranges::any_of(map.ids, [](const IdRule& rule) { return rule.kind == IdRule::Kind::part || rule.kind == IdRule::Kind::sender; });
    if (!named || instances_[known].map != instances_[index].map) {
        instances_[index].alias = true;
        return;
    }
    const auto number = std::to_string(++instances_[known].repeats + 1);
    const auto base = instances_[known].id;
    context_->ids->uuid({map.type, std::string_view(base.data(), base.size()), "repeat", number}, instances_[index].id.data());
    if (enter(index) != index) instances_[index].alias = true;
}

const IdRule* Renderer::make_id(Instance& instance, Frame& frame)
{
    const auto& map = plan().maps[instance.map];
    for (const auto& rule : map.ids) {
        const bool made = rule.kind == IdRule::Kind::identifier || rule.kind == IdRule::Kind::unit ? identifier_id(rule, map, frame, instance)
                                                                                                    : key_id(rule, map, frame, instance);
        if (made) return &rule;
    }
    return nullptr;
}

void Renderer::gather(const IdRule& rule, Frame& frame)
{
    const auto add = [&](const Value& whole) {
        const auto which = [&](unsigned n) { return n ? part(whole, n) : Value{}; };
        unsigned number = 1, authority = 4, type = 5;
        if (rule.layout == IdRule::Layout::xcn) authority = 9, type = 13;
        if (rule.layout == IdRule::Layout::xon) number = part(whole, 10).empty() ? 3 : 10, authority = 6, type = 7;
        if (rule.layout == IdRule::Layout::ei) authority = type = 0;
        if (rule.layout == IdRule::Layout::hd) authority = type = 0, number = part(whole, 2).empty() ? 1 : 2;
        const auto value = which(number);
        const auto kind = trimmed(which(type).text);
        if (rule.scope == "patient" && (kind == "AN" || kind == "VN" || kind == "ACSN")) return; // names an account, a visit, a sample
        if (value.empty() || null(value.text)) return;
        if (identifiers_.size() == identifier_count_) identifiers_.emplace_back();
        auto& out = identifiers_[identifier_count_];
        Authority named;
        const auto hd = which(authority);
        if (authority) named = {trimmed(part(hd, 1).text), trimmed(part(hd, 2).text), trimmed(part(hd, 3).text)};
        if (rule.layout == IdRule::Layout::ei) named = {trimmed(part(whole, 2).text), trimmed(part(whole, 3).text), trimmed(part(whole, 4).text)};
        if (rule.layout == IdRule::Layout::hd) named = {{}, number == 2 ? trimmed(part(whole, 3).text) : std::string_view{}, {}};
        if (null(named.name)) named.name = {};
        const auto plain = text(value);
        if (plain.empty()) return;
        if (rule.layout == IdRule::Layout::uuid && !is_uuid(plain)) return;
        if (rule.layout == IdRule::Layout::plain || rule.layout == IdRule::Layout::uuid) {
            out.system = rule.scope;
            out.value = rule.layout == IdRule::Layout::uuid ? "urn:uuid:" + std::string(plain) : std::string(plain);
        } else if (rule.scope == "patient") {
            person_identifier(*context_->system, message_->sender, named, trimmed(which(type).text), plain, out);
        } else {
            identifier_system(*context_->system, message_->sender, named, rule.scope, out.system);
            out.value = plain;
        }
        ++identifier_count_;
    };
    for (const auto& source : rule.parts) for_each(source, frame, add);
}

bool Renderer::identifier_id(const IdRule& rule, const ResourceMap& map, Frame& frame, Instance& instance)
{
    identifier_count_ = 0;
    if (rule.kind == IdRule::Kind::unit) {
        for (const auto& source : rule.parts) {
            const auto found = find(source, frame);
            if (found.empty() || null(found.text)) continue;
            identifiers_.resize(std::max<std::size_t>(identifiers_.size(), 1));
            identifier_count_ = unit_identifier(found, identifiers_[0]) ? 1 : 0;
            break;
        }
    } else {
        gather(rule, frame);
    }
    if (identifier_count_ == 0) return false;
    const auto& best = identifiers_[best_identifier({identifiers_.data(), identifier_count_})];
    if (rule.extras.empty()) {
        resource_id(*context_->ids, map.type, best.system, best.value, instance.id.data());
        return true;
    }
    key_.clear();
    for (const auto& extra : rule.extras) {
        key_ += trimmed(find(extra, frame).text);
        key_ += '\x1f';
    }
    context_->ids->uuid({map.type, best.system, best.value, key_}, instance.id.data());
    return true;
}

bool Renderer::key_id(const IdRule& rule, const ResourceMap& map, Frame& frame, Instance& instance)
{
    key_.clear();
    bool any = rule.parts.empty();
    for (const auto& source : rule.parts) {
        if (const auto said = trimmed(find(source, frame).text); !said.empty() && !null(said)) {
            any = true;
            key_ += said;
        }
        key_ += '\x1f';
    }
    if (!any) return false;
    if (rule.kind == IdRule::Kind::sender) {
        context_->ids->uuid({map.type, message_->sender, rule.scope, key_}, instance.id.data());
        return true;
    }
    const auto* owner = nearest_instance(static_cast<std::uint16_t>(rule.owner), frame.group);
    if (!owner) return false;
    context_->ids->uuid({map.type, owner->id_text(), key_}, instance.id.data());
    return true;
}

const Instance* Renderer::nearest_instance(std::uint16_t map, const GroupInstance* group) const
{
    if (!is_made(map)) return nullptr;
    for (;;) {
        for (auto i = group->first_instance; i < group->first_instance + group->instance_count; ++i)
            if (instances_[i].map == map) return &instances_[i];
        if (group->parent < 0) return nullptr;
        group = &groups_[static_cast<std::size_t>(group->parent)];
    }
}

} // namespace sluse
