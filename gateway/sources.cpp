// gateway/sources.cpp — counts and health for the API, each read from committed state.
#include "gateway/sources.hpp"

#include "gateway/base/log_lines.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/browse.hpp"
#include "gateway/explain/explainer.hpp"
#include "gateway/message_source.hpp"
#include "gateway/process/back_fill.hpp"
#include "gateway/process/inspect.hpp"
#include "gateway/process/limits.hpp"
#include "gateway/process/refusals.hpp"
#include "gateway/process/signals.hpp"
#include "gateway/recompute.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace sluse {
namespace {

constexpr Millis quiet_wait_ms = 30 * second_ms;

std::string_view label(const Metrics::Sample& sample, std::string_view name)
{
    const auto found = std::ranges::find(sample.labels, name, &std::pair<std::string, std::string>::first);
    return found == sample.labels.end() ? std::string_view{} : std::string_view(found->second);
}

/// Of more systems than metrics have room for, the sockets count the rest under this name.
constexpr std::string_view counted_together = "other", received_metric = "sluse_messages_received_total";

/// Everything known about each system, by name: sockets since start, lanes since the journal began.
class SystemTable {
public:
    SystemTable(SourcesOf parts) : parts_(std::move(parts)), at_start_(counters_of(parts_.log)) {}

    std::vector<SystemCounts> read() const
    {
        std::map<std::string, SystemCounts> table;
        const auto lanes = counters_of(parts_.log);
        for (const auto& [name, c] : lanes) add_lanes(table[name], c);
        add_sockets(table, received_metric, &SystemCounts::received);
        add_sockets(table, "sluse_messages_acknowledged_total", &SystemCounts::acknowledged);
        add_sockets(table, "sluse_messages_refused_total", &SystemCounts::refused);
        for (const auto& sample : metrics().samples("sluse_feed_last_message_timestamp_seconds"))
            if (sample.value > 0) table[std::string(label(sample, "system"))].last_heard = static_cast<Millis>(sample.value * 1000);
        const auto together = worked_together(table, lanes);
        std::vector<SystemCounts> systems;
        for (auto& [name, counts] : table) {
            counts.name = name;
            const auto now = lanes.find(name);
            const auto worked = (now == lanes.end() ? 0 : now->second.accepted) + (name == counted_together ? together : 0);
            const auto journalled = accepted_at_start(name) + counts.acknowledged;
            counts.pending = journalled > worked ? journalled - worked : 0;
            if (now != lanes.end()) counts.pending += now->second.waiting; // for the other parts of their message
            systems.push_back(std::move(counts));
        }
        return systems;
    }

    /// Once a second, so no lanes are asked: with hundreds of systems that is a hundredth of a core, and more than it under load.
    static std::vector<SystemCounts> received()
    {
        std::map<std::string, SystemCounts> table;
        add_sockets(table, received_metric, &SystemCounts::received);
        std::vector<SystemCounts> systems;
        for (auto& [name, counts] : table) {
            counts.name = name;
            systems.push_back(std::move(counts));
        }
        return systems;
    }

private:
    std::uint64_t accepted_at_start(const std::string& name) const
    {
        const auto found = at_start_.find(name);
        return found == at_start_.end() ? 0 : found->second.accepted;
    }

    /// What the lanes worked on since start of systems that the sockets do not count by name.
    std::uint64_t worked_together(const std::map<std::string, SystemCounts>& table, const std::map<std::string, SystemCounters>& lanes) const
    {
        std::uint64_t sum = 0;
        for (const auto& [name, c] : lanes)
            if (table.at(name).acknowledged == 0 && name != counted_together) sum += c.accepted - accepted_at_start(name);
        return sum;
    }

    static void add_lanes(SystemCounts& out, const SystemCounters& c)
    {
        out.processed = c.normalised + c.joined;
        out.filtered = c.filtered;
        out.duplicates = c.duplicates;
        out.quarantined = c.quarantined + c.parked;
        out.control_id_reused = c.control_id_reused;
        out.mojibake = c.mojibake;
        if (c.last_received_ms) out.last_heard = static_cast<Millis>(c.last_received_ms);
        out.unmapped_top.assign(c.unmapped_by_path.begin(), c.unmapped_by_path.end());
        std::ranges::stable_sort(out.unmapped_top, std::greater{}, &std::pair<std::string, std::uint64_t>::second);
    }

    static void add_sockets(std::map<std::string, SystemCounts>& table, std::string_view metric, std::uint64_t SystemCounts::*member)
    {
        for (const auto& sample : metrics().samples(metric)) table[std::string(label(sample, "system"))].*member += static_cast<std::uint64_t>(sample.value);
    }

