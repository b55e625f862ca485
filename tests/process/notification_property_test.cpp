// tests/process/notification_property_test.cpp — random courses of HospitalNotifications, in JSON and XML and beside an
// ADT feed, through the whole stage.
#include "adapters/fhir/xml.hpp"
#include "gateway/base/files.hpp"
#include "gateway/journal/cell_sum.hpp"
#include "gateway/process/inspect.hpp"
#include "gateway/track/cell_key.hpp"
#include "gateway/track/rollups.hpp"
#include "tests/process/event_cells.hpp"
#include "tests/process/message_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace sluse {
namespace {

using namespace message_log;

#ifdef NDEBUG
constexpr int rounds = 120;
#else
constexpr int rounds = 20;
#endif

struct Random {
    std::mt19937 engine;
    int operator()(int below) { return static_cast<int>(engine() % static_cast<unsigned>(below)); }
    bool one_in(int n) { return (*this)(n) == 0; }
};

constexpr const char* people[] = {"2512489996", "0101400001"};

std::string hour_text(int hour)
{
    return rfc3339(*parse_instant("2026-01-05T08:00:00Z") + hour * hour_ms);
}

std::string v2_time(int hour)
{
    auto text = rfc3339(*parse_instant("2026-01-05T08:00:00Z") + hour * hour_ms, Zone::copenhagen()).substr(0, 19);
    std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == 'T'; });
    return text;
}

/// What one notification tells: the whole stay as it is now.
struct Told {
    int person{}, stay{}, number{}, said{}; ///< hour at which it happened
    std::string activity, status, encounter_class{"IMP"};
    int start{}, end{-1}, away{-1}, back{-1}; ///< hours; −1: not
    bool dead{};
};

