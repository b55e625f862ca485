// gateway/tools/simulate_mix.cpp — which message leaves in which format, and what is told beside the hospitals' own feeds.
#include "gateway/tools/simulate_mix.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace sluse::simulated {
namespace {

using Format = SimulateFormat;
constexpr Millis minute = 60 * second_ms, hour = hour_ms, day = 24 * hour_ms;

/// How an event is told: of twenty senders so many in this format, the rest in the next row's. The first row that is asked for stands in
/// for those that are not.
struct Told {
    Event event;
    Format format;
    unsigned of_twenty;
};
constexpr Told told[] = {
    {Event::tell_admission,     Format::medcom,  15}, {Event::tell_admission,     Format::edifact, 5 },
    {Event::tell_discharge,     Format::medcom,  15}, {Event::tell_discharge,     Format::edifact, 5 },
    {Event::tell_cancelled,     Format::medcom,  15}, {Event::tell_cancelled,     Format::edifact, 5 },
    {Event::tell_emergency,     Format::medcom,  15}, // EDIFACT knows neither acute visits
    {Event::tell_reopened,      Format::medcom,  15}, // nor a discharge that was none
    {Event::tell_transfer,      Format::medcom,  15}, {Event::tell_leave,         Format::medcom,  15}, // nor what happens within a stay
    {Event::tell_return,        Format::medcom,  15},
    {Event::discharge_letter,   Format::edifact, 15}, {Event::discharge_letter,   Format::oioxml,  5 },
    {Event::clinic_letter,      Format::edifact, 15}, {Event::clinic_letter,      Format::oioxml,  5 },
    {Event::result_preliminary, Format::edifact, 15}, {Event::result_preliminary, Format::oioxml,  5 },
    {Event::result_final,       Format::edifact, 15}, {Event::result_final,       Format::oioxml,  5 },
    {Event::result_corrected,   Format::edifact, 15}, {Event::result_corrected,   Format::oioxml,  5 },
    {Event::laboratory_request, Format::edifact, 20}, {Event::referral,           Format::edifact, 20},
    {Event::prescription,       Format::edifact, 20}, {Event::home_measurement,   Format::cda,     20},
    {Event::correspondence,     Format::edifact, 10}, {Event::correspondence,     Format::oioxml,  4 },
    {Event::correspondence,     Format::medcom,  6 },
};

/// Of a thousand letters, so many travel in a VANSEnvelope to the gateway; the others come as they are.
constexpr std::uint64_t wrapped_per_mille = 250;

/// What follows from what, how often and how much later.
struct Follows {
    Event when, what;
    unsigned per_mille;
    Millis from, to;
};
constexpr Follows follows[] = {
    {Event::admit,            Event::tell_admission,   1000, minute,      15 * minute},
    {Event::to_inpatient,     Event::tell_admission,   1000, minute,      15 * minute},
    {Event::register_visit,   Event::tell_emergency,   1000, minute,      15 * minute},
    {Event::transfer,         Event::tell_transfer,    1000, minute,      15 * minute},
    {Event::discharge,        Event::tell_discharge,   1000, minute,      10 * minute},
    {Event::discharge_again,  Event::tell_discharge,   1000, minute,      10 * minute},
    {Event::update_after,     Event::tell_discharge,   1000, minute,      10 * minute},
    {Event::cancel_discharge, Event::tell_reopened,    1000, minute,      10 * minute},
    {Event::cancel_admit,     Event::tell_cancelled,   1000, minute,      10 * minute},
    {Event::discharge,        Event::discharge_letter, 970,  20 * minute, 4 * day    },
    {Event::discharge_again,  Event::discharge_letter, 970,  20 * minute, 4 * day    },
    {Event::update_after,     Event::discharge_letter, 970,  20 * minute, 2 * day    },
    {Event::discharge,        Event::clinic_letter,    850,  20 * minute, 5 * day    },
    {Event::discharge,        Event::prescription,     350,  hour,        2 * day    },
    {Event::discharge,        Event::correspondence,   250,  2 * hour,    3 * day    },
    {Event::result_final,     Event::prescription,     200,  hour,        day        },
};

/// True when the event stands for the contact's final word on its end: letters wait for that.
bool settled(Event event, const Contact& contact)
{
    if (event != Event::discharge) return true;
    return !contact.plans(Event::discharge_again) && !contact.plans(Event::update_after);
}

/// EDIFACT has no word for it.
bool only_medcom(Event event)
{
    return event == Event::tell_emergency || event == Event::tell_reopened || event == Event::tell_transfer || event == Event::tell_leave || event == Event::tell_return;
}

bool applies(Event event, const Follows& rule, const Contact& contact)
{
    switch (rule.what) {
    case Event::tell_admission: return contact.inpatient;
    case Event::tell_emergency: return contact.acute && !contact.inpatient;
    case Event::tell_discharge:
    case Event::tell_reopened:
    case Event::tell_cancelled: return contact.told;
    case Event::tell_transfer: return contact.told && contact.inpatient && !contact.closed && !contact.plans(Event::cancel_transfer);
    case Event::discharge_letter: return contact.inpatient && settled(event, contact);
    case Event::clinic_letter: return contact.visit != 0 && !contact.inpatient && !contact.acute;
    case Event::prescription:
    case Event::correspondence: return !contact.dead && !contact.pcr && (contact.visit != 0) == (event == Event::discharge);
    default: return true;
    }
}

} // namespace

