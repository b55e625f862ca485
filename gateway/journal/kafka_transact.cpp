// gateway/journal/kafka_transact.cpp — a batch's units as one transaction: outputs, changelog and offsets, fenced by the group.
#include "gateway/journal/kafka_worker.hpp"

#include <algorithm>
#include <chrono>

namespace sluse::kafka {
namespace {
constexpr auto patience = std::chrono::seconds(60); ///< for what librdkafka calls retriable, before the session is given up

/// Repeats `call` while its error may be retried. The last error, or none.
template <class Call> Error persistently(const Call& call)
{
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        Error error{call()};
        if (!error || !rd_kafka_error_is_retriable(error.get()) || std::chrono::steady_clock::now() > deadline) return error;
    }
}
} // namespace

Result<void> Worker::transact(std::vector<Done>& units)
{
    std::ranges::fill(reported_, 0);
    if (const Error error{rd_kafka_begin_transaction(producer_.get())}) {
        broken_ = fault("cannot begin a transaction", error);
        return *broken_;
    }
    for (const auto& done : units)
        if (const auto produced = produce(done); !produced) return give_up(units, produced.error(), true);
    if (const auto committed = commit(units); !committed) {
        if (broken_) return committed; // the outcome is unknown: only the changelog can tell
        return give_up(units, committed.error(), true);
    }
    if (const auto kept = keep(units); !kept) {
        broken_ = kept.error();
        return kept;
    }
    advance(units);
    return {};
}

Result<void> Worker::produce(const Done& done)
{
    const auto partition = done.unit->partition();
    for (const auto& [topic, to, key, value] : done.unit->sent()) {
        const std::string_view bytes = value;
        const bool no_more = value.empty() && compacted(topic);
        const auto sent = produce_one(topics_[static_cast<std::size_t>(topic)], to, key, no_more ? nullptr : &bytes, done.at, nullptr);
        if (!sent) return sent;
    }
    for (const auto* change : done.unit->changes()) {
        const auto& [key, value] = *change;
        const std::string_view bytes = value ? std::string_view(*value) : std::string_view();
        const auto sent = produce_one(changelog_, partition, key, value ? &bytes : nullptr, done.at, &reported_[partition]);
        if (!sent) return sent;
    }
    return {};
}

Result<void> Worker::produce_one(const std::string& topic, std::uint32_t partition, std::string_view key, const std::string_view* value,
                                 Millis at, void* stamp)
{
    const auto deadline = std::chrono::steady_clock::now() + patience;
    static const char nothing = 0; // an empty value is not an absent one
    const void* bytes = value ? (value->empty() ? &nothing : value->data()) : nullptr;
    for (;;) {
        const auto error = rd_kafka_producev(producer_.get(), RD_KAFKA_V_TOPIC(topic.c_str()),
                                             RD_KAFKA_V_PARTITION(static_cast<std::int32_t>(partition)),
                                             RD_KAFKA_V_KEY(key.data(), key.size()), RD_KAFKA_V_VALUE(const_cast<void*>(bytes), value ? value->size() : 0),
                                             RD_KAFKA_V_TIMESTAMP(at), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(stamp),
                                             RD_KAFKA_V_END);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL || std::chrono::steady_clock::now() > deadline) return fault("cannot produce to " + topic, error);
        static_cast<void>(rd_kafka_poll(producer_.get(), 50));
    }
}

void Worker::on_report(rd_kafka_t*, const rd_kafka_message_t* report, void*)
{
    if (report->err || !report->_private) return; // a failed record fails its transaction
    auto& next = *static_cast<std::uint64_t*>(report->_private);
    next = std::max(next, static_cast<std::uint64_t>(report->offset) + 1);
}

Result<void> Worker::commit(const std::vector<Done>& units)
{
    const Places places(rd_kafka_topic_partition_list_new(static_cast<int>(2 * units.size())));
    for (const auto& done : units) {
        for (std::size_t index = 0; index < 2; ++index) {
            if (!done.moved[index]) continue;
            const auto& topic = topics_[index == 0 ? static_cast<std::size_t>(Topic::raw) : static_cast<std::size_t>(Topic::facts)];
            auto* place = rd_kafka_topic_partition_list_add(places.get(), topic.c_str(), static_cast<std::int32_t>(done.unit->partition()));
            place->offset = static_cast<std::int64_t>(done.next[index]);
            mark_key(*place, options_);
        }
    }
    // The generation in it is what fences a process that lost its partitions while it was stopped.
    const GroupMetadata group(rd_kafka_consumer_group_metadata(consumer_.get()));
    const auto refused = persistently([&] {
        return rd_kafka_send_offsets_to_transaction(producer_.get(), places.get(), group.get(), 10'000);
    });
    if (refused) {
        if (rd_kafka_error_is_fatal(refused.get())) broken_ = fault("the transaction is fenced", refused);
        return fault("offsets were refused", refused);
    }
    const auto failed = persistently([&] { return rd_kafka_commit_transaction(producer_.get(), 10'000); });
    if (!failed) return {};
    if (!rd_kafka_error_txn_requires_abort(failed.get())) broken_ = fault("a commit's outcome is unknown", failed);
    return fault("the transaction was not committed", failed);
}

Result<void> Worker::give_up(std::vector<Done>& units, Fault why, bool open)
{
    for (const auto& done : units) processor_->forget(done.unit->partition());
    if (broken_) return why;
    if (open) {
        const auto failed = persistently([&] { return rd_kafka_abort_transaction(producer_.get(), 10'000); });
        if (failed) {
            broken_ = fault("cannot abort", failed);
            return *broken_;
        }
    }
    const Places places(rd_kafka_topic_partition_list_new(static_cast<int>(2 * units.size())));
    for (const auto& done : units) {
        const auto home = homes_.find(done.unit->partition());
        if (home == homes_.end()) continue;
        for (std::size_t index = 0; index < 2; ++index) {
            if (!done.moved[index]) continue;
            const auto& topic = topics_[index == 0 ? static_cast<std::size_t>(Topic::raw) : static_cast<std::size_t>(Topic::facts)];
            rd_kafka_topic_partition_list_add(places.get(), topic.c_str(), static_cast<std::int32_t>(home->first))->offset =
                static_cast<std::int64_t>(home->second.committed[index]);
        }
    }
    const Error error{rd_kafka_seek_partitions(consumer_.get(), places.get(), 10'000)};
    bool back = !error;
    for (int i = 0; i < places->cnt; ++i) back = back && !places->elems[i].err;
    if (!back) broken_ = Fault{Errc::broker, "kafka: cannot go back to the committed offsets after: " + why.where};
    return why;
}

Result<void> Worker::keep(const std::vector<Done>& units)
{
    Store::Batch batch(cache_);
    std::string key;
    for (const auto& done : units) {
        const auto partition = done.unit->partition();
        key.clear();
        put_be(key, partition, 2);
        for (const auto* change : done.unit->changes()) {
            const auto& [name, value] = *change;
            key.resize(2);
            key += name;
            if (value) batch.put(1 + partition, key, *value);
            else batch.erase(1 + partition, key);
        }
        if (reported_[partition] > 0) put_stamp(batch, partition, reported_[partition]);
    }
    return cache_.write(batch, false);
}

void Worker::advance(const std::vector<Done>& units)
{
    const std::lock_guard lock(mutex_);
    trouble_.clear();
    for (const auto& done : units) {
        auto& home = homes_.at(done.unit->partition());
        for (std::size_t index = 0; index < 2; ++index)
            if (done.moved[index]) home.committed[index] = std::max(home.committed[index], done.next[index]);
    }
}

} // namespace sluse::kafka
