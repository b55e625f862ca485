// gateway/serve/summary.cpp — sums of published months only, so that a summary tells nothing that they do not.
#include "gateway/serve/summary.hpp"

#include "gateway/track/states.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <tuple>

namespace sluse::serve {
namespace {

constexpr std::size_t headline_months = 12, movement_months_min = 3;
constexpr double movement_share = 0.05;

std::optional<int> digits(std::string_view text)
{
    int number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    return fault == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(number) : std::nullopt;
}

/// Sums published months, so it tells nothing that they do not: counts add up, and the mean is the months' weighted by their sizes
/// (a share's is its numerators over its denominators). Persons may be in several months, so their number is not given.
CellRow sum_of(const Pack& pack, const std::vector<CellRow>& months, const Window& window)
{
    CellRow sum;
    sum.period = months[window.first].period + "/" + months[window.last].period;
    double weighted = 0;
    for (auto i = window.first; i <= window.last; ++i) {
        const auto& month = months[i];
        sum.numerator += month.numerator;
        sum.denominator += month.denominator;
        sum.matured += month.matured;
        sum.provisional |= month.provisional;
        sum.state = i == window.first ? month.state : together(sum.state, month.state);
        sum.held += month.held;
        if (month.final_on) sum.final_on = std::max(sum.final_on.value_or(*month.final_on), *month.final_on);
        if (month.changed_on) sum.changed_on = std::max(sum.changed_on.value_or(*month.changed_on), *month.changed_on);
        weighted += month.value.value_or(0) * static_cast<double>(month.denominator);
    }
    if (pack.kind == "count") sum.value = static_cast<double>(sum.numerator);
    else if (sum.denominator > 0) sum.value = weighted / static_cast<double>(sum.denominator);
    return sum;
}

} // namespace

bool is_published(const Pack& pack) { return pack.kind == "imported"; }

std::vector<CellRow> shown_months(Tracker& tracker, const Pack& pack, const std::string& by, Day today)
{
    CellQuery query;
    query.authorised = is_published(pack);
    query.indicator = pack.id;
    query.version = pack.version;
    query.by = by;
    query.today = today;
    auto rows = tracker.query(query);
    if (!rows) return {};
    std::erase_if(*rows, [&](const CellRow& row) {
        const auto span = span_of(row.period);
        return !span || span->from > today;
    });
    std::ranges::sort(*rows, {}, [](const CellRow& row) { return std::tie(row.period, row.group); });
    return std::move(*rows);
}

std::optional<CellRow> current_of(const Pack& pack, const std::vector<CellRow>& months)
{
    if (is_published(pack)) return months.empty() ? std::nullopt : std::optional(months.back()); // published numbers are not added up
    const auto window = headline_window(months);
    return window ? std::optional(sum_of(pack, months, *window)) : std::nullopt;
}

std::optional<Span> span_of(std::string_view period)
{
    const auto year = digits(period.substr(0, 4));
    if (!year || *year < 1 || *year > 9999) return std::nullopt;
    if (period.size() == 4) return Span{day_of({*year, 1, 1}), day_of({*year + 1, 1, 1})};
    if (period.size() < 6 || period[4] != '-') return std::nullopt;
    const auto rest = period.substr(5);
    if (rest.size() == 2 && rest[0] == 'Q') {
        const auto quarter = digits(rest.substr(1));
        if (!quarter || *quarter < 1 || *quarter > 4) return std::nullopt;
        const int month = 3 * (*quarter - 1) + 1;
        return Span{day_of({*year, month, 1}), month == 10 ? day_of({*year + 1, 1, 1}) : day_of({*year, month + 3, 1})};
    }
    if (rest.size() == 3 && rest[0] == 'W') {
        const auto week = digits(rest.substr(1));
        if (!week || *week < 1 || *week > 53) return std::nullopt;
        const Day fourth = day_of({*year, 1, 4}); // always in week 1
        const Day monday = fourth - (((fourth + 3) % 7) + 7) % 7;
        return Span{monday + 7 * (*week - 1), monday + 7 * *week};
    }
    if (rest.size() == 2) {
        const auto month = digits(rest);
        if (!month || *month < 1 || *month > 12) return std::nullopt;
        return Span{day_of({*year, *month, 1}), *month == 12 ? day_of({*year + 1, 1, 1}) : day_of({*year, *month + 1, 1})};
    }
    const auto day = parse_day(period);
    return day ? std::optional(Span{*day, *day + 1}) : std::nullopt;
}

std::optional<Window> headline_window(const std::vector<CellRow>& months)
{
    std::size_t last = months.size();
    while (last > 0 && months[last - 1].suppressed) --last;
    if (last == 0) return std::nullopt;
    std::size_t first = last - 1;
    while (first > 0 && last - first < headline_months && !months[first - 1].suppressed) --first;
    return Window{first, last - 1};
}

Movement movement_of(const std::vector<CellRow>& months, std::string_view direction)
{
    std::vector<double> mature;
    for (const auto& month : months)
        if (!month.suppressed && month.matured >= month.denominator && month.value) mature.push_back(*month.value);
    if (mature.size() < movement_months_min + 1) return Movement::none;
    const double newest = mature.back();
    mature.pop_back();
    if (mature.size() > headline_months) mature.erase(mature.begin(), mature.end() - static_cast<std::ptrdiff_t>(headline_months));
    std::ranges::sort(mature);
    const auto n = mature.size();
    const double median = n % 2 == 1 ? mature[n / 2] : (mature[n / 2 - 1] + mature[n / 2]) / 2;
    if (std::abs(newest - median) <= movement_share * std::abs(median)) return Movement::unchanged;
    if (direction != "lower" && direction != "higher") return Movement::none;
    return (newest < median) == (direction == "lower") ? Movement::better : Movement::worse;
}

} // namespace sluse::serve
