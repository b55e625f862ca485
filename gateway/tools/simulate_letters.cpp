// gateway/tools/simulate_letters.cpp — who writes to whom in the synthetic population's letters, and what they say, whatever the syntax.
#include "gateway/tools/simulate_letters.hpp"

#include "gateway/tools/simulate_random.hpp"

#include <iterator>

namespace sluse::simulated {
namespace {

// Package numbers and codes of indications that no one has; the names are invented.
constexpr Drug drugs[] = {
    {"990001", "Luftilin", "Inhalationspulver", "60 doser", "12 mikg", "990", "mod kronisk lungesygdom", "1 inhalation morgen og aften"},
    {"990002", "Hjertolol", "Depottabletter", "100 stk.", "50 mg", "991", "mod hjertesygdom", "1 tablet daglig"},
    {"990003", "Sukrafin", "Tabletter", "100 stk.", "500 mg", "992", "mod sukkersyge", "1 tablet 2 gange daglig"},
    {"990004", "Peniklar", "Tabletter", "20 stk.", "660 mg", "993", "mod infektion", "1 tablet 4 gange daglig i 7 dage"},
    {"990005", "Trykosin", "Tabletter", "98 stk.", "10 mg", "994", "mod forhøjet blodtryk", "1 tablet daglig"},
    {"990006", "Smertenol", "Tabletter", "100 stk.", "500 mg", "995", "mod smerter", "2 tabletter efter behov, højst 8 daglig"},
};

std::string gln_of(Party::Kind kind, unsigned number)
{
    std::string digits = "579000099";
    append_number(digits, static_cast<std::uint64_t>(kind));
    append_number(digits, number, 2);
    int sum = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) sum += (digits[i] - '0') * (i % 2 == 0 ? 1 : 3);
    digits += static_cast<char>('0' + (10 - sum % 10) % 10);
    return digits;
}

Party hospital(const Contact& contact)
{
    Party party{Party::Kind::hospital, gln_of(Party::Kind::hospital, contact.hospital), {}, std::string(hospitals[contact.hospital].name), std::string(unit_kinds[contact.unit].name)};
    append_unit_code(party.code, contact.hospital, contact.unit);
    return party;
}

Party laboratory(const Contact& contact)
{
    Party party{Party::Kind::laboratory, gln_of(Party::Kind::laboratory, contact.hospital), {}, std::string(hospitals[contact.hospital].name), "Klinisk biokemi"};
    append_unit_code(party.code, contact.hospital, laboratory_unit);
    return party;
}

Party practice(const Person& person)
{
    Party party{Party::Kind::practice, gln_of(Party::Kind::practice, person.municipality), {}, "Lægehuset " + std::string(person.street), {}};
    append_number(party.code, person.practice, 6);
    return party;
}

Party municipality(const Person& person)
{
    const auto& home = Population::municipality(person.municipality);
    return {Party::Kind::municipality, gln_of(Party::Kind::municipality, person.municipality), std::string(home.code.substr(1)), std::string(home.name) + " Kommune", "Hjemmeplejen"};
}

Party pharmacy(const Person& person)
{
    const auto number = gln_of(Party::Kind::pharmacy, person.municipality);
    return {Party::Kind::pharmacy, number, number, std::string(Population::municipality(person.municipality).city) + " Apotek", {}};
}

} // namespace

Parties parties_of(const Occasion& o)
{
    switch (o.event) {
    case Event::result_preliminary:
    case Event::result_final:
    case Event::result_corrected: return {laboratory(o.contact), practice(o.person)};
    case Event::laboratory_request: return {practice(o.person), laboratory(o.contact)};
    case Event::referral: return {practice(o.person), hospital(o.contact)};
    case Event::prescription: return {practice(o.person), pharmacy(o.person)};
    case Event::correspondence: return o.word % 2 == 0 ? Parties{municipality(o.person), practice(o.person)} : Parties{practice(o.person), municipality(o.person)};
    case Event::discharge_letter:
    case Event::clinic_letter:
    case Event::home_measurement: return {hospital(o.contact), practice(o.person)};
    default: return {hospital(o.contact), municipality(o.person)};
    }
}

std::string sender_gln(const Occasion& occasion)
{
    return parties_of(occasion).sender.gln;
}

LetterType letter_type(const Occasion& o)
{
    switch (o.event) {
    case Event::tell_admission:
    case Event::tell_cancelled: return {"DIS20", "D2030C"};
    case Event::tell_discharge: return {"DIS17", "D1730C"};
    case Event::discharge_letter: return {"DIS01", "D0133L"};
    case Event::clinic_letter: return {"DIS02", "D0233L"};
    case Event::laboratory_request: return {"REQ01", "Q0130K"};
    case Event::referral: return {"REF01", "H0130R"};
    case Event::prescription: return {"PRE01", "LMS016"};
    case Event::correspondence: return {"DIS91", "D9134L"};
    default: return {"RPT01", "R0131K"};
    }
}

std::string letter_number(const Occasion& occasion, char of)
{
    std::string number(1, of);
    append_number(number, occasion.control, 9);
    return number;
}

std::string report_number(const Occasion& occasion)
{
    std::string number = "P";
    append_number(number, occasion.contact.results, 7);
    return number;
}

std::array<std::string, 3> letter_lines(const Occasion& o)
{
    const auto& unit = unit_kinds[o.contact.unit].name;
    const auto diagnosis = o.contact.diagnosis ? std::string(o.contact.diagnosis->text) : std::string();
    switch (o.event) {
    case Event::discharge_letter:
        return {"Indlagt på " + std::string(unit) + " med " + diagnosis + ".", o.contact.dead ? "Tilstanden forværredes, og patienten døde." : "Bedret under indlæggelsen, CRP faldende, puls 72 og BT 135/80.",
                o.contact.dead ? "Pårørende er underrettet." : "Udskrives til eget hjem. Kontrol hos egen læge om 2 uger, hvis det ønskes."};
    case Event::clinic_letter: return {"Set ambulant i " + std::string(unit) + ": " + diagnosis + ".", "Ingen ændring i behandlingen.", "Afsluttes."};
    case Event::referral: return {"Henvises med " + diagnosis + ".", "Vurdering og behandling ønskes.", "Ingen kendte allergier."};
    case Event::correspondence:
        return o.word % 2 == 0 ? std::array<std::string, 3>{"Borgeren har haft åndenød siden i går.", "Kan medicinen ses efter i dag?", "Venlig hilsen"}
                               : std::array<std::string, 3>{"Medicinen er ændret på FMK.", "Ring ved spørgsmål, kl. 8-9.", "Venlig hilsen"};
    default: return {};
    }
}

const Drug& prescribed(const Occasion& occasion)
{
    return drugs[mix(occasion.contact.person + (occasion.word & 3)) % std::size(drugs)];
}

std::string_view validation_of(const Measured& measured)
{
    return measured.value > measured.test->to ? "HI" : measured.value < measured.test->from ? "LO" : "";
}

std::string local_minutes(const WallClock& clock, Millis at)
{
    std::string text;
    clock.hl7(text, at, false, true);
    return text;
}

} // namespace sluse::simulated
