// gateway/timeline/codes.cpp — the spellings that senders use, and the one that facts hold.
#include "gateway/timeline/codes.hpp"

#include "gateway/base/ascii.hpp"

#include <algorithm>

namespace sluse {
namespace {

std::string upper(std::string_view text)
{
    std::string out(text);
    for (auto& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

/// "DS721+TUL1", "DS721:…" are a code and what was added to it: only the code decides.
std::string_view without_additions(std::string_view code)
{
    return code.substr(0, code.find_first_of("+:"));
}

/// ICD-10 as the Danish extension of it is known: D before, no dot ("J44.0" → "DJ440"). D50 is ICD's own D chapter: "DD50".
std::string sks_diagnosis(std::string_view code)
{
    auto out = upper(without_additions(code));
    std::erase(out, '.');
    const bool bare = out.size() > 1 && is_letter(out[0]) && is_digit(out[1]);
    return bare ? 'D' + out : out;
}

std::string sks(std::string_view code)
{
    auto out = upper(without_additions(code));
    std::erase(out, '.');
    return out;
}

std::string npu(std::string_view code)
{
    return upper(code);
}

std::string atc(std::string_view code)
{
    auto out = upper(code);
    const bool with_m = out.size() > 2 && out[0] == 'M' && is_letter(out[1]) && is_digit(out[2]);
    return with_m ? out.substr(1) : out;
}

std::string snomed(std::string_view code)
{
    return "SCT:" + std::string(code);
}

struct SystemRow {
    std::string_view system;
    std::string_view name;
    int preference;
    std::string (*convert)(std::string_view);
};
constexpr SystemRow systems[] = {
    {"urn:oid:1.2.208.176.2.4.12",                                     "SKS", 6, sks_diagnosis},
    {"urn:oid:1.2.208.176.2.4",                                        "SKS", 6, sks          },
    {"http://hl7.dk/fhir/core/CodeSystem/icd10-danish-extensions",     "SKS", 5, sks_diagnosis},
    {"http://hl7.org/fhir/sid/icd-10",                                 "SKS", 4, sks_diagnosis},
    {"http://npu-terminology.org",                                     "NPU", 6, npu          },
    {"urn:oid:1.2.208.176.2.1",                                        "NPU", 6, npu          },
    {"http://www.whocc.no/atc",                                        "ATC", 6, atc          },
    {"urn:oid:2.16.840.1.113883.6.73",                                 "ATC", 6, atc          },
    {"http://snomed.info/sct",                                         "SCT", 3, snomed       },
};

const SystemRow* row_of(std::string_view system)
{
    const auto version = system.find('|'); // canonical|version
    const auto found = std::ranges::find(systems, system.substr(0, version), &SystemRow::system);
    return found == std::end(systems) ? nullptr : found;
}

} // namespace

int code_preference(std::string_view system)
{
    const auto* row = row_of(system);
    return row ? row->preference : 0;
}

NormalCode normal_code(std::string_view system, std::string_view code)
{
    if (const auto* row = row_of(system)) return {row->convert(code), std::string(row->name)};
    return {std::string(code), std::string(system)};
}

std::string municipality_code(std::string_view code)
{
    if (code.size() > 4 || !all_digits(code)) return {};
    return std::string(4 - code.size(), '0') + std::string(code);
}

} // namespace sluse
