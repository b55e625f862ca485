// tests/track/release_test.cpp — attacks on what is shown: sums against their parts, answers against earlier answers, live and by day.
#include "gateway/track/ledger.hpp"
#include "gateway/track/row_parents.hpp"
#include "tests/track/fake_events.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

namespace sluse {
namespace {

/// Gaussian elimination over the hidden rows: which of them do the lines of sums determine?
std::vector<bool> determined(const std::vector<bool>& hidden, const std::vector<SumLine>& lines)
{
    std::vector<std::size_t> column(hidden.size(), hidden.size());
    std::size_t unknowns = 0;
    for (std::size_t i = 0; i < hidden.size(); ++i)
        if (hidden[i]) column[i] = unknowns++;
    std::vector<std::vector<double>> matrix;
    for (const auto& line : lines) {
        std::vector<double> row(unknowns);
        if (hidden[line.parent]) row[column[line.parent]] = -1;
        for (const auto child : line.children)
            if (hidden[child]) row[column[child]] += 1;
        matrix.push_back(row);
    }
    std::size_t rank = 0;
    for (std::size_t c = 0; c < unknowns; ++c) {
        auto pivot = rank;
        while (pivot < matrix.size() && std::abs(matrix[pivot][c]) < 1e-9) ++pivot;
        if (pivot == matrix.size()) continue;
        std::swap(matrix[pivot], matrix[rank]);
        const auto scale = matrix[rank][c];
        for (auto& value : matrix[rank]) value /= scale;
        for (std::size_t r = 0; r < matrix.size(); ++r) {
            if (r == rank || std::abs(matrix[r][c]) < 1e-9) continue;
            const auto factor = matrix[r][c];
            for (std::size_t k = 0; k < unknowns; ++k) matrix[r][k] -= factor * matrix[rank][k];
        }
        ++rank;
    }
    std::vector<bool> out(hidden.size());
    for (std::size_t r = 0; r < rank; ++r) {
        std::size_t count = 0, only = 0;
        for (std::size_t c = 0; c < unknowns; ++c)
            if (std::abs(matrix[r][c]) > 1e-9) ++count, only = c;
        if (count != 1) continue;
        for (std::size_t i = 0; i < hidden.size(); ++i)
            if (hidden[i] && column[i] == only) out[i] = true;
    }
    return out;
}

Regions some_regions()
{
    std::vector<RegionRow> rows;
    const std::pair<const char*, const char*> lies[] = {{"0773", "DK-81"}, {"0787", "DK-81"}, {"0810", "DK-81"}, {"0751", "DK-82"}, {"0740", "DK-82"}, {"0730", "DK-82"}, {"0461", "DK-83"}, {"0410", "DK-83"}, {"0420", "DK-83"}};
    for (const auto& [municipality, region] : lies) rows.push_back({municipality, region, day_of({2007, 1, 1}), day_of({9999, 1, 1})});
    // Two regions that become one.
    for (const auto& [municipality, region] : {std::pair{"0101", "DK-84"}, {"0147", "DK-84"}, {"0259", "DK-85"}, {"0265", "DK-85"}}) {
        rows.push_back({municipality, region, day_of({2007, 1, 1}), day_of({2027, 1, 1})});
        rows.push_back({municipality, "DK-OST", day_of({2027, 1, 1}), day_of({9999, 1, 1})});
    }
    return Regions(rows);
}

RowKey ever(By by = By::total, const std::string& code = {})
{
    return {PeriodKind::all, by, 0, code}; // over all periods there is no sum above
}

std::vector<HeldPerson> persons(std::initializer_list<std::uint64_t> who)
{
    std::vector<HeldPerson> out;
    for (const auto one : who) out.push_back({one, 1});
    return out;
}

TEST(Release, lets_out_what_enough_persons_changed)
{
    const auto five = persons({1, 2, 3, 4, 5}), four = persons({1, 2, 3, 4});
    EXPECT_EQ(releasable(std::vector<WaitingRow>{{ever(), five, 9}}, Regions(), 5), std::vector<bool>{true});
    EXPECT_EQ(releasable(std::vector<WaitingRow>{{ever(), four, 9}}, Regions(), 5), std::vector<bool>{false});
    EXPECT_EQ(releasable(std::vector<WaitingRow>{{ever(), five, 4}}, Regions(), 5), std::vector<bool>{false}) << "four are left in it";
    EXPECT_EQ(releasable(std::vector<WaitingRow>{{ever(), five, 0}}, Regions(), 5), std::vector<bool>{true}) << "nobody is left in it";
    EXPECT_EQ(releasable(std::vector<WaitingRow>{{ever(), four, 4}}, Regions(), 1), std::vector<bool>{true}) << "nothing is small";
}

TEST(Release, holds_a_part_beside_a_small_one)
{
    const auto all = persons({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}), small = persons({1, 2}), middle = persons({3, 4, 5, 6, 7}), large = persons({8, 9, 10, 11, 12, 13});
    const std::vector<WaitingRow> rows{{ever(), all, 13}, {ever(By::region, "DK-81"), small, 2}, {ever(By::region, "DK-82"), middle, 5}, {ever(By::region, "DK-83"), large, 6}};
    EXPECT_EQ(releasable(rows, Regions(), 5), (std::vector<bool>{true, false, false, true})) << "else the total less the others would tell of two";
}

TEST(Release, two_small_parts_of_enough_persons_cover_each_other)
{
    const auto all = persons({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}), a = persons({1, 2, 3}), b = persons({4, 5, 6}), c = persons({7, 8, 9, 10, 11});
    const std::vector<WaitingRow> rows{{ever(), all, 11}, {ever(By::region, "DK-81"), a, 3}, {ever(By::region, "DK-82"), b, 3}, {ever(By::region, "DK-83"), c, 5}};
    EXPECT_EQ(releasable(rows, Regions(), 5), (std::vector<bool>{true, false, false, true}));
}

TEST(Release, who_moved_from_one_part_to_another_is_seen_in_neither)
{
    // In the sum nothing changed, so it is known: shown alone, either part would give the other.
    std::vector<HeldPerson> out = persons({1, 2, 3}), in = out;
    for (auto& one : out) one.digest = 0 - one.digest;
    const std::vector<WaitingRow> rows{{ever(By::region, "DK-81"), out, 20}, {ever(By::region, "DK-82"), in, 20}};
    EXPECT_EQ(releasable(rows, Regions(), 5), (std::vector<bool>{false, false}));
}

/// Everything an attacker has, and everything he must not have.
class Watched {
public:
    explicit Watched(unsigned seed) : random_(seed), regions_(some_regions()), ledger_(regions_, 5) {}

