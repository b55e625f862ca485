// gateway/message_source.cpp — see the header.
#include "gateway/message_source.hpp"

#include "gateway/browse.hpp"
#include "gateway/process/delivery.hpp"
#include "gateway/process/find.hpp"
#include "gateway/process/inspect.hpp"
#include "gateway/process/refusals.hpp"

#include <algorithm>
#include <map>

namespace sluse {
namespace {

/// Acknowledgements may come before what they name and lie anywhere: they are joined here, not when they come.
void add_delivery(Log& log, std::string_view sender, const Receipts& receipts, MessageView& view)
{
    const auto came = receipts_for(log, receipts.names, sender);
    const auto* word = final_word(came);
    view.may_be_acknowledged = !receipts.names.empty();
    view.delivery = word ? name(word->outcome) : "none";
    for (const auto& r : came) view.receipts.push_back({r.message, r.received_ms, r.system, std::string(name(r.outcome)), r.text, r.times});
    for (const auto& n : messages_named(log, receipts.acknowledged))
        view.acknowledges.push_back({n.said.id, std::string(name(n.said.outcome)), n.said.text, n.message == Ulid() ? std::nullopt : std::optional(n.message)});
}

/// The FHIR is made again from the bytes: what can be derived is not stored twice.
void add_fhir(const SourcesOf& parts, const Envelope& envelope, MessageView& view)
{
    const auto* adapter = adapter_named(envelope.format);
    if (!adapter) return;
    const auto systems = parts.receiver.systems();
    const auto& settings = systems->settings(envelope.system);
    const auto checked = adapter->check(envelope.bytes, settings);
    if (adapter->receipts) add_delivery(parts.log, checked.system, adapter->receipts(checked), view);
    const auto rules = parts.rules();
    Normalised normalised;
    if (!adapter->normalise(envelope.bytes, checked, {*rules->maps, settings, parts.keys.resource, envelope.id, envelope.received_ms}, normalised)) return;
    if (rules->registers) rules->registers->complete(normalised, settings.zone.day_at(normalised.sent_ms ? normalised.sent_ms : envelope.received_ms));
    view.fhir = normalised.bundle;
    view.issues = normalised.issues;
    for (const auto& one : normalised.resources) view.resources.emplace_back(one.type, one.id);
}

void add_changes(const MessageTrace& trace, MessageView& view)
{
    for (const auto& caused : trace.events) {
        MessageChange change;
        change.indicator = caused.indicator;
        change.version = caused.version;
        change.sign = caused.sign;
        change.contribution = caused.contribution;
        change.rule = caused.indicator + '@' + caused.version;
        view.changes.push_back(std::move(change));
    }
}

/// What the quarantine's list tells of a message that was processed, told where the message is shown, too.
void add_notes(Log& log, const Ulid& id, std::string_view system, MessageView& view)
{
    for (std::uint32_t p = 0; p < log.partitions(); ++p)
        log.inspect(p, [&](State& state) {
            if (auto note = note_of(state, id, system); !note.empty()) view.issues.push_back({Severity::warning, IssueKind::sequence, "processing", std::move(note)});
        });
}

std::string first_error(const Issues& issues)
{
    for (const auto& issue : issues)
        if (issue.severity == Severity::error) return issue.path + ": " + issue.text;
    return "refused";
}

} // namespace

Result<std::optional<MessageView>> read_message(const SourcesOf& parts, const Ulid& id)
{
    const auto waiting = find_in_spool(parts.log, id);
    if (!waiting) return waiting.error();
    auto found = waiting.value() ? Result<Found>(**waiting) : find_kept(parts.log, id);
    if (!found) return found.error();
    auto& envelope = found->envelope;
    MessageView view;
    if (found->position.spooled) {
        view.status = "spooled";
        add_fhir(parts, envelope, view);
    } else if (envelope.format == refusal_key) { // a refused message stands in the journal inside its refusal
        const auto refusal = decode_refusal(envelope.bytes);
        if (!refusal) return refusal.error();
        envelope = refusal->envelope;
        view.issues = refusal->issues;
        view.status = "refused";
    } else {
        const auto trace = trace_of(parts.log, id);
        view.status = status_of(trace);
        if (trace) add_changes(*trace, view);
        add_fhir(parts, envelope, view);
        if (trace && !trace->reason.empty()) view.issues.push_back({Severity::error, IssueKind::internal, "processing", trace->reason});
        add_notes(parts.log, id, envelope.system, view);
    }
    view.id = id;
    view.received_ms = envelope.received_ms;
    view.system = envelope.system;
    view.format = envelope.format;
    view.type = envelope.type;
    view.control_id = envelope.control_id;
    view.via = envelope.via;
    view.partition = found->position.partition;
    view.offset = found->position.offset;
    view.bytes = envelope.bytes;
    return std::optional(std::move(view));
}

std::vector<QuarantinedMessage> read_quarantine(Log& log, std::size_t limit)
{
    std::vector<QuarantinedMessage> all;
    for (std::uint32_t p = 0; p < log.partitions(); ++p)
        log.inspect(p, [&](State& state) {
            std::map<std::pair<NodeId, std::string>, std::size_t> first; // parked ones count as waiting behind theirs
            for (const auto& entry : quarantine_of(state)) {
                const std::pair place{entry.lane, entry.system};
                if (entry.held == Held::parked && first.contains(place)) {
                    ++all[first[place]].waiting;
                    continue;
                }
                if (entry.held == Held::failed) first[place] = all.size();
                all.push_back({entry.message, entry.received_ms, entry.received_ms, entry.system, "", entry.type, entry.reason, 0,
                               entry.held == Held::note ? QuarantineKind::note : QuarantineKind::held});
            }
            for (const auto& [refusal, offset] : listed_refusals(state, limit))
                all.push_back({refusal.envelope.id, refusal.envelope.received_ms, refusal.envelope.received_ms, refusal.envelope.system, refusal.envelope.format,
                               refusal.envelope.type, first_error(refusal.issues), 0, QuarantineKind::refused});
        });
    std::ranges::sort(all, std::greater{}, &QuarantinedMessage::id);
    if (all.size() > limit) all.resize(limit);
    return all;
}

} // namespace sluse
