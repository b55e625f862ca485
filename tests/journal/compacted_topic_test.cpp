// tests/journal/compacted_topic_test.cpp — the embedded log keeps the newest record of each key of a compacted topic, over restarts.
#include "tests/journal/rig.hpp"
#include "tests/temporary.hpp"

#include <gtest/gtest.h>

#include <map>

namespace sluse {
namespace {

using Sent = std::vector<std::pair<std::string, std::string>>;

void send(Log& log, std::uint32_t partition, const Sent& sent)
{
    const auto done = log.execute(partition, [&](Unit& unit, Processor&) {
        for (const auto& [key, value] : sent) unit.send(Topic::goals, partition, key, value);
    });
    ASSERT_TRUE(done) << done.error().where;
}

Sent kept(Log& log, std::uint32_t partition)
{
    Sent out;
    for (const auto& record : everything(log, Topic::goals, partition)) out.emplace_back(record.key, record.value);
    return out;
}

TEST(CompactedTopic, keeps_the_newest_of_each_key)
{
    const TemporaryDirectory folder;
    EmbeddedOptions options;
    options.path = folder.path();
    options.partitions = 2;
    for (int start = 0; start < 2; ++start) {
        auto log = std::move(open_embedded_log(options).value());
        ASSERT_TRUE(log->start(counting(), 1));
        if (start == 0) {
            send(*log, 0, {{"a", "1"}, {"b", "1"}, {"a", "2"}});
            send(*log, 1, {{"a", "other"}});
            EXPECT_EQ(kept(*log, 0), (Sent{{"b", "1"}, {"a", "2"}}));
            send(*log, 0, {{"b", "2"}, {"c", "1"}});
        } else {
            EXPECT_EQ(kept(*log, 0), (Sent{{"a", "2"}, {"b", "2"}, {"c", "1"}}));
            send(*log, 0, {{"a", ""}, {"c", "3"}, {"c", "4"}});
            EXPECT_EQ(kept(*log, 0), (Sent{{"b", "2"}, {"a", ""}, {"c", "4"}})) << "that a is no more is itself told";
            EXPECT_EQ(kept(*log, 1), (Sent{{"a", "other"}}));
        }
        log->close();
    }
}

} // namespace
} // namespace sluse
