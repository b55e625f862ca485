// gateway/track/ledger.cpp — repeats dropped by sequence, signed deltas to cells and rows, persons counted by row.
#include "gateway/track/ledger.hpp"

#include "gateway/track/cell_key.hpp"

#include <algorithm>

namespace sluse {
namespace {

using News = std::map<Contribution, std::int64_t>;

/// Stable over builds and restarts: it is stored.
std::uint64_t hash_of(std::string_view name)
{
    std::uint64_t hash = 0xcbf29ce484222325ull;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
    return hash ^ hash >> 31;
}

/// How often a person stands in a row, and by how much that changes.
struct Net {
    std::int64_t before{}, after{};
    std::uint64_t digest{};
};
using Nets = boost::unordered_flat_map<RowKey, Net, RowKeyHash>;

/// One person's news of one indicator, added to every row it falls in; the person is counted where he comes or goes.
void add_news(std::uint64_t person, const News& news, const News& standing, Nets& nets, RowChanges& rows)
{
    nets.clear();
    for (const auto& [contribution, times] : news) {
        if (times == 0) continue;
        const auto delta = row_of(contribution, times);
        const auto digest = digest_of(contribution) * static_cast<std::uint64_t>(times);
        each_row(contribution.counts_day, contribution.dims, [&, &times = times](const RowKey& row) {
            rows[row].delta.add(delta);
            auto& net = nets[row];
            net.before -= times;
            net.digest += digest;
        });
    }
    if (nets.empty()) return;
    for (const auto& [contribution, times] : standing)
        each_row(contribution.counts_day, contribution.dims, [&, &times = times](const RowKey& row) {
            if (const auto found = nets.find(row); found != nets.end()) found->second.after += times;
        });
    CellSum one;
    one.sums.resize(part_persons + 1);
    for (const auto& [row, net] : nets) {
        auto& change = rows[row];
        if (change.who.capacity() == 0) change.who.reserve(4);
        if (net.digest != 0) change.who.push_back({person, net.digest});
        one.sums[part_persons] = (net.after > 0) - (net.after + net.before > 0);
        if (one.sums[part_persons] != 0) change.delta.add(one);
    }
}

/// Goes over events once: to cells and watermarks at once, and by person to rows when all have been seen.
class Taking {
public:
    Taking(const Ledger::Load& load, LedgerChanges& changes) : load_(load), changes_(changes) {}

    void take(const IndicatorEvent& event)
    {
        auto& told = told_by(event);
        auto& person = *told.person;
        if (event.sequence <= person.sequence) {
            ++changes_.repeated;
            return;
        }
        if (person.sequence != 0 && event.sequence != person.sequence + 1) ++changes_.gaps;
        person.sequence = event.sequence;

        auto contribution = event.contribution;
        contribution.episode.clear();
        const auto day = received_day(event);
        note(event, contribution.counts_day, day);
        auto key = cell_key(event.indicator, event.version, contribution);
        put_day(key, day);
        changes_.cells[std::move(key)].add(cell_of(contribution, event.sign));
        const IndicatorId id{event.indicator, event.version};
        person.standing(id)[contribution] += event.sign;
        told.news[id][std::move(contribution)] += event.sign;
    }

    void finish()
    {
        Nets nets;
        for (auto& [person, hash, all] : told_)
            for (const auto& [id, news] : all) add_news(hash, news, person->standing(id), nets, changes_.rows[id]);
    }

private:
    struct Told {
        Person* person{};
        std::uint64_t hash{};
        std::map<IndicatorId, News> news;
    };

    static Day received_day(const IndicatorEvent& event) { return Zone::copenhagen().day_at(event.received_ms); }

    /// The events of a message are about one person and lie together.
    Told& told_by(const IndicatorEvent& event)
    {
        name_ = event.key_id;
        (name_ += '\x1f') += event.person;
        if (!told_.empty() && name_ == last_) return told_[at_];
        const auto [found, fresh] = changes_.people.try_emplace(name_);
        if (fresh) found->second = load_(name_);
        const auto [place, first] = places_.try_emplace(&found->second, told_.size());
        if (first) told_.push_back({&found->second, hash_of(name_), {}});
        last_ = name_;
        at_ = place->second;
        return told_[at_];
    }

    void note(const IndicatorEvent& event, Day counts, Day day)
    {
        changes_.known_day = std::max(changes_.known_day, day);
        auto& mark = changes_.watermarks[event.indicator][event.system];
        mark.received_ms = std::max(mark.received_ms, event.received_ms);
        mark.counts_day = std::max(mark.counts_day, counts);
        if (event.cause == cause_ && event.system == system_ && day == day_) return;
        changes_.messages[{event.system, day}].insert(event.cause);
        cause_ = event.cause;
        system_ = event.system;
        day_ = day;
    }

