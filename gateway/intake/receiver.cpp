// gateway/intake/receiver.cpp — one message from a listener to the journal and its acknowledgement back (design, decision 2).
#include "gateway/intake/receiver.hpp"

#include "adapters/adapter.hpp"
#include "gateway/base/log_lines.hpp"
#include "gateway/intake/control_ids.hpp"
#include "gateway/intake/tallies.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <shared_mutex>

namespace sluse {
namespace {

constexpr Millis clock_back_ms = 2 * second_ms; ///< synchronisation slews; what it steps back by less is not worth a word

class Intake;

/// One message under way. On the heap before check(), because what check() returns views `delivery.bytes`. Owned by receive(), then by
/// the append's answer.
struct Flight {
    Intake* intake{};
    Delivery delivery;
    std::function<void(Receipt)> done;
    const Systems* systems{}; ///< only while receive() runs
    const Adapter* adapter{};
    const System* system{};
    Checked checked;
    Envelope envelope; ///< without bytes: they stay in delivery
    Receipt receipt;
    Tally* tally{};
    std::chrono::steady_clock::time_point began{std::chrono::steady_clock::now()};
    std::string claimed; ///< its key in ControlIds, when it claimed one
    std::string id_text;
    /// Distinct from the message's own id and within 20 characters, which is all that MSH-10 allows before version 2.7.
    std::string_view ack_id() const { return std::string_view(id_text).substr(6); }
};

/// What this thread found before, so that messages on several threads do not meet at a lock. `of` changes with each reload.
struct Found {
    std::uint64_t of{};
    std::shared_ptr<const Systems> systems;
    std::unordered_map<std::string, Tally*> tallies;
};

std::atomic<std::uint64_t> found_of{1}; ///< distinct for every receiver and reload in the process

Issue error(IssueKind kind, std::string path, std::string text)
{
    return {Severity::error, kind, std::move(path), std::move(text)};
}

class Intake final : public JournalReceiver {
public:
    Intake(Log& log, ReceiverOptions options)
        : log_(log), options_(std::move(options)), systems_(std::move(options_.systems)), tallies_(*options_.metrics, options_.systems_max), control_ids_(options_.control_ids_max), envelope_ids_(options_.control_ids_max),
          in_flight_(options_.metrics->gauge("sluse_messages_in_flight", "Messages received and not yet answered.")),
          seconds_(options_.metrics->histogram("sluse_acknowledge_seconds", "From the whole message to its answer, journal included."))
    {
    }

    void receive(Delivery delivery, std::function<void(Receipt)> done) override;

    void reload(std::shared_ptr<const Systems> systems) override
    {
        const std::unique_lock lock(mutex_);
        systems_ = std::move(systems);
        now_ = found_of++;
    }

    std::shared_ptr<const Systems> systems() const override
    {
        const std::shared_lock lock(mutex_);
        return systems_;
    }

private:
    const Adapter* choose(const Delivery& delivery) const;
    void check(Flight& flight);
    void identify(Flight& flight) const;
    void hold_to_rules(Flight& flight);
    bool reuses_control_id(Flight& flight);
    bool reuses_envelope(const Flight& flight);
    Found& found();
    void append(std::unique_ptr<Flight> flight);
    void appended(Flight& flight, const Result<Position>& at);
    void settle(Flight& flight, Answer answer);
    void refuse(Flight& flight);
    std::string reply(const Flight& flight, Answer answer) const;
    Tally& tally(Found& found, const std::string& system);
    Ulid next_id(Millis now) const;

