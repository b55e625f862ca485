// adapters/fhir/care_communication.cpp — the rows of MedCom's conversion rules (XDIS91 and XBIN01 to CareCommunication), in their order.
#include "adapters/fhir/care_communication.hpp"

#include "adapters/fhir/json.hpp"
#include "adapters/fhir/letter_hold.hpp"
#include "adapters/fhir/letter_parts.hpp"
#include "adapters/fhir/medcom.hpp"
#include "gateway/base/ids.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/normalise/identifiers.hpp"

#include <algorithm>

namespace sluse::fhir {
namespace {

constexpr std::string_view core = "http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core-";
constexpr std::string_view profiles = "http://medcomfhir.dk/ig/carecommunication/StructureDefinition/medcom-careCommunication-";
constexpr std::string_view terms = "http://medcomfhir.dk/ig/terminology/CodeSystem/";

class Writer {
public:
    Writer(xml::Element root, std::span<const xml::Element> files, const Zone& zone, const Registers* registers)
        : root_(root), email_(root.child("ClinicalEmail")), files_(files), zone_(zone), registers_(registers), key_(std::string(email_.at("Sender/EANIdentifier").text()) + '#' + std::string(email_.at("Letter/Identifier").text()))
    {
    }

    Result<std::string> write()
    {
        if (!email_) return Fault{Errc::unsupported, "Emessage: holds no ClinicalEmail (XDIS91)"};
        if (email_.at("Letter/Identifier").text().empty()) return Fault{Errc::bad_message, "Emessage/ClinicalEmail/Letter/Identifier: is missing"};
        const auto sent = moment_of(email_.at("Letter/Authorisation"), zone_);
        if (!sent) return Fault{Errc::bad_message, "Emessage/ClinicalEmail/Letter/Authorisation: is no date and time"};
        sent_ = *sent;
        out_ = "{\"resourceType\":\"Bundle\"";
        text("id", id("Bundle"));
        profile(profiles, "message");
        text("type", "message");
        text("timestamp", moment_of(root_.at("Envelope/Sent"), zone_).value_or(sent_));
        out_ += ",\"entry\":[";
        header();
        patient();
        if (!episode().empty()) encounter();
        communication();
        author();
        organisation("Receiver");
        organisation("Sender");
        provenance();
        return out_ += "]}";
    }

private:
    std::string id(std::string_view what) const
    {
        static const HmacKey names("sluse.medcom.conversion"); // no secret: the same letter gets the same names
        return names.uuid({what, key_});
    }

    void text(std::string_view name, std::string_view value)
    {
        if (!out_.ends_with('{')) out_ += ',';
        ((out_ += '"') += name) += "\":";
        append_json_string(value, out_);
    }
    void optional_text(std::string_view name, std::string_view value)
    {
        if (!value.empty()) text(name, value);
    }
    void reference(std::string_view name, std::string_view type, std::string_view part)
    {
        ((out_ += out_.ends_with('{') ? "\"" : ",\"") += name) += "\":{";
        text("reference", std::string(type) + '/' + id(part));
        out_ += '}';
    }
    void profile(std::string_view base, std::string_view name)
    {
        (((out_ += ",\"meta\":{\"profile\":[\"") += base) += name) += "\"]}";
    }
    void open(std::string_view type, std::string_view part, std::string_view base, std::string_view name)
    {
        if (!out_.ends_with('[')) out_ += ',';
        out_ += '{';
        text("fullUrl", "https://medcomfhir.dk/ig/carecommunication/" + std::string(type) + '/' + id(part));
        out_ += ",\"resource\":{";
        text("resourceType", type);
        text("id", id(part));
        profile(base, name);
        out_ += ",\"text\":{\"status\":\"generated\"";
        text("div", "<div xmlns=\"http://www.w3.org/1999/xhtml\">" + std::string(type) + "</div>");
        out_ += '}';
    }
    void close() { out_ += "}}"; }
    void coding(std::string_view system, std::string_view code)
    {
        out_ += '{';
        text("system", std::string(terms) + std::string(system));
        text("code", code);
        out_ += '}';
    }

