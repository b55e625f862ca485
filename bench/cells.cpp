// bench/cells.cpp — a tracker's store as years of a whole country would leave it: what queries are measured over.
#include "bench/common.hpp"
#include "bench/measure.hpp"
#include "gateway/track/cell_key.hpp"
#include "gateway/track/track_store.hpp"

#include <fmt/format.h>

#include <random>

namespace sluse::bench {
namespace {

constexpr Day first = 19'700, days = 1'200; // three years and some, from late 2023 on
constexpr std::uint64_t a_batch = 100'000;
constexpr unsigned units = 500;
constexpr std::array<const char*, 2> sexes{"female", "male"};

/// Contributions anywhere in Denmark on any day.
class Country {
public:
    explicit Country(const Regions& regions)
    {
        for (const auto& row : regions.rows())
            if (row.from <= first && first < row.to) places_.emplace_back(row.municipality, row.region);
    }
    Contribution next(bool with_value)
    {
        Contribution c;
        c.counts_day = first + static_cast<Day>(upto(days));
        c.matures_day = c.counts_day + 31;
        c.denominator = 1;
        c.numerator = upto(6) == 0;
        if (with_value) c.value = upto(20'000), c.has_value = true;
        const auto& [municipality, region] = places_[upto(static_cast<unsigned>(places_.size()))];
        const auto age = upto(18) * 5;
        c.dims = {std::string(region), municipality, fmt::format("{:06}", upto(units)), sexes[upto(2)], fmt::format("{}-{}", age, age + 4)};
        return c;
    }

private:
    unsigned upto(unsigned n) { return static_cast<unsigned>(random_() % n); }
    std::mt19937_64 random_{7};
    std::vector<std::pair<std::string, std::string>> places_;
};

/// Adds a cell, the rows it falls in, and that they are shown.
void add_cell(LedgerChanges& changes, const IndicatorId& id, const Contribution& c)
{
    auto key = cell_key(id.indicator, id.version, c);
    put_day(key, c.counts_day + 1);
    changes.cells[std::move(key)].add(cell_of(c, 1));
    auto row = row_of(c, 1);
    row.sums.resize(part_persons + 1);
    row.sums[part_persons] = 1;
    auto& rows = changes.rows[id];
    each_row(c.counts_day, c.dims, [&](RowKey one) {
        auto& change = rows[std::move(one)];
        change.delta.add(row);
        if (change.who.empty()) change.who.push_back({1, 1}); // somebody it waits for until it is shown
    });
    changes.known_day = first + days;
}

std::vector<Publication> show_all(Ledger& ledger, const LedgerChanges& changes)
{
    std::vector<std::pair<IndicatorId, std::vector<RowKey>>> going;
    for (const auto& [id, rows] : changes.rows) {
        auto& keys = going.emplace_back(id, std::vector<RowKey>()).second;
        for (const auto& [key, change] : rows) keys.push_back(key);
    }
    return ledger.publish(going);
}

} // namespace

int cells(const std::string& folder, std::uint64_t wanted)
{
    const auto set = rules();
    const auto packs = set->packs->packs();
    Country country(set->packs->regions());
    auto store = TrackStore::open(folder);
    if (!store) return fmt::print(stderr, "{}\n", store.error().where), 1;
    Ledger ledger(set->packs->regions(), 1);
    std::size_t rows = 0;
    for (std::size_t p = 0; p < packs.size(); ++p) {
        const IndicatorId id{packs[p].id, packs[p].version};
        const auto from = wanted * p / packs.size(), to = wanted * (p + 1) / packs.size();
        for (auto at = from; at < to;) {
            LedgerChanges changes;
            for (const auto end = std::min(at + a_batch, to); at < end; ++at) add_cell(changes, id, country.next(packs[p].kind == "duration"));
            ledger.add(changes);
            const auto shown = show_all(ledger, changes);
            if (const auto written = (*store)->write(changes, shown, ledger, {}); !written) return fmt::print(stderr, "{}\n", written.error().where), 1;
        }
        rows += ledger.rows(id).size();
    }
    fmt::print(R"({{"figure":"cells","cells":{},"rows":{},"indicators":{}}})"
               "\n", wanted, rows, packs.size());
    return 0;
}

} // namespace sluse::bench
