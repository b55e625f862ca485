// gateway/serve/sources.hpp — what the HTTP surface needs to know of the rest of the gateway; the wiring fills it, tests fake it.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/indicators/packs.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/model/explanation.hpp"
#include "gateway/model/receive.hpp"
#include "gateway/model/signal.hpp"
#include "gateway/track/chart_notes.hpp"
#include "gateway/track/goals.hpp"
#include "gateway/track/standards.hpp"
#include "gateway/track/tracker.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluse {

/// Counters of one sending system since the journal began. `name` is a system, never a person.
struct SystemCounts {
    std::string name;
    std::uint64_t received{}, acknowledged{}, refused{}; ///< at the sockets; since start
    std::uint64_t processed{}, filtered{}, duplicates{}, quarantined{}; ///< in the lanes
    std::uint64_t pending{};      ///< journalled, not yet processed
    std::uint64_t mojibake{}, control_id_reused{};
    std::optional<Millis> last_heard;
    std::vector<std::pair<std::string, std::uint64_t>> unmapped_top; ///< path ("PV1-39") and count, most first
};

/// Received = acknowledged + refused; journalled = normalised + filtered + quarantined + duplicates + pending. Both differences must be 0.
struct BalanceCounts {
    std::uint64_t received{}, acknowledged{}, refused{};
    std::uint64_t journalled{}, normalised{}, filtered{}, quarantined{}, duplicates{}, pending{};
    std::uint64_t spooled{}; ///< acknowledged, and waiting on this machine for the brokers
    std::uint64_t resent{}; ///< journalled before this process started counting sockets, or answered from the journal
    std::uint64_t events_counted{}; ///< indicator events in the numbers
    bool counted{};                 ///< whatever was acknowledged before this was asked is in the numbers
};

/// What one message changed: a signed contribution, without the person.
struct MessageChange {
    std::string indicator, version;
    int sign{};
    Contribution contribution;
    std::string rule;
};

/// A message as the journal and the process stage know it. `bytes` and `fhir` hold identities: shown to a content role only.
/// An acknowledgement of a message, as it came.
struct ReceiptView {
    Ulid message;
    Millis received_ms{};
    std::string system, outcome, text; ///< accepted, later, refused
    std::uint32_t times{};
};

/// What an acknowledgement says of a message: its sender's id of it, and ours when it is in the log.
struct AcknowledgedView {
    std::string id, outcome, text;
    std::optional<Ulid> message;
};

struct MessageView {
    Ulid id;
    Millis received_ms{};
    std::string system, format, type, control_id, via;
    std::string status; ///< pending, processed, filtered, duplicate, quarantined, refused, spooled
    std::uint32_t partition{};
    std::uint64_t offset{};
    Issues issues;
    std::vector<std::pair<std::string, std::string>> resources; ///< type and id of what it became
    std::vector<MessageChange> changes;
    bool may_be_acknowledged{};      ///< by a message of its own; then `delivery` is what the newest final one says, "none" before it came
    std::string delivery;
    std::vector<ReceiptView> receipts;
    std::vector<AcknowledgedView> acknowledges; ///< of an acknowledgement
    std::string bytes;
    std::string fhir; ///< Bundle made from `bytes` under the recorded maps; empty when it cannot be
};

/// What is looked for among messages; empty: any.
struct MessageQuestion {
    std::string system, type; ///< `type`: how it begins, "ADT" or "ADT^A01"
    std::string status;       ///< as MessageView::status
    std::optional<Ulid> before;
    std::size_t limit{50};
};

/// One message without its content.
struct MessageLine {
    Ulid id;
    Millis received_ms{};
    std::string system, format, type, control_id;
    std::string status; ///< as MessageView::status; "unknown" in a partition that another process works on
    std::size_t bytes{};
};

struct MessageList {
    std::vector<MessageLine> messages; ///< newest first
    std::uint64_t searched{};          ///< messages looked at
    bool more{};                       ///< there are older ones that were not looked at: ask again with before = next
    Ulid next;                         ///< the oldest that was looked at
};

/// Why a message is listed: it could not be processed; it was, but somebody should know; its sender was told no.
enum class QuarantineKind { held, note, refused };

