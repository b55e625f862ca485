// gateway/tools/simulate_plan.cpp — courses of illness: what happens in a contact, and when; and who sends word of it.
#include "gateway/tools/simulate_plan.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

namespace sluse::simulated {
namespace {

constexpr int minute = 60, hour = 3600, day = 86'400;

// Quantiles of lengths of stay, in minutes: shaped like the Danish national figures, not taken from them.
constexpr int acute_minutes[] = {420, 780, 1080, 1500, 2160, 2880, 3960, 5400, 7200, 10'080, 15'120, 24'480, 43'200};
constexpr int emergency_minutes[] = {40, 90, 130, 170, 210, 260, 330, 460, 690};
constexpr int planned_minutes[] = {360, 600, 1320, 1560, 2400, 3000, 4200, 5760, 8640, 14'400};
constexpr int psychiatric_minutes[] = {500, 1440, 4320, 8640, 14'400, 21'600, 33'120, 51'840, 86'400};
constexpr int clinic_minutes[] = {15, 25, 35, 45, 70, 160};

struct Share {
    Scenario scenario;
    unsigned per_mille;
};
constexpr Share shares[] = {
    {Scenario::acute, 170}, {Scenario::emergency, 90}, {Scenario::planned, 60}, {Scenario::clinic, 180}, {Scenario::psychiatric, 24},
    {Scenario::practice_test, 280}, {Scenario::pcr_test, 160}, {Scenario::moves, 28}, {Scenario::appears, 8},
};

/// The same with letters: most of what is sent in Denmark is about people who are in no hospital (docs/simulate.md).
constexpr Share letter_shares[] = {
    {Scenario::practice_test, 275}, {Scenario::medicine, 350}, {Scenario::message, 130}, {Scenario::clinic, 75}, {Scenario::acute, 44},
    {Scenario::pcr_test, 45}, {Scenario::emergency, 28}, {Scenario::planned, 20}, {Scenario::moves, 14}, {Scenario::psychiatric, 7},
    {Scenario::telemedicine, 6}, {Scenario::appears, 6},
};

template <std::size_t N> const DiagnosisCode& pick(Random& random, const DiagnosisCode (&table)[N])
{
    return table[random.below(N)];
}

} // namespace

Millis messages_per_arrivals(SimulateFormats formats)
{
    return formats.letters() ? 2860 : 2850; // letters: with the receipts that they get
}

unsigned weight_at(Scenario scenario, unsigned age)
{
    constexpr unsigned char stays[] = {55, 12, 14, 20, 24, 30, 42, 62, 86, 70}; // by decade of age; few reach ninety
    constexpr unsigned char minds[] = {2, 40, 75, 60, 55, 50, 35, 25, 18, 8};
    const auto decade = std::min(age / 10, 9u);
    switch (scenario) {
    case Scenario::psychiatric: return minds[decade];
    case Scenario::moves: return age < 35 ? 90 : 25;
    case Scenario::appears: return 60;
    default: return stays[decade];
    }
}

bool is_stay(Scenario scenario)
{
    return scenario == Scenario::acute || scenario == Scenario::planned || scenario == Scenario::psychiatric || scenario == Scenario::emergency;
}

bool advance(Event event, Contact& contact)
{
    switch (event) {
    case Event::preadmit: contact.patient_class = 'P'; break;
    case Event::admit:
    case Event::to_inpatient: contact.patient_class = 'I'; break;
    case Event::to_outpatient: contact.patient_class = 'O'; break;
    case Event::transfer:
        contact.before = contact.unit;
        contact.unit = contact.ward;
        break;
    case Event::cancel_transfer: contact.unit = contact.before; break;
    case Event::discharge: contact.closed = true; break;
    case Event::cancel_discharge: contact.closed = false; break;
    case Event::discharge_again:
    case Event::update_after: contact.closed = contact.updated = true; break;
    case Event::result_preliminary:
        contact.awaits_final = true;
        ++contact.results;
        return true;
    case Event::result_final:
        if (std::exchange(contact.awaits_final, false)) return false;
        ++contact.results;
        return true;
    default: break;
    }
    return false;
}

Scenario Plans::scenario()
{
    auto at = random_.below(1000);
    for (const auto& share : letters_ ? std::span<const Share>(letter_shares) : std::span<const Share>(shares)) {
        if (at < share.per_mille) return share.scenario;
        at -= share.per_mille;
    }
    return Scenario::practice_test;
}

bool Plans::wrongly_merged(const Contact& contact) const
{
    return contact.plans(Event::merge_wrong);
}

void Plans::add(Contact& contact, std::int64_t seconds, Event event)
{
    if (contact.steps == contact.plan.size()) return;
    contact.plan[contact.steps++] = static_cast<std::uint32_t>(seconds + contact.lead) << event_bits | static_cast<std::uint32_t>(event);
}

void Plans::make(Contact& contact, Scenario scenario, Millis at, std::uint8_t region, bool foreign)
{
    contact.begin = at - at % minute_ms;
    do contact.hospital = static_cast<std::uint8_t>(random_.below(hospital_count)); // a few are treated far from home
    while (hospitals[contact.hospital].region != region && !random_.per_mille(15));
    contact.diagnosis = &acute_diagnoses[0];
    switch (scenario) {
    case Scenario::practice_test: practice_test(contact, at); break;
    case Scenario::pcr_test: results(contact, at / second_ms % 60); contact.pcr = true; break;
    case Scenario::medicine: add(contact, 0, Event::prescription); break;
    case Scenario::message: add(contact, 0, Event::correspondence); break;
    case Scenario::telemedicine: telemedicine(contact); break;
    case Scenario::moves: add(contact, 0, Event::update_person); break;
    case Scenario::appears: add(contact, 0, Event::add_person); break;
    default: stay(contact, scenario);
    }
    // Three weeks with much infection, three with little.
    contact.positive = random_.per_mille(contact.begin / (21 * 24 * hour_ms) % 2 == 0 ? 140 : 45);
    if (foreign && contact.visit != 0) resolve(contact);
    if (letters_) referral(contact, scenario);
    std::sort(contact.plan.begin(), contact.plan.begin() + contact.steps);
}

void Plans::results(Contact& contact, std::int64_t at)
{
    if (contact.results == 0) {
        contact.results = courses_ + 1;
        courses_ += 16;
    }
    if (random_.per_mille(150)) {
        add(contact, at, Event::result_preliminary);
        at += random_.between(20 * minute, 20 * hour);
    }
    add(contact, at, Event::result_final);
    if (random_.per_mille(20)) add(contact, at + random_.between(30 * minute, 3 * day), Event::result_corrected);
}

/// With letters the practice asks the laboratory, which answers some hours later.
void Plans::practice_test(Contact& contact, Millis at)
{
    if (!letters_) return results(contact, at / second_ms % 60);
    if (random_.per_mille(700)) add(contact, 0, Event::laboratory_request);
    results(contact, random_.between(3 * hour, 30 * hour));
}

/// Measured at home, twice a week for some weeks.
void Plans::telemedicine(Contact& contact)
{
    const auto weeks = random_.between(2, 8);
    for (std::int64_t n = 0; n < 2 * weeks; ++n) add(contact, n * 84 * hour + random_.between(0, 6 * hour), Event::home_measurement);
}

/// Before a planned stay or a visit to a clinic, and before some acute ones; all of the contact comes so much later.
void Plans::referral(Contact& contact, Scenario scenario)
{
    const bool acute = scenario == Scenario::acute && random_.per_mille(350);
    if (!acute && scenario != Scenario::planned && scenario != Scenario::clinic) return;
    if (contact.lead == 0) {
        contact.lead = static_cast<std::int32_t>(acute ? random_.between(40, 180) * minute : random_.between(3 * 1440, 40 * 1440) * minute);
        contact.begin += contact.lead * second_ms;
        for (unsigned n = 0; n < contact.steps; ++n) contact.plan[n] += static_cast<std::uint32_t>(contact.lead) << event_bits;
    }
    add(contact, -contact.lead, Event::referral);
}

void Plans::stay(Contact& contact, Scenario scenario)
{
    contact.visit = ++visits_;
    contact.psychiatric = scenario == Scenario::psychiatric;
    contact.inpatient = scenario == Scenario::acute || scenario == Scenario::planned || contact.psychiatric;
    contact.acute = scenario == Scenario::acute || scenario == Scenario::emergency || (contact.psychiatric && random_.per_mille(700));
    contact.diagnosis = contact.psychiatric ? &pick(random_, psychiatric_diagnoses) : contact.acute ? &pick(random_, acute_diagnoses) : &pick(random_, planned_diagnoses);
    contact.ward = contact.diagnosis->unit;
    contact.unit = scenario == Scenario::clinic ? clinic_unit : !contact.acute ? contact.ward : contact.psychiatric ? psychiatric_emergency : emergency_unit;
    std::int64_t minutes = 0;
    switch (scenario) {
    case Scenario::emergency: minutes = random_.quantile(emergency_minutes); break;
    case Scenario::planned: minutes = random_.quantile(planned_minutes); break;
    case Scenario::psychiatric: minutes = random_.quantile(psychiatric_minutes); break;
    case Scenario::clinic: minutes = random_.quantile(clinic_minutes); break;
    default: minutes = random_.quantile(acute_minutes);
    }
    contact.end = contact.new_end = static_cast<std::int32_t>(minutes * minute);
    admission(contact);
    if (random_.per_mille(contact.inpatient ? 15 : 8)) { // opened by mistake
        const auto wrong = random_.between(10 * minute, 6 * hour) + (contact.steps > 1 ? 3 * hour : 0);
        add(contact, wrong, Event::cancel_admit);
        if (random_.per_mille(200)) add(contact, wrong + random_.between(minute, 2 * day), Event::stale_update);
        return;
    }
    during(contact);
    after(contact);
}

void Plans::admission(Contact& contact)
{
    if (!contact.inpatient) {
        contact.patient_class = contact.acute ? 'E' : 'O';
        return add(contact, random_.between(0, 5 * minute), Event::register_visit);
    }
    if (contact.acute && !contact.psychiatric && random_.per_mille(350) && contact.end > 4 * hour) {
        contact.patient_class = 'E';
        add(contact, random_.between(0, 5 * minute), Event::register_visit);
        return add(contact, random_.between(hour, 3 * hour), Event::to_inpatient);
    }
    if (!contact.acute && random_.per_mille(500)) {
        contact.lead = static_cast<std::int32_t>(random_.between(2 * 1440, 20 * 1440) * minute);
        contact.begin += contact.lead * second_ms;
        add(contact, -contact.lead, Event::preadmit);
    }
    add(contact, random_.between(0, 8 * minute), Event::admit);
}

void Plans::during(Contact& contact)
{
    const auto end = contact.end;
    const auto moved = contact.acute && contact.inpatient ? random_.between(3 * hour, std::max(3 * hour + 1, std::min(end - hour, 14 * hour))) : 0;
    if (moved != 0 && moved < end) {
        add(contact, moved, Event::transfer);
        if (random_.per_mille(30)) {
            add(contact, moved + 20 * minute, Event::cancel_transfer);
            add(contact, moved + 50 * minute, Event::transfer);
        }
    }
    if (random_.per_mille(contact.inpatient ? 450 : 120)) {
        const auto at = random_.between(10 * minute, std::max(11 * minute, end - minute));
        add(contact, at, Event::update);
        if (random_.per_mille(150)) add(contact, at + random_.between(1, 120), Event::update_again);
    }
    auto courses = contact.inpatient ? 1 + random_.below(3) : random_.below(3) / 2;
    for (; courses > 0; --courses) results(contact, random_.between(30 * minute, std::max(31 * minute, end)));
}

void Plans::after(Contact& contact)
{
    const auto told = contact.end + random_.between(minute, 40 * minute);
    contact.dead = contact.inpatient && contact.acute && !contact.psychiatric && random_.per_mille(28);
    add(contact, told, Event::discharge);
    if (contact.dead) return add(contact, told + hour, Event::death);
    if (random_.per_mille(20)) {
        const auto longer = random_.between(2, 30) * hour;
        contact.new_end = contact.end + static_cast<std::int32_t>(longer);
        add(contact, told + 30 * minute, Event::cancel_discharge);
        add(contact, contact.new_end + 10 * minute, Event::discharge_again);
    } else if (random_.per_mille(45)) {
        const auto other = contact.end + random_.between(-180, 180) * minute;
        contact.new_end = static_cast<std::int32_t>(std::max<std::int64_t>(other, 10 * minute));
        add(contact, told + random_.between(hour, 5 * day), Event::update_after);
    }
    if (contact.inpatient && random_.below(100) < contact.diagnosis->back) {
        contact.comes_back_after = contact.end + random_.between(5 * hour, 30 * day);
    }
}

void Plans::resolve(Contact& contact)
{
    const auto known = random_.between(6 * hour, 6 * day);
    if (random_.per_mille(120)) { // joined with the wrong person, taken apart again, then joined with the right one
        add(contact, known, Event::merge_wrong);
        add(contact, known + random_.between(hour, 2 * day), Event::unmerge);
        return add(contact, known + 3 * day, Event::merge);
    }
    add(contact, known, Event::merge);
}

Senders make_senders(const SimulateOptions& options)
{
    Senders senders;
    constexpr std::string_view regions[] = {"RH", "RSJ", "RSD", "RM", "RN"};
    const auto count = std::clamp(options.systems, 1u, 999u);
    for (unsigned i = 0; i < count; ++i) {
        const auto kind = i == 0 ? 6 : (i - 1) % 6;
        const auto index = static_cast<std::uint16_t>(i);
        SendingSystem system;
        constexpr std::string_view names[] = {"EPJ", "LAB", "PAS", "PRAKSIS", "MIBA", "SP", "PATIENTINDEKS"};
        system.application = names[kind];
        system.facility = std::string(regions[i % 5]) + std::to_string(i / 5 + 1);
        system.name = system.application + '|' + system.facility;
        system.prefix = system.application.substr(0, 1) + std::to_string(i) + '-';
        const auto usual_fhir = (kind == 3 && i % 12 == 4) || kind == 5;
        system.fhir = options.formats.has(SimulateFormat::fhir) && (usual_fhir || !options.formats.has(SimulateFormat::hl7v2));
        system.latin1 = !system.fhir && (kind == 1 || kind == 2);
        system.declares_charset = kind != 2;
        system.enhanced = kind == 4;
        system.offsets = kind != 2 && kind != 1;
        system.minutes = kind == 2;
        senders.all.push_back(std::move(system));
        auto& role = kind == 6 ? senders.people : kind == 1 ? senders.laboratories : kind == 3 ? senders.practices : kind == 4 ? senders.microbiology : senders.hospitals;
        role.push_back(index);
    }
    for (auto* role : {&senders.hospitals, &senders.laboratories, &senders.practices, &senders.microbiology}) {
        if (role->empty()) role->push_back(senders.people.front());
    }
    return senders;
}

} // namespace sluse::simulated
