// bench/persons.cpp — what comes after reading a message: timelines and indicators in memory, over many patients, and counted anew from the store.
#include "bench/common.hpp"
#include "bench/measure.hpp"

#include "adapters/adapter.hpp"
#include "gateway/journal/memory_log.hpp"
#include "gateway/process/back_fill.hpp"
#include "gateway/process/gateway_processor.hpp"
#include "gateway/process/keys.hpp"
#include "gateway/process/persons.hpp"
#include "gateway/timeline/extract.hpp"

#include <fmt/format.h>

#include <atomic>
#include <random>
#include <thread>

namespace sluse::bench {
namespace {

/// What one message says, read beforehand: the figure is of what comes after.
struct Sayings {
    Cause cause;
    std::vector<Said> said;
    std::vector<Link> links;
};

/// The same in every run: so is the digest of what is said.
Ulid nth(std::uint64_t position)
{
    Ulid id;
    for (std::size_t i = 0; i < 8; ++i) id.bytes[15 - i] = static_cast<std::uint8_t>(position >> 8 * i);
    return id;
}

std::vector<Sayings> sayings_of(const std::vector<std::string>& all, const Rules& set, const Keys& keys)
{
    const SystemSettings settings;
    const auto& adapter = *adapter_named("hl7v2");
    Extractor extractor;
    Normalised n;
    std::vector<Sayings> out;
    for (const auto& message : all) {
        const auto position = static_cast<std::uint64_t>(out.size());
        const auto at = 1'700'000'000'000 + static_cast<Millis>(position);
        const auto checked = adapter.check(message, settings);
        if (checked.answer != Answer::accepted || !adapter.normalise(message, checked, {*set.maps, settings, keys.resource, {}, at}, n)) continue;
        auto& one = out.emplace_back();
        one.cause = {nth(position), at, checked.system, n.partial};
        extractor.extract(n, {checked.system, &settings.zone, position, at}, one.said);
        for (const auto& l : n.links) one.links.push_back({l.a.node(), l.b.node(), {n.recorded_ms, n.sent_ms, position}, l.active});
    }
    return out;
}

/// Bytes of keys and values, and how many persons they are of.
struct StateSize {
    std::uint64_t bytes{}, persons{};
    explicit StateSize(const MemoryState& state)
    {
        for (const auto& [key, value] : state.all()) {
            bytes += key.size() + value.size();
            persons += key.size() == 18 && key[17] == 'n';
        }
    }
};

/// Facts as they are stored: what a person's life of contacts and results comes to.
class Lives {
public:
    explicit Lives(std::uint64_t seed) : random_(seed) {}

    /// Who a person is, and a first contact.
    Sayings born(std::uint64_t person)
    {
        auto s = saying(person);
        say(s, FactKind::person, "", {{Attr::birth_day, std::int64_t{day_of({1930 + upto(90), 1 + upto(12), 1 + upto(28)})}, {}}, {Attr::sex, std::string(upto(2) ? "male" : "female"), {}}});
        say(s, FactKind::residence, "2020-01-01|0751", {{Attr::municipality, std::string(upto(2) ? "0751" : "0101"), {}}, {Attr::valid_from_day, std::int64_t{day_of({2020, 1, 1})}, {}}});
        contact(s, 0);
        return s;
    }
    /// A new contact, the end of one, a diagnosis or a result.
    Sayings goes_on(std::uint64_t person)
    {
        auto s = saying(person);
        const auto n = upto(4);
        switch (upto(4)) {
        case 0: contact(s, n); break;
        case 1: say(s, FactKind::contact, visit(n), {{Attr::end_ms, time(), {}}}); break;
        case 2: say(s, FactKind::diagnosis, fmt::format("d{}", n), {{Attr::code, std::string(codes[static_cast<std::size_t>(upto(5))]), {}}, {Attr::rank, std::int64_t{1}, {}}, {Attr::contact_key, visit(n), {}}}); break;
        default:
            say(s, FactKind::result, fmt::format("r{}", n), {{Attr::status, std::string("final"), {}}, {Attr::sample_ms, time(), {}}, {Attr::answer_ms, time(), {}}, {Attr::code, std::string(tests[static_cast<std::size_t>(upto(3))]), {}}, {Attr::value_scaled, std::int64_t{upto(100)} * 1'000'000, {}}});
        }
        return s;
    }

