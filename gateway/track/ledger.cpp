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
        if (net.digest != 0) change.who.push_back({person, net.digest});
        one.sums[part_persons] = (net.after > 0) - (net.after + net.before > 0);
        if (one.sums[part_persons] != 0) change.delta.add(one);
    }
}

Day received_day(const IndicatorEvent& event)
{
    return Zone::copenhagen().day_at(event.received_ms);
}

} // namespace

void Delta::add(const CellSum& other)
{
    sum.sums.reserve(part_persons + 1);
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

void Ledger::take(const IndicatorEvent& event, const Load& load, LedgerChanges& changes, std::map<std::pair<std::string, IndicatorId>, News>& news) const
{
    const auto name = event.key_id + '\x1f' + event.person;
    const auto [found, fresh] = changes.people.try_emplace(name);
    auto& person = found->second;
    if (fresh) person = load(name);
    if (event.sequence <= person.sequence) {
        ++changes.repeated;
        return;
    }
    if (person.sequence != 0 && event.sequence != person.sequence + 1) ++changes.gaps;
    person.sequence = event.sequence;

    auto contribution = event.contribution;
    contribution.episode.clear();
    auto key = cell_key(event.indicator, event.version, contribution);
    const auto day = received_day(event);
    put_day(key, day);
    changes.cells[std::move(key)].add(cell_of(contribution, event.sign));
    changes.known_day = std::max(changes.known_day, day);
    auto& mark = changes.watermarks[event.indicator][event.system];
    mark.received_ms = std::max(mark.received_ms, event.received_ms);
    mark.counts_day = std::max(mark.counts_day, contribution.counts_day);
    changes.messages[{event.system, day}].insert(event.cause);
    const IndicatorId id{event.indicator, event.version};
    person.standing[id][contribution] += event.sign;
    news[{name, id}][std::move(contribution)] += event.sign;
}

LedgerChanges Ledger::take(std::span<const IndicatorEvent> events, const Load& load) const
{
    LedgerChanges changes;
    std::map<std::pair<std::string, IndicatorId>, News> news;
    for (const auto& event : events) take(event, load, changes, news);
    Nets nets;
    for (const auto& [whose, contributions] : news)
        add_news(hash_of(whose.first), contributions, changes.people[whose.first].standing[whose.second], nets, changes.rows[whose.second]);
    for (auto& [name, person] : changes.people) person.drop_zeros();
    return changes;
}

void Ledger::add(LedgerChanges& changes)
{
    known_day_ = std::max(known_day_, changes.known_day);
    for (auto& [id, rows] : changes.rows) {
        auto& table = rows_[id];
        for (auto& [key, change] : rows) {
            change.waited = table.who(key) != nullptr;
            change.bytes = change.delta.finish();
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

std::vector<std::pair<IndicatorId, std::vector<RowKey>>> Ledger::decide(const LedgerChanges& changes)
{
    std::vector<std::pair<IndicatorId, std::vector<RowKey>>> out;
    for (const auto& [id, rows] : changes.rows) {
        const auto [waiting, lines] = rows_.at(id).waiting(*regions_);
        const auto going = releasable(waiting, lines, of_nobody_.contains(id.indicator) ? 1 : persons_min_);
        auto& keys = out.emplace_back(id, std::vector<RowKey>()).second;
        for (std::size_t i = 0; i < waiting.size(); ++i)
            if (going[i]) keys.push_back(waiting[i].key);
    }
    return out;
}

std::vector<Publication> Ledger::publish(const std::vector<std::pair<IndicatorId, std::vector<RowKey>>>& going)
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

void Ledger::count_held()
{
    for (const auto& [id, rows] : rows_) count_held(id, rows);
}

void Ledger::count_held(const IndicatorId& id, const Rollups& rows)
{
    std::vector<std::uint64_t> now;
    rows.each(PeriodKind::month, By::total, std::numeric_limits<Day>::min(), std::numeric_limits<Day>::max(), [&](const RowKey& key, const CellSum&, const CellSum&, const Standing& standing) {
        if (standing.waiting == 0) return;
        for (const auto& one : *rows.who(key)) now.push_back(one.person);
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
