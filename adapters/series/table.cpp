// adapters/series/table.cpp — a table of published numbers (CSV) as rows, each mistake with its line and column.
#include "adapters/series/table.hpp"

#include "gateway/base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <tuple>

namespace sluse::series {
namespace {

enum class Column : std::uint8_t { indicator, period, from, to, reporter, region, municipality, unit, sex, age_band, numerator, denominator, value, status, none };
struct Name {
    std::string_view text;
    Column column;
};
constexpr Name names[] = {
    {"indicator", Column::indicator},       {"indikator", Column::indicator}, {"period", Column::period},         {"periode", Column::period},   {"from", Column::from},
    {"fra", Column::from},                  {"to", Column::to},               {"til", Column::to},                {"reporter", Column::reporter}, {"kilde", Column::reporter},
    {"region", Column::region},             {"municipality", Column::municipality}, {"kommune", Column::municipality}, {"unit", Column::unit},   {"enhed", Column::unit},
    {"sex", Column::sex},                   {"køn", Column::sex},             {"koen", Column::sex},              {"age_band", Column::age_band}, {"alder", Column::age_band},
    {"numerator", Column::numerator},       {"tæller", Column::numerator},    {"taeller", Column::numerator},     {"denominator", Column::denominator}, {"nævner", Column::denominator},
    {"naevner", Column::denominator},       {"value", Column::value},         {"værdi", Column::value},           {"vaerdi", Column::value},     {"status", Column::status},
};
std::string_view name_of(Column column)
{
    return std::ranges::find(names, column, &Name::column)->text;
}

/// A cell's text without quotes, and where it began.
struct Cell {
    std::string text;
    std::size_t at{};
};

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t");
    return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<Cell> cells_of(std::string_view line, char separator)
{
    std::vector<Cell> cells(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') cells.back().text += line[++i];
        else if (c == '"' && (quoted || trimmed(cells.back().text).empty())) quoted = !quoted;
        else if (c == separator && !quoted) cells.push_back({{}, i + 1});
        else cells.back().text += c;
    }
    for (auto& cell : cells) cell.text = trimmed(cell.text);
    return cells;
}

std::string lower(std::string text)
{
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(c < 0x80 ? std::tolower(c) : c); });
    return text;
}

struct Header {
    char separator{};
    std::vector<Column> columns;
    bool has(Column column) const { return std::ranges::find(columns, column) != columns.end(); }
    bool complete() const { return has(Column::indicator) && (has(Column::period) || (has(Column::from) && has(Column::to))); }
};

Header header_of(std::string_view line)
{
    Header best;
    for (const char separator : {';', '\t', ','}) {
        Header header{separator, {}};
        for (const auto& cell : cells_of(line, separator)) {
            const auto found = std::ranges::find(names, lower(cell.text), &Name::text);
            header.columns.push_back(found == std::end(names) ? Column::none : found->column);
        }
        if (header.columns.size() > best.columns.size()) best = std::move(header);
    }
    return best;
}

