// gateway/chart_signals.cpp — from published months to Anhøj's rules, and from rules to signed signals.
#include "gateway/chart_signals.hpp"

#include "gateway/process/signals.hpp"
#include "gateway/serve/numbers.hpp"
#include "gateway/track/indicator_chart.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace sluse {
namespace {

constexpr char told_prefix = 'C';
constexpr char separator = '\x1f';

/// Months that are over by `today`, mature and shown, by group in order of time.
std::map<std::string, std::vector<CellRow>> series_of(std::vector<CellRow> rows, Day today)
{
    std::ranges::sort(rows, {}, &CellRow::period);
    std::map<std::string, std::vector<CellRow>> out;
    for (auto& row : rows) {
        const auto span = serve::span_of(row.period);
        if (row.suppressed || row.provisional || !row.value || !span || span->to > today) continue;
        out[row.group].push_back(std::move(row));
    }
    return out;
}

/// Of proportions and rates: is the newest month outside the limits of the chart that fits them?
bool newest_outside(const Pack& pack, std::span<const CellRow> months, std::span<const Share> shares)
{
    const auto make = attribute_chart(usual_chart(pack, months));
    return make && make(shares, 0).points.back().outside;
}

std::string told_key(const Signal& s)
{
    std::string key(1, told_prefix);
    for (const auto* part : {&s.watch, &s.indicator, &s.version, &s.by, &s.group, &s.what}) (key += *part) += separator;
    return key;
}

std::string series_prefix(const Watch& watch, const Pack& pack, const std::string& by)
{
    std::string key(1, told_prefix);
    for (const auto* part : {&watch.id, &pack.id, &pack.version, &by}) (key += *part) += separator;
    return key;
}

/// "n json": how often it was told, and the signal that stands; without json it was taken back.
struct Told {
    std::uint64_t times{};
    std::optional<Signal> standing;
};

Told parse_told(std::string_view value)
{
    const auto blank = value.find(' ');
    return {std::stoull(std::string(value.substr(0, blank))), blank == value.npos ? std::nullopt : parse_signal(value.substr(blank + 1))};
}

/// Tells what fires now and did not, takes back what fired and does not.
void tell_difference(const std::string& prefix, std::vector<Signal> now, Millis at, const std::string& cause, Unit& unit)
{
    std::map<std::string, Told> told;
    unit.scan(prefix, [&](std::string_view key, std::string_view value) {
        told.emplace(key, parse_told(value));
        return true;
    });
    const auto send = [&](Signal signal, int sign, std::uint64_t times, const std::string& key) {
        signal.sign = sign;
        signal.told_ms = at;
        signal.cause = cause;
        name_signal(signal, std::to_string(times));
        send_signal(signal, unit);
        unit.put(key, std::to_string(times) + (sign > 0 ? ' ' + to_cloud_event(signal) : std::string()));
    };
    for (const auto& signal : now) {
        const auto key = told_key(signal);
        auto& known = told[key];
        if (!known.standing) send(signal, +1, known.times + 1, key);
        known.standing.reset();
    }
    for (const auto& [key, known] : told)
        if (known.standing) send(*known.standing, -1, known.times, key);
}

} // namespace

std::vector<Signal> chart_rules(const Watch& watch, const Pack& pack, std::span<const CellRow> months)
{
    std::vector<Signal> out;
    if (months.size() > watch.points_max) months = months.subspan(months.size() - watch.points_max);
    if (months.size() < watch.points_min) return out;
    std::vector<double> values;
    std::vector<Share> shares;
    for (const auto& month : months) {
        values.push_back(*month.value);
        shares.push_back({month.numerator, month.denominator});
    }
    const auto fires = [&](const char* what) {
        auto& s = out.emplace_back();
        s.kind = "chart";
        s.watch = watch.id;
        s.what = what;
        s.indicator = pack.id;
        s.version = pack.version;
        s.period = months.back().period;
        if (const auto span = serve::span_of(s.period)) s.on = span->from;
    };
    if (const auto chart = run_chart(values)) {
        if (chart->longest_run > chart->run_limit) fires("shift");
        if (chart->crossings < chart->crossing_limit) fires("crossings");
    }
    if (newest_outside(pack, months, shares)) fires("outside-limits");
    return out;
}

ChartSignals::ChartSignals(Log& log, Tracker& tracker, std::function<std::shared_ptr<const Packs>()> packs)
    : log_(log), tracker_(tracker), packs_(std::move(packs)), changed_(tracker)
{
}

void ChartSignals::look(Millis now, const std::string& cause)
{
    const auto packs = packs_();
    const auto news = changed_.look(Zone::copenhagen().day_at(now));
    for (const auto& watch : packs->watches()) {
        if (watch.kind != Watch::Kind::chart) continue;
        for (const auto& pack : packs->packs()) {
            if (!news.new_day && !news.indicators.contains(pack.id)) continue;
            if (watch.indicators.empty() || std::ranges::find(watch.indicators, pack.id) != watch.indicators.end()) look_at(watch, pack, now, cause);
        }
    }
}

void ChartSignals::look_at(const Watch& watch, const Pack& pack, Millis now, const std::string& cause)
{
    const auto today = Zone::copenhagen().day_at(now);
    const auto partition = partition_of(pack, log_.partitions());
    for (const auto& by : watch.by) {
        CellQuery query;
        query.indicator = pack.id;
        query.version = pack.version;
        query.by = by;
        query.today = today;
        auto rows = tracker_.query(query); // as anyone may see it: what is suppressed gives no signal
        if (!rows) continue;
        std::vector<Signal> fires;
        for (const auto& [group, months] : series_of(std::move(*rows), today))
            for (auto& signal : chart_rules(watch, pack, months)) {
                signal.by = by;
                signal.group = group;
                fires.push_back(std::move(signal));
            }
        const auto prefix = series_prefix(watch, pack, by);
        bool quiet = fires.empty();
        log_.inspect(partition, [&](State& state) {
            state.scan(prefix, [&](std::string_view, std::string_view) { return quiet = false; });
        });
        if (!quiet) static_cast<void>(log_.execute(partition, [&](Unit& unit, Processor&) { tell_difference(prefix, std::move(fires), now, cause, unit); }));
    }
}

} // namespace sluse
