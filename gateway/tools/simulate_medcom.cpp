// gateway/tools/simulate_medcom.cpp — events of the synthetic population as MedCom's FHIR messages: HospitalNotification, CareCommunication.
#include "adapters/fhir/xml.hpp"
#include "gateway/tools/simulate_letters.hpp"

namespace sluse::simulated {
namespace {

constexpr std::string_view ig = "http://medcomfhir.dk/ig/", terminology = "http://medcomfhir.dk/ig/terminology/CodeSystem/";

/// One message Bundle onto `out`, on one line. Every string here is ours and needs no escape.
class Writer : Sheet {
public:
    Writer(std::string& out, const Occasion& occasion, const WallClock& clock)
        : Sheet(out, occasion, clock), parties_(parties_of(occasion)), care_(occasion.event == Event::correspondence),
          guide_(care_ ? "carecommunication" : "hospitalnotification")
    {
    }

    void bundle()
    {
        put(R"({"resourceType":"Bundle","id":")");
        uuid(bundle_id);
        put('"');
        profile(guide_, care_ ? "medcom-careCommunication-message" : "medcom-hospitalNotification-message");
        put(R"(,"type":"message","timestamp":")");
        clock_.fhir(out_, o_.sent);
        put(R"(","entry":[)");
        header();
        patient();
        if (care_) communication();
        else encounter();
        organization(sender_id, parties_.sender);
        organization(receiver_id, parties_.receiver);
        provenance();
        put("]}");
    }

private:
    enum Kind : std::uint64_t { bundle_id, header_id, patient_id, focus_id, sender_id, receiver_id, provenance_id, role_id };


    /// Of this message; a stay's Encounter keeps its id.
    void uuid(Kind kind) { append_uuid(out_, kind, kind == focus_id && !care_ ? c_.visit : o_.word, kind == focus_id && !care_ ? '5' : '4'); }
    void profile(std::string_view guide, std::string_view name) { put(R"(,"meta":{"profile":[")", ig, guide, "/StructureDefinition/", name, R"("]})"); }
    void reference(std::string_view name, std::string_view type, Kind kind)
    {
        put('"', name, R"(":{"reference":")", type, '/');
        uuid(kind);
        put("\"}");
    }
    void begin(std::string_view type, Kind kind, std::string_view guide, std::string_view name, std::string_view words)
    {
        if (kind != header_id) put(',');
        put(R"({"fullUrl":"https://medcomfhir.dk/ig/)", guide_, '/', type, '/');
        uuid(kind);
        put(R"(","resource":{"resourceType":")", type, R"(","id":")");
        uuid(kind);
        put('"');
        profile(guide, name);
        put(R"(,"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">)", words, R"(</div>"})");
    }
    void time(std::string_view name, Millis at)
    {
        put('"', name, "\":\"");
        clock_.fhir(out_, at);
        put('"');
    }

    static std::string sor_of(const Party& party)
    {
        if (party.kind == Party::Kind::hospital) return party.code;
        return "99" + party.gln.substr(8, 4) + "100001600"; // municipalities and practices, from their GLN
    }

    void header()
    {
        const std::string_view event = care_ ? "care-communication-message" : "hospital-notification-message";
        begin("MessageHeader", header_id, guide_, care_ ? "medcom-careCommunication-messageHeader" : "medcom-hospitalNotification-messageHeader", event);
        put(R"(,"eventCoding":{"system":")", terminology, R"(medcom-messaging-eventCodes","code":")", event, R"("},"destination":[{"extension":[{"url":")", ig,
            R"(messaging/StructureDefinition/medcom-messaging-destinationUseExtension","valueCoding":{"system":")", terminology,
            R"(medcom-messaging-destinationUse","code":"primary"}}],"endpoint":"https://sor2.sum.dsdn.dk/#id=)", sor_of(parties_.receiver), "\",");
        reference("receiver", "Organization", receiver_id);
        put("}],");
        reference("sender", "Organization", sender_id);
        put(R"(,"source":{"endpoint":"https://sor2.sum.dsdn.dk/#id=)", sor_of(parties_.sender), R"("},"focus":[{"reference":")", care_ ? "Communication/" : "Encounter/");
        uuid(focus_id);
        put("\"}]");
        if (care_) put(R"(,"definition":"http://medcomfhir.dk/ig/messagedefinitions/MessageDefinition/MedComCareCommunicationMessageDefinition|5.0")");
        put("}}");
    }

    void patient()
    {
        begin("Patient", patient_id, "core", "medcom-core-patient", p_.family);
        put(R"(,"identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":")", p_.cpr_text(), R"("}],"name":[{"use":"official","family":")", p_.family, R"(","given":[")", p_.given, R"("]}])");
        if (dies()) put(R"(,"deceasedBoolean":true)");
        put("}}");
    }

    bool dies() const { return o_.event == Event::tell_discharge && c_.dead; }
    std::string_view status() const
    {
        switch (o_.event) {
        case Event::tell_cancelled: return "entered-in-error";
        case Event::tell_discharge: return "finished";
        case Event::tell_leave: return "onleave";
        default: return "in-progress";
        }
    }
    /// A death has no code of its own: that of the last real event stands.
    std::string_view activity() const
    {
        if (care_) return "new-message";
        const auto inpatient = c_.inpatient;
        switch (o_.event) {
        case Event::tell_discharge: return dies() ? "admit-inpatient" : discharged(inpatient);
        case Event::tell_reopened: return inpatient ? "cancel-discharge-inpatient-home" : "cancel-discharge-emergency-home";
        case Event::tell_cancelled: return inpatient ? "cancel-admit-inpatient" : "cancel-admit-emergency";
        case Event::tell_leave: return "start-leave-inpatient";
        case Event::tell_return: return "end-leave-inpatient";
        default: return inpatient ? "admit-inpatient" : "admit-emergency";
        }
    }

    /// An end that was told before is corrected; one that was taken back is told anew.
    std::string_view discharged(bool inpatient) const
    {
        if (c_.plans(Event::update_after) && c_.updated) return inpatient ? "revise-discharge-inpatient-home" : "revise-discharge-emergency-home";
        return inpatient ? "discharge-inpatient-home" : "discharge-emergency-home";
    }

    /// A leave is told from its start to its end; what is told later says no more of it.
    void leave()
    {
        if (o_.event != Event::tell_leave && o_.event != Event::tell_return) return;
        const auto away = leave_of(c_);
        put(R"(,"extension":[{"url":")", ig, R"(hospitalnotification/StructureDefinition/medcom-hospitalnotifiation-leave-period-extension","valuePeriod":{)");
        time("start", away.start);
        if (o_.event == Event::tell_return) {
            put(',');
            time("end", away.end);
        }
        put("}}]");
    }

    /// When it happened: what is told beside an event is told of that moment, a leave of its own.
    Millis occurred() const
    {
        return o_.event == Event::tell_leave ? leave_of(c_).start : o_.event == Event::tell_return ? leave_of(c_).end : o_.recorded;
    }

    void encounter()
    {
        begin("Encounter", focus_id, guide_, "medcom-hospitalNotification-encounter", status());
        leave();
        put(R"(,"status":")", status(), R"(","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":")", c_.inpatient ? "IMP" : "EMER", "\"},");
        reference("subject", "Patient", patient_id);
        put(R"(,"episodeOfCare":[{"identifier":{"system":"https://www.esundhed.dk/Registre/Landspatientregisteret","value":"urn:uuid:)");
        append_episode(out_, c_);
        put(R"("}}],"period":{)");
        time("start", c_.begin);
        if (o_.event == Event::tell_discharge) {
            put(',');
            time("end", end_of(o_));
        }
        put("},");
        reference("serviceProvider", "Organization", sender_id);
        put("}}");
    }