std::string_view next_line(std::string_view& rest)
{
    const auto end = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

bool is_comment(std::string_view line)
{
    return trimmed(line).empty() || trimmed(line).starts_with('#');
}

std::string_view without_mark(std::string_view bytes)
{
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
    return bytes;
}

std::optional<std::int64_t> whole(std::string_view text)
{
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    return fault == std::errc() && end == text.data() + text.size() && number >= 0 && number < 1'000'000'000'000 ? std::optional(number) : std::nullopt;
}

/// "12,5" or "12.5" as "12.5"; empty when it is no number that a series can hold.
std::string decimal(std::string_view text)
{
    std::string out(text);
    if (const auto comma = out.find(','); comma != out.npos) out[comma] = '.';
    const auto point = std::min(out.find('.'), out.size());
    const auto digits = [](std::string_view part) { return std::ranges::all_of(part, is_digit); };
    const auto view = std::string_view(out);
    const auto fraction = point == out.size() ? std::string_view() : view.substr(point + 1);
    const bool good = point > 0 && point <= 9 && digits(view.substr(0, point)) && digits(fraction) && fraction.size() <= 6 && (point == out.size() || !fraction.empty());
    return good ? out : std::string();
}

struct Span {
    Day from, last;
};
/// "2024", "2024-Q1", "2024-03".
std::optional<Span> period_of(std::string_view text)
{
    const auto year = whole(text.substr(0, 4));
    if (!year || *year < 1900 || *year > 2200) return {};
    const auto span = [&](int first, int months) {
        const auto y = static_cast<int>(*year), after = first + months;
        return Span{day_of({y, first, 1}), (after > 12 ? day_of({y + 1, 1, 1}) : day_of({y, after, 1})) - 1};
    };
    if (text.size() == 4) return span(1, 12);
    if (text.size() == 7 && text[4] == '-' && text[5] == 'Q' && text[6] >= '1' && text[6] <= '4') return span((text[6] - '1') * 3 + 1, 3);
    if (text.size() != 7 || text[4] != '-') return {};
    const auto month = whole(text.substr(5));
    if (!month || *month < 1 || *month > 12) return {};
    return span(static_cast<int>(*month), 1);
}

/// Codes as the contributions have them; empty when the cell says none of them.
std::string code_of(Column column, std::string_view text)
{
    const auto word = lower(std::string(text));
    switch (column) {
    case Column::sex: return word == "m" || word == "male" || word == "mand" ? "male" : word == "f" || word == "k" || word == "female" || word == "kvinde" ? "female" : "";
    case Column::municipality: {
        const auto number = whole(text);
        return number && text.size() >= 3 && text.size() <= 4 && *number > 100 ? fmt::format("{:04}", *number) : "";
    }
    case Column::region: return text.size() >= 5 && text.size() <= 6 && text.starts_with("DK-") ? std::string(text) : ""; // DK-OST has no number yet
    default: return std::string(text.substr(0, 64));
    }
}

class Reader {
public:
    Reader(std::string_view bytes, Issues& issues) : rest_(without_mark(bytes)), issues_(issues) {}

    std::vector<Row> rows()
    {
        while (!rest_.empty() && header_.columns.empty()) {
            const auto line = take();
            if (!is_comment(line)) read_header(line);
        }
        while (!rest_.empty()) {
            const auto line = take();
            if (!is_comment(line)) read_row(line);
        }
        if (rows_.empty() && issues_.empty()) issues_.push_back({Severity::error, IssueKind::required_missing, fmt::format("line {}", number_), "the table has no rows"});
        return std::move(rows_);
    }

private:
    std::string_view take()
    {
        ++number_;
        return next_line(rest_);
    }
    void error(IssueKind kind, std::size_t at, std::string_view column, std::string text)
    {
        constexpr std::size_t issues_max = 100;
        if (issues_.size() < issues_max) issues_.push_back({Severity::error, kind, fmt::format("line {}, column {} ({})", number_, characters(at) + 1, column), std::move(text)});
    }
    std::size_t characters(std::size_t at) const
    {
        return static_cast<std::size_t>(std::ranges::count_if(line_.substr(0, at), [](unsigned char c) { return (c & 0xc0) != 0x80; }));
    }

    void read_header(std::string_view line)
    {
        line_ = line;
        header_ = header_of(line);
        const auto cells = cells_of(line, header_.separator);
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const auto column = header_.columns[i];
            if (column == Column::none) error(IssueKind::unknown_code, cells[i].at, cells[i].text.substr(0, 40), "is no column of a series (docs/formats/series.md lists them)");
            else if (std::count(header_.columns.begin(), header_.columns.begin() + static_cast<std::ptrdiff_t>(i), column) > 0) error(IssueKind::duplicate_key, cells[i].at, name_of(column), "is there twice");
        }
        if (!header_.complete()) error(IssueKind::required_missing, 0, "header", "needs the columns indicator and period, or indicator, from and to");
    }

    const Cell& cell(Column column) const
    {
        static const Cell none;
        const auto at = static_cast<std::size_t>(std::ranges::find(header_.columns, column) - header_.columns.begin());
        return at < cells_.size() ? cells_[at] : none;
    }
    void wrong(Column column, std::string text) { error(IssueKind::wrong_type, cell(column).at, name_of(column), std::move(text)); }

    void read_row(std::string_view line)
    {
        line_ = line;
        cells_ = cells_of(line, header_.separator);
        if (cells_.size() > header_.columns.size()) return error(IssueKind::too_long, cells_[header_.columns.size()].at, "row", fmt::format("has {} cells, the header {}", cells_.size(), header_.columns.size()));
        Row row;
        row.line = number_;
        row.reporter = cell(Column::reporter).text.substr(0, 64);
        const auto before = issues_.size();
        read_indicator(row);
        read_period(row);
        read_dimension(row);
        read_numbers(row);
        if (issues_.size() != before) return;
        if (!seen_.insert({row.indicator, row.from, row.last, row.reporter, row.dimension, row.code}).second)
            return error(IssueKind::duplicate_key, 0, "row", "the same indicator, period and place stand above");
        rows_.push_back(std::move(row));
    }

    void read_indicator(Row& row)
    {
        row.indicator = cell(Column::indicator).text;
        const bool good = !row.indicator.empty() && row.indicator.size() <= 64 && std::ranges::all_of(row.indicator, [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '-' || c == '_'; });
        if (!good) wrong(Column::indicator, row.indicator.empty() ? "is missing" : "is no indicator's id, such as G7.2");
        const auto status = lower(cell(Column::status).text);
        row.error = status == "error";
        if (!status.empty() && status != "final" && !row.error) wrong(Column::status, "is final or error");
    }

    void read_period(Row& row)
    {
        if (const auto& text = cell(Column::period).text; !text.empty()) {
            const auto span = period_of(text);
            if (!span) return wrong(Column::period, "is a year, a quarter or a month: 2024, 2024-Q1, 2024-03");
            row.from = span->from;
            row.last = span->last;
            return;
        }
        const auto from = parse_day(cell(Column::from).text), last = parse_day(cell(Column::to).text);
        if (!from) return wrong(header_.has(Column::from) ? Column::from : Column::period, cell(Column::from).text.empty() ? "is missing" : "is a date such as 2024-01-01");
        if (!last) return wrong(Column::to, "is a date such as 2024-12-31, the period's last day");
        if (*last < *from) return wrong(Column::to, "lies before the period's first day");
        row.from = *from;
        row.last = *last;
    }

    void read_dimension(Row& row)
    {
        for (const auto column : {Column::region, Column::municipality, Column::unit, Column::sex, Column::age_band}) {
            const auto& text = cell(column).text;
            if (text.empty()) continue;
            if (!row.dimension.empty()) {
                wrong(column, "a row is about one of region, municipality, unit, sex and age_band, or about all");
                continue;
            }
            row.dimension = name_of(column);
            row.code = code_of(column, text);
            if (row.code.empty()) wrong(column, column == Column::sex ? "is female or male" : column == Column::region ? "is an ISO 3166-2 code such as DK-84" : "is a municipality's number such as 0751");
        }
    }

    std::optional<std::int64_t> count(Column column)
    {
        const auto& text = cell(column).text;
        const auto number = whole(text);
        if (!text.empty() && !number) wrong(column, "is a whole number, 0 or more");
        return number;
    }

    void read_numbers(Row& row)
    {
        row.numerator = count(Column::numerator);
        row.denominator = count(Column::denominator);
        if (const auto& text = cell(Column::value).text; !text.empty()) {
            row.value = decimal(text);
            if (row.value.empty()) wrong(Column::value, "is a number of at most nine digits and six decimals, 0 or more");
        }
        if (row.error) return;
        if (row.numerator && !row.denominator) wrong(Column::denominator, "is missing beside a numerator");
        else if (row.denominator == 0) wrong(Column::denominator, "is 0");
        else if (!row.numerator && cell(Column::value).text.empty()) wrong(header_.has(Column::value) ? Column::value : Column::numerator, "a row needs a value, or a numerator and a denominator");
    }

    std::string_view rest_, line_;
    Issues& issues_;
    std::size_t number_{};
    Header header_;
    std::vector<Cell> cells_;
    std::vector<Row> rows_;
    std::set<std::tuple<std::string, Day, Day, std::string, std::string, std::string>> seen_;
};

} // namespace

bool has_header(std::string_view bytes)
{
    for (auto rest = without_mark(bytes.substr(0, 4096)); !rest.empty();) {
        const auto line = next_line(rest);
        if (is_comment(line)) continue;
        return std::isalpha(static_cast<unsigned char>(trimmed(line)[0])) != 0 && header_of(line).complete();
    }
    return false;
}

std::vector<Row> read_table(std::string_view bytes, Issues& issues)
{
    return Reader(bytes, issues).rows();
}

} // namespace sluse::series