    /// One settling: new contributions, and some earlier ones taken back.
    void settle(int come, int go)
    {
        std::vector<IndicatorEvent> events;
        for (int i = 0; i < come; ++i) say("p" + std::to_string(upto(400)), contribution(), events);
        for (int i = 0; i < go && !standing_.empty(); ++i) {
            const auto at = static_cast<std::size_t>(upto(static_cast<int>(standing_.size())));
            events.push_back(teller_.say(standing_[at].person, -1, standing_[at].what));
            standing_.erase(standing_.begin() + static_cast<std::ptrdiff_t>(at));
        }
        settle(events);
    }

    /// One settling: persons who are followed day by day come into a group in regions that become one, or in another.
    void settle_joining(int come)
    {
        std::vector<IndicatorEvent> events;
        for (int i = 0; i < come; ++i) {
            const auto person = "j" + std::to_string(++joined_);
            static const std::vector<std::pair<const char*, const char*>> places{{"DK-84", "0101"}, {"DK-84", "0147"}, {"DK-85", "0259"}, {"DK-85", "0265"}, {"DK-82", "0751"}};
            const auto& [region, municipality] = places[static_cast<std::size_t>(upto(upto(3) ? 2 : 5))];
            say(person, counted({2026, 11 + upto(2), 1 + upto(4)}, 0, region, municipality), events);
            if (municipality == places.back().second) continue;
            auto leaves = counted({2027, 1, 1}, 0, region, municipality), comes = counted({2027, 1, 1}, 0, "DK-OST", municipality);
            leaves.denominator = -leaves.denominator;
            say(person, leaves, events);
            say(person, comes, events);
        }
        settle(events);
    }

private:
    void say(const std::string& person, const Contribution& what, std::vector<IndicatorEvent>& events)
    {
        standing_.push_back({person, what});
        events.push_back(teller_.say(person, 1, what));
    }
    void settle(const std::vector<IndicatorEvent>& events)
    {
        auto changes = ledger_.take(events, [this](const std::string& name) { return people_[name]; });
        for (const auto& [name, person] : changes.people) people_[name] = person;
        ledger_.add(changes);
        before_ = shown_;
        const auto going = ledger_.decide(true);
        check_decision(going);
        for (const auto& [id, rows] : ledger_.publish(going))
            for (const auto& [row, news] : rows) shown_[row] = truth(row);
    }

public:
    using Who = std::map<std::string, std::uint64_t>; ///< what each person adds to a row
    Who truth(const RowKey& asked) const
    {
        Who who;
        for (const auto& said : standing_)
            each_row(said.what.counts_day, said.what.dims, [&](const RowKey& row) {
                if (row == asked) who[said.person] += digest_of(said.what);
            });
        return who;
    }
    static std::size_t differing(const Who& a, const Who& b)
    {
        std::size_t count = 0;
        for (const auto& [person, digest] : a) count += !b.contains(person) || b.at(person) != digest;
        for (const auto& [person, digest] : b) count += !a.contains(person);
        return count;
    }

