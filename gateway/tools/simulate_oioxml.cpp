// gateway/tools/simulate_oioxml.cpp — events of the synthetic population as MedCom's OIOXML letters.
#include "gateway/tools/simulate_letters.hpp"

#include <optional>

namespace sluse::simulated {
namespace {

/// One Emessage onto `out`, on one line.
class Writer : Sheet {
public:
    Writer(std::string& out, const Occasion& occasion, const WallClock& clock)
        : Sheet(out, occasion, clock), parties_(parties_of(occasion)), type_(letter_type(occasion))
    {
    }

    void message(bool latin1)
    {
        const auto report = is_result(o_.event);
        const auto message = o_.event == Event::correspondence;
        const std::string_view root = report ? "LaboratoryReport" : message ? "ClinicalEmail" : o_.event == Event::clinic_letter ? "OutPatientDischargeLetter" : "DischargeLetter";
        put("<?xml version=\"1.0\" encoding=\"", latin1 ? "ISO-8859-1" : "UTF-8", "\"?><Emessage xmlns=\"http://rep.oio.dk/",
            report ? "medcom.dk/xml/schemas/2014/10/08/" : message ? "sundcom.dk/medcom.dk/xml/schemas/2006/07/01/" : "sundcom.dk/medcom.dk/xml/schemas/2005/08/07/", "\"><Envelope><Sent>");
        when(o_.sent);
        put("</Sent>");
        field("Identifier", letter_number(o_, 'K'));
        field("AcknowledgementCode", o_.word % 4 == 0 ? "pluspositivkvitt" : "minuspositivkvitt");
        put("</Envelope><", root, '>');
        letter(report);
        party("Sender", parties_.sender, type_.type);
        party("Receiver", parties_.receiver, {});
        patient();
        report ? results() : message ? correspondence() : stay();
        put("</", root, "></Emessage>");
    }

private:
    void field(std::string_view name, std::string_view value) { put('<', name, '>', value, "</", name, '>'); }

    /// Date and Time.
    void when(Millis at)
    {
        const auto text = local_minutes(clock_, at);
        put("<Date>", text.substr(0, 4), '-', text.substr(4, 2), '-', text.substr(6, 2), "</Date><Time>", text.substr(8, 2), ':', text.substr(10, 2), "</Time>");
    }
    void when(std::string_view name, Millis at)
    {
        put('<', name, '>');
        when(at);
        put("</", name, '>');
    }

    void letter(bool report)
    {
        put("<Letter>");
        field("Identifier", letter_number(o_, 'B'));
        field("VersionCode", 'X' + std::string(type_.version));
        field("StatisticalCode", 'X' + std::string(type_.type));
        when("Authorisation", o_.sent);
        field("TypeCode", 'X' + std::string(type_.type));
        if (!report) field("StatusCode", "nytbrev");
        if (!report && c_.visit != 0) {
            std::string episode;
            append_episode(episode, c_);
            std::erase(episode, '-');
            field("EpisodeOfCareIdentifier", episode);
        }
        put("</Letter>");
    }

    void party(std::string_view name, const Party& party, std::string_view type)
    {
        constexpr std::string_view codes[] = {"", "sorkode", "sorkode", "ydernummer", "kommunenummer", "lokationsnummer"};
        put('<', name, '>');
        field("EANIdentifier", party.gln);
        field("Identifier", party.code);
        field("IdentifierCode", codes[static_cast<std::size_t>(party.kind)]);
        field("OrganisationName", party.organisation);
        if (!party.department.empty()) field("DepartmentName", party.department);
        if (type == "RPT01") {
            field("MedicalSpecialityCode", "klin_biokemi");
            field("FromLabIdentifier", "KBA");
        }
        put("</", name, '>');
    }

    void patient()
    {
        put("<Patient>");
        field("CivilRegistrationNumber", p_.cpr_text());
        field("PersonSurnameName", p_.family);
        field("PersonGivenName", p_.given);
        if (c_.visit != 0 && !is_result(o_.event)) field("EpisodeOfCareStatusCode", o_.event == Event::clinic_letter ? "ambulant" : "indlagt");
        else if (o_.event == Event::correspondence) field("EpisodeOfCareStatusCode", "inaktiv");
        if (is_result(o_.event)) put("<Consent><Given>true</Given></Consent>");
        put("</Patient>");
    }

