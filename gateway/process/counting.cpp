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

constexpr char id_part_end = '\x1f';

std::string_view value_unit_of(const Pack& pack)
{
    if (pack.value_scale == 1) return pack.unit;
    return pack.unit == "days" && pack.value_scale == 1440 ? "min" : "1";
}

} // namespace

/// Of a pack that is no more; its values' unit is not known any longer.
Persons::PackLine Persons::old_line(std::string_view key)
{
    const auto at = key.find('@');
    return {std::string(key), std::string(key.substr(0, at)), std::string(key.substr(at + 1)), "1", where_counted_hash(key), false};
}

Persons::PackLine Persons::line_of(const Pack& pack, std::size_t place) const
{
    auto key = pack.id + '@' + pack.version;
    const auto hash = where_counted_hash(key);
    return {std::move(key), pack.id, pack.version, std::string(value_unit_of(pack)), hash, packs_->definition(place).exposure.has_value()};
}

void Persons::look_at(const Node& n)
{
    if (looked_at_ == &n) return; // nothing changes between the evaluation and the signals
    looked_at_ = &n;
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
    begin_events(cause);
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
    signals_.look(n.id, n.name(), counts ? timeline_ : Timeline(), cause, n.limits, unit);
}

/// Both lists sorted: what only the one or the other has.
void Persons::compare(std::span<const ContributionView> before, std::span<const ContributionView> now)
{
    gone_.clear();
    come_.clear();
    auto at = now.begin();
    for (const auto& c : before) {
        for (; at != now.end() && *at < c; ++at) come_.push_back(&*at);
        if (at != now.end() && *at == c) ++at;
        else gone_.push_back(&c);
    }
    for (; at != now.end(); ++at) come_.push_back(&*at);
}

void Persons::publish(Node& n, std::size_t pack, Part part, const Cause& cause, Unit& unit)
{
    const auto place = Node::place_of(pack, part);
    const auto* before = n.counted_for(place);
    if (now_.empty() && !before) return;
    if (!std::ranges::is_sorted(now_)) std::ranges::sort(now_);
    record_.clear();
    if (!now_.empty()) encode_contributions(now_, record_);
    if (before && *before == record_) return;

    was_.clear();
    if (before) view_contributions(*before, was_);
    compare(was_, now_);
    if (gone_.empty() && come_.empty()) return n.set_counted(place, record_); // the same in an older format
    const auto& line = lines_[pack];
    for (const auto* c : gone_) emit(n, line, *c, -1, unit);
    for (const auto* c : come_) emit(n, line, *c, +1, unit);
    if (signals_.segment(pack)) signals_.changed(pack, n.name(), memberships_of(was_), memberships_of(now_), n.record.sequence, cause, unit);
    n.set_counted(place, record_);
    store(n, pack, unit);
    auto& where = cache(unit.partition()).where;
    for (const auto* c : come_) where.note(line.hash, c->counts_day, n.id, unit);
}

/// One record a pack: what is counted and time at risk together, sorted.
void Persons::store(const Node& n, std::size_t pack, Unit& unit)
{
    const auto key = keys::contributions(n.id, lines_[pack].key);
    const auto* counted = n.counted_for(Node::place_of(pack, Part::counted));
    const auto* steps = n.counted_for(Node::place_of(pack, Part::steps));
    if (!counted && !steps) return unit.erase(key);
    if (!counted || !steps) return unit.put(key, counted ? *counted : *steps);
    was_.clear();
    for (const auto* one : {counted, steps}) view_contributions(*one, was_);
    std::ranges::sort(was_);
    record_.clear();
    encode_contributions(was_, record_);
    unit.put(key, record_);
}

/// A pack's record as stored, into its parts. What is damaged counts nothing.
void Persons::take_counted(Node& n, std::size_t pack, std::string_view record)
{
    was_.clear();
    if (!view_contributions(record, was_) || was_.empty()) return;
    if (!lines_[pack].steps) return n.set_counted(Node::place_of(pack, Part::counted), record);
    for (const auto part : {Part::counted, Part::steps}) {
        now_.clear();
        for (const auto& c : was_)
            if (lines_[pack].is_step(c) == (part == Part::steps)) now_.push_back(c);
        record_.clear();
        if (!now_.empty()) encode_contributions(now_, record_);
        n.set_counted(Node::place_of(pack, part), record_);
    }
}