    /// No row's newest answer differs from the one before by few persons, and none shows few.
    void check_answers(const std::map<RowKey, Who>& before) const
    {
        for (const auto& [row, now] : shown_) {
            const auto found = before.find(row);
            const auto changed = differing(now, found == before.end() ? Who{} : found->second);
            EXPECT_TRUE(changed == 0 || changed >= 5) << period_name(row.kind, row.period) << ' ' << row.code << ": " << changed << " changed";
            EXPECT_TRUE(now.empty() || now.size() >= 5) << period_name(row.kind, row.period) << ' ' << row.code << ": " << now.size() << " persons";
        }
    }

    /// What is shown of a sum less what is shown of its parts is about nobody or enough; and no row of few can be solved for.
    void check_sums() const
    {
        std::map<RowKey, Who> rows;
        for (const auto& said : standing_)
            each_row(said.what.counts_day, said.what.dims, [&](const RowKey& row) { rows[row][said.person] += digest_of(said.what); });
        for (const auto& [row, who] : shown_) rows[row];
        std::vector<RowKey> keys;
        for (const auto& [row, who] : rows) keys.push_back(row);
        const auto lines = lines_over(keys, regions_);
        std::vector<bool> lags(keys.size());
        std::vector<std::size_t> waiting(keys.size());
        for (std::size_t i = 0; i < keys.size(); ++i) {
            waiting[i] = differing(rows[keys[i]], shown(keys[i]));
            lags[i] = waiting[i] > 0;
        }
        for (const auto& line : lines) {
            ASSERT_LT(line.parent, keys.size());
            Who mixture;
            const auto add = [&](std::size_t row, std::uint64_t sign) {
                for (const auto& [person, digest] : shown(keys[row])) mixture[person] += sign * digest;
            };
            add(line.parent, 1);
            for (const auto child : line.children) add(child, ~std::uint64_t{0});
            std::size_t about = 0;
            for (const auto& [person, digest] : mixture) about += digest != 0;
            EXPECT_TRUE(about == 0 || about >= 5) << "line of " << period_name(keys[line.parent].kind, keys[line.parent].period) << ": " << about;
        }
        const auto found = determined(lags, lines);
        for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_FALSE(found[i] && waiting[i] < 5) << period_name(keys[i].kind, keys[i].period) << ' ' << keys[i].code;
    }

