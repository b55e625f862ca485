// gateway/indicators/regions.hpp — which region a municipality lies in on a day: a table with validity dates, because reforms move borders.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

struct RegionRow {
    std::string municipality, region;
    Day from{}, to{}; ///< [from, to)
};

/// schemas/codes/municipality-region.tsv, immutable.
class Regions {
public:
    static Regions load(const std::filesystem::path& file, const std::string& name, Issues& issues);
    explicit Regions(std::vector<RegionRow> rows = {});
    /// ISO 3166-2 code, empty when the table does not say.
    std::string_view on(std::string_view municipality, Day day) const;
    const std::vector<RegionRow>& rows() const { return rows_; }
    /// Days on which a municipality may come to another region, sorted.
    const std::vector<Day>& changes() const { return changes_; }

private:
    std::vector<RegionRow> rows_;
    std::vector<Day> changes_;
    std::map<std::string, std::vector<std::size_t>, std::less<>> by_code_;
};

} // namespace sluse
