// tests/silent_log.hpp — a log that holds nothing and does nothing; a fake overrides what its tests look at.
#pragma once

#include "gateway/journal/log.hpp"

namespace sluse {

class SilentLog : public Log {
public:
    void append(std::uint32_t, std::string, std::string, Millis, Appended done) override { done(Fault{Errc::unsupported, "fake"}); }
    Result<void> start(std::function<std::unique_ptr<Processor>()>, unsigned) override { return {}; }
    Result<std::vector<Record>> read(Topic, std::uint32_t, std::uint64_t, std::size_t) override { return std::vector<Record>(); }
    void wait(Topic, std::uint32_t, std::uint64_t, Millis) override {}
    Result<std::uint64_t> offset_at(std::uint32_t, Millis) override { return std::uint64_t{0}; }
    void inspect(std::uint32_t, const std::function<void(State&)>&) override {}
    Result<void> execute(std::uint32_t, std::function<void(Unit&, Processor&)>) override { return {}; }
    std::vector<PartitionStats> stats() override { return {}; }
    std::string health() override { return {}; }
    Result<void> trim(std::uint32_t, std::uint64_t) override { return {}; }
    void close() override {}
};

} // namespace sluse
