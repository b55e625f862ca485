// gateway/goal_topic.cpp — published numbers to records, and records to the log when they differ from the last.
#include "gateway/goal_topic.hpp"

#include "gateway/base/ids.hpp"
#include "gateway/serve/number_json.hpp"
#include "gateway/serve/summary.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace sluse {
namespace {

constexpr std::string_view source = "urn:sluse:track", type = "dk.sluse.goal-cell.v1";
constexpr std::string_view said_prefix = "goal-cell/"; ///< state: what was said of a key last, as a hash
constexpr std::size_t unit_records_max = 256;

std::string name_of(const Pack& pack) { return pack.id + '@' + pack.version; }

std::string data_of(const Pack& pack, const std::string& by, bool current, const CellRow& row)
{
    serve::Json json;
    json.begin().field("indicator", pack.id).field("version", pack.version).field("goal", pack.goal);
    serve::write_title(json, "title", pack.title);
    json.field("kind", pack.kind).field("unit", pack.unit).field("direction", pack.direction).field("target", pack.target);
    json.field("by", by).field("current", current);
    serve::write_number(json, row);
    json.end();
    return json.text();
}

std::string digest(std::string_view data) { return std::string(view(sha256(data)).substr(0, 16)); }

std::string said_key(std::string_view key) { return std::string(said_prefix).append(key); }

/// Says of a key what `data` holds, or that it is no more, unless that was said last.
void say(const std::string& key, const std::string& data, Millis now, Unit& unit)
{
    const auto place = said_key(key);
    const auto before = unit.get(place);
    if (data.empty() ? !before : before == digest(data)) return;
    unit.send(Topic::goals, unit.partition(), key, data.empty() ? std::string() : to_cloud_event({key, data}, now));
    if (data.empty()) unit.erase(place);
    else unit.put(place, digest(data));
}

} // namespace

std::vector<GoalCell> goal_cells(Tracker& tracker, const Pack& pack, Day today)
{
    std::vector<GoalCell> out;
    const auto name = name_of(pack) + '/';
    auto months = serve::shown_months(tracker, pack, {}, today);
    for (const auto& month : months) out.push_back({name + month.period, data_of(pack, {}, false, month)});
    for (const auto& month : serve::shown_months(tracker, pack, "region", today))
        out.push_back({name + month.period + "/region/" + month.group, data_of(pack, "region", false, month)});
    if (months.size() > serve::trend_months) months.erase(months.begin(), months.end() - static_cast<std::ptrdiff_t>(serve::trend_months));
    if (const auto current = serve::current_of(pack, months)) out.push_back({name + "current", data_of(pack, {}, true, *current)});
    return out;
}

std::string to_cloud_event(const GoalCell& cell, Millis at)
{
    serve::Json json;
    json.begin().field("specversion", "1.0").field("id", hex(view(sha256(cell.key + '\n' + cell.data)).substr(0, 16)));
    json.field("source", source).field("type", type).field("subject", cell.key).field("time", rfc3339(at)).field("datacontenttype", "application/json");
    json.key("data").raw(cell.data).end();
    return json.text();
}

GoalTopic::GoalTopic(Log& log, Tracker& tracker, std::function<std::shared_ptr<const Packs>()> packs)
    : log_(log), tracker_(tracker), packs_(std::move(packs)), changed_(tracker)
{
}

bool GoalTopic::works_on(std::uint32_t partition)
{
    bool mine = false;
    log_.inspect(partition, [&](State&) { mine = true; });
    return mine;
}

/// Keys of indicators that are there no longer.
void GoalTopic::add_withdrawn(std::uint32_t partition, const Packs& packs, Cells& cells)
{
    std::set<std::string, std::less<>> names;
    for (const auto& pack : packs.packs()) names.insert(name_of(pack));
    log_.inspect(partition, [&](State& state) {
        state.scan(said_prefix, [&](std::string_view place, std::string_view) {
            const auto key = place.substr(said_prefix.size());
            if (!names.contains(key.substr(0, key.find('/')))) cells.emplace(key, std::string());
            return true;
        });
    });
}

bool GoalTopic::write(std::uint32_t partition, const Cells& cells, Millis now)
{
    std::vector<std::pair<std::string, std::string>> news;
    log_.inspect(partition, [&](State& state) {
        for (const auto& [key, data] : cells) {
            const auto before = state.get(said_key(key));
            if (data.empty() ? before.has_value() : before != digest(data)) news.emplace_back(key, data);
        }
    });
    for (std::size_t at = 0; at < news.size(); at += unit_records_max) {
        const auto some = std::span(news).subspan(at, std::min(unit_records_max, news.size() - at));
        const auto done = log_.execute(partition, [&](Unit& unit, Processor&) {
            for (const auto& [key, data] : some) say(key, data, now, unit);
        });
        if (!done) return false;
    }
    return true;
}

void GoalTopic::look(Millis now)
{
    if (!tracker_.caught_up()) return; // sums that are still being made are nobody's numbers
    const auto today = Zone::copenhagen().day_at(now);
    const auto news = changed_.look(today);
    const bool whole = news.new_day || news.rules;
    const auto& changed = news.indicators;
    const auto packs = packs_();
    std::set<std::string> owed;
    for (std::uint32_t p = 0; p < log_.partitions(); ++p) {
        Cells cells;
        std::set<std::string> told;
        const bool mine = works_on(p);
        for (const auto& pack : packs->packs()) {
            const bool differs = whole || changed.contains(pack.id) || (pack.against && changed.contains(pack.against->series));
            if (partition_of(pack, log_.partitions()) != p || !differs) continue;
            told.insert(pack.id);
            if (mine)
                for (auto& cell : goal_cells(tracker_, pack, today)) cells.emplace(std::move(cell.key), std::move(cell.data));
        }
        if (mine && whole) add_withdrawn(p, *packs, cells);
        if (!mine || !write(p, cells, now)) owed.insert(told.begin(), told.end()); // it may be this one's later
    }
    changed_.owe(std::move(owed));
}

} // namespace sluse
