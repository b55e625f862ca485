// gateway/normalise/render_instances.cpp — before rendering: which resources there are, and their ids.
#include "gateway/base/uuid.hpp"
#include "gateway/normalise/render.hpp"

#include <algorithm>
#include <cstring>

namespace sluse {

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
        if (const auto said = trimmed(find_now(source, frame).text); !said.empty() && !null(said)) {
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
