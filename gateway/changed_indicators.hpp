// gateway/changed_indicators.hpp — which published numbers changed since somebody last looked, for those that follow them beside the tracker.
#pragma once

#include "gateway/base/time.hpp"
#include "gateway/indicators/packs.hpp"
#include "gateway/track/tracker.hpp"

#include <memory>
#include <set>
#include <string>

namespace sluse {

/// The tracker's thread notes; one thread looks. May go before the tracker does.
class ChangedIndicators {
public:
    explicit ChangedIndicators(Tracker& tracker);
    struct News {
        std::set<std::string> indicators;
        bool rules{};   ///< other rules are shown: any number may differ
        bool new_day{}; ///< months end and numbers mature with the day, whether or not anything came in
    };
    /// All since the last look.
    News look(Day today);
    /// What could not be done after a look is news again at the next.
    void owe(std::set<std::string> indicators);

private:
    struct Noted;
    std::shared_ptr<Noted> noted_;
    Day looked_on_{};
};

/// Where what is told of an indicator stands in the log: each in one partition, so that one process of a group tells it.
std::uint32_t partition_of(const Pack& pack, std::uint32_t partitions);

} // namespace sluse
