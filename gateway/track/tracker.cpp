// gateway/track/tracker.cpp — the follower thread, the tracker's store and its queries.
#include "gateway/track/tracker.hpp"

#include "gateway/indicators/regions.hpp"
#include "gateway/journal/store.hpp"
#include "gateway/track/answer.hpp"
#include "gateway/track/cell_key.hpp"
#include "gateway/track/exposure.hpp"
#include "gateway/track/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace sluse {
namespace {

enum : std::size_t { cells, rows, people, meta };
constexpr std::size_t read_bytes_max = 512u << 10;
constexpr Millis poll_ms = 50;
constexpr auto gather_time = std::chrono::milliseconds(20); ///< between rounds that found little: each costs a look at every partition
constexpr std::size_t little = 200;
constexpr auto publish_every = std::chrono::milliseconds(500); ///< while events stream in; at once when there are no more

std::string offset_key(std::uint32_t partition)
{
    std::string key = "o";
    put_be(key, partition, 4);
    return key;
}

std::string row_bytes(const IndicatorId& id, const RowKey& row)
{
    auto key = cell_prefix(id.indicator, id.version);
    key += static_cast<char>(row.kind);
    key += static_cast<char>(row.by);
    put_day(key, row.period);
    key += row.code;
    return key;
}

bool parse_row(std::string_view bytes, IndicatorId& id, RowKey& row)
{
    Reader in(bytes);
    id.indicator = in.bytes();
    id.version = in.bytes();
    row.kind = static_cast<PeriodKind>(in.u8());
    row.by = static_cast<By>(in.u8());
    row.period = get_day(in.raw(4));
    row.code = in.rest();
    return in.ok() && static_cast<std::size_t>(row.kind) < period_kinds && static_cast<std::size_t>(row.by) < by_count;
}

/// The follower owns ledger and store; queries take the lock, which the follower holds only while it commits to memory.
class StoredTracker final : public Tracker {
public:
    StoredTracker(std::unique_ptr<Store> store, Log& log, std::shared_ptr<const Packs> packs, int persons_min)
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
        follower_ = std::thread([this] { follow(); });
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
    std::uint64_t looks() override { return looks_; }
    void on_change(std::function<void(const std::vector<std::string>&)> listener) override
    {
        const std::lock_guard lock(listener_mutex_);
        listeners_.push_back(std::move(listener));
    }

private:
    void follow();
    std::size_t follow_partition(std::uint32_t partition);
    Result<void> apply(std::uint32_t partition, std::uint64_t next, std::span<const IndicatorEvent> events, bool publish);
    Result<void> store(LedgerChanges& changes, std::uint32_t partition, std::uint64_t next);
    Person load(const std::string& name);
    void notify(const std::set<std::string>& indicators);
    bool behind() const
    {
        return !std::ranges::equal(applied_, followed_, {}, {}, &FollowedSource::applied);
    }
    void publish()
    {
        if (const auto done = apply(0, applied_[0], {}, true); !done) throw std::runtime_error(done.error().where);
    }
    void recover();
    void follow_packs()
    {
        const std::lock_guard lock(mutex_);
        if (packs_ == asked_) return;
        ledger_.use(asked_->regions());
        packs_ = asked_;
    }
    std::shared_ptr<const Packs> packs_in_use()
    {
        const std::lock_guard lock(mutex_);
        return asked_;
    }
    Result<std::vector<CellRow>> scan(const CellQuery& query, const Pack& pack, By by);
    std::vector<CellRow> look_up(const CellQuery& query, const Pack& pack, By by);
    std::vector<CellRow> window(const CellQuery& query, const Pack& pack, By by);
    Rollups& fresh_rows(const IndicatorId& id);

