// gateway/changed_indicators.cpp — a set of ids behind a mutex, emptied by each look.
#include "gateway/changed_indicators.hpp"

#include "gateway/base/ids.hpp"

#include <mutex>
#include <utility>

namespace sluse {

struct ChangedIndicators::Noted {
    std::mutex mutex;
    std::set<std::string> indicators;
    bool rules{};
};

ChangedIndicators::ChangedIndicators(Tracker& tracker) : noted_(std::make_shared<Noted>())
{
    tracker.on_change([noted = noted_](const std::vector<std::string>& indicators) {
        const std::lock_guard lock(noted->mutex);
        noted->indicators.insert(indicators.begin(), indicators.end());
        noted->rules |= indicators.empty();
    });
}

ChangedIndicators::News ChangedIndicators::look(Day today)
{
    News news;
    news.new_day = std::exchange(looked_on_, today) != today;
    const std::lock_guard lock(noted_->mutex);
    news.indicators.swap(noted_->indicators);
    news.rules = std::exchange(noted_->rules, false);
    return news;
}

void ChangedIndicators::owe(std::set<std::string> indicators)
{
    const std::lock_guard lock(noted_->mutex);
    noted_->indicators.merge(indicators);
}

std::uint32_t partition_of(const Pack& pack, std::uint32_t partitions)
{
    return static_cast<std::uint32_t>(sha256(pack.id)[0]) % partitions;
}

} // namespace sluse
