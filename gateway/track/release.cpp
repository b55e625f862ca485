// gateway/track/release.cpp — peeling: hold what touches a shown row with too few others, until every row touched has enough.
#include "gateway/track/release.hpp"

#include <algorithm>
#include <unordered_map>

namespace sluse {
namespace {

struct Touched {
    std::vector<std::size_t> changes; ///< each once
    std::int64_t going{};             ///< of them, not held
};

class Peeling {
public:
    Peeling(std::span<const PendingChange> changes, const Rollups& rows, const Regions& regions, std::int64_t min)
        : rows_(rows), regions_(regions), min_(min), rows_of_(changes.size()), going_(changes.size(), true)
    {
        for (std::size_t i = 0; i < changes.size(); ++i)
            for (const auto& row : changes[i].rows)
                if (blockwise(row.kind, row.by)) constrain(row, i);
    }

    std::vector<bool> run()
    {
        for (std::size_t row = 0; row < touched_.size(); ++row) check(row);
        while (!queue_.empty()) {
            const auto change = queue_.back();
            queue_.pop_back();
            for (const auto row : rows_of_[change]) {
                --touched_[row].going;
                check(row);
            }
        }
        return std::move(going_);
    }

private:
    void constrain(const RowKey& row, std::size_t change)
    {
        if (rows_.persons(row) >= min_) return touch(row, change);
        for (auto& parent : parents_of(row, regions_)) {
            if (rows_.persons(parent.row) < min_) continue;
            parent.row.code += "\xff"; // no code looks so: what this cut of the sum leaves
            parent.row.code += static_cast<char>(parent.cut);
            touch(parent.row, change);
        }
    }

    void touch(const RowKey& key, std::size_t change)
    {
        const auto [found, fresh] = index_.try_emplace(key, touched_.size());
        if (fresh) touched_.emplace_back();
        auto& row = touched_[found->second];
        if (!row.changes.empty() && row.changes.back() == change) return;
        row.changes.push_back(change);
        ++row.going;
        rows_of_[change].push_back(found->second);
    }

    void check(std::size_t row)
    {
        if (touched_[row].going <= 0 || touched_[row].going >= min_) return;
        for (const auto change : touched_[row].changes)
            if (going_[change]) going_[change] = false, queue_.push_back(change);
    }

    const Rollups& rows_;
    const Regions& regions_;
    std::int64_t min_;
    std::vector<std::vector<std::size_t>> rows_of_;
    std::vector<bool> going_;
    std::vector<Touched> touched_;
    std::unordered_map<RowKey, std::size_t, RowKeyHash> index_;
    std::vector<std::size_t> queue_;
};

} // namespace

std::vector<bool> releasable(std::span<const PendingChange> changes, const Rollups& rows, const Regions& regions, std::int64_t persons_min)
{
    if (persons_min <= 1) return std::vector<bool>(changes.size(), true); // nothing is small
    return Peeling(changes, rows, regions, persons_min).run();
}

} // namespace sluse