struct QuarantinedMessage {
    Ulid id;
    Millis received_ms{}, since_ms{};
    std::string system, format, type;
    std::string reason; ///< place and reason, no values
    std::uint64_t waiting{}; ///< messages parked behind it
    QuarantineKind kind{};
};

enum class CheckState { ok, degraded, failed };

/// One line of /readyz. `failed` takes the gateway out of service; `degraded` is told and lived with.
struct HealthCheck {
    std::string name; ///< journal, kafka, tracker, …
    CheckState state{};
    std::string detail;
};

struct JournalView {
    std::string kind; ///< embedded, kafka
    std::string health;
    std::vector<PartitionStats> partitions;
    std::optional<SpoolStats> spool{}; ///< none without Kafka
};

/// The stream held against a batch over all stored facts. `differences` hold no identities.
struct RecomputeView {
    std::size_t cells{}, identifiers{};
    std::vector<std::string> differences;
};

/// What came of trying a quarantined message again, or giving it up, and then those behind it.
struct RepairView {
    std::size_t processed{}, left{};
    std::string reason; ///< why the first of those left failed again; place and reason, no values
};

/// A request's body as single messages, views into it.
struct SplitBody {
    std::string format; ///< adapter; empty: no format recognises the body, or there is none of the name asked for
    std::vector<std::string_view> messages;
    Issues issues;
    std::deque<std::string> owned; ///< messages that share a header with others in the body, each with a copy of it
};
/// By the registry of formats; `format` empty: recognise.
SplitBody split_by_adapters(std::string_view body, std::string_view format);
/// What the format answers to a whole delivery (one CONTRL for an interchange of letters); empty when its messages are answered one by one.
std::string joined_acknowledgement(const std::vector<Receipt>& receipts);

/// Every function may be called from any thread and must come back by itself. An empty function means "not available here" (501).
struct ApiSources {
    Receiver* receiver{};
    std::function<SplitBody(std::string_view body, std::string_view format)> split = split_by_adapters; ///< for POST /api/v1/messages
    Tracker* tracker{};
    std::function<std::shared_ptr<const Packs>()> packs; ///< the active set
    std::function<std::shared_ptr<const std::vector<Goal>>()> goals; ///< the active set
    std::function<std::shared_ptr<const ChartNotes>()> chart_notes; ///< phases and annotations of charts; may be empty: there are none
    std::function<std::shared_ptr<const std::vector<StandardPopulation>>()> standards; ///< may be empty: there is only the country's own
    std::function<std::vector<SystemCounts>()> systems;
    std::function<std::vector<SystemCounts>()> received; ///< name and `received` alone, which costs no look into the lanes; may be empty
    std::function<BalanceCounts()> balance;
    std::function<Result<std::optional<MessageView>>(const Ulid& id)> message;
    std::function<Result<MessageList>(const MessageQuestion& question)> messages;
    std::function<Result<std::vector<QuarantinedMessage>>(std::size_t limit)> quarantine;
    std::function<Result<RecomputeView>()> recompute; ///< Errc::timed_out: messages kept coming
    /// Errc::not_found: it is not held; Errc::refused: it waits behind another, which has to go first.
    std::function<Result<RepairView>(const Ulid& id)> retry, discard;
    /// How numbers came about; all three lead to identities.
    std::function<Result<CellExplanation>(const CellQuestion& question)> explain_cell;
    std::function<Result<ContributionExplanation>(const std::string& ref)> explain_contribution;
    std::function<Result<MessageExplanation>(const Ulid& id, const std::string& indicator)> explain_message;
    std::function<std::vector<Signal>()> signals; ///< the newest of each partition
    std::function<std::vector<OpenCourse>()> open; ///< courses that a watch of limits follows, of all partitions
    std::function<JournalView()> journal;
    std::function<std::vector<HealthCheck>()> health;
    std::function<std::string()> metrics; ///< Prometheus text
    const Clock* clock{&system_clock()};
    int persons_min{5}; ///< what the tracker suppresses below, to be shown as "<5"
};

} // namespace sluse
