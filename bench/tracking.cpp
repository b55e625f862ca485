// bench/tracking.cpp — the tracker alone: indicator events in, cells and rows out, settled in steps of so many events, into an empty store or a copy of one.
#include "bench/common.hpp"
#include "bench/measure.hpp"
#include "gateway/track/track_store.hpp"

#include <fmt/format.h>

#include <array>
#include <ctime>

namespace sluse::bench {
namespace {

double thread_seconds()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Adds what the work takes of this thread's CPU time.
template <class Work> auto timed(double& sum, const Work& work)
{
    const auto begin = thread_seconds();
    auto out = work();
    sum += thread_seconds() - begin;
    return out;
}

/// Of what is shown, in order: equal for equal answers.
void digest(const std::vector<Publication>& shown, Digest& of)
{
    std::string text(view(of));
    for (const auto& [id, rows] : shown)
        for (const auto& [key, news] : rows) {
            text += fmt::format("{}@{} {} {} {} {} ", id.indicator, id.version, static_cast<int>(key.kind), static_cast<int>(key.by), key.period, key.code);
            encode(news, text);
        }
    of = sha256(text);
}

} // namespace

int tracking(std::uint64_t messages, std::uint64_t step, const std::string& from)
{
    const auto set = rules();
    const auto records = events_of(messages, *set, from.empty() ? 1 : 77); // other persons than a feed of seed 1 left there
    const Folder folder;
    if (!from.empty()) std::filesystem::copy(from, folder.path, std::filesystem::copy_options::recursive);
    auto store = TrackStore::open(folder.path);
    if (!store) return 74;
    Ledger ledger(set->packs->regions(), 5);
    std::vector<std::uint64_t> offsets;
    if (!(*store)->restore(ledger, offsets)) return 74;
    ledger.take_up();
    double restored = 0;
    const auto before = timed(restored, [&] { return ledger.decide(true); });
    if (LedgerChanges none; !(*store)->write(none, ledger.publish(before), ledger, {})) return 74;
    double parsing = 0, taking = 0, adding = 0, deciding = 0, publishing = 0, writing = 0;
    Digest shown_digest{};
    std::size_t going_rows = 0;
    const Span span;
    for (std::size_t at = 0; at < records.size();) {
        std::vector<IndicatorEvent> events;
        timed(parsing, [&] {
            for (const auto until = std::min<std::size_t>(records.size(), at + step); at < until; ++at)
                if (auto event = parse_cloud_event(records[at])) events.push_back(std::move(*event));
            return 0;
        });
        auto changes = timed(taking, [&] { return ledger.take(events, [&](const std::string& name) { return (*store)->person(name); }); });
        timed(adding, [&] { return ledger.add(changes), 0; });
        const auto going = timed(deciding, [&] { return ledger.decide(at == records.size()); });
        const auto shown = timed(publishing, [&] { return ledger.publish(going); });
        if (!timed(writing, [&] { return (*store)->write(changes, shown, ledger, {at}); })) return 74;
        for (const auto& one : shown) going_rows += one.rows.size();
        digest(shown, shown_digest);
    }
    const auto cpu = span.cpu();
    const auto allocated = span.allocated();
    auto stored = sha256("");
    if (!(*store)->cells({}, [&](std::string_view key, std::string_view value) {
            stored = sha256(std::string(view(stored)).append(key).append(value));
            return true;
        }))
        return 74;
    const auto us = [&](double seconds) { return seconds / static_cast<double>(messages) * 1e6; };
    fmt::print(
        R"({{"figure":"tracking","messages":{},"events":{},"step":{},"cpu_us":{:.1f},"parse_us":{:.1f},"take_us":{:.1f},"add_us":{:.1f},"decide_us":{:.1f},"publish_us":{:.1f},"write_us":{:.1f},"restored_decide_s":{:.3f},"allocations":{:.1f},"rows_shown":{},"shown":"{}","cells":"{}"}})"
        "\n",
        messages, records.size(), step, us(cpu), us(parsing), us(taking), us(adding), us(deciding), us(publishing), us(writing), restored,
        static_cast<double>(allocated) / static_cast<double>(messages), going_rows, hex(view(shown_digest).substr(0, 8)), hex(view(stored).substr(0, 8)));
    return 0;
}

} // namespace sluse::bench