    const Ledger::Load& load_;
    LedgerChanges& changes_;
    std::vector<Told> told_; ///< in the order in which they are first told of
    std::unordered_map<const Person*, std::size_t> places_;
    std::string name_, last_, cause_, system_;
    std::size_t at_{};
    Day day_{never_changed};
};

} // namespace

void Delta::add(const CellSum& other)
{
    sum.sums.reserve(part_persons + 1);
    if (sum.counts.capacity() == 0) sum.counts.reserve(4); // a few outcomes on a few days
    if (sum.sums.size() < other.sums.size()) sum.sums.resize(other.sums.size());
    for (std::size_t i = 0; i < other.sums.size(); ++i) sum.sums[i] += other.sums[i];
    sum.counts.insert(sum.counts.end(), other.counts.begin(), other.counts.end());
}

std::string Delta::finish()
{
    canonicalise(sum);
    std::string bytes;
    encode_canonical(sum, bytes);
    return bytes;
}

LedgerChanges Ledger::take(std::span<const IndicatorEvent> events, const Load& load) const
{
    LedgerChanges changes;
    Taking taking(load, changes);
    for (const auto& event : events) taking.take(event);
    taking.finish();
    return changes;
}

void Ledger::add(LedgerChanges& changes)
{
    known_day_ = std::max(known_day_, changes.known_day);
    for (auto& [id, rows] : changes.rows) {
        auto& table = rows_[id];
        undecided_[id].changes += rows.size();
        for (auto& [key, change] : rows) {
            change.waited = table.behind(key) != nullptr;
            canonicalise(change.delta.sum);
            table.add(key, change.delta.sum, change.who, known_day_);
        }
    }
    for (const auto& [indicator, systems] : changes.watermarks)
        for (const auto& [system, mark] : systems) {
            auto& known = watermarks_[indicator][system];
            known.received_ms = std::max(known.received_ms, mark.received_ms);
            known.counts_day = std::max(known.counts_day, mark.counts_day);
        }
    repeated_ += changes.repeated;
    gaps_ += changes.gaps;
}

Ledger::Going Ledger::decide(bool all)
{
    constexpr std::size_t few_rows = 256;
    constexpr int settlings_max = 5;
    Going out;
    for (auto at = undecided_.begin(); at != undecided_.end();) {
        auto& [id, since] = *at;
        auto& table = rows_.at(id);
        const auto waiting = table.waiting_about();
        if (!all && waiting > few_rows && since.changes < waiting && ++since.settlings < settlings_max) {
            ++at;
            continue;
        }
        auto& keys = out.emplace_back(id, std::vector<RowKey>()).second;
        if (table.any_enough(min_of(id))) {
            const auto [rows, lines] = table.waiting(*regions_);
            const auto going = releasable(rows, lines, min_of(id));
            for (std::size_t i = 0; i < rows.size(); ++i)
                if (going[i]) keys.push_back(rows[i].key);
        }
        at = undecided_.erase(at);
    }
    return out;
}

std::vector<Publication> Ledger::publish(const Going& going)
{
    std::vector<Publication> out;
    for (const auto& [id, keys] : going) {
        auto& table = rows_[id];
        auto& publication = out.emplace_back(Publication{id, {}});
        for (const auto& key : keys) publication.rows.emplace_back(key, table.publish(key, known_day_));
        count_held(id, table);
    }
    return out;
}

std::size_t Ledger::bytes() const
{
    std::size_t sum = 0;
    for (const auto& [id, rows] : rows_) sum += rows.bytes();
    return sum;
}

const Rollups* Ledger::find(const IndicatorId& id) const
{
    const auto found = rows_.find(id);
    return found == rows_.end() ? nullptr : &found->second;
}

const std::map<std::string, Watermark>& Ledger::watermarks(const std::string& indicator) const
{
    static const std::map<std::string, Watermark> none;
    const auto found = watermarks_.find(indicator);
    return found == watermarks_.end() ? none : found->second;
}

void Ledger::take_up()
{
    for (const auto& [id, rows] : rows_) {
        count_held(id, rows);
        if (rows.any_enough(min_of(id))) undecided_[id];
    }
}

void Ledger::count_held(const IndicatorId& id, const Rollups& rows)
{
    std::vector<std::uint64_t> now;
    rows.each(PeriodKind::month, By::total, std::numeric_limits<Day>::min(), std::numeric_limits<Day>::max(), [&](const RowKey& key, const CellSum&, const CellSum&, const Standing& standing) {
        if (standing.waiting == 0) return;
        for (const auto& one : rows.behind(key)->who) now.push_back(one.person);
    });
    std::ranges::sort(now);
    now.erase(std::unique(now.begin(), now.end()), now.end()); // clang 14 cannot read the range that std::ranges::unique gives
    auto& before = held_of_[id];
    for (const auto person : now) ++held_in_[person];
    for (const auto person : before)
        if (const auto found = held_in_.find(person); --found->second == 0) held_in_.erase(found);
    before = std::move(now);
}

} // namespace sluse