    std::string endpoint(std::string_view party) const
    {
        const auto number = sor(party);
        return "https://sor2.sum.dsdn.dk/#id=" + (number.empty() ? std::string("unknown") : number);
    }
    std::string sor(std::string_view party) const
    {
        const auto at = email_.child(party);
        if (at.child("IdentifierCode").text() == "sorkode") return std::string(at.child("Identifier").text());
        const auto* unit = unit_of(party);
        return unit ? unit->sor : std::string();
    }
    /// The party's unit in SOR by its location number, on the day of the letter.
    const RegisterUnit* unit_of(std::string_view party) const
    {
        const auto day = parse_day(std::string_view(sent_).substr(0, 10));
        return registers_ && day ? registers_->unit(gln_system, email_.child(party).child("EANIdentifier").text(), *day) : nullptr;
    }
    std::string phone() const
    {
        if (const auto told = email_.at("Sender/TelephoneSubscriberIdentifier").text(); !told.empty()) return std::string(told);
        const auto* unit = unit_of("Sender");
        return unit && !unit->phone.empty() ? unit->phone : "0000 0000";
    }

    void header()
    {
        open("MessageHeader", "MessageHeader", profiles, "messageHeader");
        out_ += ",\"eventCoding\":";
        coding("medcom-messaging-eventCodes", communication_event);
        out_ += ",\"destination\":[{\"extension\":[{\"url\":\"http://medcomfhir.dk/ig/messaging/StructureDefinition/medcom-messaging-destinationUseExtension\",\"valueCoding\":";
        coding("medcom-messaging-destinationUse", "primary");
        out_ += "}]";
        text("endpoint", endpoint("Receiver"));
        reference("receiver", "Organization", "Receiver");
        out_ += "}]";
        reference("sender", "Organization", "Sender");
        out_ += ",\"source\":{";
        text("endpoint", endpoint("Sender"));
        out_ += "},\"focus\":[{";
        text("reference", "Communication/" + id("Communication"));
        out_ += "}]";
        text("definition", "http://medcomfhir.dk/ig/messagedefinitions/MessageDefinition/MedComCareCommunicationMessageDefinition|5.0");
        close();
    }

    void patient()
    {
        const auto from = email_.child("Patient");
        open("Patient", "Patient", core, "patient");
        const auto cpr = from.child("CivilRegistrationNumber").text();
        const auto number = cpr.empty() ? from.child("AlternativeIdentifier").text() : cpr;
        const auto system = !cpr.empty() ? cpr_system : ecpr_system_of(number).empty() ? decpr_system : ecpr_system_of(number);
        out_ += ",\"identifier\":[{";
        text("system", system);
        text("value", number);
        out_ += "}],\"name\":[{\"use\":\"official\"";
        text("family", from.child("PersonSurnameName").text().empty() ? std::string_view("ukendt") : from.child("PersonSurnameName").text());
        if (!from.child("PersonGivenName").text().empty()) {
            out_ += ",\"given\":[";
            append_json_string(from.child("PersonGivenName").text(), out_);
            out_ += ']';
        }
        out_ += "}]";
        if (from.child("EpisodeOfCareStatusCode").text() == "doed") out_ += ",\"deceasedBoolean\":true";
        address(from);
        close();
    }

    void address(xml::Element from)
    {
        if (from.child("StreetName").text().empty() && from.child("DistrictName").text().empty()) return;
        out_ += ",\"address\":[{";
        if (const auto street = from.child("StreetName").text(); !street.empty()) {
            out_ += "\"line\":[";
            append_json_string(street, out_);
            out_ += ']';
        }
        optional_text("city", from.child("DistrictName").text());
        optional_text("postalCode", from.child("PostCodeIdentifier").text());
        out_ += "}]";
    }

    std::string episode() const { return object_id(email_.at("Letter/EpisodeOfCareIdentifier").text()); }

