// tests/journal/kafka_topics_test.cpp — the topics that a start makes: which are compacted.
#include "gateway/journal/kafka_client.hpp"
#include "tests/journal/kafka_broker.hpp"
#include "tests/journal/rig.hpp"
#include "tests/temporary.hpp"

#include <string>

namespace sluse {
namespace {

TEST(KafkaTopics, are_compacted_where_only_the_newest_of_a_key_holds)
{
    const auto address = kafka_broker().start();
    if (address.empty()) GTEST_SKIP() << "no Java on this machine, so no Kafka broker";
    const auto options = kafka_test_options(address);
    const auto observer = kafka::create_observer(options);
    ASSERT_TRUE(observer);
    std::string warning;
    ASSERT_TRUE(kafka::prepare_topics(observer->get(), options, warning));
    const auto policy = [&](const std::string& topic) { return kafka::topic_setting(observer->get(), topic, "cleanup.policy"); };
    EXPECT_EQ(policy(kafka::topic_name(options, Topic::goals)), "compact");
    EXPECT_EQ(policy(kafka::changelog_name(options)), "compact");
    EXPECT_EQ(policy(kafka::topic_name(options, Topic::events)), "delete");
    EXPECT_EQ(kafka::topic_setting(observer->get(), kafka::topic_name(options, Topic::events), "retention.ms"), "-1");
}

} // namespace
} // namespace sluse
