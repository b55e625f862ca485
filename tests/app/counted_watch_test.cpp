// tests/app/counted_watch_test.cpp — "everything is counted" is said of lanes that were seen empty, never of lanes nobody has seen.
#include "gateway/sources.hpp"
#include "gateway/track/tracker.hpp"
#include "tests/silent_log.hpp"
#include "tests/temporary.hpp"
#include "tests/track/fake_events.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace sluse {
namespace {

/// One lane without a record; the brokers answer when they are told to.
class EmptyLane final : public SilentLog {
public:
    std::atomic<bool> answers{false};
    std::uint32_t partitions() const override { return 1; }
    void wait(Topic, std::uint32_t, std::uint64_t, Millis) override { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }
    std::vector<PartitionStats> stats() override
    {
        PartitionStats lane;
        lane.current = answers;
        return {lane};
    }
};

TEST(CountedWatch, is_silent_until_the_brokers_have_answered)
{
    const TemporaryDirectory folder;
    EmptyLane log;
    auto tracker = Tracker::open(folder.path(), log, shipped_packs(), 5);
    ASSERT_TRUE(tracker) << tracker.error().where;
    (*tracker)->start();
    CountedWatch watch(log, **tracker);
    const auto counted = [&] {
        BalanceCounts counts;
        watch.add_to(counts);
        return counts.counted;
    };
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    const auto looked = [&](std::uint64_t more) {
        for (const auto until = (*tracker)->looks() + more; (*tracker)->looks() < until && std::chrono::steady_clock::now() < deadline;)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    };
    EXPECT_FALSE(counted());
    looked(5);
    EXPECT_FALSE(counted()) << "zeros that nobody told";
    log.answers = true;
    EXPECT_FALSE(counted()) << "the tracker may be in the middle of a look";
    looked(5);
    EXPECT_TRUE(counted());
    log.answers = false;
    EXPECT_FALSE(counted()) << "others may have taken in more since";
    (*tracker)->stop();
}

} // namespace
} // namespace sluse