bool Mix::has(Format format) const
{
    const bool letters_inside = formats_.has(Format::vans) && !formats_.has(Format::edifact) && !formats_.has(Format::oioxml);
    return formats_.has(format) || (letters_inside && (format == Format::edifact || format == Format::oioxml));
}

std::optional<Format> Mix::format(Event event, const Contact& contact, const SendingSystem& system, std::uint64_t word) const
{
    const bool practice = is_result(event) && contact.visit == 0 && !contact.pcr;
    if (!is_told_beside(event) && !(practice && letters())) {
        const auto own = system.fhir ? Format::fhir : Format::hl7v2;
        return has(own) ? std::optional(own) : std::nullopt;
    }
    auto turn = event == Event::correspondence ? static_cast<unsigned>(word % 20) : contact.hospital * 7u % 20;
    std::optional<Format> first, chosen;
    for (const auto& row : told) {
        if (row.event != event) continue;
        if (!first && has(row.format)) first = row.format;
        if (!chosen && turn < row.of_twenty) chosen = row.format;
        turn -= std::min(turn, row.of_twenty);
    }
    if (!chosen || !has(*chosen)) chosen = only_medcom(event) ? std::nullopt : first;
    if (chosen == Format::edifact && event == Event::tell_discharge && !contact.updated && !settled(Event::discharge, contact)) return {};
    return chosen;
}

std::vector<Beside> Mix::beside(Event event, const Contact& contact, Random& random) const
{
    std::vector<Beside> out;
    for (const auto& rule : follows)
        if (rule.when == event && applies(event, rule, contact) && random.per_mille(rule.per_mille)) out.push_back({rule.what, random.between(rule.from / second_ms, rule.to / second_ms) * second_ms});
    // A leave lies at a fixed place in the stay, so both ends are told from the admission on.
    if (const auto leave = event == Event::admit ? leave_of(contact) : Leave(); leave.start != 0)
        for (const auto& [what, at] : {std::pair{Event::tell_leave, leave.start}, {Event::tell_return, leave.end}}) out.push_back({what, at - contact.begin + random.between(1, 20) * minute});
    return out;
}

bool Mix::wrapped(Format format, std::uint64_t word) const
{
    if (!formats_.has(Format::vans) || (format != Format::edifact && format != Format::oioxml)) return false;
    return !formats_.has(format) || word / 32 % 1000 < wrapped_per_mille;
}

void Mix::write(Format format, std::string& out, const Occasion& occasion, const WallClock& clock)
{
    using Write = void (*)(std::string&, const Occasion&, const WallClock&);
    constexpr std::array<Write, 6> writers{write_hl7, write_fhir, write_medcom, write_edifact, write_oioxml, write_cda}; // in the order of SimulateFormat
    writers[static_cast<std::size_t>(format)](out, occasion, clock);
}

} // namespace sluse::simulated
