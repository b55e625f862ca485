// gateway/app.cpp — the wiring: starts the last stage first, stops the first stage first, drains between.
#include "gateway/app.hpp"

#include "gateway/base/log_lines.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/chart_signals.hpp"
#include "gateway/filler.hpp"
#include "gateway/goal_topic.hpp"
#include "gateway/intake/file_drop.hpp"
#include "gateway/intake/mllp_listener.hpp"
#include "gateway/intake/receiver.hpp"
#include "gateway/net/io_threads.hpp"
#include "gateway/process/back_fill.hpp"
#include "gateway/process/gateway_processor.hpp"
#include "gateway/process/inspect.hpp"
#include "gateway/process/refusals.hpp"
#include "gateway/process/rules.hpp"
#include "gateway/process/signals.hpp"
#include "gateway/secrets.hpp"
#include "gateway/serve/server.hpp"
#include "gateway/setup.hpp"
#include "gateway/sources.hpp"
#include "gateway/stage_metrics.hpp"
#include "gateway/stage_options.hpp"
#include "gateway/track/presentation.hpp"
#include "gateway/track/tracker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace sluse {
namespace {

namespace fs = std::filesystem;
/// On two cores one loop for all senders takes a fifth less CPU than two that meet there (docs/performance.md).
unsigned io_threads()
{
    return std::thread::hardware_concurrency() > 2 ? 2 : 1;
}

constexpr Millis housekeeping_ms = 10 * second_ms;

class RunningGateway final : public Gateway {
public:
    RunningGateway(const Config& config, const fs::path& schemas, Keys keys)
        : config_(config), schemas_(schemas), keys_(std::move(keys)), archive_(fs::path(config.data) / "rules"),
          systems_(std::make_shared<Systems>(systems_of(config), Locations(config.locations))), io_(io_threads())
    {
    }
    ~RunningGateway() override { drain(); }

    Result<void> open()
    {
        if (const auto loaded = load(); !loaded) return loaded.error();
        auto log = open_log(config_, keys_);
        if (!log) return log.error();
        log_ = std::move(*log);
        const auto shown = rules_last_shown();
        auto tracker = Tracker::open(config_.data + "/track", *log_, shown->packs, config_.track.persons_min);
        if (!tracker) return tracker.error();
        tracker_ = std::move(*tracker);
        freeze();
        if (config_.storage.workers > 0)
            if (const auto started = log_->start([this] { return make_processor(); }, config_.storage.workers); !started) return started.error();
        tracker_->start();
        log_->on_open([this] { activate(*rules()); });
        if (const auto listening = listen(); !listening) return listening.error();
        charts_ = std::make_unique<ChartSignals>(*log_, *tracker_, [this] { return rules()->packs; });
        if (config_.storage.workers > 0) goal_topic_ = std::make_unique<GoalTopic>(*log_, *tracker_, [this] { return rules()->packs; });
        housekeeper_ = std::thread([this] { keep_house(); });
        if (config_.storage.workers > 0)
            filler_ = std::make_unique<Filler>(*log_, config_.storage.workers, shown, [this] { return rules(); }, [this](const Rules& rules) { tracker_->use(rules.packs); });
        return {};
    }

    Result<void> reload(const Config& config) override
    {
        auto systems = std::make_shared<Systems>(systems_of(config), Locations(config.locations));
        const auto before = rules()->hash;
        if (const auto loaded = load(); !loaded) return loaded.error();
        {
            const std::lock_guard lock(mutex_);
            old_systems_.push_back(std::exchange(systems_, systems));
            newest_systems_ = systems.get();
        }
        receiver_->reload(systems);
        for (const auto& listener : mllp_)
            if (const auto again = listener->reload_tls(); !again) return again.error();
        if (const auto again = server_->reload(); !again) return again.error();
        show_http_security();
        freeze();
        if (rules()->hash != before) activate(*rules()); // shown when every partition has them whole
        else tracker_->use(rules()->packs); // only the goals changed: whoever shows them is told
        return {};
    }

    void drain() override
    {
        if (drained_.exchange(true)) return;
        if (server_) server_->drain();
        for (const auto& drop : drops_) drop->stop();
        for (const auto& listener : mllp_) listener->drain(config_.limits.drain);
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        if (housekeeper_.joinable()) housekeeper_.join();
        filler_.reset();
        if (log_) log_->close();
        if (tracker_) tracker_->stop();
        if (server_) server_->stop();
        mllp_.clear();
        io_.stop();
    }

    std::string web_address() const override
    {
        const bool tls = !config_.http.tls.certificate_file.empty();
        return fmt::format("{}://{}:{}/", tls ? "https" : "http", config_.http.address, server_ ? server_->port() : config_.http.port);
    }

