// gateway/indicators/regions.cpp — reading the municipality table and looking a day up in it.
#include "gateway/indicators/regions.hpp"

#include "gateway/base/files.hpp"
#include "gateway/base/text_tables.hpp"

#include <fmt/format.h>

#include <algorithm>

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
    const auto error = [&](std::size_t line, std::string text) {
        issues.push_back({Severity::error, IssueKind::wrong_type, fmt::format("{}:{}", name, line), std::move(text)});
    };
    const auto text = bytes_of(file);
    if (text.empty()) error(1, "cannot be read or is empty");
    each_numbered_row(text, [&](std::size_t line, const std::vector<std::string_view>& cells) {
        if (cells[0] == "code") return; // the heading
        const auto cell = [&](std::size_t i) { return i < cells.size() ? cells[i] : std::string_view{}; };
        const auto code = cell(0), region = cell(1);
        const auto first = cell(2).empty() ? std::optional(day_of({1900, 1, 1})) : parse_day(cell(2));
        const auto last = cell(3).empty() ? std::optional(day_of({9999, 12, 31})) : parse_day(cell(3));
        if (code.size() != 4 || region.empty() || !first || !last || *first >= *last)
            return error(line, "a line is municipality (4 digits), region, from and to, separated by tabs");
        for (const auto& row : rows)
            if (row.municipality == code && row.from < *last && *first < row.to) error(line, fmt::format("{} has two regions on one day", code));
        rows.push_back({std::string(code), std::string(region), *first, *last});
    });
    return Regions(std::move(rows));
}

} // namespace sluse
