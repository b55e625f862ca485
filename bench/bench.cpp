// bench/bench.cpp — the figures that are measured inside one process, each with its reference; `scripts/bench` runs them and the rest.
//   convert MESSAGES THREADS    decode + check + map + serialise, and decode alone
//   format NAME FILE MESSAGES TOKEN…   one format's sample to FHIR, and the parse alone; TOKENs of the sample become numbers
//   append MESSAGES WINDOW      the embedded log: group commit with so many under way
//   pipeline MESSAGES           raw → FHIR → facts → events → cells, embedded
//   timelines MESSAGES          facts in, contributions and events out, in memory
//   tracking MESSAGES STEP [STORE]   the events of so many messages into rows, settled in steps of so many events; digests of what is shown and stored.
//                               STORE: a gateway's (DATA/log/track), of which a copy is gone on with
//   patients PATIENTS MESSAGES MIB  the same over so many patients, with so much memory to keep them ready in
//   corrections OTHERS CONTACTS a correction of a person with so many contacts, beside so many others
//   cells FOLDER CELLS          a tracker's store with so many cells, for queries to be measured over
//   backfill MESSAGES           one more indicator counted over the stored facts of so many messages, embedded
//   produce BROKERS MESSAGES WINDOW   librdkafka alone: acks=all, idempotent, the gateway's records, so many under way (0: no bound)
//   load URL MESSAGES CONNECTIONS PIPELINE RATE SEED   sends to a gateway; rate 0: as fast as it answers
#include "adapters/hl7v2/message.hpp"
#include "bench/common.hpp"
#include "bench/flood.hpp"
#include "bench/formats.hpp"
#include "bench/measure.hpp"
#include "gateway/intake/receiver.hpp"
#include "gateway/journal/memory_log.hpp"
#include "gateway/process/gateway_processor.hpp"
#include "gateway/process/rules.hpp"
#include "gateway/stage_options.hpp"
#include "gateway/tools/load.hpp"
#include "gateway/tools/send.hpp"
#include "gateway/track/tracker.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace sluse::bench {
namespace {

namespace fs = std::filesystem;

std::uint64_t bytes_of(const std::vector<std::string>& messages)
{
    std::uint64_t bytes = 0;
    for (const auto& m : messages) bytes += m.size();
    return bytes;
}

/// Runs `work(first, last)` over the messages on so many threads.
template <class Work> void in_threads(std::size_t messages, unsigned threads, const Work& work)
{
    std::vector<std::thread> all;
    for (unsigned t = 0; t < threads; ++t) all.emplace_back([=, &work] { work(messages * t / threads, messages * (t + 1) / threads); });
    for (auto& one : all) one.join();
}

int convert(std::uint64_t messages, unsigned threads)
{
    const auto set = rules();
    const auto all = feed(messages);
    const auto keys = Keys::demonstration();
    const SystemSettings settings;
    const auto& adapter = *adapter_named("hl7v2");
    const auto run = [&](bool map, std::atomic<std::uint64_t>& out) {
        in_threads(all.size(), threads, [&, map](std::size_t first, std::size_t last) {
            Normalised normalised;
            const NormaliseContext context{*set->maps, settings, keys.resource, {}, 0};
            std::uint64_t written = 0;
            for (auto i = first; i < last; ++i) {
                if (!map) {
                    const auto decoded = hl7v2::decode(all[i], settings);
                    written += decoded ? decoded->fields.size() : 0;
                    continue;
                }
                const auto checked = adapter.check(all[i], settings);
                if (checked.answer == Answer::accepted && adapter.normalise(all[i], checked, context, normalised)) written += normalised.bundle.size();
            }
            out += written;
        });
    };
    std::atomic<std::uint64_t> out{0}, fields{0};
    run(true, out); // warm: caches, code pages, zone table
    out = 0;
    const Span split;
    run(false, fields);
    const auto split_wall = split.wall();
    const Span whole;
    run(true, out);
    const auto wall = whole.wall();
    const auto n = static_cast<double>(all.size());
    fmt::print(R"({{"figure":"convert","threads":{},"messages":{},"bytes_in":{:.0f},"bytes_out":{:.0f},"per_second":{:.0f},"cpu_us":{:.2f},"allocations":{:.2f},"decode_only_per_second":{:.0f}}})"
               "\n", threads, all.size(), static_cast<double>(bytes_of(all)) / n, static_cast<double>(out.load()) / n, n / wall, whole.cpu() / n * 1e6,
               static_cast<double>(whole.allocated()) / n, n / split_wall);
    return 0;
}

int append(std::uint64_t messages, std::size_t window)
{
    const Folder folder;
    EmbeddedOptions options;
    options.path = folder.path / "log";
    auto all = records_of(feed(messages), Keys::demonstration(), options.partitions);
    auto log = open_embedded_log(options);
    if (!log) return 74;
    const Span span;
    if (!append_all(**log, all, window)) return 74;
    const auto wall = span.wall();
    fmt::print(R"({{"figure":"append","messages":{},"window":{},"per_second":{:.0f},"cpu_us":{:.2f},"allocations":{:.2f}}})" "\n", all.size(), window,
               static_cast<double>(all.size()) / wall, span.cpu() / static_cast<double>(all.size()) * 1e6,
               static_cast<double>(span.allocated()) / static_cast<double>(all.size()));
    (*log)->close();
    return 0;
}

/// What intake does to a message: check, identify, the record, the answer. The log is memory and answers at once.
int receive(std::uint64_t messages)
{
    const auto all = feed(messages);
    MemoryLog log(8);
    ReceiverOptions options;
    options.lane_key = Keys::demonstration().lane;
    options.adapters = adapters();
    options.systems = std::make_shared<const Systems>();
    const auto receiver = make_receiver(log, std::move(options));
    std::size_t accepted = 0;
    const Span span;
    for (const auto& message : all) {
        Delivery delivery;
        delivery.borrowed = message;
        delivery.via = "mllp";
        receiver->receive(std::move(delivery), [&](const Receipt& receipt) { accepted += receipt.answer == Answer::accepted; });
    }
    const auto n = static_cast<double>(all.size());
    fmt::print(R"({{"figure":"receive","messages":{},"accepted":{},"cpu_us":{:.2f},"allocations":{:.2f}}})" "\n", all.size(), accepted, span.cpu() / n * 1e6,
               static_cast<double>(span.allocated()) / n);
    return accepted == all.size() ? 0 : 1;
}

int pipeline(std::uint64_t messages)
{
    const auto set = rules();
    const auto all = feed(messages);
    const Folder folder;
    EmbeddedOptions options;
    options.path = folder.path / "log";
    auto log = open_embedded_log(options);
    if (!log) return 74;
    auto tracker = Tracker::open(folder.path / "track", **log, set->packs, 5);
    if (!tracker) return 74;
    const SystemSettings settings;
    ProcessOptions process;
    process.maps = set->maps;
    process.packs = set->packs;
    process.system_settings = [&](std::string_view) -> const SystemSettings& { return settings; };
    if (!(*log)->start([&] { return make_gateway_processor(process); }, 2)) return 74;
    (*tracker)->start();
    auto records = records_of(all, process.keys, options.partitions);
    const Span span;
    if (!append_all(**log, records, 4096)) return 74;
    while (pending(**log) > 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const auto processed = span.wall();
    for (bool behind = true; behind; std::this_thread::sleep_for(std::chrono::milliseconds(2))) {
        behind = false;
        for (const auto& source : (*tracker)->progress()) behind |= source.applied < source.end;
    }
    const auto n = static_cast<double>(all.size());
    const auto follower = use_of_thread("sluse-track");
    fmt::print(R"({{"figure":"pipeline","messages":{},"per_second":{:.0f},"processed_per_second":{:.0f},"cpu_us":{:.2f},"allocations":{:.1f},"tracker_cpu_us":{:.2f},"tracker_allocations":{:.1f}}})"
               "\n", all.size(), n / span.wall(), n / processed, span.cpu() / n * 1e6, static_cast<double>(span.allocated()) / n, follower.cpu / n * 1e6,
               static_cast<double>(follower.allocated) / n);
    (*log)->close();
    (*tracker)->stop();
    return 0;
}

using Producer = std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)>;

/// A topic like the gateway's own: eight partitions, one replica, one more than once.
bool make_topic(rd_kafka_t* client, const char* name)
{
    char why[256];
    const std::unique_ptr<rd_kafka_NewTopic_t, decltype(&rd_kafka_NewTopic_destroy)> topic(rd_kafka_NewTopic_new(name, 8, 1, why, sizeof why), rd_kafka_NewTopic_destroy);
    const std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)> queue(rd_kafka_queue_new(client), rd_kafka_queue_destroy);
    auto* wanted = topic.get();
    rd_kafka_CreateTopics(client, &wanted, 1, nullptr, queue.get());
    const std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)> done(rd_kafka_queue_poll(queue.get(), 10'000), rd_kafka_event_destroy);
    return done && !rd_kafka_event_error(done.get());
}

/// How many of the records were answered, and whether one was not stored. Only the thread that polls touches it.
struct Delivered {
    std::uint64_t records{};
    bool failed{};
    static void report(rd_kafka_t*, const rd_kafka_message_t* message, void* self)
    {
        auto* all = static_cast<Delivered*>(self);
        ++all->records;
        all->failed |= message->err != RD_KAFKA_RESP_ERR_NO_ERROR;
    }
};

Producer connect(const char* brokers, Delivered& delivered)
{
    auto* settings = rd_kafka_conf_new();
    char why[256];
    // As the gateway's producer (gateway/journal/kafka_producer.cpp).
    for (const auto& [key, value] : {std::pair{"bootstrap.servers", brokers}, {"acks", "all"}, {"enable.idempotence", "true"}, {"linger.ms", "0"},
                                     {"batch.num.messages", "10000"}, {"compression.codec", "none"}, {"queue.buffering.max.messages", "1000000"}})
        rd_kafka_conf_set(settings, key, value, why, sizeof why);
    rd_kafka_conf_set_opaque(settings, &delivered);
    rd_kafka_conf_set_dr_msg_cb(settings, &Delivered::report);
    return {rd_kafka_new(RD_KAFKA_PRODUCER, settings, why, sizeof why), &rd_kafka_destroy};
}

/// Produces everything with at most `window` unanswered; false when one was not stored, or not within a minute.
bool produce_all(rd_kafka_t* producer, const std::vector<Raw>& all, std::uint64_t window, Delivered& delivered)
{
    delivered = {};
    std::uint64_t sent = 0;
    for (const auto& [partition, key, value] : all) {
        while (window && sent - delivered.records >= window) rd_kafka_poll(producer, 10);
        while (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC("bench-alone"), RD_KAFKA_V_PARTITION(static_cast<std::int32_t>(partition)),
                                 RD_KAFKA_V_KEY(key.data(), key.size()), RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                                 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
            rd_kafka_poll(producer, 10);
        ++sent;
        rd_kafka_poll(producer, 0);
    }
    return rd_kafka_flush(producer, 60'000) == RD_KAFKA_RESP_ERR_NO_ERROR && delivered.records == sent && !delivered.failed;
}

int produce(const char* brokers, std::uint64_t messages, std::uint64_t window)
{
    const auto all = records_of(feed(messages), Keys::demonstration(), 8);
    Delivered delivered;
    const auto producer = connect(brokers, delivered);
    if (!producer || !make_topic(producer.get(), "bench-alone")) return 69;
    // Once before the clock starts: connections, partition leaders, the producer's id, and the broker's own compiled paths.
    if (!produce_all(producer.get(), all, window, delivered)) return 69;
    const Span span;
    if (!produce_all(producer.get(), all, window, delivered)) return 69;
    const auto wall = span.wall();
    fmt::print(R"({{"figure":"produce","messages":{},"window":{},"per_second":{:.0f},"cpu_us":{:.2f}}})" "\n", all.size(), window,
               static_cast<double>(all.size()) / wall, span.cpu() / static_cast<double>(all.size()) * 1e6);
    return 0;
}

int load(const char* url, std::uint64_t messages, unsigned connections, unsigned window, double rate, std::uint64_t seed)
{
    const auto all = feed(messages, seed);
    LoadOptions options;
    options.to = {url};
    options.connections = connections;
    options.pipeline = window;
    options.rate = rate;
    std::size_t sent = 0;
    const Span span;
    const auto done = run_load(options, [&](std::string& message) {
        if (sent == all.size()) return false;
        message = all[sent++];
        return true;
    });
    if (!done) {
        fmt::print(stderr, "{}\n", done.error().where);
        return 69;
    }
    auto summary = summary_json(*done);
    summary.pop_back();
    fmt::print("{},\"sender_cpu_us\":{:.2f}}}\n", summary, span.cpu() / static_cast<double>(all.size()) * 1e6);
    return done->accepted == all.size() ? 0 : 1;
}

} // namespace
} // namespace sluse::bench

int main(int argc, char** argv)
{
    using namespace sluse::bench;
    const std::string_view what = argc > 1 ? argv[1] : "";
    const auto number = [&](int i, std::uint64_t otherwise) { return argc > i ? std::strtoull(argv[i], nullptr, 10) : otherwise; };
    if (what == "convert") return convert(number(2, 100'000), static_cast<unsigned>(number(3, 1)));
    if (what == "format" && argc > 4) return format(*rules()->maps, argv[2], argv[3], number(4, 10'000), std::span<const char* const>(argv + 5, argv + argc));
    if (what == "append") return append(number(2, 100'000), number(3, 4096));
    if (what == "receive") return receive(number(2, 100'000));
    if (what == "pipeline") return pipeline(number(2, 100'000));
    if (what == "timelines") return timelines(number(2, 100'000));
    if (what == "tracking") return tracking(number(2, 20'000), std::max<std::uint64_t>(1, number(3, 2'000)), argc > 4 ? argv[4] : "");
    if (what == "cells" && argc > 2) return cells(argv[2], number(3, 1'000'000));
    if (what == "corrections") return corrections(number(2, 1'000), std::max<std::uint64_t>(1, number(3, 100)));
    if (what == "patients") return patients(number(2, 1'000'000), number(3, 200'000), number(4, sluse::persons_bytes({}) >> 20));
    if (what == "backfill") return backfill(number(2, 100'000));
    if (what == "produce" && argc > 2) return produce(argv[2], number(3, 100'000), number(4, 0));
    if (what == "load" && argc > 2)
        return load(argv[2], number(3, 20'000), static_cast<unsigned>(number(4, 16)), static_cast<unsigned>(number(5, 64)), static_cast<double>(number(6, 0)), number(7, 1));
    if (what == "flood" && argc > 2)
        return flood(argv[2], number(3, 20'000), static_cast<unsigned>(number(4, 16)), static_cast<unsigned>(number(5, 64)), number(6, 1));
    std::fprintf(stderr, "usage: bench convert|format|append|receive|pipeline|timelines|tracking|patients|backfill|produce|load|flood …\n");
    return 64;
}
