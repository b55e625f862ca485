// gateway/process/signals.cpp — limits as stored: by person, for the difference, and by time, for the tick.
#include "gateway/process/signals.hpp"

#include "gateway/indicators/reading.hpp"
#include "gateway/process/inspect.hpp"
#include "gateway/process/limits.hpp"
#include "gateway/process/own_records.hpp"

#include <algorithm>
#include <exception>

namespace sluse {
namespace {

constexpr std::string_view tick_count_key = "ticks/count", tick_last_key = "ticks/last", ring_prefix = "signals/", sent_key = "signal-count";
constexpr std::size_t told_per_tick = 10'000; ///< of one partition; the next tick tells the rest

// T due node limit   a limit by the time it is reached, not yet told

std::string due_key(const NodeId& id, const Due& due)
{
    std::string key = "T";
    put_be(key, static_cast<std::uint64_t>(std::max<Millis>(0, due.at)), 8);
    key += view(id);
    for (const auto* part : {&due.watch, &due.episode, &due.what}) (key += *part) += '\x1f';
    return key;
}

bool same_limit(const Due& a, const Due& b)
{
    return a.watch == b.watch && a.episode == b.episode && a.what == b.what;
}

Signal breach(const Due& due, int sign)
{
    Signal s;
    s.kind = "breach";
    s.watch = due.watch;
    s.what = due.what;
    s.sign = sign;
    s.on = Zone::copenhagen().day_at(due.at);
    s.unit = due.unit;
    return s;
}

} // namespace

std::string tick_record(const Ulid& id, Millis at)
{
    return own_record(tick_key, "clock", id, at);
}

std::uint64_t ticks(State& state) { return number(state, tick_count_key); }
void count_tick(State& state) { put_number(state, tick_count_key, ticks(state) + 1); }
Millis last_tick(State& state) { return static_cast<Millis>(number(state, tick_last_key)); }

std::string signal_person(const Keys& keys, std::string_view name) { return hex(view(keys.pseudonym.sign({"signals", name}))); }

std::string signal_episode(const Keys& keys, std::string_view name, std::string_view episode)
{
    return hex(view(keys.pseudonym.sign({"signals", "episode", name, episode})).substr(0, 8));
}

void send_signal(const Signal& signal, Unit& unit)
{
    const auto json = to_cloud_event(signal);
    const auto& key = signal.person.empty() ? signal.indicator : signal.person;
    unit.send(Topic::signals, unit.partition(), key, json);
    const auto sent = number(unit, sent_key);
    put_number(unit, sent_key, sent + 1);
    std::string place(ring_prefix); // a ring: the newest takes the oldest's place
    put_be(place, sent % signals_kept, 4);
    std::string value;
    put_be(value, sent, 8);
    unit.put(place, value + json);
}

std::vector<Signal> recent_signals(State& state, std::size_t most)
{
    std::vector<std::pair<std::uint64_t, Signal>> all;
    state.scan(ring_prefix, [&](std::string_view, std::string_view value) {
        if (value.size() < 8) return true;
        if (auto signal = parse_signal(value.substr(8))) all.emplace_back(get_be(value.substr(0, 8)), std::move(*signal));
        return true;
    });
    std::ranges::sort(all, std::greater{}, [](const auto& one) { return one.first; });
    std::vector<Signal> out;
    for (auto& [sent, signal] : all)
        if (out.size() < most) out.push_back(std::move(signal));
    return out;
}

Signals::~Signals() = default;

Signals::Signals(std::shared_ptr<const Packs> packs, const Keys& keys) : packs_(std::move(packs)), keys_(keys), reading_(std::make_unique<Reading>())
{
    segment_of_.resize(packs_->packs().size());
    for (const auto& watch : packs_->watches()) {
        if (watch.kind == Watch::Kind::breach) kinds_ |= watch.kinds;
        if (watch.kind != Watch::Kind::segment) continue;
        for (std::size_t i = 0; i < segment_of_.size(); ++i)
            if (std::ranges::find(watch.indicators, packs_->packs()[i].id) != watch.indicators.end()) segment_of_[i] = &watch;
    }
}

void Signals::tell(Signal signal, std::string_view name, std::string_view episode, std::string_view nth, const Cause& cause, Unit& unit) const
{
    signal.person = signal_person(keys_, name);
    signal.episode = signal_episode(keys_, name, episode);
    signal.key_id = keys_.pseudonym_id;
    signal.cause = cause.message.text();
    signal.told_ms = cause.received_ms;
    name_signal(signal, nth);
    send_signal(signal, unit);
}

void Signals::look(const NodeId& id, std::string_view name, const Timeline& timeline, const Cause& cause, bool& kept_before, Unit& unit)
{
    std::vector<Due> now;
    try {
        reading_->turn(timeline);
        now = dues_of(packs_->watches(), *reading_);
    } catch (const std::exception&) {
        return; // as with a pack: a bug in a watch must not stop the partition; what was told stands
    }
    if (now.empty() && !kept_before) return;
    const auto before = kept_before ? kept_of(unit, id) : std::vector<KeptLimit>();
    if (now.empty() && before.empty()) return;
    std::vector<KeptLimit> after;
    for (const auto& due : now) {
        const auto known = std::ranges::find_if(before, [&](const KeptLimit& k) { return same_limit(k.due, due); });
        const bool moved = known == before.end() || known->due.at != due.at;
        after.push_back({due, false, known == before.end() ? 0 : known->times, moved ? cause.message : known->cause});
        after.back().told = known != before.end() && known->told && due.at <= std::max(known->due.at, last_tick(unit)); // reached all the same
    }
    for (const auto& kept : before) {
        const auto still = std::ranges::find_if(after, [&](const KeptLimit& k) { return same_limit(k.due, kept.due); });
        if (!kept.told) unit.erase(due_key(id, kept.due));
        else if (still == after.end() || !still->told) tell(breach(kept.due, -1), name, kept.due.episode, std::to_string(kept.times), cause, unit);
        if (still == after.end() && kept.times > 0) { // remembered, so that a course that opens again is told anew, under another id
            auto gone = kept;
            gone.told = false;
            gone.due.at = no_time;
            after.push_back(std::move(gone));
        }
    }
    for (const auto& kept : after)
        if (!kept.told && kept.due.at != no_time) unit.put(due_key(id, kept.due), name);
    keep(unit, id, after);
    kept_before = !after.empty();
}

void Signals::changed(std::size_t pack, std::string_view name, std::span<const Membership> was, std::span<const Membership> is, std::uint64_t sequence, const Cause& cause,
                      Unit& unit)
{
    const auto* watch = segment_of_[pack];
    std::uint64_t nth = 0;
    const auto say = [&](const char* what, int sign, Day on, const std::string& episode) {
        Signal s;
        s.kind = "segment";
        s.watch = watch->id;
        s.what = what;
        s.sign = sign;
        s.on = on;
        s.indicator = packs_->packs()[pack].id;
        s.version = packs_->packs()[pack].version;
        tell(std::move(s), name, episode, std::to_string(sequence) + '.' + std::to_string(nth++), cause, unit);
    };
    const auto compare = [&](std::span<const Membership> these, std::span<const Membership> those, int sign) {
        for (const auto& m : these) {
            const auto entered = std::ranges::any_of(those, [&](const Membership& o) { return o.episode == m.episode && o.from == m.from; });
            const auto left = !m.to || std::ranges::any_of(those, [&](const Membership& o) { return o.episode == m.episode && o.to == m.to; });
            if (!entered) say("entered", sign, m.from, m.episode);
            if (!left) say("left", sign, *m.to, m.episode);
        }
    };
    compare(was, is, -1);
    compare(is, was, +1);
}

void Signals::tick(const Cause& cause, Unit& unit)
{
    count_tick(unit);
    const auto at = std::max(cause.received_ms, last_tick(unit)); // time never goes back
    put_number(unit, tick_last_key, static_cast<std::uint64_t>(at));
    std::vector<std::pair<std::string, std::string>> reached;
    unit.scan("T", [&](std::string_view key, std::string_view name) {
        if (reached.size() == told_per_tick || key.size() < 9 + std::tuple_size_v<NodeId> || static_cast<Millis>(get_be(key.substr(1, 8))) > at) return false;
        reached.emplace_back(key, name);
        return true;
    });
    for (const auto& [key, name] : reached) {
        NodeId id;
        std::ranges::copy(std::string_view(key).substr(9, id.size()), id.begin());
        auto all = kept_of(unit, id);
        for (auto& kept : all) {
            if (kept.told || kept.due.at == no_time || due_key(id, kept.due) != key) continue;
            kept.told = true;
            tell(breach(kept.due, +1), name, kept.due.episode, std::to_string(++kept.times), {kept.cause, cause.received_ms, {}, false}, unit);
        }
        unit.erase(key);
        keep(unit, id, all);
    }
}

} // namespace sluse
