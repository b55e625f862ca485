// gateway/normalise/predicates.cpp — what conditions of rows can ask of a value beside equality: named predicates.
#include "gateway/base/ascii.hpp"
#include "gateway/normalise/dates.hpp"
#include "gateway/normalise/functions_hl7.hpp"
#include "gateway/normalise/functions_text.hpp"

#include <algorithm>

namespace sluse {
namespace {

/// What is sent as a number or time and is none may be left out by the row that asks: the sender's operator is told.
bool told(Renderer& r, const Value& value, std::string_view text, const char* wrong)
{
    if (!wrong) return true;
    if (!text.empty() && text != "\"\"") r.issue(value, IssueKind::wrong_type, wrong);
    return false;
}

bool predicate_number(Renderer& r, const Value& value)
{
    const auto whole = r.text(value.level == 0 ? r.part(value, 1) : value);
    const auto text = trimmed(whole.substr(comparator_of(whole).size()));
    return told(r, value, whole, number_fault(text));
}

/// A number, with "<" or the like before it or without, in a field that need not hold one.
bool predicate_measured(Renderer& r, const Value& value)
{
    const auto whole = r.text(value.level == 0 ? r.part(value, 1) : value);
    return is_number(trimmed(whole.substr(comparator_of(whole).size())));
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
    return told(r, value, text, r.append_time_of(scratch, text, Primitive::date_time));
}

bool predicate_clock(Renderer& r, const Value& value)
{
    thread_local Bytes scratch;
    scratch.clear();
    const auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    return told(r, value, text, r.append_time_of(scratch, text, Primitive::time));
}

bool predicate_date_only(Renderer& r, const Value& value)
{
    const auto text = r.text(value.level == 0 ? r.part(value, 1) : value);
    return text.size() <= 8;
}

bool predicate_unit(Renderer& r, const Value& value)
{
    thread_local PersonIdentifier unit;
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

/// Has it a number or name of that kind? Asked of each repetition of some fields of one segment.
template <class Is> std::size_t repetitions_that(Renderer& r, const Value& value, std::initializer_list<std::uint8_t> fields, Is&& is)
{
    std::size_t found = 0;
    const auto& segment = r.message().segments[static_cast<std::size_t>(value.segment)];
    for (const auto field : fields)
        for (auto rest = segment.field(field); !rest.empty();) {
            const auto end = r.message().repetition ? std::min(rest.find(r.message().repetition), rest.size()) : rest.size();
            found += is(Value{rest.substr(0, end), 0, value.segment, field});
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    return found;
}

// What dk-core allows a patient once: the CPR number (PID-3, 2, 4) and the official name (PID-5, 9).
bool predicate_dk_core(Renderer& r, const Value& value)
{
    if (value.segment < 0 || !predicate_danish(r, value)) return false;
    const auto cpr = [&](const Value& one) {
        thread_local PersonIdentifier person;
        thread_local std::string number;
        number = r.text(r.part(one, 1));
        person_identifier(*r.context().system, r.message().sender, authority_of(r, r.part(one, 4)), trimmed(r.part(one, 5).text), number, person);
        return person.system == cpr_system;
    };
    const auto official = [&](const Value& one) {
        const auto type = trimmed(r.part(one, 7).text);
        return type == "L" || type == "R";
    };
    const auto& pid = r.message().segments[static_cast<std::size_t>(value.segment)];
    const auto once = [&](unsigned field) { return pid.field(field).find(r.message().repetition) == std::string_view::npos; };
    const bool one_number = pid.field(2).empty() && pid.field(4).empty() && once(3); // as most are
    const bool one_name = pid.field(9).empty() && once(5);
    return (one_number || repetitions_that(r, value, {3, 2, 4}, cpr) < 2) && (one_name || repetitions_that(r, value, {5, 9}, official) < 2);
}

// An order whose sample no SPM tells of.
bool predicate_unsampled(Renderer& r, const Value& value)
{
    const auto& segments = r.message().segments;
    for (auto i = static_cast<std::size_t>(std::max(value.segment, 0)) + 1; i < segments.size(); ++i) {
        const auto id = segments[i].id;
        if (id == "SPM") return false;
        if (id == "OBR" || id == "PID") return true;
    }
    return true;
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

/// The segment of its kind before it says something else, or there is none: the first of several that say the same.
bool predicate_heading(Renderer& r, const Value& value)
{
    const auto& segments = r.message().segments;
    const auto index = static_cast<std::size_t>(std::max(value.segment, 0));
    for (auto i = index; i-- > 0;)
        if (segments[i].id == segments[index].id) return segments[i].field(value.field) != segments[index].field(value.field);
    return true;
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

/// Names something that `unique` has written in this resource before; a condition on what is never asked would hide for good.
bool predicate_asked_before(Renderer& r, const Value& value)
{
    if (r.was_used(r.text(value))) return true;
    r.issue(value, IssueKind::unknown_key, "names a question that is not asked before: the condition is left out");
    return false;
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
    {"measured", predicate_measured },
    {"base64",   predicate_base64   },
    {"time",     predicate_time     },
    {"clock",    predicate_clock    },
    {"date",     predicate_date_only},
    {"unit",     predicate_unit     },
    {"url",      predicate_url      },
    {"coded",    predicate_coded    },
    {"danish",   predicate_danish   },
    {"dk-core",  predicate_dk_core  },
    {"unsampled", predicate_unsampled},
    {"event-code", predicate_event_code},
    {"order-control", predicate_order_control},
    {"asked-before", predicate_asked_before},
    {"heading", predicate_heading},
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
    return predicate != predicate_danish && predicate != predicate_dk_core && predicate != predicate_unsampled && predicate != predicate_after_admission && predicate != predicate_after_start && predicate != predicate_asked_before && predicate != predicate_heading;
}

bool predicate_is_steady(Predicate predicate)
{
    return predicate != predicate_asked_before;
}

std::vector<std::string_view> predicate_names()
{
    std::vector<std::string_view> out{"repeated"};
    for (const auto& p : predicates) out.push_back(p.name);
    return out;
}

} // namespace sluse
