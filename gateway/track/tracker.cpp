// gateway/track/tracker.cpp — the follower thread: events to cells, and one decision a settling about what is shown.
#include "gateway/track/tracker.hpp"

#include "gateway/base/threads.hpp"
#include "gateway/indicators/regions.hpp"
#include "gateway/track/against.hpp"
#include "gateway/track/crossing.hpp"
#include "gateway/track/track_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include <pthread.h>

namespace sluse {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::size_t read_bytes_max = 512u << 10, gathered_max = 60'000;
constexpr Millis poll_ms = 50;
constexpr auto read_pause = std::chrono::milliseconds(20);    ///< between rounds that found little: each costs a look at every partition
constexpr std::size_t little = 200;
/// From the first event to the settling: who changes together is published together. Longer when many come, for a row that is changed often costs once.
constexpr auto gather_time = std::chrono::milliseconds(250), gather_time_max = std::chrono::milliseconds(2000);
constexpr std::size_t events_a_millisecond = 1; ///< so that a gateway under load settles every two seconds, and one with a few events a second at once
constexpr int settle_share = 9, idle_share = 1; ///< and at least so many times as long as the last settling took, while events come and when none does
constexpr auto idle_after = std::chrono::milliseconds(600); ///< without an event; a busy gateway commits its units up to that far apart

std::set<std::string> imported_in(const Packs& packs)
{
    std::set<std::string> ids;
    for (const auto& pack : packs.packs())
        if (pack.kind == "imported") ids.insert(pack.id);
    return ids;
}

/// The follower owns ledger and store; queries take the lock, which the follower holds only while it changes memory.
class StoredTracker final : public Tracker {
public:
    StoredTracker(std::unique_ptr<TrackStore> store, Log& log, std::shared_ptr<const Packs> packs, int persons_min)
        : store_(std::move(store)), log_(log), packs_(std::move(packs)), ledger_(packs_->regions(), std::max(1, persons_min)), followed_(log.partitions())
    {
        for (std::uint32_t p = 0; p < followed_.size(); ++p) followed_[p].partition = p;
    }
    ~StoredTracker() override { stop(); }

    Result<void> restore();
    void start() override
    {
        if (follower_.joinable()) return;
        stopping_ = false;
        follower_ = std::thread([this] {
            pthread_setname_np(pthread_self(), "tracker");
            follow();
        });
    }
    void stop() override
    {
        stopping_ = true;
        if (follower_.joinable()) follower_.join();
    }
    void use(std::shared_ptr<const Packs> packs) override
    {
        {
            const std::lock_guard lock(mutex_);
            asked_ = std::move(packs);
        }
        notify({});
    }
    void freeze(std::shared_ptr<const Freezes> freezes) override
    {
        const std::lock_guard lock(mutex_);
        freezes_ = std::move(freezes);
    }
    Result<std::vector<CellRow>> query(const CellQuery& query) override;
    void dump(const std::function<void(std::string_view, std::string_view)>& each) override;
    std::vector<FollowedSource> progress() override
    {
        const std::lock_guard lock(mutex_);
        return followed_;
    }
    TrackerCounts counts() override
    {
        const std::lock_guard lock(mutex_);
        return {ledger_.repeated(), ledger_.gaps(), ledger_.held(), unreadable_};
    }
    std::vector<IndicatorSource> sources(const std::string& indicator) override
    {
        std::vector<IndicatorSource> out;
        const std::lock_guard lock(mutex_);
        for (const auto& [system, mark] : ledger_.watermarks(indicator)) out.push_back({system, mark.received_ms, mark.counts_day});
        return out;
    }
    DailyMessages messages(const std::string& system, Day today, Day days) override { return store_->messages(system, today - days + 1, today); }
    std::uint64_t looks() override { return looks_; }
    std::size_t bytes() override
    {
        const std::lock_guard lock(mutex_);
        return ledger_.bytes();
    }
    bool caught_up() override { return caught_up_; }
    void on_change(std::function<void(const std::vector<std::string>&)> listener) override
    {
        const std::lock_guard lock(listener_mutex_);
        listeners_.push_back(std::move(listener));
    }

private:
    void follow();
    std::size_t gather();
    std::size_t gather_partition(std::uint32_t partition);
    bool idle() const { return Steady::now() - found_last_ >= idle_after; }
    bool due() const;
    void settle();
    void recover();
    void notify(const std::set<std::string>& indicators);
    void follow_packs()
    {
        const std::lock_guard lock(mutex_);
        if (packs_ == asked_) return;
        ledger_.use(asked_->regions());
        ledger_.of_nobody(imported_in(*asked_));
        packs_ = asked_;
    }
    Result<RowsThen> rows_then(const IndicatorId& id, const Asked& asked, By by, bool window) const;
    Result<History> history(const IndicatorId& id, const Asked& asked, By by) const;
    Result<std::vector<CellRow>> answer_rows(const Asked& asked, By by);
    void add_against(const Packs& packs, const Asked& asked, By by, std::vector<CellRow>& rows);

