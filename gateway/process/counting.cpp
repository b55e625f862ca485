// gateway/process/counting.cpp — what a node counts now against what it counted before; the difference leaves as signed events.
#include "gateway/process/persons_node.hpp"

#include "gateway/indicators/definition.hpp"
#include "gateway/process/inspect.hpp"
#include "gateway/process/keys.hpp"

#include <algorithm>
#include <cstring>
#include <exception>

namespace sluse {
namespace {

std::string_view value_unit_of(const Pack& pack)
{
    if (pack.value_scale == 1) return pack.unit;
    return pack.unit == "days" && pack.value_scale == 1440 ? "min" : "1";
}

std::string event_id(const IndicatorEvent& e, std::uint64_t epoch, std::string& text)
{
    text.clear();
    for (const std::string_view part : {std::string_view(e.person), std::string_view(e.key_id), std::string_view(e.indicator), std::string_view(e.version), std::string_view(e.cause)}) {
        text += part;
        text += '\x1f';
    }
    put_be(text, epoch, 8);
    put_be(text, e.sequence, 8);
    return hex(view(sha256(text)).substr(0, 16));
}

} // namespace

/// Of a pack that is no more; its values' unit is not known any longer.
Persons::PackLine Persons::old_line(std::string_view key)
{
    const auto at = key.find('@');
    return {std::string(key), std::string(key.substr(0, at)), std::string(key.substr(at + 1)), "1", false};
}

Persons::PackLine Persons::line_of(const Pack& pack, std::size_t place) const
{
    return {pack.id + '@' + pack.version, pack.id, pack.version, std::string(value_unit_of(pack)), packs_->definition(place).exposure.has_value()};
}

void Persons::look_at(const Node& n)
{
    const auto* facts = &n.own;
    if (n.has_guests()) {
        joined_ = n.own;
        for (const auto& g : n.guests)
            for (const auto& f : g.facts) join_into(joined_, f);
        facts = &joined_;
    }
    fill(timeline_, *facts);
    reading_->turn(timeline_);
}

void Persons::evaluate(Node& n, const PartSet& parts, const Cause& cause, Unit& unit)
{
    if (parts.empty()) return;
    const bool counts = n.record.root.empty();
    if (!counts && n.counted.empty()) return;
    if (counts) look_at(n);
    parts.each([&](std::size_t pack, Part part) {
        now_.clear();
        try {
            if (counts) reading_->evaluate(pack, part, now_);
        } catch (const std::exception&) {
            ++settled_.faults; // a bug in a pack must not stop the partition; its last good numbers stand
            return;
        }
        publish(n, pack, part, cause, unit);
    });
}

/// Limits of the node's open courses; a node that counts elsewhere has none.
void Persons::signal(Node& n, const Cause& cause, Unit& unit)
{
    const bool counts = n.record.root.empty();
    if (counts) look_at(n);
    signals_.look(n.id, n.name(), counts ? timeline_ : Timeline(), cause, unit);
}

void Persons::publish(Node& n, std::size_t pack, Part part, const Cause& cause, Unit& unit)
{
    const auto& line = lines_[pack];
    auto* before = n.counted_for(pack);
    if (now_.empty() && !before) return;
    std::ranges::sort(now_);
    gone_.clear();
    come_.clear();
    auto at = now_.begin();
    for (const auto& c : before ? std::span<const Contribution>(*before) : std::span<const Contribution>()) {
        if (line.is_step(c) != (part == Part::steps)) continue;
        for (; at != now_.end() && *at < c; ++at) come_.push_back(&*at);
        if (at != now_.end() && *at == c) ++at;
        else gone_.push_back(&c);
    }
    for (; at != now_.end(); ++at) come_.push_back(&*at);
    if (gone_.empty() && come_.empty()) return;
    for (const auto* c : gone_) emit(n, line, *c, -1, cause, unit);
    for (const auto* c : come_) emit(n, line, *c, +1, cause, unit);

    const auto was = signals_.segment(pack) && before ? memberships_of(*before) : std::vector<Membership>();
    std::vector<Contribution> after;
    after.reserve((before ? before->size() : 0) - gone_.size() + come_.size());
    auto next = gone_.begin();
    if (before) {
        for (auto& c : *before)
            if (next != gone_.end() && *next == &c) ++next;
            else after.push_back(std::move(c));
    }
    for (const auto* c : come_) after.push_back(*c);
    std::ranges::sort(after);
    if (signals_.segment(pack)) signals_.changed(pack, n.name(), was, memberships_of(after), n.record.sequence, cause, unit);
    n.set_counted(pack, std::move(after));
    store(n, pack, unit);
}

void Persons::store(Node& n, std::size_t pack, Unit& unit)
{
    const auto key = keys::contributions(n.id, lines_[pack].key);
    const auto* all = n.counted_for(pack);
    if (!all) return unit.erase(key);
    buffer_.clear();
    encode_contributions(*all, buffer_);
    unit.put(key, buffer_);
}

void Persons::emit(Node& n, const PackLine& pack, const Contribution& c, int sign, const Cause& cause, Unit& unit)
{
    if (n.pseudonym.empty()) n.pseudonym = pseudonym_of(keys_, n.name());
    n.unwritten = true;
    IndicatorEvent e;
    e.indicator = pack.id;
    e.version = pack.version;
    e.sign = sign;
    e.contribution = c;
    e.contribution.episode = episode_pseudonym_of(keys_, n.name(), c.episode);
    e.unit = pack.value_unit;
    e.person = n.pseudonym;
    e.key_id = keys_.pseudonym_id;
    e.sequence = ++n.record.sequence;
    e.cause = cause.message.text();
    e.system = cause.system;
    e.rule = pack.key;
    e.received_ms = cause.received_ms;
    // The sequence tells apart what one message causes by several letters; a replay counts it the same way.
    e.id = event_id(e, n.record.epoch, buffer_);
    unit.send(Topic::events, unit.partition(), e.person, to_cloud_event(e));
    settled_.events.push_back({e.indicator, e.version, sign, e.sequence, e.person, std::move(e.contribution)});
}

/// All nodes of a slice, read in one go: the keys of a node lie together, its record last. The cache lets go of them: it would be out of date.
std::deque<Persons::Node> Persons::nodes_of(std::uint8_t slice, Unit& unit)
{
    auto& cached = cache(unit.partition());
    for (auto at = cached.nodes.begin(); at != cached.nodes.end();) {
        if (at->id[0] != slice) {
            ++at;
            continue;
        }
        cached.by_name.erase(at->record.name);
        at = cached.nodes.erase(at);
    }
    std::deque<Node> nodes;
    std::string prefix = "P";
    prefix += static_cast<char>(slice);
    unit.scan(prefix, [&](std::string_view key, std::string_view value) {
        NodeId id;
        if (key.size() < 2 + id.size()) return true;
        std::memcpy(id.data(), key.data() + 1, id.size());
        if (nodes.empty() || nodes.back().id != id) nodes.emplace_back().id = id;
        take(nodes.back(), key[1 + id.size()], key.substr(2 + id.size()), value);
        return true;
    });
    std::erase_if(nodes, [](const Node& n) { return n.record.name.empty(); });
    return nodes;
}

std::size_t Persons::refresh(std::uint8_t slice, const PartSet& parts, const Cause& cause, Unit& unit)
{
    settled_ = {};
    auto nodes = nodes_of(slice, unit);
    for (auto& n : nodes) {
        evaluate(n, parts, cause, unit);
        signal(n, cause, unit);
        write(n, unit);
    }
    return nodes.size();
}

std::size_t Persons::retire(std::uint8_t slice, const Cause& cause, Unit& unit)
{
    settled_ = {};
    auto nodes = nodes_of(slice, unit);
    for (auto& n : nodes) {
        for (const auto& [pack, contributions] : n.counted_before) {
            for (const auto& c : contributions) emit(n, old_line(pack), c, -1, cause, unit);
            unit.erase(keys::contributions(n.id, pack));
        }
        write(n, unit);
    }
    return nodes.size();
}

} // namespace sluse