    std::unique_ptr<Store> store_;
    Log& log_;
    std::shared_ptr<const Packs> packs_; ///< the ledger's regions lie in it; the follower's, changed under mutex_
    std::shared_ptr<const Packs> asked_{packs_}; ///< what queries speak of, and the follower soon; guarded by mutex_
    std::mutex mutex_, listener_mutex_;
    Ledger ledger_;
    std::vector<FollowedSource> followed_;
    std::vector<std::function<void(const std::vector<std::string>&)>> listeners_;
    std::uint64_t unreadable_{};
    std::vector<std::uint64_t> applied_;         ///< the follower's own; followed_ says what is published
    std::set<std::string> unpublished_;
    std::chrono::steady_clock::time_point published_at_{};
    std::atomic<bool> stopping_{};
    std::atomic<std::uint64_t> looks_{};
    std::thread follower_;
};

Result<void> StoredTracker::restore()
{
    Ledger fresh(packs_->regions(), ledger_.persons_min());
    auto done = store_->scan(rows, {}, [&](std::string_view key, std::string_view value) {
        IndicatorId id;
        RowKey row;
        CellSum sum;
        if (parse_row(key, id, row) && decode(value, sum)) fresh.restore_row(id, row, sum);
        return true;
    });
    if (!done) return done;
    done = store_->scan(meta, "h", [&](std::string_view key, std::string_view) {
        fresh.restore_held(std::string(key.substr(1)));
        return true;
    });
    if (!done) return done;
    auto followed = followed_;
    for (auto& source : followed) {
        const auto stored = store_->get(meta, offset_key(source.partition));
        if (!stored) return stored.error();
        source.applied = source.end = *stored ? get_be(**stored) : 0;
    }
    {
        const std::lock_guard lock(mutex_);
        ledger_ = std::move(fresh);
        followed_ = std::move(followed);
        applied_.clear();
        for (const auto& source : followed_) applied_.push_back(source.applied);
    }
    return apply(0, applied_[0], {}, true); // what is held shows again, or may go now
}

Person StoredTracker::load(const std::string& name)
{
    Person person;
    const auto stored = store_->get(people, name);
    if (!stored) throw std::runtime_error("tracker store: " + stored.error().where); // ends the batch; follow() tries again
    if (*stored && !decode(**stored, person)) throw std::runtime_error("tracker store: a person's record is damaged");
    return person;
}

Result<void> StoredTracker::store(LedgerChanges& changes, std::uint32_t partition, std::uint64_t next)
{
    Store::Batch batch(*store_);
    for (auto& [key, delta] : changes.cells) batch.merge(cells, key, delta.finish());
    for (auto& [id, deltas] : changes.rows)
        for (auto& [row, delta] : deltas) batch.merge(rows, row_bytes(id, row), delta.finish());
    std::string bytes;
    for (const auto& [name, person] : changes.people) {
        bytes.clear();
        encode(person, bytes);
        batch.put(people, name, bytes);
        if (changes.held.contains(name)) batch.put(meta, "h" + name, "");
        else batch.erase(meta, "h" + name);
    }
    bytes.clear();
    put_be(bytes, next, 8);
    batch.put(meta, offset_key(partition), bytes);
    return store_->write(batch, false); // a projection: what a crash takes, the events give again
}

Result<void> StoredTracker::apply(std::uint32_t partition, std::uint64_t next, std::span<const IndicatorEvent> events, bool publish)
{
    auto changes = ledger_.apply(events, [this](const std::string& name) { return load(name); }, publish);
    if (auto stored = store(changes, partition, next); !stored) return stored;
    unpublished_.insert(changes.indicators.begin(), changes.indicators.end());
    applied_[partition] = next;
    {
        const std::lock_guard lock(mutex_);
        ledger_.commit(changes);
        if (publish)
            for (auto& source : followed_) source.applied = source.end = applied_[source.partition];
    }
    if (!publish) return {};
    published_at_ = std::chrono::steady_clock::now();
    if (!unpublished_.empty()) notify(std::exchange(unpublished_, {}));
    return {};
}

std::size_t StoredTracker::follow_partition(std::uint32_t partition)
{
    const auto from = applied_[partition];
    const auto records = log_.read(Topic::events, partition, from, read_bytes_max);
    if (!records || records->empty()) return 0;
    std::vector<IndicatorEvent> events;
    events.reserve(records->size());
    std::uint64_t unreadable = 0;
    for (const auto& record : *records) {
        if (auto event = parse_cloud_event(record.value)) events.push_back(std::move(*event));
        else ++unreadable;
    }
    const auto next = records->back().offset + 1;
    if (unreadable != 0) {
        const std::lock_guard lock(mutex_);
        unreadable_ += unreadable;
    }
    if (const auto applied = apply(partition, next, events, false); !applied) throw std::runtime_error(applied.error().where);
    return records->size();
}

void StoredTracker::recover()
{
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    if (!store_->recover()) return;
    static_cast<void>(restore()); // a fault here shows again on the next read or write
}

void StoredTracker::follow()
{
    std::uint32_t turn = 0;
    while (!stopping_) {
        std::size_t applied = 0;
        follow_packs();
        try {
            for (std::uint32_t p = 0; p < followed_.size() && !stopping_; ++p) applied += follow_partition(p);
            const bool due = std::chrono::steady_clock::now() - published_at_ >= publish_every;
            if (behind() && (applied == 0 || due || stopping_)) publish();
        } catch (const std::exception&) {
            recover();
            continue;
        }
        if (applied > 0) {
            if (applied < little && !stopping_) std::this_thread::sleep_for(gather_time);
            continue;
        }
        ++looks_;
        turn = (turn + 1) % static_cast<std::uint32_t>(followed_.size());
        log_.wait(Topic::events, turn, applied_[turn], poll_ms);
    }
}

void StoredTracker::notify(const std::set<std::string>& indicators)
{
    const std::vector<std::string> ids(indicators.begin(), indicators.end());
    const std::lock_guard lock(listener_mutex_);
    for (const auto& listener : listeners_) listener(ids);
}

/// With the lock held.
Rollups& StoredTracker::fresh_rows(const IndicatorId& id)
{
    auto& stored = ledger_.rows(id);
    if (!stored.fresh()) stored.suppress(ledger_.regions(), ledger_.persons_min());
    return stored;
}

/// All of a span of months: the last twelve, say.
std::vector<CellRow> StoredTracker::window(const CellQuery& query, const Pack& pack, By by)
{
    const IndicatorId id{pack.id, pack.version};
    std::vector<CellRow> out;
    const std::lock_guard lock(mutex_);
    auto& stored = fresh_rows(id);
    const auto* beside = query.authorised ? ledger_.beside(id) : nullptr;
    if (has_steps(pack)) {
        StepRows exposure(pack, query, PeriodKind::all, ledger_.persons_min());
        // Months, so that a window's events are those of its months; steps keep their days.
        const auto add = [&](const RowKey& key, const CellSum& sum, bool hidden) {
            auto within = sum;
            const auto begin = period_begin(PeriodKind::month, key.period), end = period_end(PeriodKind::month, key.period);
            if ((query.from && end <= *query.from) || (query.to && begin >= *query.to)) within.sums.clear();
            exposure.add({PeriodKind::all, by, 0, key.code}, within, hidden);
        };
        stored.each(PeriodKind::month, by, !query.authorised, add);
        if (beside)
            for (const auto& [key, delta] : *beside)
                if (key.kind == PeriodKind::month && key.by == by) add(key, delta.sum, false);
        return exposure.rows();
    }
    std::set<std::int32_t> months;
    std::set<std::string> codes;
    const auto note = [&](const RowKey& key) {
        const auto begin = period_begin(PeriodKind::month, key.period), end = period_end(PeriodKind::month, key.period);
        if ((query.from && end <= *query.from) || (query.to && begin >= *query.to)) return;
        months.insert(key.period);
        codes.insert(key.code);
    };
    stored.each(PeriodKind::month, by, !query.authorised, [&](const RowKey& key, const CellSum&, bool) { note(key); });
    if (beside)
        for (const auto& [key, delta] : *beside)
            if (key.kind == PeriodKind::month && key.by == by) note(key);
    if (months.empty()) return out;
    const Look look = [&](const RowKey& key) -> std::optional<Seen> {
        Seen seen;
        if (const auto* row = query.authorised ? stored.find(key) : stored.shown(key)) seen = {*row, stored.hidden(key) && !query.authorised};
        if (beside)
            if (const auto found = beside->find(key); found != beside->end()) seen.sum.add(found->second.sum);
        if (seen.sum.zero()) return {};
        return seen;
    };
    const auto from = period_begin(PeriodKind::month, query.from ? period_of(PeriodKind::month, *query.from) : *months.begin());
    const auto last = query.to ? period_of(PeriodKind::month, *query.to - 1) : *months.rbegin();
    for (const auto& code : codes) {
        const auto seen = window_of(by, code, from, period_end(PeriodKind::month, last), look);
        if (!seen.sum.zero()) out.push_back(answer(pack, query, {PeriodKind::all, by, 0, code}, seen.sum, seen.hidden, ledger_.persons_min()));
    }
    return out;
}

std::vector<CellRow> StoredTracker::look_up(const CellQuery& query, const Pack& pack, By by)
{
    const IndicatorId id{pack.id, pack.version};
    std::vector<CellRow> out;
    const std::lock_guard lock(mutex_);
    auto& stored = fresh_rows(id);
    const auto* beside = query.authorised ? ledger_.beside(id) : nullptr;
    std::set<RowKey> extra;
    if (beside)
        for (const auto& [key, delta] : *beside)
            if (key.kind == query.period && key.by == by && !stored.find(key)) extra.insert(key);
    const auto add = [&](const RowKey& key, CellSum sum, bool hidden) {
        if (!wanted(query, key)) return;
        if (beside)
            if (const auto found = beside->find(key); found != beside->end()) sum.add(found->second.sum);
        if (!sum.zero()) out.push_back(answer(pack, query, key, sum, hidden, ledger_.persons_min()));
    };
    if (has_steps(pack)) {
        StepRows exposure(pack, query, query.period, ledger_.persons_min());
        stored.each(query.period, by, !query.authorised, [&](const RowKey& key, const CellSum& sum, bool hidden) { exposure.add(key, sum, hidden); });
        if (beside)
            for (const auto& [key, delta] : *beside)
                if (key.kind == query.period && key.by == by) exposure.add(key, delta.sum, false);
        return exposure.rows();
    }
    stored.each(query.period, by, !query.authorised, add);
    for (const auto& key : extra) add(key, {}, false);
    if (!extra.empty()) std::ranges::sort(out, {}, [](const CellRow& row) { return std::tie(row.period, row.group); });
    return out;
}

/// Any crossing from the cells themselves: slower, only for those who may. Persons are not counted here.
Result<std::vector<CellRow>> StoredTracker::scan(const CellQuery& query, const Pack& pack, By by)
{
    std::map<RowKey, CellSum> found;
    const auto done = store_->scan(cells, cell_prefix(pack.id, pack.version), [&](std::string_view bytes, std::string_view value) {
        const auto key = parse_cell_key(bytes);
        CellSum sum;
        if (!key || !decode(value, sum)) return true;
        if (query.as_known_on && key->received_day > *query.as_known_on) return true;
        const bool outside = (query.from && key->counts_day < *query.from) || (query.to && key->counts_day >= *query.to);
        if (outside && !has_steps(pack)) return true; // earlier steps decide who is there
        if (sum.sums.size() > part_denominator) sum.counts.insert(sum.counts.begin(), {-1 - std::int64_t{key->matures_day}, sum.sums[part_denominator]});
        if (outside) sum.sums.clear();
        found[{query.period, by, period_of(query.period, key->counts_day), code_of(key->dims, by)}].add(sum);
        return true;
    });
    if (!done) return done.error();
    std::vector<CellRow> out;
    if (has_steps(pack)) {
        StepRows exposure(pack, query, query.period, ledger_.persons_min());
        for (const auto& [key, sum] : found) exposure.add(key, sum, false);
        return exposure.rows();
    }
    for (const auto& [key, sum] : found)
        if (!sum.zero()) out.push_back(answer(pack, query, key, sum, false, ledger_.persons_min()));
    return out;
}

Result<std::vector<CellRow>> StoredTracker::query(const CellQuery& query)
{
    const auto packs = packs_in_use();
    const auto* pack = pack_for(*packs, query);
    if (!pack) return Fault{Errc::not_found, "there is no such indicator or version"};
    const auto by = parse_by(query.by);
    if (!by) return Fault{Errc::refused, fmt::format("'{}' is not a dimension", query.by)};
    const bool part_of_all = query.period == PeriodKind::all && (query.from || query.to);
    if (part_of_all && !query.as_known_on && (!query.authorised || whole_periods(query))) return window(query, *pack, *by);
    const bool crossing = query.as_known_on.has_value() || !published(query.period, *by);
    if (!crossing && (!query.authorised || whole_periods(query))) return look_up(query, *pack, *by);
    if (!query.authorised && query.as_known_on) return Fault{Errc::refused, "'as known on' needs a role: two such answers could be subtracted"};
    if (!query.authorised) return Fault{Errc::refused, "days and weeks are published in total and by region only"};
    return scan(query, *pack, *by);
}

void StoredTracker::dump(const std::function<void(std::string_view, std::string_view)>& each)
{
    static_cast<void>(store_->scan(cells, {}, [&](std::string_view key, std::string_view value) {
        CellSum sum;
        if (decode(value, sum) && !sum.zero()) each(key, value);
        return true;
    }));
}

} // namespace

Result<std::unique_ptr<Tracker>> Tracker::open(const std::string& path, Log& log, std::shared_ptr<const Packs> packs, int persons_min)
{
    StoreOptions options;
    options.path = path;
    options.families = {{"cells", FamilyShape::cells}, {"rows", FamilyShape::cells}, {"people", FamilyShape::state}, {"meta", FamilyShape::state}};
    auto store = Store::open(options);
    if (!store) return store.error();
    auto tracker = std::make_unique<StoredTracker>(std::move(*store), log, std::move(packs), persons_min);
    try {
        if (auto restored = tracker->restore(); !restored) return restored.error();
    } catch (const std::exception& e) {
        return Fault{Errc::storage, e.what()};
    }
    return std::unique_ptr<Tracker>(std::move(tracker));
}

} // namespace sluse