    std::uint16_t mllp_port(std::size_t i) const { return mllp_[i]->port(); }

private:
    std::shared_ptr<const Rules> rules() const
    {
        const std::lock_guard lock(mutex_);
        return rules_;
    }

    std::shared_ptr<const Presentation> presentation() const
    {
        const std::lock_guard lock(mutex_);
        return presentation_;
    }

    /// Numbers count as frozen by the newest presentation from here on.
    void freeze()
    {
        const auto shown = presentation();
        tracker_->freeze({shown, &shown->freezes});
    }

    Result<void> load()
    {
        Issues issues;
        auto loaded = load_rules(schemas_, issues, config_.codes);
        const auto issues_before = issues.size();
        auto presentation = std::make_shared<const Presentation>(load_presentation(schemas_, issues));
        for (const auto& issue : issues) log_lines().warn("rules.issue", {{"where", issue.path}, {"what", issue.text}});
        if (!loaded || issues.size() > issues_before) return Fault{Errc::bad_config, "the rules below " + schemas_.string() + " have errors; `sluse check` lists them"};
        if (const auto kept = archive_.keep(schemas_, loaded, config_.codes); !kept) return kept.error();
        const std::lock_guard lock(mutex_);
        rules_ = std::move(loaded);
        presentation_ = std::move(presentation);
        return {};
    }

    std::unique_ptr<Processor> make_processor()
    {
        RuledOptions options;
        options.fallback = rules();
        options.archive = &archive_;
        // Settings are asked for each message, so without a lock: the sets that a reload replaced live on.
        options.make = [this](const Rules& rules) {
            return make_gateway_processor(process_options(config_, keys_, rules, [this](std::string_view name) -> const SystemSettings& { return newest_systems_.load()->settings(name); }));
        };
        options.back_fill = [](Processor& now, Unit& unit, const Ulid& cause, Millis at, bool first) { begin_back_fill(unit, now, cause, at, first); };
        return make_ruled_processor(std::move(options));
    }

    /// Tells every partition which rules hold from here on. A partition that has them already is left alone.
    void activate(const Rules& rules)
    {
        UlidSource ids;
        for (std::uint32_t p = 0; p < log_->partitions(); ++p) {
            std::string active;
            log_->inspect(p, [&](State& state) { active = active_rules(state); });
            if (active == rules.hash) continue;
            const auto now = system_clock().now();
            log_->append(p, std::string(activation_key), activation_record(rules.hash, ids.next(now), now), now, [](const Result<Position>& done) {
                if (!done) log_lines().error("rules.not_activated", {{"fault", name(done.error().code)}, {"where", done.error().where}});
            });
        }
    }

    /// As the MLLP listeners show for themselves.
    void show_http_security()
    {
        const bool tls = !config_.http.tls.certificate_file.empty();
        const bool beyond = config_.http.insecure_plaintext && !loopback(config_.http.address);
        metrics().gauge("sluse_insecure_plaintext", "1: this listener takes identities unencrypted beyond loopback.", {{"listener", "http"}}).set(beyond && !tls ? 1 : 0);
        if (tls)
            metrics().gauge("sluse_tls_certificate_expiry_timestamp_seconds", "When the listener's own certificate ends.", {{"listener", "http"}})
                .set(static_cast<double>(server_->certificate_expires()) / 1000);
    }

    Result<void> listen()
    {
        ReceiverOptions options;
        options.adapters = adapters();
        options.lane_key = keys_.lane;
        options.systems = systems_;
        options.keep_refused = [this](const Refused& refused) { keep(refused); };
        receiver_ = make_receiver(*log_, std::move(options));

        watch_stages(*log_, *tracker_);
        auto server = serve::Server::open(serve_options(config_), make_sources({config_, keys_, *log_, *tracker_, *receiver_, [this] { return rules(); }, [this] { return presentation(); }}));
        if (!server) return server.error();
        server_ = std::move(*server);
        show_http_security();
        server_->start();
        for (std::size_t i = 0; i < config_.mllp.size(); ++i) {
            auto listener = MllpListener::open(mllp_options(config_, i), io_, *receiver_, metrics());
            if (!listener) return listener.error();
            mllp_.push_back(std::move(*listener));
        }
        for (const auto& feed : config_.files) {
            FileDropOptions drop;
            drop.folder = feed.folder;
            drop.system = feed.system;
            drop.adapters = adapters();
            drop.settle = feed.settle;
            auto opened = FileDrop::open(drop, *receiver_, metrics());
            if (!opened) return opened.error();
            drops_.push_back(std::move(*opened));
        }
        return {};
    }

