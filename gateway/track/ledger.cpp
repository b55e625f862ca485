// gateway/track/ledger.cpp — repeats dropped by sequence, signed deltas to cells, persons counted by row, publication in blocks.
#include "gateway/track/ledger.hpp"

#include "gateway/track/cell_key.hpp"

#include <algorithm>

namespace sluse {
namespace {

using RowDeltas = std::unordered_map<RowKey, Delta, RowKeyHash>;

struct Pending {
    std::size_t name{}; ///< hash
    std::map<Contribution, Standing>* standing{};
};

PendingChange change_of(const std::map<Contribution, Standing>& standing)
{
    PendingChange change;
    for (const auto& [contribution, count] : standing) {
        if (count.held == 0) continue;
        each_row(contribution.counts_day, contribution.dims, [&](RowKey row) { change.rows.push_back(std::move(row)); });
    }
    std::ranges::sort(change.rows);
    change.rows.erase(std::unique(change.rows.begin(), change.rows.end()), change.rows.end());
    return change;
}

/// Adds what is held of one person to `rows`, persons counted where the person comes or goes.
void add_held(const std::map<Contribution, Standing>& standing, RowDeltas& rows)
{
    struct Net {
        std::int64_t before{}, after{};
    };
    std::unordered_map<RowKey, Net, RowKeyHash> nets;
    for (const auto& [contribution, count] : standing) {
        const auto delta = row_of(contribution, count.held);
        each_row(contribution.counts_day, contribution.dims, [&, &count = count](const RowKey& row) {
            auto& net = nets[row];
            net.before += count.released;
            net.after += count.released + count.held;
            if (count.held != 0) rows[row].add(delta);
        });
    }
    CellSum person;
    person.sums.resize(part_persons + 1);
    for (const auto& [row, net] : nets) {
        person.sums[part_persons] = (net.after > 0) - (net.before > 0);
        if (person.sums[part_persons] != 0) rows[row].add(person);
    }
}

void mark_released(std::map<Contribution, Standing>& standing)
{
    for (auto& [contribution, count] : standing) {
        count.released += count.held;
        count.held = 0;
    }
}

Day received_day(const IndicatorEvent& event)
{
    return Zone::copenhagen().day_at(event.received_ms);
}

} // namespace

void Delta::add(const CellSum& other)
{
    if (sum.sums.size() < other.sums.size()) sum.sums.resize(other.sums.size());
    for (std::size_t i = 0; i < other.sums.size(); ++i) sum.sums[i] += other.sums[i];
    sum.counts.insert(sum.counts.end(), other.counts.begin(), other.counts.end());
}

std::string Delta::finish()
{
    std::string bytes;
    encode(std::move(sum), bytes);
    sum = {};
    decode(bytes, sum);
    return bytes;
}

void Ledger::take(const IndicatorEvent& event, const Load& load, LedgerChanges& changes) const
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
    put_day(key, received_day(event));
    changes.cells[std::move(key)].add(cell_of(contribution, event.sign));
    person.standing[{event.indicator, event.version}][std::move(contribution)].held += event.sign;
    changes.indicators.insert(event.indicator);
}

void Ledger::release(LedgerChanges& changes) const
{
    std::map<IndicatorId, std::vector<Pending>> pending;
    for (auto& [name, person] : changes.people)
        for (auto& [id, standing] : person.standing)
            if (std::ranges::any_of(standing, [](const auto& s) { return s.second.held != 0; })) pending[id].push_back({std::hash<std::string>{}(name), &standing});

    static const Rollups none;
    for (auto& [id, list] : pending) {
        std::vector<PendingChange> touched;
        touched.reserve(list.size());
        for (const auto& p : list) touched.push_back(change_of(*p.standing));
        const auto rows = rows_.find(id);
        const auto going = releasable(touched, rows == rows_.end() ? none : rows->second, *regions_, persons_min_);
        for (std::size_t i = 0; i < list.size(); ++i) {
            add_held(*list[i].standing, going[i] ? changes.rows[id] : changes.beside[id]);
            if (!going[i]) continue;
            mark_released(*list[i].standing);
            for (auto& row : touched[i].rows)
                if (!blockwise(row.kind, row.by)) changes.changed[id][std::move(row)].push_back(list[i].name);
        }
    }
}

LedgerChanges Ledger::apply(std::span<const IndicatorEvent> events, const Load& load, bool publish) const
{
    LedgerChanges changes;
    changes.published = publish;
    if (publish)
        for (const auto& name : held_) changes.people.emplace(name, load(name));
    for (const auto& event : events) take(event, load, changes);
    if (publish) release(changes);
    else changes.held = held_;
    for (auto& [name, person] : changes.people) {
        person.drop_zeros();
        const bool held = std::ranges::any_of(person.standing, [](const auto& s) {
            return std::ranges::any_of(s.second, [](const auto& c) { return c.second.held != 0; });
        });
        if (held) changes.held.insert(name);
        else changes.held.erase(name);
    }
    return changes;
}

void Ledger::commit(LedgerChanges& changes)
{
    for (auto& [id, rows] : changes.rows)
        for (auto& [key, delta] : rows) rows_[id].add(key, delta.sum);
    for (auto& [id, rows] : changes.changed)
        for (const auto& [key, persons] : rows) rows_[id].refresh(key, persons, persons_min_);
    if (changes.published) {
        beside_ = std::move(changes.beside);
        for (auto& [id, rows] : beside_)
            for (auto& [key, delta] : rows) delta.finish();
    }
    held_ = changes.held;
    repeated_ += changes.repeated;
    gaps_ += changes.gaps;
}

const std::unordered_map<RowKey, Delta, RowKeyHash>* Ledger::beside(const IndicatorId& id) const
{
    const auto found = beside_.find(id);
    return found == beside_.end() ? nullptr : &found->second;
}

} // namespace sluse
