// gateway/filler.hpp — drives the back-fill over the partitions of this process after a change of rules, and says when all are whole.
#pragma once

#include "gateway/journal/log.hpp"
#include "gateway/process/rules.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace sluse {

/// Looks now and then whether the rules are others than those shown; then counts everybody under what is new while messages go on, shows
/// it everywhere at once, and has the old taken back. Stops in its destructor, in the middle too: the partitions know where they are.
class Filler {
public:
    Filler(Log& log, unsigned workers, std::shared_ptr<const Rules> shown, std::function<std::shared_ptr<const Rules>()> wanted, std::function<void(const Rules&)> show);
    ~Filler();

private:
    void run();
    bool fill(const Rules& wanted, bool shown);
    bool fill_partition(std::uint32_t partition, const Rules& wanted, bool shown);
    bool stopping_within(Millis time);

    Log& log_;
    const unsigned workers_;
    std::shared_ptr<const Rules> shown_;
    std::function<std::shared_ptr<const Rules>()> wanted_;
    std::function<void(const Rules&)> show_;
    std::mutex mutex_; ///< stopping_
    std::condition_variable wake_;
    bool stopping_{};
    std::thread thread_;
};

} // namespace sluse
