// gateway/normalise/predicates.cpp — what conditions of rows can ask of a value beside equality: named predicates.
#include "gateway/base/ascii.hpp"
#include "gateway/normalise/dates.hpp"
#include "gateway/normalise/functions_hl7.hpp"
#include "gateway/normalise/functions_text.hpp"

#include <algorithm>

namespace sluse {
namespace {

bool predicate_number(Renderer& r, const Value& value)
{
    auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    text = trimmed(text.substr(comparator_of(text).size()));
    return is_number(text);
}

bool predicate_base64(Renderer& r, const Value& value)
{
    return is_base64(r.text(value));
}

bool predicate_time(Renderer& r, const Value& value)
{
    thread_local Bytes scratch;
    scratch.clear();
    const auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    return r.append_time_of(scratch, text, Primitive::date_time) == nullptr;
}

bool predicate_clock(Renderer& r, const Value& value)
{
    thread_local Bytes scratch;
    scratch.clear();
    const auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    return r.append_time_of(scratch, text, Primitive::time) == nullptr;
}

bool predicate_date_only(Renderer& r, const Value& value)
{
    const auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    return text.size() <= 8;
}

bool predicate_unit(Renderer& r, const Value& value)
{
    PersonIdentifier unit;
    return r.unit_identifier(value, unit) && (unit.system == sor_system || unit.system == shak_system);
}

bool predicate_url(Renderer& r, const Value& value)
{
    const auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    return text.starts_with("http://") || text.starts_with("https://") || text.starts_with("urn:");
}

bool predicate_coded(Renderer& r, const Value& value) // has a code, not only a text
{
    const auto code = trimmed(r.part(value, 1).text);
    return !code.empty() && code != "\"\"";
}

bool predicate_range(Renderer& r, const Value& value)
{
    const auto limits = limits_of(r.text(value));
    return !limits.low.empty() || !limits.high.empty();
}

bool predicate_language(Renderer& r, const Value& value)
{
    const auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    return (text.size() == 2 || (text.size() == 5 && text[2] == '-')) && std::islower(static_cast<unsigned char>(text[0]));
}

bool predicate_positive(Renderer& r, const Value& value)
{
    const auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    return all_digits(text) && text.find_first_not_of('0') != text.npos;
}

bool predicate_danish(Renderer& r, const Value& value)
{
    const auto whole = r.message().segments[static_cast<std::size_t>(std::max(value.segment, 0))].field(value.field);
    return whole.find("NNDNK") != whole.npos || whole.find("1.2.208.176.1.") != whole.npos || whole.find("^CPR") != whole.npos;
}

// PV1-45 not before PV1-44: FHIR's periods do not run backwards.
bool predicate_after_admission(Renderer& r, const Value& value)
{
    const auto& zone = r.context().system->zone;
    const auto& segment = r.message().segments[static_cast<std::size_t>(std::max(value.segment, 0))];
    const auto start = instant_of(trimmed(segment.field(44)), zone), end = instant_of(trimmed(segment.field(45)), zone);
    if (!start || !end || *start <= *end) return true;
    r.issue(value, IssueKind::wrong_type, "is before the admission (PV1-44): left out");
    return false;
}

// The field before it in its segment is the start (RXA-3 of RXA-4). "20260301" does not end after "202603011015" has begun: senders repeat
// the start with another precision.
bool predicate_after_start(Renderer& r, const Value& value)
{
    if (value.segment < 0 || value.field < 2) return false;
    const auto& segment = r.message().segments[static_cast<std::size_t>(value.segment)];
    const auto start = trimmed(segment.field(value.field - 1u)), end = trimmed(segment.field(value.field));
    const auto shorter = std::min(start.size(), end.size());
    if (shorter >= 8 && start.substr(0, shorter) == end.substr(0, shorter)) return false;
    const auto& zone = r.context().system->zone;
    const auto from = instant_of(start, zone), to = instant_of(end, zone);
    return from && to && *from < *to;
}

/// FHIR publishes HL7's tables as code systems: a code that its table lacks is none of that system.
bool in_v2_table(Renderer& r, std::string_view table, std::string_view code)
{
    const auto found = r.plan().v2_tables.find(table);
    return found == r.plan().v2_tables.end() || found->second.contains(code);
}

bool predicate_event_code(Renderer& r, const Value& value)
{
    return in_v2_table(r, "0003", value.text);
}

bool predicate_order_control(Renderer& r, const Value& value)
{
    return in_v2_table(r, "0119", r.text(value));
}

struct NamedPredicate {
    std::string_view name;
    Predicate predicate;
};
constexpr NamedPredicate predicates[] = {
    {"number",   predicate_number   },
    {"base64",   predicate_base64   },
    {"time",     predicate_time     },
    {"clock",    predicate_clock    },
    {"date",     predicate_date_only},
    {"unit",     predicate_unit     },
    {"url",      predicate_url      },
    {"coded",    predicate_coded    },
    {"danish",   predicate_danish   },
    {"event-code", predicate_event_code},
    {"order-control", predicate_order_control},
    {"after-admission", predicate_after_admission},
    {"after-start", predicate_after_start},
    {"range",    predicate_range    },
    {"language", predicate_language },
    {"instant",  is_instant  },
    {"positive", predicate_positive },
    {"decimal",  is_decimal         },
    {"uuid",     is_uuid            },
    {"gln",      is_gln             },
    {"municipality", is_municipality},
    {"cpr",      is_cpr             },
    {"ucum",     is_ucum            },
    {"valid-gln", is_valid_gln      },
    {"sor",      is_sor             },
    {"id",       is_fhir_id         },
};

} // namespace

Predicate predicate_named(std::string_view name)
{
    const auto* found = std::ranges::find(predicates, name, &NamedPredicate::name);
    return found == std::end(predicates) ? nullptr : found->predicate;
}

bool predicate_is_local(Predicate predicate)
{
    return predicate != predicate_danish && predicate != predicate_after_admission && predicate != predicate_after_start;
}

std::vector<std::string_view> predicate_names()
{
    std::vector<std::string_view> out{"repeated"};
    for (const auto& p : predicates) out.push_back(p.name);
    return out;
}

} // namespace sluse
