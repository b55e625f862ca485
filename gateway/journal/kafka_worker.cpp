// gateway/journal/kafka_worker.cpp — the member's session: polling, units, and its end. Restoring is in kafka_restore.cpp.
#include "gateway/journal/kafka_worker.hpp"

#include "gateway/base/threads.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

namespace sluse::kafka {
namespace {
constexpr std::size_t batch_bytes_max = 8u << 20;
constexpr std::size_t raw_index = 0, facts_index = 1;
} // namespace

Worker::Worker(const KafkaOptions& options, std::uint32_t partitions, Store& cache, rd_kafka_t* observer, rd_kafka_t* reading)
    : options_(options), partitions_(partitions), cache_(cache), observer_(observer), reading_(reading), changelog_(changelog_name(options)),
      reported_(partitions)
{
    for (std::size_t i = 0; i < topic_count; ++i) topics_[i] = topic_name(options, static_cast<Topic>(i));
}

Worker::~Worker()
{
    close();
}

void Worker::start(std::unique_ptr<Processor> processor)
{
    processor_ = std::move(processor);
    thread_ = std::thread([this] { run(); });
}

void Worker::close()
{
    stopping_ = true;
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    const std::lock_guard lock(mutex_);
    for (auto& task : tasks_) task.done.set_value(Fault{Errc::closed, "journal: closed"});
    tasks_.clear();
}

void Worker::run()
{
    name_this_thread("sluse-work");
    give_way_to_acknowledgements();
    auto back_off = std::chrono::milliseconds(100);
    while (!stopping_) {
        const auto began = std::chrono::steady_clock::now();
        const auto ended = session();
        close_session();
        if (ended || stopping_) continue;
        trouble(ended.error().where);
        if (std::chrono::steady_clock::now() - began > std::chrono::seconds(30)) back_off = std::chrono::milliseconds(100);
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, back_off, [&] { return stopping_.load(); });
        back_off = std::min(back_off * 2, std::chrono::milliseconds(5000));
    }
}

Result<void> Worker::session()
{
    if (const auto opened = open_session(); !opened) return opened;
    while (!stopping_) {
        Batch batch;
        if (const auto collected = collect(batch, 100); !collected) return collected;
        if (!batch.empty()) {
            if (const auto done = process(batch); !done) {
                trouble(done.error().where);
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
            }
        }
        if (broken_) return *broken_;
        if (const auto ran = run_tasks(); !ran) return ran;
    }
    return {};
}