    Who shown(const RowKey& row) const
    {
        const auto found = shown_.find(row);
        return found == shown_.end() ? Who{} : found->second;
    }
    const std::map<RowKey, Who>& before() const { return before_; }
    const std::map<RowKey, Who>& all_shown() const { return shown_; }
    /// Contributions that months in total lack, and there are.
    std::pair<std::size_t, std::size_t> lacking() const
    {
        std::size_t lacks = 0;
        for (int month = 0; month < 24; ++month) {
            const RowKey row{PeriodKind::month, By::total, 2026 * 12 + month, ""};
            lacks += differing(truth(row), shown(row));
        }
        return {lacks, standing_.size()};
    }
    int upto(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

private:
    struct Said {
        std::string person;
        Contribution what;
    };
    Contribution contribution()
    {
        static const std::vector<std::pair<const char*, const char*>> places{{"DK-81", "0773"}, {"DK-81", "0787"}, {"DK-81", "0810"}, {"DK-82", "0751"}, {"DK-82", "0740"},
                                                                            {"DK-82", "0730"}, {"DK-83", "0461"}, {"DK-83", "0410"}, {"DK-83", "0420"}};
        const auto& place = places[std::min<std::size_t>(static_cast<std::size_t>(upto(18)), places.size() - 1)];
        auto c = counted({2026, 1 + upto(5), 1 + upto(4)}, upto(4) == 0, place.first, place.second, upto(6) ? "U1" : "U2");
        c.dims.sex = upto(2) ? "male" : "female";
        c.dims.age_band = upto(9) ? "65-69" : "90+";
        return c;
    }

    /// The lines that the ledger keeps lead to what those found from scratch do.
    void check_decision(const std::vector<std::pair<IndicatorId, std::vector<RowKey>>>& going)
    {
        for (const auto& [id, keys] : going) {
            const auto waiting = ledger_.rows(id).waiting(regions_).rows;
            const auto out = releasable(waiting, regions_, 5);
            std::vector<RowKey> expected;
            for (std::size_t i = 0; i < out.size(); ++i)
                if (out[i]) expected.push_back(waiting[i].key);
            EXPECT_EQ(keys.size(), expected.size());
            EXPECT_TRUE(keys == expected);
        }
    }

    std::mt19937 random_;
    Regions regions_;
    Ledger ledger_;
    Teller teller_;
    std::map<std::string, Person> people_;
    std::vector<Said> standing_;
    int joined_{};
    std::map<RowKey, Who> shown_, before_;
};

TEST(Release, an_attacker_who_keeps_every_answer_finds_nobody)
{
    for (unsigned seed = 1; seed <= 5; ++seed) {
        SCOPED_TRACE(seed);
        Watched watched(seed);
        for (int i = 0; i < 25; ++i) {
            watched.settle(watched.upto(30), watched.upto(6));
            watched.check_answers(watched.before());
            watched.check_sums();
            if (testing::Test::HasFailure()) return;
        }
    }
}

TEST(Release, regions_that_become_one_do_not_hold_everything)
{
    for (unsigned seed = 1; seed <= 3; ++seed) {
        SCOPED_TRACE(seed);
        Watched watched(seed);
        watched.settle_joining(60);
        for (int i = 0; i < 25; ++i) {
            watched.settle_joining(watched.upto(4));
            watched.check_answers(watched.before());
            watched.check_sums();
            if (testing::Test::HasFailure()) return;
        }
        const auto [lacks, there] = watched.lacking();
        EXPECT_LT(lacks, there / 8) << lacks << " of " << there;
    }
}

TEST(Release, any_two_days_differ_by_enough_or_nobody_when_nothing_is_taken_back)
{
    Watched watched(77);
    std::vector<std::map<RowKey, Watched::Who>> days;
    for (int i = 0; i < 20; ++i) {
        watched.settle(watched.upto(25), 0);
        for (const auto& day : days) watched.check_answers(day);
        days.push_back(watched.all_shown());
    }
}

TEST(Release, months_in_total_lack_little_whatever_the_batches_are)
{
    std::size_t lacks = 0, all = 0;
    for (unsigned seed = 1; seed <= 2; ++seed) {
        for (const int batch : {4, 40}) {
            Watched watched(seed);
            for (int i = 0; i < 400 / batch; ++i) watched.settle(batch, 0);
            const auto [missing, there] = watched.lacking();
            lacks += missing;
            all += there;
        }
    }
    EXPECT_LT(lacks, all / 8) << lacks << " of " << all;
}

} // namespace
} // namespace sluse