    Log& log_;
    ReceiverOptions options_;
    mutable std::shared_mutex mutex_; ///< systems_
    std::shared_ptr<const Systems> systems_;
    Tallies tallies_;
    std::atomic<std::uint64_t> now_{found_of++};
    ControlIds control_ids_, envelope_ids_;
    Gauge& in_flight_;
    Histogram& seconds_;
};

const Adapter* Intake::choose(const Delivery& delivery) const
{
    const auto by = [&](auto&& wanted) -> const Adapter* {
        const auto found = std::ranges::find_if(options_.adapters, wanted);
        return found == options_.adapters.end() ? nullptr : &*found;
    };
    if (!delivery.format.empty()) return by([&](const Adapter& a) { return a.name == delivery.format; });
    // MLLP carries HL7 v2, and what comes in its frames gets HL7's answer, also when it is something else: a CDA document or a letter
    // has none of its own there, and silence would be taken for a lost line.
    if (delivery.via == "mllp") return by([](const Adapter& a) { return a.name == "hl7v2"; });
    return by([&](const Adapter& a) { return a.recognises(delivery.text()); });
}

void Intake::identify(Flight& flight) const
{
    const auto& systems = *flight.systems;
    flight.system = flight.delivery.system.empty() ? systems.sender(flight.checked.system) : systems.named(flight.delivery.system);
    flight.envelope.system = flight.system                      ? flight.system->settings.name
                             : !flight.delivery.system.empty() ? flight.delivery.system
                                                               : flight.checked.system;
    if (flight.envelope.system.empty()) flight.envelope.system = "unknown";
}

void Intake::check(Flight& flight)
{
    const auto& systems = *flight.systems;
    const auto bytes = flight.delivery.text();
    flight.adapter = choose(flight.delivery);
    if (!flight.adapter) {
        flight.checked.answer = Answer::refused;
        flight.checked.issues.push_back(error(IssueKind::unsupported_type, "", "is not in a format this gateway knows"));
        return identify(flight);
    }
    const auto* guess = flight.delivery.system.empty() ? systems.sender(sender_in(bytes)) : systems.named(flight.delivery.system);
    const auto* settings = guess ? &guess->settings : &systems.defaults();
    flight.checked = flight.adapter->check(bytes, *settings);
    identify(flight);
    const auto* right = flight.system ? &flight.system->settings : &systems.defaults();
    // The first look guessed another sender than the decoder found: read it again as that system's.
    if (right != settings) flight.checked = flight.adapter->check(bytes, *right);
    hold_to_locations(*flight.adapter, flight.checked, systems.own_locations());
}

bool Intake::reuses_control_id(Flight& flight)
{
    const auto& e = flight.envelope;
    if (!flight.system || !flight.system->settings.refuse_reused_control_id || e.control_id.empty()) return false;
    std::string own;
    const auto hash = sha256(identity_of(flight.adapter, flight.delivery.text(), flight.checked, own));
    const auto key = e.system + '\x1f' + e.control_id;
    if (!control_ids_.find(key) && options_.known_control_id)
        if (const auto known = options_.known_control_id(e.lane, e.system, e.control_id); known && *known != hash) return true;
    if (control_ids_.claim(key, hash) != hash) return true;
    flight.claimed = key;
    return false;
}

/// An envelope's id names one sending: the same id around another message is a protocol error (MedCom's rules for duplicates). Told from
/// what this process has seen; the lane tells duplicates of the message itself for good.
bool Intake::reuses_envelope(const Flight& flight)
{
    const auto& checked = flight.checked;
    if (checked.envelope_id.empty()) return false;
    const auto message = sha256(checked.control_id);
    return envelope_ids_.claim(flight.envelope.system + '\x1f' + checked.envelope_id, message) != message;
}

/// What the gateway demands beside what the format does: the right certificate, and a fresh control id where configured.
void Intake::hold_to_rules(Flight& flight)
{
    auto& checked = flight.checked;
    if (!flight.systems->allowed(flight.system, flight.delivery.certificate_names.get())) {
        checked.answer = Answer::refused;
        checked.issues.insert(checked.issues.begin(), error(IssueKind::unknown_key, flight.adapter && flight.adapter->name == "hl7v2" ? "MSH-3" : "",
                                                            "names a system that this client's certificate may not speak for"));
    } else if (checked.answer == Answer::accepted && reuses_control_id(flight)) {
        checked.answer = Answer::refused;
        checked.issues.insert(checked.issues.begin(), error(IssueKind::duplicate_key, flight.adapter->name == "hl7v2" ? "MSH-10" : "",
                                                            "was used before for a message with other content"));
        flight.tally->reused.add();
    } else if (checked.answer == Answer::accepted && reuses_envelope(flight)) {
        checked.answer = Answer::refused;
        checked.issues.insert(checked.issues.begin(), error(IssueKind::duplicate_key, "EnvelopeIdentifier", "was used before around another message: give each envelope an id of its own"));
    }
}

/// Ids keep the order in which messages came, also when the clock is set back: then they tell a later time than their `received_ms`.
Ulid Intake::next_id(Millis now) const
{
    thread_local UlidSource source;
    const auto id = source.next(now);
    if (const auto ahead = id.time() - now; ahead > clock_back_ms)
        log_lines().warn("intake.clock_set_back", {{"seconds", (ahead + second_ms / 2) / second_ms}, {"do", "look at the clock's synchronisation; times of receipt and periods of what came meanwhile are wrong by as much"}});
    return id;
}

Found& Intake::found()
{
    thread_local Found found;
    const auto now = now_.load(std::memory_order_acquire);
    if (found.of != now) found = {now, systems(), {}};
    return found;
}

void Intake::receive(Delivery delivery, std::function<void(Receipt)> done)
{
    auto flight = std::make_unique<Flight>();
    flight->intake = this;
    flight->delivery = std::move(delivery);
    flight->done = std::move(done);
    auto& found = this->found();
    flight->systems = found.systems.get();
    auto& e = flight->envelope;
    e.received_ms = options_.clock->now();
    e.id = next_id(e.received_ms);
    flight->id_text = e.id.text();
    try {
        check(*flight);
    } catch (const std::exception& bug) { // a decoder must not throw; if one does, it costs this message only
        log_lines().error("intake.decoder_threw", {{"message_id", flight->id_text}});
        flight->checked = {};
        flight->checked.answer = Answer::content_error;
        flight->checked.issues.push_back(error(IssueKind::internal, "", "could not be decoded"));
        identify(*flight);
    }
    e.format = flight->adapter ? flight->adapter->name : "unknown";
    e.type = flight->checked.type;
    e.control_id = flight->checked.control_id;
    e.via = flight->delivery.via;
    const auto& persons = flight->checked.persons;
    e.lane = persons.empty() ? lane_of_system(options_.lane_key, e.system) : lane_of(options_.lane_key, persons.front());
    flight->tally = &tally(found, e.system);
    flight->tally->received.add();
    flight->tally->bytes.add(flight->delivery.text().size());
    flight->tally->last.set(static_cast<double>(e.received_ms) / 1000);
    in_flight_.add(1);
    hold_to_rules(*flight);
    if (flight->system) flight->receipt.pause_ms = flight->tally->ahead_of(flight->system->messages_per_second_max, e.received_ms);
    if (flight->checked.answer == Answer::accepted) append(std::move(flight));
    else refuse(*flight);
}

/// The first line of a message that was borrowed: all that a negative answer is made from once the message has gone.
std::string header_in(std::string_view message)
{
    constexpr std::size_t header_bytes_max = 1024;
    return std::string(message.substr(0, std::min(message.find('\r'), header_bytes_max)));
}

void Intake::append(std::unique_ptr<Flight> flight)
{
    auto& e = flight->envelope;
    // Made before the append, so that the journal's thread only hands it over; it leaves only after the append succeeded.
    flight->receipt.reply = reply(*flight, Answer::accepted);
    flight->checked.decoded.reset(); // here, where its memory came from and is wanted next
    std::string record;
    encode(e, flight->delivery.text(), record);
    if (flight->delivery.bytes.empty()) flight->delivery.bytes = header_in(flight->delivery.borrowed);
    const auto partition = e.lane.partition(log_.partitions());
    auto key = hex(view(e.lane.digest).substr(0, 16));
    const bool may_spool = flight->system && flight->system->settings.spool;
    const auto at = e.received_ms;
    // A bare pointer, because that fits into the function without another allocation. The log calls exactly once.
    log_.append_message(partition, std::move(key), std::move(record), at, may_spool, [raw = flight.release()](const Result<Position>& done) {
        const std::unique_ptr<Flight> landed(raw);
        landed->intake->appended(*landed, done);
    });
}

void Intake::appended(Flight& flight, const Result<Position>& at)
{
    if (at) return settle(flight, Answer::accepted);
    if (!flight.claimed.empty()) control_ids_.forget(flight.claimed);
    log_lines().error("intake.append_failed", {{"system", flight.envelope.system}, {"fault", name(at.error().code)}, {"where", at.error().where}});
    flight.checked.issues.insert(flight.checked.issues.begin(), error(IssueKind::internal, "", "could not be stored now; send it again"));
    if (flight.delivery.borrowed.empty()) // some formats answer from what they decoded
        flight.checked.decoded = flight.adapter->check(flight.delivery.bytes, systems()->settings(flight.envelope.system)).decoded;
    flight.receipt.reply = reply(flight, Answer::store_failed);
    settle(flight, Answer::store_failed);
}

void Intake::refuse(Flight& flight)
{
    flight.receipt.reply = reply(flight, flight.checked.answer);
    if (options_.keep_refused && flight.tally->may_keep(options_.kept_per_minute_max, flight.envelope.received_ms)) {
        const auto& e = flight.envelope;
        flight.receipt.id = e.id;
        options_.keep_refused({e.id, e.received_ms, e.system, e.format, e.type, e.control_id, e.via, flight.delivery.peer, flight.checked.answer,
                               flight.checked.issues, std::string(flight.delivery.text())});
    }
    settle(flight, flight.checked.answer);
}

std::string Intake::reply(const Flight& flight, Answer answer) const
{
    if (!flight.adapter) return {};
    return flight.adapter->acknowledge(flight.delivery.text(), flight.checked, answer, {flight.envelope.received_ms, std::string(flight.ack_id()), flight.id_text});
}

void Intake::settle(Flight& flight, Answer answer)
{
    auto& t = *flight.tally;
    (answer == Answer::accepted        ? t.acknowledged
     : answer == Answer::content_error ? t.content
     : answer == Answer::refused       ? t.refused
                                       : t.store)
        .add();
    in_flight_.add(-1);
    seconds_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - flight.began).count());
    auto& e = flight.envelope;
    auto& receipt = flight.receipt;
    receipt.answer = answer;
    if (answer == Answer::accepted) receipt.id = e.id;
    receipt.format = std::move(e.format);
    receipt.system = std::move(e.system);
    receipt.type = std::move(e.type);
    receipt.control_id = std::move(e.control_id);
    receipt.issues = std::move(flight.checked.issues);
    const auto done = std::move(flight.done);
    done(std::move(receipt));
}

Tally& Intake::tally(Found& found, const std::string& system)
{
    if (const auto at = found.tallies.find(system); at != found.tallies.end()) return *at->second;
    const auto place = tallies_.of(system);
    if (place.own) found.tallies.emplace(system, &place.tally);
    return place.tally;
}

} // namespace

std::unique_ptr<JournalReceiver> make_receiver(Log& log, ReceiverOptions options)
{
    return std::make_unique<Intake>(log, std::move(options));
}

} // namespace sluse
