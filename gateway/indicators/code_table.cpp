// gateway/indicators/code_table.cpp — reading code lists and finding the longest row that covers a code.
#include "gateway/indicators/code_table.hpp"

#include "gateway/base/files.hpp"
#include "gateway/base/text_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluse {

std::string folded(std::string_view text)
{
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    std::string out(text);
    for (auto& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

CodeTable::CodeTable(std::vector<CodeRow> rows) : rows_(std::move(rows))
{
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        auto code = folded(rows_[i].code);
        if (code.ends_with('*')) {
            code.pop_back();
            prefix_longest_ = std::max(prefix_longest_, code.size());
            prefix_.emplace(std::move(code), i);
        } else {
            exact_.emplace(std::move(code), i);
        }
    }
}

std::string_view CodeTable::kind_of(std::string_view raw) const
{
    const auto code = folded(raw);
    if (const auto found = exact_.find(code); found != exact_.end()) return rows_[found->second].kind;
    if (prefix_.empty()) return {};
    for (auto size = std::min(code.size(), prefix_longest_) + 1; size-- > 0;)
        if (const auto found = prefix_.find(code.substr(0, size)); found != prefix_.end()) return rows_[found->second].kind;
    return {};
}

std::optional<std::int64_t> CodeTable::days_of(std::string_view code) const
{
    const auto text = kind_of(code);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

bool CodeTable::has_kind(std::string_view kind) const
{
    return std::ranges::find(rows_, kind, &CodeRow::kind) != rows_.end();
}

CodeMemo::Known& CodeMemo::of(std::string_view code)
{
    if (const auto found = known_.find(code); found != known_.end()) return found->second;
    return known_[std::string(code)];
}

bool CodeMemo::in(const CodeTable& table, std::string_view code, Known& known)
{
    if (table.number() >= tables_max) return table.kind_of(code) == "in";
    if (!known.asked[table.number()]) {
        known.asked.set(table.number());
        known.in.set(table.number(), table.kind_of(code) == "in");
    }
    return known.in[table.number()];
}

void CodeMemo::forget_when_full()
{
    if (known_.size() > codes_max) known_.clear();
}

CodeTable CodeTable::load(const std::filesystem::path& file, const std::string& name, Issues& issues)
{
    std::vector<CodeRow> rows;
    const auto error = [&](std::size_t line, std::string text) {
        issues.push_back({Severity::error, IssueKind::wrong_type, fmt::format("{}:{}", name, line), std::move(text)});
    };
    const auto text = bytes_of(file);
    if (text.empty()) error(1, "cannot be read or is empty");
    each_numbered_row(text, [&](std::size_t line, const std::vector<std::string_view>& cells) {
        if (rows.empty() && cells[0] == "code") return; // the heading
        if (cells.size() < 2 || cells.size() > 3 || cells[0].empty() || cells[1].empty()) return error(line, "a line is code, kind and label, separated by tabs");
        if (std::ranges::find(rows, cells[0], &CodeRow::code) != rows.end()) error(line, fmt::format("'{}' is there twice", cells[0]));
        rows.push_back({std::string(cells[0]), std::string(cells[1]), std::string(cells.size() > 2 ? cells[2] : "")});
    });
    return CodeTable(std::move(rows));
}

} // namespace sluse
