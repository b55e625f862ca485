// tests/journal/kafka_rig.cpp — the Kafka log against a real broker that scripts/kafka runs, one per test process.
#include "tests/journal/kafka_broker.hpp"
#include "tests/journal/rig.hpp"
#include "tests/temporary.hpp"

#include <array>
#include <cstdio>
#include <iostream>
#include <unistd.h>

namespace sluse {
namespace {

std::string output_of(const std::string& command)
{
    std::string output;
    auto* pipe = ::popen(command.c_str(), "r");
    if (!pipe) return output;
    std::array<char, 256> buffer;
    while (std::fgets(buffer.data(), buffer.size(), pipe)) output += buffer.data();
    if (::pclose(pipe) != 0) output.clear();
    while (!output.empty() && output.back() == '\n') output.pop_back();
    return output;
}

class KafkaRig final : public Rig {
public:
    explicit KafkaRig(const std::string& address) : options_(kafka_test_options(address)) { options_.state_path = directory_.path(); }
    Result<std::unique_ptr<Log>> open(std::size_t append_bytes_max) override
    {
        options_.append_bytes_max = append_bytes_max;
        return open_kafka_log(options_);
    }

private:
    TemporaryDirectory directory_;
    KafkaOptions options_;
};

} // namespace

KafkaBroker::KafkaBroker() : owner_(::getpid()), script_(std::string(SLUSE_SOURCE_DIR) + "/scripts/kafka ") {}

KafkaBroker::~KafkaBroker()
{
    if (owner_ == ::getpid()) run("clean"); // not in a forked child
}

std::string KafkaBroker::run(const std::string& what)
{
    return output_of(script_ + what + " " + (directory_.path() / "broker").string());
}

std::string KafkaBroker::start()
{
    if (output_of("command -v java").empty()) {
        std::cout << "no Java on this machine: Kafka tests are skipped\n";
        return "";
    }
    return run("start");
}

KafkaBroker& kafka_broker()
{
    static KafkaBroker broker;
    return broker;
}

KafkaOptions kafka_test_options(const std::string& address)
{
    static int tests = 0;
    KafkaOptions options;
    options.brokers = address;
    options.topic_prefix = "t" + std::to_string(::getpid()) + '-' + std::to_string(++tests) + '.';
    options.group = options.topic_prefix + "group";
    options.instance = "one";
    options.partitions = 2;
    options.replication = 1;
    options.unit_records_max = 64;
    options.session_timeout_ms = 3000;
    return options;
}

std::unique_ptr<Rig> make_kafka_rig()
{
    const auto address = kafka_broker().start();
    if (address.empty()) return nullptr;
    return std::make_unique<KafkaRig>(address);
}

} // namespace sluse