    /// Of a letter that names its episode: MedCom takes no Encounter without one.
    void encounter()
    {
        struct Row {
            std::string_view code, status, kind;
        };
        static constexpr Row rows[] = {{"indlagt", "in-progress", "IMP"}, {"ambulant", "in-progress", "AMB"}, {"ambulant_roentgen", "in-progress", "AMB"}, {"doed", "finished", "other"}};
        const auto* found = std::ranges::find(rows, email_.at("Patient/EpisodeOfCareStatusCode").text(), &Row::code);
        const Row row = found == std::end(rows) ? Row{"inaktiv", "unknown", "other"} : *found;
        open("Encounter", "Encounter", core, "encounter");
        text("status", row.status);
        out_ += ",\"class\":{";
        text("system", row.kind == "other" ? std::string(terms) + "medcom-core-encounter-act-codes" : "http://terminology.hl7.org/CodeSystem/v3-ActCode");
        text("code", row.kind);
        out_ += '}';
        reference("subject", "Patient", "Patient");
        const auto name = episode();
        out_ += ",\"episodeOfCare\":[{\"identifier\":{";
        text("system", name.size() == 36 && name[14] == '5' ? std::string(lpr3_system) : endpoint("Sender")); // LPR3's names are UUIDs of version 5
        text("value", name.size() == 36 ? "urn:uuid:" + name : name);
        out_ += "}}]";
        close();
    }

    void communication()
    {
        open("Communication", "Communication", profiles, "communication");
        out_ += ",\"identifier\":[{";
        text("value", "urn:uuid:" + id("thread"));
        out_ += "}],\"status\":\"unknown\",\"category\":[{\"coding\":[";
        coding("medcom-careCommunication-categoryCodes", "other");
        out_ += "]}]";
        reference("subject", "Patient", "Patient");
        if (!episode().empty()) reference("encounter", "Encounter", "Encounter");
        out_ += ",\"topic\":{";
        text("text", topic());
        out_ += "},\"payload\":[";
        segment(id("segment"), true);
        text("contentString", content());
        out_ += '}';
        attachments();
        out_ += ']';
        close();
    }

    std::string_view topic() const
    {
        const auto subject = email_.at("AdditionalInformation/Subject").text();
        return subject.empty() ? "Ukendt emne" : subject;
    }

    /// A letter has up to ten parts of text. One without any says its subject: a message must have words.
    std::string content() const
    {
        std::string words;
        for (auto information = email_.child("ClinicalInformation"); information; information = information.next("ClinicalInformation"))
            for (const auto part : information) {
                if (!part.name().starts_with("Text")) continue;
                if (!words.empty()) words += '\n';
                append_words(part, words);
            }
        if (words.find_first_not_of(" \t\r\n") == words.npos) words = topic();
        return (email_.at("AdditionalInformation/Priority").text() == "høj_prioritet" ? "Denne meddelelse har høj prioritet. " : "") + words;
    }

    /// What every segment carries; its content and the closing brace are the caller's.
    void segment(const std::string& identifier, bool authored)
    {
        if (!out_.ends_with('[')) out_ += ',';
        out_ += "{\"extension\":[{";
        text("url", std::string(core) + "datetime-extension");
        text("valueDateTime", sent_);
        out_ += "},{";
        text("url", std::string(core) + "identifier-extension");
        out_ += ",\"valueIdentifier\":{";
        text("value", "urn:uuid:" + identifier);
        reference("assigner", "Organization", "Sender");
        out_ += "}}";
        if (authored) {
            out_ += ",{";
            text("url", std::string(core) + "practitioner-extension");
            reference("valueReference", "PractitionerRole", "PractitionerRole");
            out_ += "},{";
            text("url", std::string(core) + "contact-extension");
            out_ += ",\"valueContactPoint\":{\"system\":\"phone\"";
            text("value", phone());
            out_ += "}}";
        }
        out_ += ']';
        named_.push_back(identifier);
    }

    void attachments()
    {
        for (auto each = email_.child("Reference"); each; each = each.next("Reference"))
            if (const auto object = each.child("BIN")) file(object);
            else if (each.child("RefDescription") || each.child("URL")) link(each);
    }

