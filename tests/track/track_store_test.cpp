// tests/track/track_store_test.cpp — what the tracker stores: persons of whom little is read, and a store of the format before.
#include "gateway/track/track_store.hpp"
#include "tests/temporary.hpp"
#include "tests/track/fake_events.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace sluse {
namespace {

std::string bytes_of(const Person& person)
{
    std::string out;
    encode(person, out);
    return out;
}

Person read(const std::string& bytes)
{
    Person person;
    EXPECT_TRUE(decode(bytes, person));
    return person;
}

TEST(Person, is_stored_alike_whatever_is_read_of_it)
{
    std::mt19937 random(1);
    const auto upto = [&](unsigned n) { return static_cast<int>(random() % n); };
    Person whole; // all of it in memory
    std::string kept;
    encode(whole, kept);
    for (std::uint64_t i = 1; i <= 500; ++i) {
        auto some = read(kept); // and only what changes
        const IndicatorId id{"G" + std::to_string(upto(6)), upto(2) ? "1" : "2"};
        auto c = counted({2026, 1 + upto(3), 1}, upto(2) == 0);
        c.episode.clear();
        const auto times = whole.standing(id)[c] > 0 && upto(2) ? -1 : 1;
        for (auto* person : {&whole, &some}) {
            person->standing(id)[c] += times;
            person->sequence = i;
        }
        kept = bytes_of(some);
        ASSERT_EQ(kept, bytes_of(whole)) << i;
    }
}

TEST(Person, whose_record_is_damaged_is_refused)
{
    Person person;
    ++person.standing({"G1.1", "1"})[counted({2026, 1, 1}, true)];
    const auto bytes = bytes_of(person);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        Person cut;
        EXPECT_FALSE(decode(bytes.substr(0, size), cut)) << size;
    }
}

/// A ledger that is stored after each settling, with rows shown and rows that wait.
class StoredRows : public testing::Test {
protected:
    void settle(int events)
    {
        std::vector<IndicatorEvent> told;
        for (int i = 0; i < events; ++i)
            told.push_back(teller_.say("p" + std::to_string(random_() % 60), 1,
                                       counted({2026, 1 + static_cast<int>(random_() % 3), 1 + static_cast<int>(random_() % 9)}, random_() % 3 == 0)));
        auto changes = ledger_.take(told, [this](const std::string& name) { return store_->person(name); });
        ledger_.add(changes);
        const auto shown = ledger_.publish(ledger_.decide(random_() % 3 == 0));
        ASSERT_TRUE(store_->write(changes, shown, ledger_, {1, 2}));
    }

    /// Every row as it is, as it is shown, and who waits there.
    static std::map<RowKey, std::string> rows_of(Ledger& ledger)
    {
        std::map<RowKey, std::string> out;
        const auto& rows = ledger.rows(id);
        for (std::size_t k = 0; k < period_kinds; ++k)
            for (std::size_t b = 0; b < by_count; ++b)
                rows.each(static_cast<PeriodKind>(k), static_cast<By>(b), -1'000'000, 1'000'000,
                          [&](const RowKey& key, const CellSum& sum, const CellSum& shown, const Standing& standing) {
                              auto& text = out[key];
                              encode(sum, text);
                              encode(shown, text);
                              text += std::to_string(standing.changed) + ' ' + std::to_string(standing.touched) + ' ' + std::to_string(standing.waiting) + ' ' +
                                      std::to_string(standing.first);
                              if (const auto* behind = rows.behind(key))
                                  for (const auto& one : behind->who) text += ' ' + std::to_string(one.person) + ':' + std::to_string(one.digest);
                          });
        return out;
    }

    std::map<RowKey, std::string> restored()
    {
        Ledger fresh(regions_, 5);
        std::vector<std::uint64_t> offsets(2);
        EXPECT_TRUE(store_->restore(fresh, offsets));
        EXPECT_EQ(offsets, (std::vector<std::uint64_t>{1, 2}));
        return rows_of(fresh);
    }

    /// The same rows as format 3 had them.
    void make_format_3()
    {
        store_.reset();
        StoreOptions options;
        options.path = (folder_.path() / "track").string();
        options.name = "numbers";
        options.families = {
            {"cells",    FamilyShape::cells},
            {"rows",     FamilyShape::cells},
            {"shown",    FamilyShape::cells},
            {"messages", FamilyShape::cells},
            {"waiting",  FamilyShape::state},
            {"people",   FamilyShape::state},
            {"meta",     FamilyShape::table}
        };
        enum : std::size_t { rows = 1, shown = 2, waiting = 4, meta = 6 };
        auto store = Store::open(options);
        ASSERT_TRUE(store);
        Store::Batch batch(**store);
        ASSERT_TRUE((*store)->scan(shown, {}, [&](std::string_view key, std::string_view value) {
            batch.merge(rows, key.substr(0, key.size() - 4), value);
            return true;
        }));
        ASSERT_TRUE((*store)->scan(waiting, {}, [&](std::string_view key, std::string_view value) {
            const auto persons = static_cast<std::size_t>(value[4]); // few enough for one byte
            batch.merge(rows, key, value.substr(5 + 16 * persons));
            batch.put(waiting, key, std::string(value.substr(0, 4)) + std::string(value.substr(5, 16 * persons)));
            return true;
        }));
        batch.put(meta, "format", "3");
        ASSERT_TRUE((*store)->write(batch, false));
    }

    void open()
    {
        auto store = TrackStore::open((folder_.path() / "track").string());
        ASSERT_TRUE(store);
        store_ = std::move(*store);
    }
    void SetUp() override { open(); }

    static inline const IndicatorId id{"G1.1", "1"};
    TemporaryDirectory folder_;
    Regions regions_;
    Ledger ledger_{regions_, 5};
    std::unique_ptr<TrackStore> store_;
    Teller teller_;
    std::mt19937 random_{7};
};

TEST_F(StoredRows, are_restored_as_they_were)
{
    for (int i = 0; i < 12; ++i) {
        settle(i % 3 ? 4 : 30);
        ASSERT_EQ(restored(), rows_of(ledger_)) << i;
    }
}

TEST_F(StoredRows, of_the_format_before_are_taken_over)
{
    for (int i = 0; i < 8; ++i) settle(i % 3 ? 4 : 30);
    make_format_3();
    open();
    EXPECT_EQ(restored(), rows_of(ledger_));
    store_.reset();
    open();
    EXPECT_EQ(restored(), rows_of(ledger_)) << "once";
}

} // namespace
} // namespace sluse
