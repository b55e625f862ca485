// gateway/journal/kafka_producer.cpp — appends to sluse.raw, and what becomes of them while the brokers are away.
#include "gateway/journal/kafka_producer.hpp"

#include "gateway/base/threads.hpp"

#include <algorithm>
#include <chrono>

namespace sluse::kafka {
namespace {
constexpr int delivery_ms = 10'000; ///< an append is answered at last after this long
constexpr int probe_ms = 500;       ///< while the brokers are away appends fault at once, and they are asked this often
constexpr std::size_t batch_bytes_max = 900'000; ///< below librdkafka's batch.size, so that a batch is a request
constexpr std::chrono::microseconds look_every{100'000}, look_soon{1'000};
constexpr unsigned looks_when_quiet = 20; ///< while messages come, that this thread looks costs less than that each round wakes it
thread_local const void* appending = nullptr; ///< what this thread is handing to librdkafka
} // namespace

Producer::Producer(const KafkaOptions& options, std::uint32_t partitions) : options_(options), batches_(partitions, batch_bytes_max) {}

Result<std::unique_ptr<Producer>> Producer::open(const KafkaOptions& options, std::uint32_t partitions)
{
    std::unique_ptr<Producer> producer(new Producer(options, partitions));
    if (const auto connected = producer->connect(); !connected) return connected.error();
    producer->watcher_ = std::thread([raw = producer.get()] { raw->watch(); });
    return producer;
}

Result<void> Producer::connect()
{
    const auto kbytes = std::max<std::size_t>(1024, options_.append_bytes_max / 1024 * 2);
    auto conf = configure(options_, {{"enable.idempotence", "true"},
                                     {"acks", "all"},
                                     {"message.timeout.ms", std::to_string(delivery_ms)},
                                     {"linger.ms", "0"}, // a batch grows while those before it are under way; a lone message need not wait
                                     {"batch.num.messages", "10000"},
                                     {"compression.codec", "none"}, // small requests: compressing one costs more than sending it (docs/performance.md)
                                     {"queue.buffering.max.messages", "1000000"},
                                     {"queue.buffering.max.kbytes", std::to_string(kbytes)}});
    if (!conf) return conf.error();
    rd_kafka_conf_set_opaque(conf->get(), this);
    // Answers are taken where librdkafka's own thread has them: a delivery report would be a further thread to wake for each batch.
    const auto listen = [](rd_kafka_t* client, const rd_kafka_conf_t*, void* self, char*, std::size_t) {
        return rd_kafka_interceptor_add_on_acknowledgement(client, "sluse", on_acknowledgement, self);
    };
    rd_kafka_conf_interceptor_add_on_new(conf->get(), "sluse", listen, this);
    rd_kafka_conf_set_error_cb(conf->get(), on_error);
    auto client = create(RD_KAFKA_PRODUCER, std::move(*conf));
    if (!client) return client.error();
    raw_.reset(); // before the client that it belongs to
    client_ = std::move(*client);
    raw_.reset(rd_kafka_topic_new(client_.get(), topic_name(options_, Topic::raw).c_str(), nullptr));
    if (!raw_) return fault("no handle of the raw topic", rd_kafka_last_error());
    return {};
}

Producer::~Producer()
{
    close();
}

void Producer::append(std::uint32_t partition, std::string key, std::string value, Millis timestamp, Appended done)
{
    if (closing_) return done(Fault{Errc::closed, "journal: closed"});
    if (down_) return done(Fault{Errc::broker, "kafka: the brokers cannot be reached"});
    DeliveryPtr delivery(new Delivery{partition, timestamp, std::move(done), std::move(key), std::move(value)});
    const auto bytes = delivery->bytes();
    if (in_flight_.fetch_add(bytes) + bytes > options_.append_bytes_max) {
        in_flight_ -= bytes;
        return delivery->done(Fault{Errc::storage_full, "journal: append_bytes_max in flight"});
    }
    using Pushed = OneBatch<DeliveryPtr>::Pushed;
    switch (batches_.push(partition, delivery, bytes)) {
    case Pushed::send: {
        const std::shared_lock lock(client_mutex_);
        return send(std::move(delivery));
    }
    case Pushed::first:
        if (!looks_soon_) ask_to_send();
        return;
    case Pushed::ready: return ask_to_send();
    case Pushed::waits: return;
    }
}

/// Under client_mutex_.
void Producer::send(DeliveryPtr delivery)
{
    const auto& d = *delivery;
    appending = &d;
    const auto error = rd_kafka_producev(client_.get(), RD_KAFKA_V_RKT(raw_.get()), RD_KAFKA_V_PARTITION(static_cast<std::int32_t>(d.partition)),
                                         RD_KAFKA_V_KEY(d.key.data(), d.key.size()), RD_KAFKA_V_VALUE(const_cast<char*>(d.value.data()), d.value.size()),
                                         RD_KAFKA_V_TIMESTAMP(d.timestamp), RD_KAFKA_V_MSGFLAGS(0), // neither copied nor freed
                                         RD_KAFKA_V_OPAQUE(delivery.get()), RD_KAFKA_V_END);
    appending = nullptr;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) static_cast<void>(delivery.release()); // settle() owns it, and may have freed it
    else if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) answer(std::move(delivery), Fault{Errc::storage_full, "journal: the producer's queue is full"});
    else answer(std::move(delivery), fault("cannot append", error));
}