    /// A file that did not come, or of a type that a CareCommunication does not take, is an attachment without data.
    void file(xml::Element object)
    {
        const auto name = object_id(object.child("ObjectIdentifier").text());
        const auto found = std::ranges::find(files_, name, [](xml::Element one) { return object_id(one.child("ObjectIdentifier").text()); });
        segment(is_uuid(name) ? name : id("object " + name), false);
        out_ += ",\"contentAttachment\":{";
        const auto type = file_type(object.child("ObjectExtensionCode").text());
        if (!type.empty()) text("contentType", type);
        if (found != files_.end() && !type.empty()) {
            std::string data(found->child("Object_Base64Encoded").text());
            std::erase_if(data, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
            text("data", data);
            text("title", object.child("ObjectCode").text());
        }
        if (out_.ends_with('{')) text("title", object.child("ObjectCode").text());
        out_ += "}}";
    }

    /// An address on the web, or what follows in another way.
    void link(xml::Element reference)
    {
        const auto url = reference.child("URL").text(), title = reference.child("RefDescription").text();
        segment(id("reference " + std::to_string(named_.size())), false);
        out_ += ",\"contentAttachment\":{";
        optional_text("url", url);
        text("title", title.empty() ? url : title);
        out_ += "}}";
    }

    /// The letter does not say who wrote it: MedCom's rule is a role and a name of "ukendt".
    void author()
    {
        open("PractitionerRole", "PractitionerRole", core, "practitionerrole");
        reference("practitioner", "Practitioner", "Practitioner");
        reference("organization", "Organization", "Sender");
        out_ += ",\"code\":[{\"text\":\"ukendt\"}]";
        close();
        open("Practitioner", "Practitioner", core, "practitioner");
        out_ += ",\"name\":[{\"family\":\"ukendt\"}]";
        close();
    }

    void organisation(std::string_view party)
    {
        const auto from = email_.child(party);
        open("Organization", party, "http://medcomfhir.dk/ig/messaging/StructureDefinition/medcom-messaging-", "organization");
        out_ += ",\"identifier\":[{";
        text("system", "https://www.gs1.org/gln");
        text("value", from.child("EANIdentifier").text());
        out_ += '}';
        if (const auto number = sor(party); !number.empty()) {
            out_ += ",{";
            text("system", sor_system);
            text("value", number);
            out_ += '}';
        }
        out_ += ']';
        std::string name;
        for (const auto* part : {"OrganisationName", "DepartmentName", "UnitName"})
            if (const auto words = from.child(part).text(); !words.empty()) (name += name.empty() ? "" : ", ") += words;
        if (const auto* unit = name.empty() ? unit_of(party) : nullptr) name = unit->name;
        optional_text("name", name);
        close();
    }

    void provenance()
    {
        open("Provenance", "Provenance", profiles, "provenance");
        out_ += ",\"target\":[{";
        text("reference", "MessageHeader/" + id("MessageHeader"));
        out_ += "}]";
        text("occurredDateTime", sent_);
        text("recorded", sent_);
        out_ += ",\"activity\":{\"coding\":[";
        coding("medcom-messaging-activityCodes", "new-message");
        out_ += "]},\"agent\":[{";
        reference("who", "Organization", "Sender");
        out_ += "}],\"entity\":[";
        for (const auto& name : named_) {
            if (!out_.ends_with('[')) out_ += ',';
            out_ += "{\"role\":\"source\",\"what\":{\"identifier\":{";
            text("value", "urn:uuid:" + name);
            out_ += "}}}";
        }
        out_ += ']';
        close();
    }

    xml::Element root_, email_;
    std::span<const xml::Element> files_;
    const Zone& zone_;
    const Registers* registers_;
    std::string key_, sent_, out_;
    std::vector<std::string> named_; ///< segments, in the Communication's order
};

} // namespace

Result<std::string> care_communication(xml::Element letter, std::span<const xml::Element> files, const Zone& zone, const Registers* registers)
{
    return Writer(letter, files, zone, registers).write();
}

} // namespace sluse::fhir
