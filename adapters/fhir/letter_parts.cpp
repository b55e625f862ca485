// adapters/fhir/letter_parts.cpp — one table of file kinds for both ways.
#include "adapters/fhir/letter_parts.hpp"

#include <algorithm>

namespace sluse::fhir {
namespace {

/// Pictures are pictures, the rest as MedCom's rules say of PDF. The first row of a type is how it is written.
constexpr FileKind kinds[] = {
    {"application/pdf", "vektor_grafik", "pdf"}, {"image/gif", "billede", "gif"},  {"image/jpeg", "billede", "jpeg"}, {"image/jpeg", "billede", "jpg"},
    {"image/png", "billede", "png"},             {"image/tiff", "billede", "tiff"}, {"image/tiff", "billede", "tif"},  {"image/bmp", "billede", "bmp"},
};
constexpr FileKind other_kind{"", "proprietaert_indhold", "bin"};

} // namespace

void append_words(xml::Element formatted, std::string& out)
{
    formatted.each_part([&](std::string_view text) { out += text; },
                        [&](xml::Element inner) {
                            if (inner.name() == "Break") out += '\n';
                            else if (inner.name() == "Space") out += ' ';
                            else append_words(inner, out);
                        });
}

std::optional<std::string> moment_of(xml::Element at, const Zone& zone)
{
    auto time = std::string(!at.child("TimeWithSec").text().empty() ? at.child("TimeWithSec").text() : at.child("Time").text());
    if (time.size() == 5) time += ":00";
    const auto day = parse_day(at.child("Date").text());
    if (!day || time.size() != 8 || !parse_instant(std::string(at.child("Date").text()) + 'T' + time + 'Z')) return std::nullopt;
    const auto digit = [&](std::size_t i) { return time[i] - '0'; };
    const auto seconds = ((digit(0) * 10 + digit(1)) * 60 + digit(3) * 10 + digit(4)) * 60 + digit(6) * 10 + digit(7);
    const auto instant = zone.to_instant(*day, Millis{seconds} * 1000);
    return instant ? std::optional(rfc3339(*instant, zone)) : std::nullopt;
}

const FileKind& file_kind(std::string_view type)
{
    const auto* found = std::ranges::find(kinds, type, &FileKind::type);
    return found == std::end(kinds) ? other_kind : *found;
}

std::string_view file_type(std::string_view extension)
{
    const auto* found = std::ranges::find(kinds, extension, &FileKind::extension);
    return found == std::end(kinds) ? std::string_view() : found->type;
}

} // namespace sluse::fhir