    SourcesOf parts_;
    std::map<std::string, SystemCounters> at_start_;
};

Result<RecomputeView> recompute_now(const SourcesOf& parts)
{
    auto found = compare_with_batch(parts.log, parts.tracker, *parts.rules()->packs, quiet_wait_ms);
    if (!found) return found.error();
    return RecomputeView{found->cells, found->persons, std::move(found->differences)};
}

bool holds(const std::vector<QuarantineEntry>& entries, const Ulid& id)
{
    return std::ranges::any_of(entries, [&](const QuarantineEntry& entry) { return entry.message == id; });
}

using Repair = Result<Repaired> (Repairs::*)(Unit&, const Ulid&);

/// In the partition that holds the message, between its batches, by the rules that are active there. A note of it may stand in another.
Result<RepairView> repair(Log& log, const Ulid& id, Repair act)
{
    Fault why{Errc::not_found, "quarantine: no such message is held"};
    for (std::uint32_t p = 0; p < log.partitions(); ++p) {
        bool held = false;
        log.inspect(p, [&](State& state) { held = holds(quarantine_of(state, SIZE_MAX), id); });
        if (!held) continue;
        Result<Repaired> done = Fault{Errc::closed, "quarantine: this processor repairs nothing"};
        const auto executed = log.execute(p, [&](Unit& unit, Processor& processor) {
            if (auto* repairs = repairs_of(active_processor(processor, unit))) done = (repairs->*act)(unit, id);
        });
        if (!executed) return executed.error();
        if (done) return RepairView{done->processed, done->left, done->reason};
        why = done.error();
        if (why.code != Errc::unsupported) return why;
    }
    return why;
}

HealthCheck spool_check(const SpoolStats& spool)
{
    std::string detail;
    if (spool.records > 0) detail = fmt::format("{} messages wait for the brokers", spool.records);
    if (spool.set_aside > 0) detail += fmt::format("{}{} that the brokers refuse are set aside", detail.empty() ? "" : ", ", spool.set_aside);
    if (!spool.trouble.empty()) detail += (detail.empty() ? "" : ", ") + spool.trouble;
    else if (!spool.has_room()) detail += ", full";
    return {"spool", detail.empty() ? CheckState::ok : CheckState::degraded, detail};
}

std::vector<HealthCheck> read_health(const SourcesOf& parts)
{
    std::vector<HealthCheck> checks;
    const auto journal = parts.log.health();
    const bool kafka = !parts.config.kafka.brokers.empty();
    const auto spool = parts.log.spool();
    const bool spools = spool && spool->has_room() && std::ranges::any_of(parts.receiver.systems()->all(), [](const System& s) { return s.settings.spool; });
    // While appends are refused, senders are better served elsewhere; a worker that tries again delays effects, not answers.
    const auto state = journal.empty() ? CheckState::ok : parts.log.takes_appends() || spools ? CheckState::degraded : CheckState::failed;
    checks.push_back({kafka ? "kafka" : "journal", state, journal});
    if (spool) checks.push_back(spool_check(*spool));
    std::uint64_t behind = 0;
    for (const auto& source : parts.tracker.progress()) behind += source.end - source.applied;
    checks.push_back({"tracker", behind < 100'000 ? CheckState::ok : CheckState::degraded, behind ? fmt::format("{} events behind", behind) : ""});
    return checks;
}

/// Everything an explanation needs, under the rules that hold now. The systems live as long as the answer is made.
ExplainWith explain_with(const SourcesOf& parts)
{
    const auto rules = parts.rules();
    const auto systems = parts.receiver.systems();
    return {parts.log, rules->packs, {rules->maps, parts.keys, [systems](std::string_view name) -> const SystemSettings& { return systems->settings(name); }}};
}

/// A part of what is shown; it keeps the whole alive.
template <class Part> std::function<std::shared_ptr<const Part>()> shown_by(const SourcesOf& parts, Part Presentation::*part)
{
    return [presentation = parts.presentation, part] {
        const auto shown = presentation();
        return std::shared_ptr<const Part>(shown, &((*shown).*part));
    };
}

} // namespace

BalanceCounts read_balance(Log& log)
{
    BalanceCounts b;
    const auto before = log.stats();
    const auto counters = counters_of(log);
    std::uint64_t control = 0;
    for (std::uint32_t p = 0; p < log.partitions(); ++p) log.inspect(p, [&](State& state) { control += activations(state) + refusals_kept(state) + ticks(state); });
    const auto after = log.stats();
    std::uint64_t committed = 0, accepted = 0;
    bool quiet = true;
    for (std::size_t i = 0; i < after.size(); ++i) {
        quiet &= i < before.size() && before[i].committed == after[i].committed && after[i].assigned;
        committed += after[i].committed;
        b.pending += after[i].end - after[i].committed;
    }
    for (const auto& [name, c] : counters) {
        accepted += c.accepted;
        b.normalised += c.normalised + c.joined;
        b.filtered += c.filtered;
        b.duplicates += c.duplicates;
        b.quarantined += c.quarantined + c.parked + c.discarded;
    }
    if (const auto spool = log.spool()) b.spooled = spool->records;
    b.journalled = (quiet ? committed - control : accepted) + b.pending;
    for (const auto& [name, c] : counters) b.pending += c.waiting; // worked on, but their message is not whole yet
    for (const auto& [metric, member] : {std::pair{"sluse_messages_received_total", &BalanceCounts::received},
                                         {"sluse_messages_acknowledged_total", &BalanceCounts::acknowledged}, {"sluse_messages_refused_total", &BalanceCounts::refused}})
        for (const auto& sample : metrics().samples(metric)) b.*member += static_cast<std::uint64_t>(sample.value);
    return b;
}

void CountedWatch::add_to(BalanceCounts& counts)
{
    std::vector<std::uint64_t> offsets{counts.normalised, counts.quarantined}; // what is tried again moves no offset
    bool empty = true;
    for (const auto& p : log_.stats()) {
        empty &= p.current && p.end == p.committed && p.facts_end == p.facts_committed;
        offsets.insert(offsets.end(), {p.committed, p.facts_committed});
    }
    // Indicators that changed are still being counted over what is stored.
    for (std::uint32_t p = 0; p < log_.partitions() && empty; ++p) log_.inspect(p, [&](State& state) { empty = filling_of(state) == Filling::done; });
    for (const auto& source : tracker_.progress()) counts.events_counted += source.applied;
    const auto looks = tracker_.looks();
    const std::lock_guard lock(mutex_);
    if (!empty) return empty_at_.clear();
    if (offsets != empty_at_) {
        empty_at_ = std::move(offsets);
        looks_at_ = looks;
    }
    // A look under way may have passed a partition already; at brokers the news of one may come a look later.
    counts.counted = looks >= looks_at_ + 3;
}

ApiSources make_sources(SourcesOf parts)
{
    ApiSources sources;
    sources.receiver = &parts.receiver;
    sources.tracker = &parts.tracker;
    sources.packs = [rules = parts.rules] { return rules()->packs; };
    sources.goals = shown_by(parts, &Presentation::goals);
    sources.chart_notes = shown_by(parts, &Presentation::chart_notes);
    sources.standards = shown_by(parts, &Presentation::standards);
    sources.systems = [table = std::make_shared<SystemTable>(parts)] { return table->read(); };
    sources.received = &SystemTable::received;
    sources.balance = [&log = parts.log, watch = std::make_shared<CountedWatch>(parts.log, parts.tracker)] {
        auto counts = read_balance(log);
        watch->add_to(counts);
        return counts;
    };
    sources.message = [parts](const Ulid& id) { return read_message(parts, id); };
    sources.messages = [&log = parts.log](const MessageQuestion& question) { return newest_messages(log, question); };
    sources.quarantine = [&log = parts.log](std::size_t limit) -> Result<std::vector<QuarantinedMessage>> { return read_quarantine(log, limit); };
    sources.recompute = [parts] { return recompute_now(parts); };
    sources.retry = [&log = parts.log](const Ulid& id) { return repair(log, id, &Repairs::retry); };
    sources.discard = [&log = parts.log](const Ulid& id) { return repair(log, id, &Repairs::discard); };
    sources.explain_cell = [parts](const CellQuestion& question) { return explain_cell(explain_with(parts), question); };
    sources.explain_contribution = [parts](const std::string& ref) { return explain_contribution(explain_with(parts), ref); };
    sources.explain_message = [parts](const Ulid& id, const std::string& indicator) { return explain_message(explain_with(parts), id, indicator); };
    sources.signals = [&log = parts.log] {
        std::vector<Signal> all;
        for (std::uint32_t p = 0; p < log.partitions(); ++p)
            log.inspect(p, [&](State& state) { std::ranges::move(recent_signals(state, signals_kept), std::back_inserter(all)); });
        return all;
    };
    sources.open = [parts] {
        std::vector<OpenCourse> all;
        for (std::uint32_t p = 0; p < parts.log.partitions(); ++p)
            parts.log.inspect(p, [&](State& state) { std::ranges::move(open_courses(state, parts.keys), std::back_inserter(all)); });
        return all;
    };
    sources.journal = [parts] { return JournalView{parts.config.kafka.brokers.empty() ? "embedded" : "kafka", parts.log.health(), parts.log.stats(), parts.log.spool()}; };
    sources.health = [parts] { return read_health(parts); };
    sources.metrics = [] { return metrics().text(); };
    sources.persons_min = parts.config.track.persons_min;
    return sources;
}

} // namespace sluse