    void communication()
    {
        const auto lines = letter_lines(o_);
        begin("Communication", focus_id, guide_, "medcom-careCommunication-communication", "Besked");
        put(R"(,"identifier":[{"value":"urn:uuid:)");
        append_uuid(out_, 1, o_.word + 1, '4');
        put(R"("}],"status":"unknown","category":[{"coding":[{"system":")", terminology, R"(medcom-careCommunication-categoryCodes","code":"medicine"}]}],)");
        reference("subject", "Patient", patient_id);
        put(R"(,"payload":[{"extension":[{"url":")", ig, R"(core/StructureDefinition/medcom-core-datetime-extension",)");
        time("valueDateTime", o_.recorded);
        put(R"(},{"url":")", ig, R"(core/StructureDefinition/medcom-core-identifier-extension","valueIdentifier":{"value":"urn:uuid:)");
        append_uuid(out_, 2, o_.word + 1, '4');
        put("\",");
        reference("assigner", "Organization", sender_id);
        put(R"(}},{"url":")", ig, R"(core/StructureDefinition/medcom-core-practitioner-extension",)");
        reference("valueReference", "PractitionerRole", role_id);
        put(R"(},{"url":")", ig, R"(core/StructureDefinition/medcom-core-contact-extension","valueContactPoint":{"system":"phone","value":"70101010"}}],"contentString":")", lines[0], R"(\n)", lines[1],
            R"(\n)", lines[2], "\"}]}}");
        author();
    }

    void author()
    {
        begin("PractitionerRole", role_id, "core", "medcom-core-practitionerrole", "rolle");
        put(",");
        reference("practitioner", "Practitioner", role_id);
        put(",");
        reference("organization", "Organization", sender_id);
        put(R"(,"code":[{"coding":[{"system":")", terminology, R"(medcom-core-PractitionerRolesSKSadministrativ","code":"sygeplejerske"}]}]}})");
        begin("Practitioner", role_id, "core", "medcom-core-practitioner", "person");
        put(R"(,"name":[{"family":"Holm","given":["Lise"]}]}})");
    }

    void organization(Kind kind, const Party& party)
    {
        const auto name = party.department.empty() ? party.organisation : party.organisation + ", " + party.department;
        begin("Organization", kind, "messaging", "medcom-messaging-organization", name);
        put(R"(,"identifier":[{"system":"https://www.gs1.org/gln","value":")", party.gln, R"("},{"system":"urn:oid:1.2.208.176.1.1","value":")", sor_of(party), R"("}],"name":")", name, "\"}}");
    }

    void provenance()
    {
        begin("Provenance", provenance_id, care_ ? guide_ : "messaging", care_ ? "medcom-careCommunication-provenance" : "medcom-messaging-provenance", activity());
        put(R"(,"target":[{"reference":"MessageHeader/)");
        uuid(header_id);
        put("\"}],");
        time("occurredDateTime", occurred());
        put(',');
        time("recorded", occurred());
        put(R"(,"activity":{"coding":[{"system":")", terminology, R"(medcom-messaging-activityCodes","code":")", activity(), R"("}]},"agent":[{)");
        reference("who", "Organization", sender_id);
        put("}]");
        if (care_) {
            put(R"(,"entity":[{"role":"source","what":{"identifier":{"value":"urn:uuid:)");
            append_uuid(out_, 2, o_.word + 1, '4');
            put("\"}}}]");
        }
        put("}}");
    }

    const Parties parties_;
    const bool care_;
    const std::string_view guide_;
};

} // namespace

void write_medcom(std::string& out, const Occasion& occasion, const WallClock& clock)
{
    Writer(out, occasion, clock).bundle();
    constexpr std::uint64_t xml_of = 4; // of so many messages one: receivers must take both syntaxes
    if (occasion.word / 64 % xml_of == 0) out = fhir::xml_of_json(out);
}

} // namespace sluse::simulated