    void diagnosis(std::string_view code, std::string_view text)
    {
        field("DiagnoseCode", code);
        field("DiagnoseText", text);
    }

    void stay()
    {
        when("Admission", c_.begin);
        when("Discharge", end_of(o_));
        put("<Diagnose><Main>");
        diagnosis(c_.diagnosis->code, c_.diagnosis->text);
        put("</Main></Diagnose>");
        text("Text01");
    }

    void text(std::string_view name)
    {
        const auto lines = letter_lines(o_);
        put("<ClinicalInformation><", name, '>', lines[0], "<Break/>", lines[1], "<Break/>", lines[2], "<Break/></", name, "></ClinicalInformation>");
    }

    void correspondence()
    {
        put("<AdditionalInformation><Priority>rutine</Priority>");
        field("Subject", o_.word % 2 == 0 ? "Medicin" : "Svar");
        put("</AdditionalInformation>");
        text("Text01");
    }

    void results()
    {
        const auto number = report_number(o_);
        put("<RequisitionInformation><Sample>");
        field("LaboratoryInternalSampleIdentifier", 'L' + number.substr(1));
        field("RequesterSampleIdentifier", 'R' + number.substr(1));
        when("SamplingDateTime", o_.occurred);
        put("</Sample></RequisitionInformation><LaboratoryResults><GeneralResultInformation>");
        field("ReportStatusCode", o_.event == Event::result_preliminary ? "del_svar" : "komplet_svar");
        field("LaboratoryInternalProductionIdentifier", number);
        when("ResultsDateTime", o_.recorded);
        put("</GeneralResultInformation>");
        const auto count = measurements(c_.results);
        for (unsigned n = 0; n < count; ++n) result(measured(c_.results, n, o_.event == Event::result_corrected));
        put("</LaboratoryResults>");
    }

    void result(const Measured& m)
    {
        put("<Result>");
        field("ResultStatusCode", o_.event == Event::result_corrected ? "svar_rettet" : o_.event == Event::result_preliminary ? "svar_midlertidigt" : "svar_endeligt");
        put("<Analysis>");
        field("AnalysisCode", m.test->npu);
        put("<AnalysisCodeType>iupac</AnalysisCodeType><AnalysisCodeResponsible>SST</AnalysisCodeResponsible>");
        field("AnalysisShortName", m.test->text.substr(0, m.test->text.find(' ')));
        field("AnalysisCompleteName", m.test->text);
        put("</Analysis><ProducerOfLabResult>");
        field("Identifier", parties_.sender.code);
        field("IdentifierCode", "KBA");
        put("</ProducerOfLabResult><ReferenceInterval><TypeOfInterval>uspecificeret</TypeOfInterval>");
        interval("LowerLimit", m.test->from == 0 ? std::optional<int>() : m.test->from, m.test->decimals);
        interval("UpperLimit", m.test->to, m.test->decimals);
        put("</ReferenceInterval><ResultType>numerisk</ResultType><Value>");
        append_scaled(out_, m.value, m.test->decimals);
        put("</Value>");
        field("Unit", m.test->unit);
        if (const auto validation = validation_of(m); !validation.empty()) field("ResultValidation", validation == "HI" ? "for_hoej" : "for_lav");
        put("</Result>");
    }
    void interval(std::string_view name, std::optional<int> value, int decimals)
    {
        if (!value) return;
        put('<', name, '>');
        append_scaled(out_, *value, decimals);
        put("</", name, '>');
    }

    const Parties parties_;
    const LetterType type_;
};

} // namespace

void write_oioxml(std::string& out, const Occasion& occasion, const WallClock& clock)
{
    const auto latin1 = occasion.contact.hospital % 2 == 1;
    Writer(out, occasion, clock).message(latin1);
    if (latin1) to_latin1(out);
}

} // namespace sluse::simulated
