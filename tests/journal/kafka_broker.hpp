// tests/journal/kafka_broker.hpp — the broker of this test process: started when first needed, gone with the process.
#pragma once

#include "gateway/journal/log.hpp"
#include "tests/temporary.hpp"

#include <string>
#include <sys/types.h>

namespace sluse {

class KafkaBroker {
public:
    KafkaBroker();
    ~KafkaBroker();
    /// The address; the same broker again when it runs or was stopped. Empty without Java, or when it does not start.
    std::string start();
    void stop() { run("stop"); }
    void kill() { run("kill"); }

private:
    std::string run(const std::string& what);
    pid_t owner_;
    std::string script_;
    TemporaryDirectory directory_;
};
KafkaBroker& kafka_broker();

/// Options with topics and a group of their own, short session time-outs, two partitions.
KafkaOptions kafka_test_options(const std::string& address);

} // namespace sluse