/// What all events of one evaluation of a node have in common.
void Persons::begin_events(const Cause& cause)
{
    auto& e = event_;
    e.person.clear(); // a keyed hash, for those only who have an event
    e.key_id = keys_.pseudonym_id;
    if (e.cause.empty() || cause.message != event_cause_) e.cause = cause.message.text();
    event_cause_ = cause.message;
    e.system = cause.system;
    e.received_ms = cause.received_ms;
    for (auto& known : episodes_) known.outside.clear();
}

/// The first event of an evaluation says who it is about, all others only what differs.
void Persons::begin_person(Node& n)
{
    if (n.pseudonym.empty()) n.pseudonym = pseudonym_of(keys_, n.name());
    event_.person = n.pseudonym;
    event_text_.about(event_);
    id_text_.clear();
    for (const std::string_view part : {std::string_view(event_.person), std::string_view(event_.key_id)}) (id_text_ += part) += id_part_end;
    event_ids_.begin(id_text_);
}

/// The sequence tells apart what one message causes by several letters; a replay counts it the same way.
std::string Persons::event_id(const IndicatorEvent& e, std::uint64_t epoch)
{
    id_text_.clear();
    for (const std::string_view part : {std::string_view(e.indicator), std::string_view(e.version), std::string_view(e.cause)}) (id_text_ += part) += id_part_end;
    put_be(id_text_, epoch, 8);
    put_be(id_text_, e.sequence, 8);
    return hex(view(event_ids_.with(id_text_)).substr(0, 16));
}

/// What an episode is called outside. Several indicators count one thing, so the last few are remembered.
const std::string& Persons::episode_outside(const Node& n, std::string_view bare)
{
    for (const auto& known : episodes_)
        if (!known.outside.empty() && known.bare == bare) return known.outside;
    auto& known = episodes_[next_episode_++ % episodes_.size()];
    known.bare = bare;
    return known.outside = episode_pseudonym_of(keys_, n.name(), bare);
}

void Persons::emit(Node& n, const PackLine& pack, const ContributionView& c, int sign, Unit& unit)
{
    n.unwritten = true;
    auto& e = event_;
    if (e.person.empty()) begin_person(n);
    e.indicator = pack.id;
    e.version = pack.version;
    e.sign = sign;
    auto told = c;
    told.episode = episode_outside(n, c.episode);
    assign(e.contribution, told);
    e.unit = pack.value_unit;
    e.sequence = ++n.record.sequence;
    e.rule = pack.key;
    e.id = event_id(e, n.record.epoch);
    buffer_.clear();
    event_text_.append(e, buffer_);
    unit.send(Topic::events, unit.partition(), e.person, buffer_);
    settled_.events.add(e);
}

/// All nodes of a slice, read in one go: the keys of a node lie together, its record last. The cache lets go of them: it would be out of date.
std::deque<Persons::Node> Persons::nodes_of(std::uint8_t slice, Unit& unit)
{
    auto& cached = cache(unit.partition());
    packed_bytes_ -= cached.packed.bytes();
    cached.packed.clear(); // not by slice: rarely asked for
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
    settled_.clear();
    auto nodes = nodes_of(slice, unit);
    looked_at_ = nullptr; // another node may have lain where one of these does
    for (auto& n : nodes) {
        evaluate(n, parts, cause, unit);
        signal(n, cause, unit);
        write(n, unit);
    }
    return nodes.size();
}

std::size_t Persons::retire(std::uint8_t slice, const Cause& cause, Unit& unit)
{
    settled_.clear();
    auto nodes = nodes_of(slice, unit);
    for (auto& n : nodes) {
        begin_events(cause);
        for (const auto& [pack, contributions] : n.counted_before) {
            for (const auto& c : contributions) emit(n, old_line(pack), view_of(c), -1, unit);
            unit.erase(keys::contributions(n.id, pack));
        }
        write(n, unit);
    }
    return nodes.size();
}

} // namespace sluse
