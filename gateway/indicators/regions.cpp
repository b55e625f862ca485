// gateway/indicators/regions.cpp — reading the municipality table and looking a day up in it.
#include "gateway/indicators/regions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace sluse {

Regions::Regions(std::vector<RegionRow> rows) : rows_(std::move(rows))
{
    for (std::size_t i = 0; i < rows_.size(); ++i) by_code_[rows_[i].municipality].push_back(i);
    for (const auto& row : rows_) changes_.insert(changes_.end(), {row.from, row.to});
    std::ranges::sort(changes_);
    changes_.erase(std::unique(changes_.begin(), changes_.end()), changes_.end());
}

std::string_view Regions::on(std::string_view municipality, Day day) const
{
    const auto found = by_code_.find(municipality);
    if (found == by_code_.end()) return {};
    for (const auto i : found->second)
        if (rows_[i].from <= day && day < rows_[i].to) return rows_[i].region;
    return {};
}

Regions Regions::load(const std::filesystem::path& file, const std::string& name, Issues& issues)
{
    std::vector<RegionRow> rows;
    std::ifstream in(file, std::ios::binary);
    const auto error = [&](std::size_t line, std::string text) {
        issues.push_back({Severity::error, IssueKind::wrong_type, fmt::format("{}:{}", name, line), std::move(text)});
    };
    if (!in) error(1, "cannot be read");
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        if (line.ends_with('\r')) line.pop_back();
        if (line.empty() || line[0] == '#' || line.starts_with("code\t")) continue;
        std::istringstream cells(line);
        std::string code, region, from, to;
        std::getline(cells, code, '\t');
        std::getline(cells, region, '\t');
        std::getline(cells, from, '\t');
        std::getline(cells, to, '\t');
        const auto first = from.empty() ? std::optional(day_of({1900, 1, 1})) : parse_day(from);
        const auto last = to.empty() ? std::optional(day_of({9999, 12, 31})) : parse_day(to);
        if (code.size() != 4 || region.empty() || !first || !last || *first >= *last) {
            error(number, "a line is municipality (4 digits), region, from and to, separated by tabs");
            continue;
        }
        for (const auto& row : rows)
            if (row.municipality == code && row.from < *last && *first < row.to) error(number, fmt::format("{} has two regions on one day", code));
        rows.push_back({code, region, *first, *last});
    }
    return Regions(std::move(rows));
}

} // namespace sluse