Result<void> Worker::open_session()
{
    broken_.reset();
    pending_.clear();
    const auto session = std::to_string(options_.session_timeout_ms);
    auto conf = configure(options_, {{"transactional.id", options_.topic_prefix + options_.group + '.' + options_.instance},
                                     {"transaction.timeout.ms", std::to_string(std::max<Millis>(options_.session_timeout_ms, 10'000))},
                                     {"linger.ms", "2"},
                                     {"compression.codec", "lz4"},
                                     {"batch.num.messages", "10000"},
                                     {"queue.buffering.max.messages", "1000000"}});
    if (!conf) return conf.error();
    rd_kafka_conf_set_opaque(conf->get(), this);
    rd_kafka_conf_set_dr_msg_cb(conf->get(), on_report);
    auto producer = create(RD_KAFKA_PRODUCER, std::move(*conf));
    if (!producer) return producer.error();
    producer_ = std::move(*producer);
    // Settles what an earlier life of this instance left open, and fences it should it still live.
    if (const Error error{rd_kafka_init_transactions(producer_.get(), 30'000)}) return fault("cannot begin transactions", error);

    auto group = configure(options_, {{"group.id", options_.group},
                                      {"partition.assignment.strategy", "range"},
                                      {"isolation.level", "read_committed"},
                                      {"enable.auto.commit", "false"},
                                      {"enable.auto.offset.store", "false"},
                                      {"auto.offset.reset", "earliest"},
                                      {"enable.partition.eof", "true"},
                                      {"session.timeout.ms", session},
                                      {"heartbeat.interval.ms", std::to_string(std::max<Millis>(options_.session_timeout_ms / 4, 200))},
                                      {"max.poll.interval.ms", std::to_string(std::max<Millis>(options_.session_timeout_ms, 300'000))},
                                      {"queued.max.messages.kbytes", "16384"},
                                      {"fetch.wait.max.ms", "100"},
                                      {"fetch.error.backoff.ms", "100"}});
    if (!group) return group.error();
    rd_kafka_conf_set_opaque(group->get(), this);
    rd_kafka_conf_set_rebalance_cb(group->get(), on_rebalance);
    auto consumer = create(RD_KAFKA_CONSUMER, std::move(*group));
    if (!consumer) return consumer.error();
    consumer_ = std::move(*consumer);
    static_cast<void>(rd_kafka_poll_set_consumer(consumer_.get()));
    const Places topics(rd_kafka_topic_partition_list_new(2));
    for (const auto topic : {Topic::raw, Topic::facts})
        rd_kafka_topic_partition_list_add(topics.get(), topics_[static_cast<std::size_t>(topic)].c_str(), RD_KAFKA_PARTITION_UA);
    if (const auto error = rd_kafka_subscribe(consumer_.get(), topics.get())) return fault("cannot join the group", error);
    return {};
}

void Worker::close_session()
{
    if (consumer_) {
        static_cast<void>(rd_kafka_consumer_close(consumer_.get())); // leaves the group; revokes through on_rebalance
        consumer_.reset();
    }
    revoked();
    if (!producer_) return;
    static_cast<void>(rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT));
    producer_.reset();
}

Result<void> Worker::collect(Batch& batch, int wait_ms)
{
    pending_.clear();
    pending_records_ = 0;
    std::size_t bytes = 0;
    for (Message message(rd_kafka_consumer_poll(consumer_.get(), wait_ms)); message; message.reset(rd_kafka_consumer_poll(consumer_.get(), 0))) {
        if (broken_) return *broken_;
        if (message->err == RD_KAFKA_RESP_ERR__FATAL) return fault("the group", message->err);
        if (!message->err || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) take(pending_, *message);
        else trouble(std::string("kafka: ") + rd_kafka_err2str(message->err));
        bytes += message->len;
        if (pending_records_ >= options_.unit_records_max || bytes > batch_bytes_max) break;
    }
    if (broken_) return *broken_;
    batch = std::exchange(pending_, {});
    return {};
}

void Worker::take(Batch& batch, const rd_kafka_message_t& message)
{
    const auto partition = static_cast<std::uint32_t>(message.partition);
    const bool raw = rd_kafka_topic_name(message.rkt) == topics_[static_cast<std::size_t>(Topic::raw)];
    const auto index = raw ? raw_index : facts_index;
    const auto found = homes_.find(partition);
    if (found == homes_.end()) return;
    const auto offset = static_cast<std::uint64_t>(message.offset);
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        // Markers of transactions take offsets too: at the end, everything before it is done although no record stands there.
        if (const auto work = batch.find(partition); work != batch.end() && work->second.moved[index]) {
            work->second.next[index] = offset;
        } else {
            const std::lock_guard lock(mutex_);
            found->second.committed[index] = std::max(found->second.committed[index], offset);
        }
        return;
    }
    if (offset < found->second.committed[index]) return;
    auto& work = batch[partition];
    Record record{partition, offset, rd_kafka_message_timestamp(&message, nullptr),
                  std::string(static_cast<const char*>(message.key), message.key_len),
                  std::string(static_cast<const char*>(message.payload), message.len)};
    (raw ? work.raw : work.facts).push_back(std::move(record));
    work.next[index] = offset + 1;
    work.moved[index] = true;
    ++pending_records_;
}

Result<void> Worker::process(Batch& batch)
{
    std::vector<Done> units;
    std::optional<Fault> failed;
    for (auto& [partition, work] : batch) {
        auto& done = units.emplace_back();
        done.source = std::make_unique<StoredState>(cache_, 1 + partition, partition);
        done.unit = std::make_unique<OverlayUnit>(*done.source, partition, partitions_);
        done.at = work.raw.empty() ? work.facts.back().timestamp : work.raw.back().timestamp;
        done.next = work.next;
        done.moved = work.moved;
        try {
            for (const auto& record : work.facts) processor_->process(Topic::facts, record, *done.unit);
            for (const auto& record : work.raw) processor_->process(Topic::raw, record, *done.unit);
            processor_->flush(*done.unit);
        } catch (const std::exception&) { // a bug in the processor; its text may name a patient
            failed = Fault{Errc::refused, "journal: the processor threw in partition " + std::to_string(partition)};
        }
        if (done.source->fault()) failed = *done.source->fault();
    }
    if (failed) return give_up(units, *failed, false);
    return transact(units);
}

Result<void> Worker::execute(std::uint32_t partition, std::function<void(Unit&, Processor&)> change)
{
    std::future<Result<void>> done;
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return Fault{Errc::closed, "journal: closed"};
        if (!homes_.contains(partition)) return Fault{Errc::not_found, "journal: another process works on this partition"};
        tasks_.push_back({partition, std::move(change), {}});
        done = tasks_.back().done.get_future();
    }
    return done.get();
}

Result<void> Worker::run_tasks()
{
    for (;;) {
        std::optional<Task> task;
        {
            const std::lock_guard lock(mutex_);
            if (tasks_.empty()) return {};
            task = std::move(tasks_.front());
            tasks_.pop_front();
        }
        const auto home = homes_.find(task->partition);
        if (home == homes_.end()) {
            task->done.set_value(Fault{Errc::not_found, "journal: another process works on this partition"});
            continue;
        }
        std::vector<Done> units;
        auto& done = units.emplace_back();
        done.source = std::make_unique<StoredState>(cache_, 1 + task->partition, task->partition);
        done.unit = std::make_unique<OverlayUnit>(*done.source, task->partition, partitions_);
        done.next = home->second.committed; // committed once more: only a member of the present generation may
        done.moved = {true, true};
        std::optional<Fault> failed;
        try {
            task->change(*done.unit, *processor_);
            processor_->flush(*done.unit);
        } catch (const std::exception&) {
            failed = Fault{Errc::refused, "journal: the processor threw in partition " + std::to_string(task->partition)};
        }
        if (done.source->fault()) failed = *done.source->fault();
        task->done.set_value(failed ? give_up(units, *failed, false) : transact(units));
        if (broken_) return *broken_;
    }
}

Worker::Progress Worker::progress(std::uint32_t partition)
{
    const std::lock_guard lock(mutex_);
    const auto home = homes_.find(partition);
    if (home == homes_.end()) return {};
    return {true, home->second.committed[raw_index], home->second.committed[facts_index]};
}

std::string Worker::health()
{
    const std::lock_guard lock(mutex_);
    return trouble_;
}

void Worker::trouble(const std::string& text)
{
    const std::lock_guard lock(mutex_);
    trouble_ = text;
}

} // namespace sluse::kafka
