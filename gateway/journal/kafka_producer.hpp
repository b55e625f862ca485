// gateway/journal/kafka_producer.hpp — raw records to the brokers: idempotent, acks=all, answered when the broker has answered.
#pragma once

#include "gateway/journal/kafka_client.hpp"
#include "gateway/journal/one_batch.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>

namespace sluse::kafka {

/// Owns the producer and the thread that minds its errors and sends what had to wait. Thread-safe. Appends are answered from librdkafka's
/// threads, so an answer must not call it again. After a fatal error (fenced idempotence) it makes a new producer; records of the old one
/// are answered as not stored.
class Producer {
public:
    static Result<std::unique_ptr<Producer>> open(const KafkaOptions& options, std::uint32_t partitions);
    ~Producer();
    void append(std::uint32_t partition, std::string key, std::string value, Millis timestamp, Appended done);
    /// Empty when well.
    std::string health();
    /// True while appends fault at once.
    bool down() const { return down_; }
    /// No new appends; those in flight settle.
    void close();

private:
    struct Delivery {
        std::uint32_t partition;
        Millis timestamp;
        Appended done;
        std::string key, value; ///< librdkafka reads the value here until it is answered
        std::size_t bytes() const { return key.size() + value.size() + 64; }
    };
    using DeliveryPtr = std::unique_ptr<Delivery>;
    Producer(const KafkaOptions& options, std::uint32_t partitions);
    Result<void> connect();
    void send(DeliveryPtr delivery);
    void send_waiting();
    void answer(DeliveryPtr delivery, Result<Position> result);
    void ask_to_send();
    void watch();
    void renew();
    void settle(const rd_kafka_message_t& report);
    void probe();
    void recovered();
    void note(rd_kafka_resp_err_t error, const char* reason);
    static rd_kafka_resp_err_t on_acknowledgement(rd_kafka_t*, rd_kafka_message_t* report, void* self);
    static void on_error(rd_kafka_t*, int error, const char* reason, void* self);

    KafkaOptions options_;
    std::shared_mutex client_mutex_; ///< exclusive: replacing the client
    Client client_;
    TopicHandle raw_; ///< the topic, looked up once
    std::atomic<std::size_t> in_flight_{};
    std::atomic<bool> down_{}, fatal_{}, closing_{}, stopped_{};
    OneBatch<DeliveryPtr> batches_;
    std::mutex wake_mutex_;
    std::condition_variable wake_;
    std::atomic<bool> looks_soon_{}; ///< the watcher looks again within the patience of those that wait
    bool asked_{}; ///< under wake_mutex_: something that waited may be sent
    std::mutex trouble_mutex_;
    std::string trouble_;
    std::thread watcher_;
};

} // namespace sluse::kafka