    /// Somebody with so many contacts, five days apart, each with a diagnosis.
    Sayings with_contacts(std::uint64_t person, int contacts)
    {
        auto s = born(person);
        for (int n = 0; n < contacts; ++n) {
            contact_at(s, n, visits_from + n * 5 * 24 * hour_ms);
            say(s, FactKind::diagnosis, fmt::format("d{}", n), {{Attr::code, std::string(codes[static_cast<std::size_t>(upto(5))]), {}}, {Attr::rank, std::int64_t{1}, {}}, {Attr::contact_key, visit(n), {}}});
        }
        return s;
    }
    /// One of those contacts ended at another time than was said.
    Sayings corrected(std::uint64_t person, int n)
    {
        auto s = saying(person);
        say(s, FactKind::contact, visit(n), {{Attr::end_ms, visits_from + n * 5 * 24 * hour_ms + (1 + upto(48)) * hour_ms, {}}});
        return s;
    }

private:
    static constexpr Millis visits_from = 1'590'000'000'000;
    static constexpr std::array<const char*, 5> codes{"DJ440", "DI210", "DE119", "DF200", "DS720"};
    static constexpr std::array<const char*, 3> tests{"NPU27300", "NPU03230", "NPU58452"};

    int upto(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
    Millis time() { return 1'770'000'000'000 + upto(100 * 24 * 60) * minute_ms; }
    static std::string visit(int n) { return fmt::format("EPJ|RH|V{}", n); }
    Sayings saying(std::uint64_t person)
    {
        Sayings s;
        const auto at = 1'780'000'000'000 + static_cast<Millis>(++position_);
        s.cause = {nth(position_), at, "EPJ|RH", false};
        who_ = {std::string(cpr_system), fmt::format("{:010}", person)};
        return s;
    }
    void say(Sayings& s, FactKind kind, std::string key, std::vector<Attribute> attributes)
    {
        for (auto& a : attributes) a.version = {s.cause.received_ms, s.cause.received_ms, position_};
        std::ranges::sort(attributes, {}, &Attribute::attr);
        s.said.push_back({who_, {kind, std::move(key), std::move(attributes)}});
    }
    void contact(Sayings& s, int n) { contact_at(s, n, time()); }
    void contact_at(Sayings& s, int n, Millis start)
    {
        say(s, FactKind::contact, visit(n), {{Attr::cancelled, std::int64_t{0}, {}}, {Attr::encounter_class, std::string(upto(3) ? "AMB" : "IMP"), {}}, {Attr::start_ms, start, {}}, {Attr::end_ms, start + upto(72) * hour_ms, {}},
                                              {Attr::priority, std::string(upto(2) ? "A" : "EL"), {}}, {Attr::unit, std::string("331681000016003"), {}}});
    }

    std::mt19937_64 random_;
    PersonIdentifier who_;
    std::uint64_t position_{};
};

} // namespace

int timelines(std::uint64_t messages)
{
    constexpr std::size_t unit_messages = 512; // as the embedded log's units
    const auto set = rules();
    const auto keys = Keys::demonstration();
    auto all = sayings_of(feed(messages), *set, keys);
    Persons persons(set->packs, keys, {all.size() * 4, 0}); // everybody stays in memory, as they are worked on
    MemoryState state;
    double cpu = 0;
    std::uint64_t allocated = 0, events = 0;
    Digest said{};
    for (std::size_t i = 0; i < all.size();) {
        OverlayUnit unit(state, 0, 1);
        const Span span;
        for (const auto until = std::min(all.size(), i + unit_messages); i < until; ++i) persons.say(all[i].cause, all[i].said, std::move(all[i].links), unit);
        cpu += span.cpu();
        allocated += span.allocated();
        events += unit.sent().size();
        for (const auto& sent : unit.sent()) said = sha256(std::string(view(said)) + sent.key + sent.value);
        state.apply(unit);
    }
    const StateSize size(state);
    const auto n = static_cast<double>(all.size());
    fmt::print(R"({{"figure":"timelines","messages":{},"persons":{},"packs":{},"events":{},"per_second":{:.0f},"cpu_us":{:.2f},"allocations":{:.1f},"state_bytes_per_person":{:.0f},"digest":"{}"}})"
               "\n", all.size(), size.persons, set->packs->packs().size(), events, n / cpu, cpu / n * 1e6, static_cast<double>(allocated) / n,
               static_cast<double>(size.bytes) / static_cast<double>(std::max<std::uint64_t>(size.persons, 1)), hex(view(said).substr(0, 8)));
    return 0;
}

std::vector<std::string> events_of(std::uint64_t messages, const Rules& set, std::uint64_t seed)
{
    const auto keys = Keys::demonstration();
    auto all = sayings_of(feed(messages, seed), set, keys);
    Persons persons(set.packs, keys, {all.size() * 4, 0});
    MemoryState state;
    std::vector<std::string> out;
    for (auto& one : all) {
        OverlayUnit unit(state, 0, 1);
        persons.say(one.cause, one.said, std::move(one.links), unit);
        for (auto& sent : unit.sent())
            if (sent.topic == Topic::events) out.push_back(std::move(sent.value));
        state.apply(unit);
    }
    return out;
}

/// Patients come in random order, so of those who do not fit in `mib` each is read from the state, as in a gateway that serves a country.
int patients(std::uint64_t patients, std::uint64_t messages, std::uint64_t mib)
{
    constexpr std::size_t unit_messages = 512;
    const auto set = rules();
    Persons persons(set->packs, Keys::demonstration(), {CacheLimits().ready, mib << 20});
    MemoryState state;
    Lives lives(1);
    std::mt19937_64 random(2);
    double cpu = 0;
    const auto run = [&](std::uint64_t count, const auto& next) {
        std::vector<Sayings> some;
        for (std::uint64_t i = 0; i < count;) {
            some.clear();
            for (; some.size() < unit_messages && i < count; ++i) some.push_back(next(i));
            OverlayUnit unit(state, 0, 1);
            const Span span;
            for (auto& one : some) persons.say(one.cause, one.said, {}, unit);
            cpu += span.cpu();
            state.apply(unit);
        }
    };
    run(patients, [&](std::uint64_t i) { return lives.born(i); });
    cpu = 0;
    run(messages, [&](std::uint64_t) { return lives.goes_on(random() % patients); });
    const StateSize size(state);
    const auto n = static_cast<double>(messages);
    fmt::print(R"({{"figure":"patients","patients":{},"mib":{},"messages":{},"packs":{},"per_second":{:.0f},"cpu_us":{:.2f},"state_bytes_per_person":{:.0f}}})" "\n", size.persons, mib, messages,
               set->packs->packs().size(), n / cpu, cpu / n * 1e6, static_cast<double>(size.bytes) / static_cast<double>(std::max<std::uint64_t>(size.persons, 1)));
    return 0;
}

/// A correction of one contact of a person with so many, beside so many others.
int corrections(std::uint64_t others, std::uint64_t contacts)
{
    const auto set = rules();
    Persons persons(set->packs, Keys::demonstration(), ProcessOptions().cache);
    MemoryState state;
    Lives life(1);
    const auto say = [&](Sayings one) {
        OverlayUnit unit(state, 0, 1);
        const Span span;
        persons.say(one.cause, one.said, {}, unit);
        const auto cpu = span.cpu();
        state.apply(unit);
        return cpu;
    };
    for (std::uint64_t i = 0; i < others; ++i) say(life.born(i));
    const auto person = others;
    say(life.with_contacts(person, static_cast<int>(contacts)));
    const auto times = 20'000 / std::max<std::uint64_t>(contacts, 1);
    double cpu = 0;
    for (std::uint64_t i = 0; i < times; ++i) cpu += say(life.corrected(person, static_cast<int>(i * 7 % contacts)));
    const auto us = cpu / static_cast<double>(times) * 1e6;
    fmt::print(R"({{"figure":"corrections","others":{},"contacts":{},"corrections":{},"cpu_us":{:.1f},"cpu_us_per_contact":{:.2f}}})" "\n", others, contacts, times, us, us / static_cast<double>(contacts));
    return 0;
}

/// The indicator's contributions are taken out of the store and counted again from its facts, on as many partitions at once as there are workers.
int backfill(std::uint64_t messages)
{
    constexpr unsigned workers = 2;
    const auto set = rules();
    const Folder folder;
    EmbeddedOptions options;
    options.path = folder.path / "log";
    auto log = open_embedded_log(options);
    if (!log) return 74;
    const SystemSettings settings;
    ProcessOptions process;
    process.maps = set->maps;
    process.packs = set->packs;
    process.system_settings = [&](std::string_view) -> const SystemSettings& { return settings; };
    if (!(*log)->start([&] { return make_gateway_processor(process); }, workers)) return 74;
    auto records = records_of(feed(messages), process.keys, options.partitions);
    if (!append_all(**log, records, 4096)) return 74;
    while (pending(**log) > 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));

