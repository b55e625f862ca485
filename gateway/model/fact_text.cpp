// gateway/model/fact_text.cpp — facts in words, for explanations: names of kinds and attributes, values as a person reads them.
#include "gateway/model/fact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluse {
namespace {

constexpr std::array<std::string_view, 21> kind_names{"", "person", "residence", "contact", "diagnosis", "result", "procedure", "referral",
    "prescription", "dispensing", "administration", "answers", "plan", "document", "consent", "flag", "appointment", "vaccination", "pause", "enrolment", "figure"};

enum class Shape : std::uint8_t { plain, instant, day, scaled };
struct Row {
    Attr attr;
    std::string_view name;
    Shape shape{Shape::plain};
};
constexpr Row rows[] = {
    {Attr::birth_day, "birth_day", Shape::day}, {Attr::sex, "sex"}, {Attr::death_ms, "death", Shape::instant}, {Attr::municipality, "municipality"},
    {Attr::valid_from_day, "valid_from", Shape::day}, {Attr::cancelled, "cancelled"}, {Attr::encounter_class, "class"},
    {Attr::start_ms, "start", Shape::instant}, {Attr::end_ms, "end", Shape::instant}, {Attr::priority, "priority"}, {Attr::unit, "unit"},
    {Attr::specialty, "specialty"}, {Attr::visit, "visit"}, {Attr::diagnoses, "diagnoses"}, {Attr::continued_ms, "continued", Shape::instant}, {Attr::code, "code"}, {Attr::code_system, "code_system"},
    {Attr::rank, "rank"}, {Attr::contact_key, "contact"}, {Attr::status, "status"}, {Attr::sample_ms, "sample", Shape::instant},
    {Attr::answer_ms, "answer", Shape::instant}, {Attr::value_text, "value"}, {Attr::value_scaled, "value_number", Shape::scaled},
    {Attr::value_unit, "value_unit"}, {Attr::report_key, "report"}, {Attr::category, "category"}, {Attr::based_on, "based_on"},
    {Attr::replaces, "replaces"}, {Attr::answers, "answers"}, {Attr::retold_as, "retold_as"}, {Attr::indicator, "indicator"}, {Attr::until_day, "until", Shape::day},
    {Attr::numerator, "numerator"}, {Attr::denominator, "denominator"}, {Attr::region, "region"}, {Attr::age_band, "age_band"},
};

const Row* row_of(Attr attr)
{
    const auto found = std::ranges::find(rows, attr, &Row::attr);
    return found == std::end(rows) ? nullptr : &*found;
}

std::string scaled_text(std::int64_t value)
{
    auto text = fmt::format("{}{}.{:06}", value < 0 ? "-" : "", value < 0 ? -(value / 1'000'000) : value / 1'000'000, value < 0 ? -(value % 1'000'000) : value % 1'000'000);
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
    return text;
}

} // namespace

std::string_view name(FactKind kind)
{
    const auto at = static_cast<std::size_t>(kind);
    return at < kind_names.size() ? kind_names[at] : "unknown";
}

std::string_view name(Attr attr)
{
    const auto* row = row_of(attr);
    return row ? row->name : "unknown";
}

std::string text_of(Attr attr, const FactValue& value)
{
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    const auto* number = std::get_if<std::int64_t>(&value);
    if (!number) return "(deleted)";
    const auto* row = row_of(attr);
    switch (row ? row->shape : Shape::plain) {
    case Shape::instant: return rfc3339(*number);
    case Shape::day: return iso(static_cast<Day>(*number));
    case Shape::scaled: return scaled_text(*number);
    case Shape::plain: break;
    }
    return std::to_string(*number);
}

} // namespace sluse