std::string replaced(std::string text, std::string_view from, std::string_view to)
{
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

std::string notification(const Told& t)
{
    static const auto admission = bytes_of(SLUSE_SOURCE_DIR "/tests/fhir/cases/notification_admit.json");
    const auto id = fmt::format("{:012}", 1000 + t.number);
    auto text = replaced(replaced(admission, "b0000000-0000-4000-8000-000000000001", "b0000000-0000-4000-8000-" + id),
                         "a0000000-0000-4000-8000-000000000001", "a0000000-0000-4000-8000-" + id);
    text = replaced(text, "2512489996", people[t.person]);
    text = replaced(text, "5e1f8c7a-3b2d-5c4e-9f00-0123456789ab",
                    fmt::format("5e1f8c7a-3b2d-5c4e-9f00-0000000000{}{}", t.person, t.stay));
    text = replaced(text, "44444444-4444-4444-8444-444444444444",
                    fmt::format("44444444-4444-4444-8444-4444444444{}{}", t.person, t.stay));
    const auto period = fmt::format("\"start\": \"{}\"", hour_text(t.start)) +
                        (t.end < 0 ? "" : fmt::format(", \"end\": \"{}\"", hour_text(t.end)));
    text = replaced(text, "\"start\": \"2026-03-02T10:15:00+01:00\"", period);
    text = replaced(text, "2026-03-02T10:15:00+01:00", hour_text(t.said));
    text = replaced(text, "\"code\": \"admit-inpatient\"", fmt::format("\"code\": \"{}\"", t.activity));
    text = replaced(text, "\"IMP\"", fmt::format("\"{}\"", t.encounter_class));
    std::string leave;
    if (t.away >= 0)
        leave = fmt::format("\"extension\": [{{\"url\": "
                            "\"http://medcomfhir.dk/ig/hospitalnotification/StructureDefinition/"
                            "medcom-hospitalnotifiation-leave-period-extension\", "
                            "\"valuePeriod\": {{\"start\": \"{}\"{}}}}}], ",
                            hour_text(t.away), t.back < 0 ? "" : fmt::format(", \"end\": \"{}\"", hour_text(t.back)));
    text = replaced(text, "\"status\": \"in-progress\"", leave + fmt::format("\"status\": \"{}\"", t.status));
    return replaced(text, "\"name\": [", fmt::format("\"deceasedBoolean\": {}, \"name\": [", t.dead));
}

/// A stay as it went, in hours; by what the hospital's own feed calls it, if it has one.
struct Course {
    int person{}, stay{};
    std::vector<Told> told;
    std::vector<std::string> adt;
};

std::string adt(const Course& c, const char* event, int said, int start, int end)
{
    return fmt::format("MSH|^~\\&|EPJ|RH|SLUSE|RM|{0}||ADT^{1}|A{2}{3}{1}|P|2.5\rEVN|{1}|{0}\rPID|1||{4}^^^CPR^NNDNK||"
                       "Hansen^Bo||19400101|M|||Vej 1^^By^^8000^DNK^H^^0751\r"
                       "PV1|1|I|W1||||||||||||||||V{2}{3}^^^RH|||||||||||||||||||||||||{5}|{6}\r",
                       v2_time(said), event, c.person, c.stay, people[c.person], v2_time(start),
                       end < 0 ? "" : v2_time(end));
}

/// Admitted, perhaps acutely first, away and back a few times, home or dead; now and then corrected, taken back, or
/// told as it cannot be.
class Writer {
public:
    explicit Writer(Random& random) : random_(random) {}

    Course course(int person, int stay, bool orderly)
    {
        Course c{person, stay, {}, {}};
        hour_ = stay * 40 * 24 + random_(200);
        Told now{person, stay, 0, 0, "admit-inpatient", "in-progress", "IMP", hour_, -1, -1, -1, false};
        const int begin = hour_;
        tell(c, now);
        if (!orderly && random_.one_in(4)) {
            now.start += 1;
            event(c, now, "revise-admit-inpatient", "in-progress");
        }
        for (int leaves = orderly ? 0 : random_(3); leaves > 0; --leaves) leave(c, now, orderly);
        if (orderly || !random_.one_in(4)) discharge(c, now, orderly);
        c.adt = {adt(c, "A01", begin, begin, -1)};
        if (now.end >= 0) c.adt.push_back(adt(c, "A03", now.end, begin, now.end));
        return c;
    }

private:
    void tell(Course& c, Told now)
    {
        now.number = number_++;
        now.said = hour_++;
        c.told.push_back(std::move(now));
    }

    void event(Course& c, Told& now, std::string activity, std::string status)
    {
        now.activity = std::move(activity);
        now.status = std::move(status);
        tell(c, now);
    }

    void leave(Course& c, Told& now, bool orderly)
    {
        hour_ += 1 + random_(48);
        now.away = hour_, now.back = -1;
        event(c, now, "start-leave-inpatient", "onleave");
        if (!orderly && random_.one_in(5)) {
            auto taken_back = now;
            taken_back.away = -1;
            event(c, taken_back, "cancel-start-leave-inpatient", "in-progress");
            now.away = -1;
            return;
        }
        hour_ += 1 + random_(48);
        now.back = hour_;
        event(c, now, "end-leave-inpatient", "in-progress");
        if (!orderly && random_.one_in(6)) event(c, now, "end-leave-inpatient", "in-progress"); // which cannot be
        now.away = now.back = -1;
    }

    void discharge(Course& c, Told& now, bool orderly)
    {
        hour_ = std::max(hour_, now.start + 13) + random_(72);
        now.end = hour_;
        now.dead = !orderly && random_.one_in(6);
        event(c, now, now.dead ? "admit-inpatient" : "discharge-inpatient-home", "finished");
        if (orderly || now.dead || !random_.one_in(3)) return;
        now.end = -1;
        event(c, now, "cancel-discharge-inpatient-home", "in-progress");
        if (random_.one_in(3)) event(c, now, "cancel-admit-inpatient", "entered-in-error");
    }

    Random& random_;
    int hour_{}, number_{};
};

struct Played {
    BatchCells cells;
    SystemCounters counters;
};

Played play(const std::vector<std::string>& messages, std::uint32_t partitions, unsigned seed)
{
    MemoryLog log(partitions);
    EXPECT_TRUE(log.start([] { return make_gateway_processor(options()); }, 1));
    int number = 0;
    for (const auto& m : messages) append(log, m, number++);
    Random random{std::mt19937(seed)};
    log.run([&](const std::vector<Waiting>& waiting) {
        return std::pair(static_cast<std::size_t>(random(static_cast<int>(waiting.size()))),
                         static_cast<std::size_t>(1 + random(4)));
    });
    Played out;
    for (const auto& [system, counters] : counters_of(log)) out.counters.add(counters);
    EXPECT_EQ(balance_of(counters_of(log)), 0);
    out.cells = event_cells(log);
    return out;
}

/// The same message in the other syntax is the same message.
std::string in_either_syntax(Random& random, const std::string& json)
{
    return random.one_in(2) ? json : fhir::xml_of_json(json);
}

std::string differences(const BatchCells& a, const BatchCells& b)
{
    std::string out;
    for (const auto& d : verify(a, b)) out += fmt::format("  {}: {} or {}\n", d.cell, d.stream, d.batch);
    return out;
}

TEST(NotificationCourses, any_order_any_repeats_and_either_syntax_give_the_same_cells)
{
    Random random{std::mt19937(20261123)};
    std::size_t counted = 0, impossible = 0;
    for (int round = 0; round < rounds; ++round) {
        Writer writer(random);
        std::vector<std::string> straight;
        for (int person = 0; person < 2; ++person)
            for (int stay = 0, stays = 1 + random(2); stay < stays; ++stay) {
                const auto course = writer.course(person, stay, false);
                for (const auto& told : course.told) straight.push_back(notification(told));
                if (random.one_in(2)) straight.insert(straight.end(), course.adt.begin(), course.adt.end());
            }
        std::vector<std::string> mixed;
        for (const auto& m : straight)
            for (int times = 1 + random(2); times > 0; --times)
                mixed.push_back(m.starts_with('{') ? in_either_syntax(random, m) : m);
        std::ranges::shuffle(mixed, random.engine);
        const auto a = play(straight, 1, 1),
                   b = play(mixed, 1 + static_cast<std::uint32_t>(random(4)), static_cast<unsigned>(random.engine()));
        ASSERT_EQ(differences(a.cells, b.cells), "") << "round " << round;
        EXPECT_EQ(b.counters.duplicates, mixed.size() - straight.size()) << "round " << round;
        counted += !a.cells.empty();
        impossible += a.counters.impossible_courses;
    }
    EXPECT_GT(counted, static_cast<std::size_t>(rounds) / 2) << "else this proves little";
    EXPECT_GT(impossible, 0u);
}

/// How many stays each indicator has in its denominator, wherever they are.
std::map<std::string, std::int64_t> stays_of(const BatchCells& cells)
{
    std::map<std::string, std::int64_t> out;
    for (const auto& [key, bytes] : cells) {
        CellSum sum;
        const auto parsed = parse_cell_key(key + std::string(received_bytes, '\0'));
        if (parsed && decode(bytes, sum) && (parsed->indicator == "G1.1" || parsed->indicator == "G2.4"))
            out[parsed->indicator] += sum.sums.size() > 1 ? sum.sums[1] : 0;
    }
    return out;
}

TEST(NotificationCourses, a_stay_told_by_notifications_and_by_adt_counts_once)
{
    Random random{std::mt19937(11)};
    for (int round = 0; round < rounds / 4; ++round) {
        Writer writer(random);
        std::vector<std::string> notified, fed;
        for (int stay = 0, stays = 1 + random(3); stay < stays; ++stay) {
            const auto course = writer.course(0, stay, true);
            for (const auto& told : course.told) notified.push_back(in_either_syntax(random, notification(told)));
            fed.insert(fed.end(), course.adt.begin(), course.adt.end());
        }
        auto both = notified;
        both.insert(both.end(), fed.begin(), fed.end());
        std::ranges::shuffle(both, random.engine);
        const auto by_adt = stays_of(play(fed, 1, 1).cells);
        EXPECT_FALSE(by_adt.empty());
        EXPECT_EQ(stays_of(play(notified, 1, 1).cells), by_adt) << "round " << round;
        EXPECT_EQ(stays_of(play(both, 2, 3).cells), by_adt) << "round " << round;
    }
}

/// Nobody is told in the answer, since the message itself is right; the operator finds it counted by system and noted.
TEST(NotificationCourses, what_cannot_come_next_is_taken_counted_and_noted)
{
    Told admitted{0, 0, 1, 10, "admit-inpatient", "in-progress", "IMP", 10, -1, -1, -1, false};
    Told home = admitted, away = admitted, back = admitted;
    home.number = 2, home.said = home.end = 40, home.activity = "discharge-inpatient-home", home.status = "finished";
    away.number = 3, away.said = away.away = 50, away.activity = "start-leave-inpatient", away.status = "onleave";
    back.number = 4, back.said = 60, back.away = 50, back.back = 60, back.activity = "end-leave-inpatient";
    const auto odd = [](std::vector<Told> course) {
        std::vector<std::string> messages;
        for (const auto& told : course) messages.push_back(notification(told));
        return play(messages, 1, 1).counters.impossible_courses;
    };
    EXPECT_EQ(odd({admitted, home}), 0u);
    EXPECT_EQ(odd({home}), 1u) << "discharged though never admitted";
    EXPECT_EQ(odd({admitted, home, away}), 1u) << "on leave after the discharge";
    EXPECT_EQ(odd({admitted, back}), 1u) << "back though never away";
    EXPECT_EQ(odd({admitted, away, back}), 0u);
    EXPECT_EQ(odd({home, admitted}), 1u) << "the admission came late: only what came before it was odd";
}

} // namespace
} // namespace sluse
