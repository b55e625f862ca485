// gateway/tools/simulate_cda.cpp — home measurements of the synthetic population as PHMR documents (CDA).
#include "gateway/tools/simulate_letters.hpp"
#include "gateway/tools/simulate_random.hpp"

#include <iterator>

namespace sluse::simulated {
namespace {

/// What is measured at home; values between low and high, in units of 10^-decimals.
constexpr TestCode home_tests[] = {
    {"NPU03011", "O2 sat.;Hb(aB)", "%", "%", "", 86, 99, 0, 0, 0},
    {"NPU03804", "Legeme masse;Pt", "kg", "kg", "", 480, 1100, 1, 0, 0},
    {"NPU21692", "Puls;Hjerte", "1/min", "1/min", "", 52, 118, 0, 0, 0},
};

/// One document onto `out`, on one line, in UTF-8.
class Writer : Sheet {
public:
    Writer(std::string& out, const Occasion& occasion, const WallClock& clock) : Sheet(out, occasion, clock) {}

    void document()
    {
        const auto parties = parties_of(o_);
        put("<?xml version=\"1.0\" encoding=\"UTF-8\"?><ClinicalDocument xmlns=\"urn:hl7-org:v3\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><realmCode code=\"DK\"/>"
            "<typeId root=\"2.16.840.1.113883.1.3\" extension=\"POCD_HD000040\"/><templateId root=\"1.2.208.184.11.1\"/><id root=\"1.2.208.184\" extension=\"");
        append_uuid(out_, 0, o_.word, '4');
        put("\"/><code code=\"53576-5\" codeSystem=\"2.16.840.1.113883.6.1\" displayName=\"Personal health monitoring report\"/><title>Hjemmemonitorering</title>");
        time("effectiveTime", o_.sent);
        put("<confidentialityCode code=\"N\" codeSystem=\"2.16.840.1.113883.5.25\"/><languageCode code=\"da-DK\"/>");
        patient();
        author(parties.sender);
        put("<documentationOf typeCode=\"DOC\"><serviceEvent classCode=\"MPROT\"><effectiveTime><low value=\"");
        clock_.hl7(out_, o_.occurred, true, false);
        put("\"/><high value=\"");
        clock_.hl7(out_, o_.occurred, true, false);
        put("\"/></effectiveTime></serviceEvent></documentationOf><component><structuredBody>"
            "<component><section><templateId root=\"2.16.840.1.113883.10.20.1.16\"/><code code=\"8716-3\" codeSystem=\"2.16.840.1.113883.6.1\"/><title>Vital Signs</title><text>Målt hjemme</text>");
        for (unsigned n = 0; n < std::size(home_tests); ++n) measurement(n);
        put("</section></component>");
        equipment();
        put("</structuredBody></component></ClinicalDocument>");
    }

private:
    void time(std::string_view name, Millis at)
    {
        put("<", name, " value=\"");
        clock_.hl7(out_, at, true, false);
        put("\"/>");
    }

    void patient()
    {
        const auto& home = Population::municipality(p_.municipality);
        put("<recordTarget><patientRole><id root=\"1.2.208.176.1.2\" extension=\"", p_.cpr_text(), "\"/><addr use=\"H\"><streetAddressLine>", p_.street, " ", std::uint64_t{p_.house},
            "</streetAddressLine><postalCode>", home.postal, "</postalCode><city>", home.city, "</city></addr><telecom value=\"tel:", std::uint64_t{p_.phone},
            "\" use=\"H\"/><patient><name><given>", p_.given, "</given><family>", p_.family, "</family></name><administrativeGenderCode code=\"", p_.male ? "M" : "F",
            "\" codeSystem=\"2.16.840.1.113883.5.1\"/><birthTime value=\"");
        append_day(out_, p_.birth);
        put("\"/></patient></patientRole></recordTarget>");
    }

    void author(const Party& party)
    {
        put("<author>");
        time("time", o_.sent);
        put("<assignedAuthor><id root=\"1.2.208.176.1.1\" extension=\"", party.code, "\"/><assignedPerson><name><given>Lise</given><family>Holm</family></name></assignedPerson></assignedAuthor></author>"
            "<custodian><assignedCustodian><representedCustodianOrganization><id root=\"1.2.208.176.1.1\" extension=\"", party.code, "\"/><name>", party.organisation,
            "</name></representedCustodianOrganization></assignedCustodian></custodian>");
    }

    void measurement(unsigned n)
    {
        const auto& test = home_tests[n];
        const auto word = mix(o_.word + n);
        put("<entry><organizer classCode=\"CLUSTER\" moodCode=\"EVN\"><statusCode code=\"completed\"/>");
        time("effectiveTime", o_.occurred);
        put("<component><observation classCode=\"OBS\" moodCode=\"EVN\"><id root=\"1.2.208.184\" extension=\"");
        append_uuid(out_, n + 1, o_.word, '4');
        put("\"/><code code=\"", test.npu, "\" codeSystem=\"1.2.208.176.2.1\" displayName=\"", test.text, "\"/><statusCode code=\"completed\"/>");
        time("effectiveTime", o_.occurred);
        put("<value xsi:type=\"PQ\" value=\"");
        append_scaled(out_, test.low + static_cast<int>(word % static_cast<std::uint64_t>(test.high - test.low + 1)), test.decimals);
        put("\" unit=\"", test.ucum, "\"/><methodCode code=\"POT\" codeSystem=\"1.2.208.184.100.1\"/><methodCode code=\"AUT\" codeSystem=\"1.2.208.184.100.1\"/></observation></component></organizer></entry>");
    }

    void equipment()
    {
        put("<component><section><templateId root=\"2.16.840.1.113883.10.20.1.7\"/><code code=\"46264-8\" codeSystem=\"2.16.840.1.113883.6.1\"/><title>Medical Equipment</title><text>Udstyr</text><entry><organizer classCode=\"CLUSTER\" moodCode=\"EVN\">"
            "<statusCode code=\"completed\"/><participant typeCode=\"SBJ\"><participantRole><playingDevice><code code=\"MCI00001\" codeSystem=\"1.2.208.184.100.3\"/><manufacturerModelName>Pulsoximeter 1"
            "</manufacturerModelName></playingDevice></participantRole></participant></organizer></entry></section></component>");
    }

};

} // namespace

void write_cda(std::string& out, const Occasion& occasion, const WallClock& clock)
{
    Writer(out, occasion, clock).document();
}

} // namespace sluse::simulated