    std::unique_ptr<TrackStore> store_;
    Log& log_;
    std::shared_ptr<const Packs> packs_; ///< the ledger's regions lie in it; the follower's, changed under mutex_
    std::shared_ptr<const Packs> asked_{packs_}; ///< what queries speak of, and the follower soon; guarded by mutex_
    std::shared_ptr<const Freezes> freezes_{std::make_shared<const Freezes>()};
    std::mutex mutex_, listener_mutex_;
    Ledger ledger_;
    std::vector<FollowedSource> followed_;
    std::vector<std::function<void(const std::vector<std::string>&)>> listeners_;
    std::uint64_t unreadable_{};
    std::vector<std::uint64_t> read_; ///< the follower's own: offsets after what is gathered
    std::vector<IndicatorEvent> gathered_;
    Steady::time_point gathering_since_{}, found_last_{};
    Steady::duration settle_time_{};
    std::atomic<bool> stopping_{};
    std::atomic<std::uint64_t> looks_{};
    bool saw_end_{}; ///< the follower's own: of what it gathers
    std::atomic<bool> caught_up_{};
    std::thread follower_;
};

Result<void> StoredTracker::restore()
{
    Ledger fresh(packs_->regions(), ledger_.persons_min());
    std::vector<std::uint64_t> offsets(followed_.size());
    if (auto done = store_->restore(fresh, offsets); !done) return done;
    fresh.of_nobody(imported_in(*packs_));
    fresh.take_up();
    const std::lock_guard lock(mutex_);
    ledger_ = std::move(fresh);
    for (std::size_t p = 0; p < offsets.size(); ++p) followed_[p].applied = followed_[p].end = offsets[p];
    read_ = std::move(offsets);
    gathered_.clear();
    return {};
}

std::size_t StoredTracker::gather_partition(std::uint32_t partition)
{
    const auto records = log_.read(Topic::events, partition, read_[partition], read_bytes_max);
    if (!records || records->empty()) return 0;
    if (gathered_.empty()) gathering_since_ = Steady::now();
    std::uint64_t unreadable = 0;
    for (const auto& record : *records) {
        if (auto event = parse_cloud_event(record.value)) gathered_.push_back(std::move(*event));
        else ++unreadable;
    }
    read_[partition] = records->back().offset + 1;
    const std::lock_guard lock(mutex_);
    unreadable_ += unreadable;
    followed_[partition].end = read_[partition];
    return records->size();
}

std::size_t StoredTracker::gather()
{
    std::size_t found = 0;
    for (std::uint32_t p = 0; p < followed_.size() && !stopping_ && gathered_.size() < gathered_max; ++p) found += gather_partition(p);
    return found;
}

/// Adds what is gathered, decides what is shown now, and stores both together. When nothing more comes, everything is decided.
void StoredTracker::settle()
{
    const auto begin = Steady::now();
    auto changes = ledger_.take(gathered_, [this](const std::string& name) { return store_->person(name); });
    {
        const std::lock_guard lock(mutex_);
        ledger_.add(changes);
    }
    const auto going = ledger_.decide(idle());
    std::vector<Publication> shown;
    {
        const std::lock_guard lock(mutex_);
        shown = ledger_.publish(going);
    }
    if (const auto written = store_->write(changes, shown, ledger_, read_); !written) throw std::runtime_error(written.error().where);
    gathered_.clear();
    {
        const std::lock_guard lock(mutex_);
        for (auto& source : followed_) source.applied = read_[source.partition];
    }
    settle_time_ = Steady::now() - begin;
    caught_up_ = caught_up_ || saw_end_;
    std::set<std::string> indicators;
    for (const auto& [id, rows] : changes.rows) indicators.insert(id.indicator);
    for (const auto& [id, keys] : going) indicators.insert(id.indicator);
    if (!indicators.empty()) notify(indicators);
}

void StoredTracker::recover()
{
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    if (!store_->recover()) return;
    static_cast<void>(restore()); // a fault here shows again on the next read or write
}

bool StoredTracker::due() const
{
    const auto now = Steady::now();
    if (idle()) return now - gathering_since_ >= std::max<Steady::duration>(gather_time, settle_time_ * idle_share);
    if (gathered_.empty()) return false; // what is undecided waits for more, or for nothing to come
    const auto gather = gather_time + std::chrono::milliseconds(gathered_.size() / events_a_millisecond);
    return now - gathering_since_ >= std::max<Steady::duration>(std::min(gather, gather_time_max), settle_time_ * settle_share);
}

void StoredTracker::follow()
{
    name_this_thread("sluse-track");
    give_way_to_acknowledgements(Yield::some); // not more: who asks for numbers waits while it settles
    std::uint32_t turn = 0;
    const auto unsettled = [&] { return ledger_.undecided() || !std::ranges::equal(read_, followed_, {}, {}, &FollowedSource::applied); };
    while (!stopping_) {
        follow_packs();
        std::size_t found = 0;
        try {
            found = gather();
            if (found > 0) found_last_ = Steady::now();
            saw_end_ |= found < little;
            if (unsettled() && (due() || gathered_.size() >= gathered_max || stopping_)) settle();
        } catch (const std::exception&) {
            recover();
            continue;
        }
        if (unsettled() || found > 0) {
            if (found < little && !stopping_) std::this_thread::sleep_for(read_pause);
            continue;
        }
        ++looks_;
        caught_up_ = true;
        turn = (turn + 1) % static_cast<std::uint32_t>(followed_.size());
        log_.wait(Topic::events, turn, read_[turn], poll_ms);
    }
}

void StoredTracker::notify(const std::set<std::string>& indicators)
{
    const std::vector<std::string> ids(indicators.begin(), indicators.end());
    const std::lock_guard lock(listener_mutex_);
    for (const auto& listener : listeners_) listener(ids);
}

/// Rows as they were shown at the end of a day, as far as the query needs them.
Result<RowsThen> StoredTracker::rows_then(const IndicatorId& id, const Asked& asked, By by, bool window) const
{
    std::set<PeriodKind> kinds{asked.query.period};
    if (window) kinds = {PeriodKind::month, PeriodKind::quarter, PeriodKind::year};
    if (has_steps(asked.pack)) kinds.insert(PeriodKind::all);
    RowsThen then;
    for (const auto kind : kinds) {
        const auto done = store_->shown(id, kind, by, [&](const RowKey& row, Day day, const CellSum& part) {
            if (day <= *asked.query.as_known_on) then.add(row, part, day);
        });
        if (!done) return done.error();
    }
    return then;
}

Result<History> StoredTracker::history(const IndicatorId& id, const Asked& asked, By by) const
{
    History out;
    const auto add = [&](const RowKey& row, Day day, const CellSum& part) {
        if (!asked.query.as_known_on || day <= *asked.query.as_known_on) out[row][day].add(part);
    };
    const auto done = asked.query.authorised ? each_cell_row(*store_, asked, by, add) : store_->shown(id, asked.query.period, by, add);
    if (!done) return done.error();
    return out;
}

Result<std::vector<CellRow>> StoredTracker::answer_rows(const Asked& asked, By by)
{
    const auto& query = asked.query;
    const IndicatorId id{asked.pack.id, asked.pack.version};
    const bool window = query.period == PeriodKind::all && (query.from || query.to);
    if (query.authorised && (query.as_known_on || !published(query.period, by) || !whole_periods(query))) return crossing(*store_, asked, by);
    if (!published(query.period, by)) return Fault{Errc::refused, "days and weeks are published in total and by region only"};
    const auto look = [&](const RowView& view) { return window ? look_up_window(asked, by, view) : look_up(asked, by, view); };
    if (query.as_known_on) {
        const auto then = rows_then(id, asked, by, window);
        if (!then) return then.error();
        return look(*then);
    }
    const std::lock_guard lock(mutex_);
    const auto* rows = ledger_.find(id);
    return rows ? look(RowsNow(*rows, query.authorised)) : std::vector<CellRow>();
}

/// A series that cannot be read leaves the rows without: their own numbers stand.
void StoredTracker::add_against(const Packs& packs, const Asked& asked, By by, std::vector<CellRow>& rows)
{
    const auto query = series_query(asked.query, *asked.pack.against);
    const auto* series = pack_for(packs, query);
    if (!series) return;
    const auto months = answer_rows({*series, query, asked.freezes, asked.persons_min}, by);
    if (months) set_against(*asked.pack.against, asked.query, SeriesValues(*series, *months), rows);
}

Result<std::vector<CellRow>> StoredTracker::query(const CellQuery& query)
{
    std::shared_ptr<const Packs> packs;
    std::shared_ptr<const Freezes> freezes;
    {
        const std::lock_guard lock(mutex_);
        packs = asked_;
        freezes = freezes_;
    }
    const auto* pack = pack_for(*packs, query);
    if (!pack) return Fault{Errc::not_found, "there is no such indicator or version"};
    const auto by = parse_by(query.by);
    if (!by) return Fault{Errc::refused, fmt::format("'{}' is not a dimension", query.by)};
    const Asked asked{*pack, query, *freezes, ledger_.persons_min()};
    auto rows = answer_rows(asked, *by);
    if (rows && pack->against) add_against(*packs, asked, *by, *rows);
    if (!rows || !query.revisions) return rows;
    const auto past = history({pack->id, pack->version}, asked, *by);
    if (!past) return past.error();
    add_revisions(asked, *by, *past, *rows);
    return rows;
}

void StoredTracker::dump(const std::function<void(std::string_view, std::string_view)>& each)
{
    static_cast<void>(store_->cells({}, [&](std::string_view key, std::string_view value) {
        CellSum sum;
        if (decode(value, sum) && !sum.zero()) each(key, value);
        return true;
    }));
}

} // namespace

Result<std::unique_ptr<Tracker>> Tracker::open(const std::string& path, Log& log, std::shared_ptr<const Packs> packs, int persons_min)
{
    auto store = TrackStore::open(path);
    if (!store) return store.error();
    auto tracker = std::make_unique<StoredTracker>(std::move(*store), log, std::move(packs), persons_min);
    if (auto restored = tracker->restore(); !restored) return restored.error();
    return std::unique_ptr<Tracker>(std::move(tracker));
}

} // namespace sluse