/// Of one that was sent, or was to be.
void Producer::answer(DeliveryPtr delivery, Result<Position> result)
{
    delivery->done(std::move(result));
    in_flight_ -= delivery->bytes();
    if (batches_.landed(delivery->partition)) ask_to_send();
}

/// For the watcher: librdkafka must not be called from its own answers.
void Producer::ask_to_send()
{
    {
        const std::lock_guard lock(wake_mutex_);
        if (std::exchange(asked_, true)) return;
    }
    wake_.notify_one();
}

/// What came while a batch of its partition was under way. While the brokers are away nobody may wait once more as long as that batch did.
void Producer::send_waiting()
{
    if (down_) {
        for (auto& delivery : batches_.drain()) {
            delivery->done(Fault{Errc::broker, "kafka: the brokers cannot be reached"});
            in_flight_ -= delivery->bytes();
        }
        return;
    }
    const std::shared_lock lock(client_mutex_);
    for (auto batch = batches_.next(); !batch.empty(); batch = batches_.next())
        for (auto& delivery : batch) send(std::move(delivery));
}

rd_kafka_resp_err_t Producer::on_acknowledgement(rd_kafka_t*, rd_kafka_message_t* report, void* self)
{
    // A record that is refused at once is reported here too, within the call that refuses it; send() answers that one.
    if (report->_private && report->_private != appending) static_cast<Producer*>(self)->settle(*report);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void Producer::settle(const rd_kafka_message_t& report)
{
    DeliveryPtr delivery(static_cast<Delivery*>(report._private));
    if (report.err) {
        note(report.err, rd_kafka_err2str(report.err));
        answer(std::move(delivery), fault("not stored", report.err));
    } else {
        recovered();
        answer(std::move(delivery), Position{static_cast<std::uint32_t>(report.partition), static_cast<std::uint64_t>(report.offset)});
    }
}

void Producer::on_error(rd_kafka_t* client, int error, const char* reason, void* self)
{
    auto code = static_cast<rd_kafka_resp_err_t>(error);
    char text[512];
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        code = rd_kafka_fatal_error(client, text, sizeof text);
        static_cast<Producer*>(self)->fatal_ = true;
        reason = text;
    }
    static_cast<Producer*>(self)->note(code, reason);
}

void Producer::note(rd_kafka_resp_err_t error, const char* reason)
{
    const bool away = error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || error == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT;
    if (!away && !fatal_) return; // librdkafka mends one broker's connection by itself
    const std::lock_guard lock(trouble_mutex_);
    down_ = true;
    trouble_ = std::string("kafka: ") + reason;
}

void Producer::recovered()
{
    if (!down_) return;
    const std::lock_guard lock(trouble_mutex_);
    down_ = false;
    trouble_.clear();
}

void Producer::probe()
{
    const rd_kafka_metadata_t* metadata = nullptr;
    if (rd_kafka_metadata(client_.get(), 0, raw_.get(), &metadata, probe_ms)) return;
    rd_kafka_metadata_destroy(metadata);
    recovered();
}

std::string Producer::health()
{
    const std::lock_guard lock(trouble_mutex_);
    return down_ ? trouble_ : std::string();
}

/// Sends what may go now, hears the errors that librdkafka has to tell, and does what follows from them.
void Producer::watch()
{
    name_this_thread("sluse-kafka");
    unsigned quiet = 0; ///< looks in a row that found nothing waiting
    while (!stopped_) {
        {
            std::unique_lock lock(wake_mutex_);
            looks_soon_ = false; // before asking: who comes after that finds it so, and wakes this thread
            quiet = batches_.waits() ? 0 : quiet + 1;
            looks_soon_ = quiet < looks_when_quiet;
            wake_.wait_for(lock, looks_soon_ ? look_soon : look_every, [this] { return asked_ || stopped_; });
            asked_ = false;
        }
        batches_.overdue();
        send_waiting();
        static_cast<void>(rd_kafka_poll(client_.get(), 0));
        if (down_ && !fatal_ && !closing_) probe();
        if (fatal_) renew();
    }
}

/// Sequence numbers are lost: what is queued in the old producer can no longer be stored in order.
void Producer::renew()
{
    static_cast<void>(rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT));
    static_cast<void>(rd_kafka_flush(client_.get(), 1000));
    const std::unique_lock lock(client_mutex_);
    static_cast<void>(rd_kafka_flush(client_.get(), 1000)); // those that came between
    if (connect()) fatal_ = false;
}

void Producer::close()
{
    if (closing_.exchange(true)) return;
    for (auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(delivery_ms + 1000);
         client_ && !batches_.idle() && std::chrono::steady_clock::now() < until;)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    {
        const std::lock_guard lock(wake_mutex_);
        stopped_ = true;
    }
    wake_.notify_one();
    if (watcher_.joinable()) watcher_.join();
    if (!client_) return;
    static_cast<void>(rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT));
    static_cast<void>(rd_kafka_flush(client_.get(), 1000)); // every append gets its answer
    for (auto& delivery : batches_.drain()) delivery->done(Fault{Errc::closed, "journal: closed"});
    raw_.reset();
    client_.reset();
}

} // namespace sluse::kafka
