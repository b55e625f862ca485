// tests/track/tracker_fixture.hpp — a tracker over events that the test tells, and its answers.
#pragma once

#include "gateway/track/tracker.hpp"
#include "tests/temporary.hpp"
#include "tests/track/fake_events.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace sluse {

class Tracking : public testing::Test {
protected:
    void open(int persons_min = 5)
    {
        tracker_.reset();
        auto opened = Tracker::open(folder_.path(), log_, packs_, persons_min);
        ASSERT_TRUE(opened) << opened.error().where;
        tracker_ = std::move(*opened);
        tracker_->start();
    }
    /// Until everything that was told is applied; a deadline ends it.
    void settle()
    {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        const auto ends = log_.ends();
        while (std::chrono::steady_clock::now() < deadline) {
            bool all = true;
            for (const auto& source : tracker_->progress()) all = all && source.applied >= ends[source.partition];
            if (all) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        FAIL() << "the tracker did not catch up";
    }
    std::vector<CellRow> ask(CellQuery query)
    {
        if (query.indicator.empty()) query.indicator = "G1.1";
        auto rows = tracker_->query(query);
        EXPECT_TRUE(rows) << (rows ? "" : rows.error().where);
        return rows ? *rows : std::vector<CellRow>{};
    }
    void tell(const std::string& person, int sign, const Contribution& c, const std::string& indicator = "G1.1", Day received = day_of({2026, 4, 1}))
    {
        log_.add(teller_.say(person, sign, c, indicator, received));
    }
    static CellQuery monthly(const std::string& by = "")
    {
        CellQuery q;
        q.by = by;
        q.today = day_of({2026, 6, 1});
        return q;
    }
    static CellQuery all_of(CellQuery q)
    {
        q.authorised = true;
        return q;
    }

    TemporaryDirectory folder_;
    FakeEvents log_{1};
    Teller teller_;
    std::shared_ptr<const Packs> packs_ = shipped_packs();
    std::unique_ptr<Tracker> tracker_;
};

} // namespace sluse
