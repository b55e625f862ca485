// gateway/sources.hpp — fills what the HTTP surface asks for (ApiSources) from the running stages.
#pragma once

#include "gateway/config.hpp"
#include "gateway/intake/receiver.hpp"
#include "gateway/process/rules.hpp"
#include "gateway/serve/sources.hpp"
#include "gateway/track/presentation.hpp"
#include "gateway/track/tracker.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace sluse {

/// The stages that the answers come from; all outlive the server.
struct SourcesOf {
    const Config& config;
    const Keys& keys;
    Log& log;
    Tracker& tracker;
    JournalReceiver& receiver;
    std::function<std::shared_ptr<const Rules>()> rules;
    std::function<std::shared_ptr<const Presentation>()> presentation;
};
ApiSources make_sources(SourcesOf parts);
/// Offsets are read before and after the counters: only when nothing moved between are the two held against each other.
BalanceCounts read_balance(Log& log);

/// Is everything counted? Remembers since when the lanes have been empty, and how often the tracker has looked since.
class CountedWatch {
public:
    CountedWatch(Log& log, Tracker& tracker) : log_(log), tracker_(tracker) {}
    void add_to(BalanceCounts& counts);

private:
    Log& log_;
    Tracker& tracker_;
    std::mutex mutex_;
    std::vector<std::uint64_t> empty_at_; ///< offsets when the lanes were first seen empty; nothing while they are not
    std::uint64_t looks_at_{};
};

} // namespace sluse