    const auto& packs = set->packs->packs();
    const auto pack = static_cast<std::size_t>(std::ranges::find(packs, "G8.1", &Pack::id) - packs.begin());
    PartSet parts(packs.size());
    for (const auto part : {Part::counted, Part::steps}) parts.add(pack, part);
    const auto key = packs[pack].id + '@' + packs[pack].version;
    std::atomic<std::uint64_t> facts{0}, counted{0}, persons{0};
    for (std::uint32_t p = 0; p < options.partitions; ++p)
        static_cast<void>((*log)->execute(p, [&](Unit& unit, Processor& processor) {
            std::vector<std::string> gone;
            unit.scan("P", [&](std::string_view at, std::string_view) {
                facts += at.size() > 17 && at[17] == 'f';
                if (at.size() > 18 && at[17] == 'c' && at.substr(18) == key) gone.emplace_back(at);
                return true;
            });
            for (const auto& at : gone) unit.erase(at);
            counted += gone.size();
            processor.forget(p);
        }));
    const Span span;
    std::vector<std::thread> threads;
    for (std::uint32_t t = 0; t < workers; ++t)
        threads.emplace_back([&, t] {
            for (auto p = t; p < options.partitions; p += workers)
                for (unsigned slice = 0; slice < 256; ++slice)
                    static_cast<void>((*log)->execute(p, [&](Unit& unit, Processor& processor) { persons += repairs_of(processor)->refresh(unit, static_cast<std::uint8_t>(slice), parts, {}, 0); }));
        });
    for (auto& thread : threads) thread.join();
    const auto n = static_cast<double>(facts.load()), wall = span.wall(), cpu = span.cpu();
    fmt::print(R"({{"figure":"backfill","messages":{},"facts":{},"persons":{},"persons_counted":{},"facts_per_second":{:.0f},"cpu_us_per_fact":{:.2f},"wall_seconds":{:.2f},"cpu_seconds":{:.2f},"seconds_for_5_5_million":{:.1f}}})"
               "\n", messages, facts.load(), persons.load(), counted.load(), n / wall, cpu / n * 1e6, wall, cpu, cpu / workers * 5'500'000 / static_cast<double>(messages));
    (*log)->close();
    return 0;
}

} // namespace sluse::bench
