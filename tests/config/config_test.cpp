// tests/config/config_test.cpp — every mistake is reported at once, each with its line and the nearest right name.
#include "gateway/config.hpp"

#include <gtest/gtest.h>

namespace sluse {
namespace {

std::string lines(const Issues& issues)
{
    std::string out;
    for (const auto& issue : issues) out += issue.path + " " + issue.text + "\n";
    return out;
}

TEST(Config, reads_every_section)
{
    Issues issues;
    const auto config = parse_config(R"(
data: /var/lib/sluse
listen:
  mllp:
    - {port: 2575}
    - {address: 0.0.0.0, port: 2576, insecure_plaintext: true}
  http: {port: 8443}
limits: {message_bytes_max: 2MiB, idle: 90s}
kafka: {brokers: "127.0.0.1:9092", replication: 1, properties: {security.protocol: ssl}}
duplicates: {window: 30d}
systems:
  - name: EPJ Midt
    sender: EPJ|RM
    zone: Europe/Copenhagen
    identifier_systems: {MRN: "urn:oid:1.2.3"}
)", "sluse.yaml", issues);
    EXPECT_EQ(lines(issues), "");
    EXPECT_EQ(config.mllp.size(), 2u);
    EXPECT_EQ(config.mllp[1].port, 2576);
    EXPECT_EQ(config.limits.message_bytes_max, 2u << 20);
    EXPECT_EQ(config.limits.idle, 90 * second_ms);
    EXPECT_EQ(config.kafka.properties.at(0).second, "ssl");
    EXPECT_EQ(config.duplicate_window, 30 * 24 * hour_ms);
    EXPECT_EQ(config.systems.at(0).settings.name, "EPJ Midt");
    EXPECT_EQ(config.systems.at(0).settings.identifier_systems.at("MRN"), "urn:oid:1.2.3");
}

TEST(Config, reports_all_mistakes_with_their_lines)
{
    Issues issues;
    parse_config("dato: x\nlimits:\n  idel: 3s\n  mid_frame: soon\nlisten:\n  mllp: {port: 1}\n  http:\n    port: 70000\nsystems:\n  - zone: Mars/Olympus\n", "s.yaml", issues);
    EXPECT_EQ(lines(issues), "s.yaml:10: systems[0].zone is not a time zone of the IANA database, such as Europe/Copenhagen\n"
                             "s.yaml:10: systems[0].name is missing\n"
                             "s.yaml:1: dato is not a setting; did you mean data?\n"
                             "s.yaml:3: limits.idel is not a setting; did you mean idle?\n"
                             "s.yaml:4: limits.mid_frame must be a duration such as 500ms, 30s, 10m, 2h or 90d\n"
                             "s.yaml:6: listen.mllp must be a list\n"
                             "s.yaml:8: listen.http.port is out of range 0..65535\n");
}

TEST(Config, refuses_plaintext_beyond_loopback)
{
    Issues issues;
    auto config = parse_config("listen: {mllp: [{address: 0.0.0.0}], http: {address: 10.0.0.1}}", "s.yaml", issues);
    check_config(config, issues);
    EXPECT_EQ(lines(issues), "listen.mllp[0].address is not a loopback address and there is no TLS; set tls, or insecure_plaintext: true to accept the risk\n"
                             "listen.http.address is not a loopback address and there is no TLS; set tls, or insecure_plaintext: true to accept the risk\n"
                             "listen.http.tokens_file is needed when the address is not a loopback address\n");
}

TEST(Config, the_shipped_file_is_right_and_says_the_defaults)
{
    Issues issues;
    const auto shipped = load_config(SLUSE_SOURCE_DIR "/config/sluse.yaml", issues);
    check_config(shipped, issues);
    EXPECT_EQ(lines(issues), "");
    const Config defaults;
    EXPECT_EQ(shipped.limits.message_bytes_max, defaults.limits.message_bytes_max);
    EXPECT_EQ(shipped.limits.idle, defaults.limits.idle);
    EXPECT_EQ(shipped.storage.retention, defaults.storage.retention);
    EXPECT_EQ(shipped.storage.cache_bytes, defaults.storage.cache_bytes);
    EXPECT_EQ(shipped.track.persons_min, defaults.track.persons_min);
    EXPECT_EQ(shipped.mllp.at(0).port, defaults.mllp.at(0).port);
}

TEST(Config, names_the_gateways_own_locations)
{
    Issues issues;
    const auto config = parse_config("locations:\n  - {gln: \"5790000999990\", sor: \"999999000016002\", units: [\"6600120\"]}\n  - {gln: 123}\n  - {sor: \"999999000016001\"}\n", "sluse.yaml", issues);
    EXPECT_EQ(lines(issues), "");
    ASSERT_EQ(config.locations.size(), 3u);
    EXPECT_EQ(config.locations[0].units, std::vector<std::string>{"6600120"});
    check_config(config, issues);
    EXPECT_EQ(lines(issues), "locations[1].gln must be a location number (GLN) of 13 digits, in quotes\nlocations[2].gln is missing\n");
}

TEST(Config, takes_messages_without_working_on_them_only_with_kafka)
{
    Issues issues;
    check_config(parse_config("storage: {workers: 0}", "s.yaml", issues), issues);
    EXPECT_EQ(lines(issues), "storage.workers may be 0 (take messages only) just with kafka, where another process of the group works on them\n");
    issues.clear();
    check_config(parse_config("storage: {workers: 0}\nkafka: {brokers: \"127.0.0.1:9092\"}", "s.yaml", issues), issues);
    EXPECT_EQ(lines(issues), "");
}

TEST(Config, says_why_a_file_that_it_names_cannot_be_read)
{
    Issues issues;
    check_config(parse_config("keys: {secret_file: /nowhere/secret}\nlisten: {http: {tokens_file: /tmp}}", "s.yaml", issues), issues);
    EXPECT_EQ(lines(issues), "listen.http.tokens_file names the file /tmp, which cannot be read: it is a folder\n"
                             "keys.secret_file names the file /nowhere/secret, which cannot be read: No such file or directory\n");
}

TEST(Config, a_configuration_that_is_a_folder_is_no_empty_one)
{
    Issues issues;
    load_config("/tmp", issues);
    EXPECT_EQ(lines(issues), "/tmp cannot be read: it is a folder\n");
}

TEST(Config, a_sender_is_one_system)
{
    Issues issues;
    check_config(parse_config("systems: [{name: A, sender: EPJ|RM}, {name: B, sender: EPJ|RM}]", "s.yaml", issues), issues);
    EXPECT_EQ(lines(issues), "systems[1].sender EPJ|RM is another system already\n");
}

TEST(Config, says_where_yaml_is_broken)
{
    Issues issues;
    parse_config("data: [\n", "s.yaml", issues);
    ASSERT_EQ(issues.size(), 1u);
    EXPECT_NE(issues[0].text.find("is not YAML"), std::string::npos);
}

} // namespace
} // namespace sluse