    /// A refused message is journalled too, for the operator; the receiver bounds how many.
    void keep(const Refused& refused)
    {
        Refusal refusal;
        refusal.envelope = {refused.id, refused.received_ms, refused.system, refused.format, refused.type, refused.control_id, refused.via, {}, refused.bytes};
        refusal.answer = refused.answer;
        refusal.issues = refused.issues;
        const auto partition = lane_of_system(keys_.lane, refused.system).partition(log_->partitions());
        log_->append(partition, std::string(refusal_key), refusal_record(refusal), refused.received_ms, [this](const Result<Position>& done) {
            if (!done) refusals_lost_.add();
        });
    }

    /// The clock as a record: the only time that signals know, so that a replay tells the same.
    void tick(Millis now)
    {
        UlidSource ids;
        const auto id = ids.next(now);
        for (const auto& part : log_->stats())
            if (part.assigned) log_->append(part.partition, std::string(tick_key), tick_record(id, now), now, [](const Result<Position>&) {}); // the next one comes soon
        charts_->look(now, id.text());
    }

    /// What the partitions counted by when they last ran; new rules are shown only when they count by them whole.
    std::shared_ptr<const Rules> rules_last_shown()
    {
        std::string active;
        for (std::uint32_t p = 0; p < log_->partitions() && active.empty(); ++p) log_->inspect(p, [&](State& state) { active = active_rules(state); });
        const auto last = active.empty() || active == rules()->hash ? nullptr : archive_.find(active);
        return last ? last : rules();
    }

    /// Old raw records are trimmed; what logs hold back is said.
    void keep_house()
    {
        std::unique_lock lock(mutex_);
        const auto every = std::min({housekeeping_ms, config_.track.signals_every, config_.track.goals_every});
        Millis ticked = 0, told = 0;
        while (!wake_.wait_for(lock, std::chrono::milliseconds(every), [this] { return stopping_; })) {
            lock.unlock();
            if (const auto now = system_clock().now(); now - ticked >= config_.track.signals_every) tick(ticked = now);
            if (const auto now = system_clock().now(); goal_topic_ && now - told >= config_.track.goals_every) goal_topic_->look(told = now);
            const auto oldest = system_clock().now() - config_.storage.retention;
            for (std::uint32_t p = 0; p < log_->partitions(); ++p) {
                const auto below = log_->offset_at(p, oldest);
                if (!below) continue;
                if (const auto trimmed = log_->trim(p, *below); !trimmed)
                    log_lines().warn("journal.not_trimmed", {{"fault", name(trimmed.error().code)}, {"where", trimmed.error().where}});
            }
            log_lines().flush();
            lock.lock();
        }
    }

    const Config config_;
    const fs::path schemas_;
    const Keys keys_;
    mutable std::mutex mutex_; ///< rules_, presentation_, systems_, stopping_
    std::condition_variable wake_;
    bool stopping_{};
    std::atomic<bool> drained_{};
    RulesArchive archive_;
    std::shared_ptr<const Rules> rules_;
    std::shared_ptr<const Presentation> presentation_;
    std::shared_ptr<Systems> systems_;
    std::atomic<const Systems*> newest_systems_{systems_.get()};
    std::vector<std::shared_ptr<Systems>> old_systems_;
    Counter& refusals_lost_ = metrics().counter("sluse_refusals_not_journalled_total", "Refused messages that the journal could not keep.");
    IoThreads io_;
    std::unique_ptr<Log> log_;
    std::unique_ptr<Tracker> tracker_;
    std::unique_ptr<ChartSignals> charts_;
    std::unique_ptr<GoalTopic> goal_topic_;
    std::unique_ptr<JournalReceiver> receiver_;
    std::unique_ptr<serve::Server> server_;
    std::vector<std::unique_ptr<MllpListener>> mllp_;
    std::vector<std::unique_ptr<FileDrop>> drops_;
    std::thread housekeeper_;
    std::unique_ptr<Filler> filler_;
};

} // namespace

Result<std::unique_ptr<Gateway>> Gateway::start(const Config& config, const fs::path& schemas)
{
    std::error_code error;
    fs::create_directories(config.data, error);
    if (error) return Fault{Errc::storage, "data: cannot make the folder " + config.data + ": " + error.message()};
    auto keys = load_keys(config);
    if (!keys) return keys.error();
    auto gateway = std::make_unique<RunningGateway>(config, schemas, std::move(*keys));
    if (const auto opened = gateway->open(); !opened) return opened.error();
    return std::unique_ptr<Gateway>(std::move(gateway));
}

} // namespace sluse
