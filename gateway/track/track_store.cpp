// gateway/track/track_store.cpp — keys and values of the tracker's store, format 4. A row is what was shown of it, day by day, and what waits; format 3
// kept the whole row as well, and of what waits only the persons.
#include "gateway/track/track_store.hpp"

#include "gateway/track/cell_key.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace sluse {
namespace {

enum : std::size_t { cells_family, rows_family, shown_family, messages_family, waiting_family, people_family, meta_family };
constexpr std::string_view format = "4", format_before = "3", format_key = "format", known_key = "known";

std::string offset_key(std::uint32_t partition)
{
    std::string key = "o";
    put_be(key, partition, 4);
    return key;
}

void rows_prefix(const IndicatorId& id, PeriodKind kind, By by, std::string& key)
{
    key.clear();
    Writer writer(key);
    writer.bytes(id.indicator);
    writer.bytes(id.version);
    key += static_cast<char>(kind);
    key += static_cast<char>(by);
}

void row_bytes(const IndicatorId& id, const RowKey& row, std::string& key)
{
    rows_prefix(id, row.kind, row.by, key);
    put_day(key, row.period);
    key += row.code;
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

/// A row's key with a day behind it.
bool parse_shown(std::string_view bytes, IndicatorId& id, RowKey& row, Day& day)
{
    if (bytes.size() < 4) return false;
    day = get_day(bytes.substr(bytes.size() - 4));
    return parse_row(bytes.substr(0, bytes.size() - 4), id, row);
}

constexpr std::size_t held_bytes = 16;

void parse_held(std::string_view bytes, std::vector<HeldPerson>& who)
{
    for (std::size_t at = 0; at < bytes.size(); at += held_bytes) who.push_back({get_be(bytes.substr(at, 8)), get_be(bytes.substr(at + 8, 8))});
}

const std::string& waiting_bytes(const Rollups::Behind& behind, std::string& out)
{
    out.clear();
    put_day(out, behind.touched);
    Writer(out).uint(behind.who.size());
    for (const auto& one : behind.who) {
        put_be(out, one.person, 8);
        put_be(out, one.digest, 8);
    }
    encode_canonical(behind.unshown, out);
    return out;
}

bool parse_waiting(std::string_view bytes, Rollups::Behind& behind)
{
    Reader in(bytes);
    behind.touched = get_day(in.raw(4));
    const auto count = in.uint();
    if (!in.ok() || count > bytes.size() / held_bytes) return false;
    parse_held(in.raw(count * held_bytes), behind.who);
    return in.ok() && decode(in.rest(), behind.unshown);
}

bool parse_waiting_3(std::string_view bytes, Rollups::Behind& behind)
{
    if (bytes.size() < 4 || (bytes.size() - 4) % held_bytes != 0) return false;
    behind.touched = get_day(bytes.substr(0, 4));
    parse_held(bytes.substr(4), behind.who);
    return true;
}

/// What waits in a row of format 3: the row less what was shown of it.
Result<std::string> waiting_of_3(Store& store, std::string_view key, std::string_view value)
{
    Rollups::Behind behind;
    CellSum part;
    if (!parse_waiting_3(value, behind)) return Fault{Errc::storage, "tracker store: what waits in a row is damaged"};
    const auto row = store.get(rows_family, key);
    if (!row) return row.error();
    if (*row && !decode(**row, behind.unshown)) return Fault{Errc::storage, "tracker store: a row is damaged"};
    const auto shown = store.scan(shown_family, key, [&](std::string_view of, std::string_view bytes) {
        if (of.size() == key.size() + 4 && decode(bytes, part)) behind.unshown.add(part, -1); // a longer code begins alike
        return true;
    });
    if (!shown) return shown.error();
    std::string out;
    waiting_bytes(behind, out);
    return out;
}

/// All of it or, when it fails, as before: the next start tries again.
Result<void> renew_from_3(Store& store)
{
    Store::Batch batch(store);
    std::optional<Fault> fault;
    const auto done = store.scan(waiting_family, {}, [&](std::string_view key, std::string_view value) {
        const auto renewed = waiting_of_3(store, key, value);
        if (renewed) batch.put(waiting_family, key, *renewed);
        else fault = renewed.error();
        return !fault;
    });
    if (!done) return done;
    if (fault) return *fault;
    batch.put(meta_family, format_key, format);
    return store.write(batch, true);
}

/// As their keys are: RocksDB finds the place of a key beside the one before it, and looks for any other from the top.
template <class Table> std::vector<const typename Table::value_type*> in_order(const Table& table)
{
    std::vector<const typename Table::value_type*> out;
    out.reserve(table.size());
    for (const auto& one : table) out.push_back(&one);
    std::ranges::sort(out, [](const auto* a, const auto* b) { return a->first < b->first; });
    return out;
}

std::string watermark_key(const std::string& indicator, const std::string& system)
{
    std::string key = "w";
    Writer(key).bytes(indicator);
    return key + system;
}

std::string messages_prefix(const std::string& system)
{
    std::string key;
    Writer(key).bytes(system);
    return key;
}

std::string day_bytes(Day day)
{
    std::string out;
    put_day(out, day);
    return out;
}

} // namespace

Result<std::unique_ptr<TrackStore>> TrackStore::open(const std::string& path)
{
    StoreOptions options;
    options.path = path;
    options.name = "numbers";
    options.memtable_bytes = 48u << 20;
    options.wal_bytes_max = 96u << 20;
    options.families = {{"cells", FamilyShape::cells},    {"rows", FamilyShape::cells},   {"shown", FamilyShape::cells}, {"messages", FamilyShape::cells},
                        {"waiting", FamilyShape::state}, {"people", FamilyShape::state}, {"meta", FamilyShape::table}};
    auto store = Store::open(options);
    if (!store) return store.error();
    const auto found = (*store)->get(meta_family, format_key);
    if (!found) return found.error();
    if (*found == std::optional<std::string>(format_before)) {
        if (auto renewed = renew_from_3(**store); !renewed) return renewed.error();
        if (auto cleared = (*store)->clear(rows_family); !cleared) return cleared.error();
    } else if (*found != std::optional<std::string>(format)) {
        for (std::size_t family = 0; family < options.families.size(); ++family)
            if (auto cleared = (*store)->clear(family); !cleared) return cleared.error();
        Store::Batch batch(**store);
        batch.put(meta_family, format_key, format);
        if (auto written = (*store)->write(batch, false); !written) return written.error();
    }
    return std::unique_ptr<TrackStore>(new TrackStore(std::move(*store)));
}

Result<void> TrackStore::write(LedgerChanges& changes, const std::vector<Publication>& shown, Ledger& ledger, const std::vector<std::uint64_t>& offsets)
{
    Store::Batch batch(*store_);
    std::string bytes, key;
    const auto value = [&](const auto& thing) -> const std::string& {
        bytes.clear();
        encode(thing, bytes);
        return bytes;
    };
    for (auto& [key, delta] : changes.cells) batch.merge(cells_family, key, delta.finish());
    for (const auto& [id, rows] : changes.rows) {
        const auto& table = ledger.rows(id);
        for (const auto* change : in_order(rows)) {
            const auto* behind = table.behind(change->first);
            if (!behind && !change->second.waited) continue;
            row_bytes(id, change->first, key);
            if (behind) batch.put(waiting_family, key, waiting_bytes(*behind, bytes));
            else batch.erase(waiting_family, key);
        }
    }
    for (const auto& [id, rows] : shown) {
        const auto changed = changes.rows.find(id);
        for (const auto& [row, news] : rows) { // in order already
            row_bytes(id, row, key);
            if (changed == changes.rows.end() || !changed->second.contains(row)) batch.erase(waiting_family, key);
            put_day(key, ledger.known_day());
            batch.merge(shown_family, key, value(news));
        }
    }
    for (const auto* person : in_order(changes.people)) batch.put(people_family, person->first, value(person->second));
    for (const auto& [indicator, systems] : changes.watermarks)
        for (const auto& [system, unused] : systems) {
            const auto& mark = ledger.watermarks(indicator).at(system);
            bytes.clear();
            put_be(bytes, static_cast<std::uint64_t>(mark.received_ms), 8);
            batch.put(meta_family, watermark_key(indicator, system), bytes + day_bytes(mark.counts_day));
        }
    for (const auto& [when, messages] : changes.messages) {
        CellSum count;
        count.sums = {static_cast<std::int64_t>(messages.size())};
        batch.merge(messages_family, messages_prefix(when.first) + day_bytes(when.second), value(count));
    }
    batch.put(meta_family, known_key, day_bytes(ledger.known_day()));
    for (std::uint32_t p = 0; p < offsets.size(); ++p) {
        bytes.clear();
        put_be(bytes, offsets[p], 8);
        batch.put(meta_family, offset_key(p), bytes);
    }
    return store_->write(batch, false); // a projection: what a crash takes, the events give again
}

Result<void> TrackStore::restore(Ledger& ledger, std::vector<std::uint64_t>& offsets) const
{
    IndicatorId id;
    RowKey row;
    Day day{};
    CellSum sum;
    auto done = store_->scan(shown_family, {}, [&](std::string_view key, std::string_view value) {
        if (parse_shown(key, id, row, day) && decode(value, sum)) ledger.rows(id).restore_shown(row, sum, day);
        return true;
    });
    if (!done) return done;
    done = store_->scan(waiting_family, {}, [&](std::string_view key, std::string_view value) {
        Rollups::Behind behind;
        if (parse_row(key, id, row) && parse_waiting(value, behind)) ledger.rows(id).restore_waiting(row, std::move(behind));
        return true;
    });
    if (!done) return done;
    done = store_->scan(meta_family, "w", [&](std::string_view key, std::string_view value) {
        Reader in(key.substr(1));
        const std::string indicator(in.bytes());
        if (in.ok() && value.size() == 12)
            ledger.restore_watermark(indicator, std::string(in.rest()), {static_cast<Millis>(get_be(value.substr(0, 8))), get_day(value.substr(8))});
        return true;
    });
    if (!done) return done;
    const auto known = store_->get(meta_family, known_key);
    if (!known) return known.error();
    if (*known) ledger.restore_known(get_day(**known));
    for (std::uint32_t p = 0; p < offsets.size(); ++p) {
        const auto stored = store_->get(meta_family, offset_key(p));
        if (!stored) return stored.error();
        offsets[p] = *stored ? get_be(**stored) : 0;
    }
    return {};
}

Person TrackStore::person(const std::string& name) const
{
    Person person;
    const auto stored = store_->get(people_family, name);
    if (!stored) throw std::runtime_error("tracker store: " + stored.error().where); // ends the batch; the follower tries again
    if (*stored && !decode(**stored, person)) throw std::runtime_error("tracker store: a person's record is damaged");
    return person;
}

Result<void> TrackStore::shown(const IndicatorId& id, PeriodKind kind, By by, const std::function<void(const RowKey&, Day, const CellSum&)>& each) const
{
    std::string prefix;
    rows_prefix(id, kind, by, prefix);
    return store_->scan(shown_family, prefix, [&](std::string_view key, std::string_view value) {
        IndicatorId same;
        RowKey row;
        Day day{};
        CellSum sum;
        if (parse_shown(key, same, row, day) && decode(value, sum)) each(row, day, sum);
        return true;
    });
}

DailyMessages TrackStore::messages(const std::string& system, Day from, Day until) const
{
    DailyMessages out;
    const auto prefix = messages_prefix(system);
    static_cast<void>(store_->range(messages_family, prefix + day_bytes(from), prefix + day_bytes(until + 1), [&](std::string_view key, std::string_view value) {
        CellSum sum;
        if (decode(value, sum) && !sum.sums.empty()) out.emplace_back(get_day(key.substr(key.size() - 4)), static_cast<std::uint64_t>(sum.sums[0]));
        return true;
    }));
    return out;
}

} // namespace sluse
