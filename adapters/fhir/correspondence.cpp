// adapters/fhir/correspondence.cpp — the rows of MedCom's conversion rules (CareCommunication to XDIS91 and XBIN01), in their order.
#include "adapters/fhir/adapter.hpp"
#include "adapters/fhir/care_communication.hpp"
#include "adapters/fhir/letter_hold.hpp"
#include "adapters/fhir/medcom.hpp"
#include "adapters/fhir/medcom_rules.hpp"
#include "gateway/base/ids.hpp"
#include "gateway/normalise/identifiers.hpp"

#include <algorithm>

namespace sluse::fhir {
namespace {

constexpr std::size_t subject_max = 70, name_max = 35, identifier_max = 14, episode_max = 35;

/// At most `max` characters of UTF-8.
std::string cut(std::string text, std::size_t max)
{
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
        if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 && ++characters > max) {
            text.resize(i);
            break;
        }
    return text;
}

/// What a file is called in a letter: pictures by themselves, the rest as MedCom's rules say of PDF.
struct FileKind {
    std::string_view type, code, extension;
};
constexpr FileKind file_kinds[] = {
    {"application/pdf", "vektor_grafik", "pdf"}, {"image/gif", "billede", "gif"},   {"image/jpeg", "billede", "jpg"},
    {"image/png", "billede", "png"},             {"image/tiff", "billede", "tiff"}, {"image/bmp", "billede", "bmp"},
};

class Letters {
public:
    Letters(const Message& message, const Zone& zone, const Registers* registers) : m_(message), json_(message.json), zone_(zone), registers_(registers) {}

    Result<Correspondence> write()
    {
        communication_ = only("Communication");
        patient_ = only("Patient");
        sent_ = parse_instant(json_.text(current_provenance(m_), "occurredDateTime")).value_or(parse_instant(json_.text(0, "timestamp")).value_or(0));
        choose_segments();
        Correspondence out;
        out.letter = document("2006/07/01", "letter", "pluspositivkvitt", "ClinicalEmail", "XD9134L", "XDIS91", [&] { email(); });
        if (std::ranges::any_of(payloads_, [&](std::uint32_t p) { return !data_of(p).empty(); }))
            out.files = document("2012/03/28", "files", "minuspositivkvitt", "BinaryLetter", "XB0131X", "XBIN01", [&] { binary(); });
        return out;
    }

private:
    std::uint32_t only(std::string_view type) const
    {
        const auto found = std::ranges::find(m_.entries, type, &Entry::type);
        return found == m_.entries.end() ? Json::none : found->resource;
    }
    std::string text_at(std::uint32_t node, std::string_view path) const
    {
        const auto nodes = node == Json::none ? std::vector<std::uint32_t>() : nodes_at(json_, node, path);
        return nodes.empty() ? std::string() : json_.text(nodes.front());
    }
    std::string segment_id(std::uint32_t payload) const
    {
        return text_at(payload, "extension[url~medcom-core-identifier-extension].valueIdentifier.value");
    }
    std::string data_of(std::uint32_t payload) const { return text_at(payload, "contentAttachment.data"); }

    /// Those that this message's Provenance names; all of them when it names none.
    void choose_segments()
    {
        std::vector<std::string> named;
        for (const auto node : nodes_at(json_, current_provenance(m_), "entity[role=source].what.identifier.value")) named.push_back(json_.text(node));
        const auto all = nodes_at(json_, communication_, "payload");
        for (const auto payload : all)
            if (std::ranges::find(named, segment_id(payload)) != named.end()) payloads_.push_back(payload);
        if (payloads_.empty()) payloads_ = all;
    }

    /// Fourteen characters, the same for the same message.
    std::string short_id(std::string_view part) const
    {
        static const HmacKey names("sluse.medcom.conversion"); // no secret: only a name
        auto id = names.uuid({part, m_.entries.front().id});
        std::erase(id, '-');
        return id.substr(0, identifier_max);
    }

    void leaf(std::string_view name, std::string_view value)
    {
        if (value.empty()) return;
        ((out_ += '<') += name) += '>';
        xml::append_escaped(out_, value);
        ((out_ += "</") += name) += ">\n";
    }

    void moment(std::string_view name)
    {
        const auto local = rfc3339(sent_, zone_);
        ((out_ += '<') += name) += '>';
        leaf("Date", local.substr(0, 10));
        leaf("Time", local.substr(11, 5));
        ((out_ += "</") += name) += ">\n";
    }

    template <class Content>
    std::string document(std::string_view schema, std::string_view part, std::string_view wanted, std::string_view root, std::string_view version, std::string_view type, Content&& content)
    {
        out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Emessage xmlns=\"http://rep.oio.dk/";
        ((out_ += part == "letter" ? "sundcom.dk/medcom.dk/xml/schemas/" : "medcom.dk/xml/schemas/") += schema) += "/\">\n<Envelope>\n";
        moment("Sent");
        leaf("Identifier", short_id("envelope " + std::string(part)));
        leaf("AcknowledgementCode", wanted);
        ((out_ += "</Envelope>\n<") += root) += ">\n<Letter>\n";
        leaf("Identifier", short_id(part));
        leaf("VersionCode", version);
        leaf("StatisticalCode", type);
        moment("Authorisation");
        leaf("TypeCode", type);
        leaf("StatusCode", "nytbrev");
        if (part == "letter") leaf("EpisodeOfCareIdentifier", cut(episode_name(), episode_max));
        out_ += "</Letter>\n";
        party("Sender", "sender.reference");
        party("Receiver", "destination[extension.valueCoding.code=primary].receiver.reference");
        content();
        ((out_ += "</") += root) += ">\n</Emessage>\n";
        return std::move(out_);
    }

    void party(std::string_view name, std::string_view path)
    {
        const auto* found = resolve(m_, text_at(m_.entries.front().resource, path));
        const auto node = found ? found->resource : Json::none;
        ((out_ += '<') += name) += ">\n";
        auto gln = text_at(node, "identifier[system=http://www.gs1.org/gln].value");
        if (gln.empty()) gln = text_at(node, "identifier[system=https://www.gs1.org/gln].value");
        auto sor = text_at(node, "identifier[system=urn:oid:1.2.208.176.1.1].value"), words = text_at(node, "name");
        if (const auto* unit = unit_of(sor, gln)) { // what the message leaves to SOR
            if (gln.empty()) gln = unit->gln;
            if (sor.empty()) sor = unit->sor;
            if (words.empty()) words = unit->name;
        }
        leaf("EANIdentifier", gln);
        leaf("Identifier", sor);
        leaf("IdentifierCode", "sorkode");
        leaf("OrganisationName", cut(words, name_max));
        if (name == "Sender") leaf("MedicalSpecialityCode", "ikkeklassificeret");
        ((out_ += "</") += name) += ">\n";
    }

    const RegisterUnit* unit_of(const std::string& sor, const std::string& gln) const
    {
        if (!registers_) return nullptr;
        const auto day = zone_.day_at(sent_);
        const auto* unit = sor.empty() ? nullptr : registers_->unit(sor_system, sor, day);
        return unit ? unit : registers_->unit(gln_system, gln, day);
    }

    void person(bool whole)
    {
        out_ += "<Patient>\n";
        const auto cpr = text_at(patient_, "identifier[system=urn:oid:1.2.208.176.1.2].value");
        if (!cpr.empty()) leaf("CivilRegistrationNumber", cpr);
        else leaf("AlternativeIdentifier", text_at(patient_, "identifier.value"));
        leaf("PersonSurnameName", text_at(patient_, "name[use=official].family"));
        std::string given;
        for (const auto node : nodes_at(json_, patient_, "name[use=official].given")) (given += given.empty() ? "" : " ") += json_.text(node);
        leaf("PersonGivenName", given);
        if (whole) {
            leaf("StreetName", text_at(patient_, "address.line"));
            leaf("DistrictName", text_at(patient_, "address.city"));
            leaf("PostCodeIdentifier", text_at(patient_, "address.postalCode"));
            leaf("EpisodeOfCareStatusCode", episode());
        }
        out_ += "</Patient>\n";
    }

    /// Without hyphens, with which it would be too long.
    std::string episode_name() const
    {
        const auto encounter = only("Encounter");
        auto name = encounter == Json::none ? std::string() : text_at(encounter, "episodeOfCare.identifier.value");
        if (name.starts_with("urn:uuid:")) name.erase(0, 9);
        if (object_id(name).size() == 36) std::erase(name, '-');
        return name;
    }

    std::string_view episode() const
    {
        const auto dead = json_.find(patient_, "deceasedBoolean");
        if (dead != Json::none && json_[dead].text == "true") return "doed";
        const auto encounter = only("Encounter");
        const auto kind = encounter == Json::none ? std::string() : json_.text(json_.find(encounter, "class"), "code");
        return kind == "IMP" ? "indlagt" : kind == "AMB" ? "ambulant" : "inaktiv";
    }

    void email()
    {
        person(true);
        out_ += "<AdditionalInformation>\n";
        leaf("Priority", json_.text(communication_, "priority") == "asap" ? "høj_prioritet" : "normal");
        const auto topic = text_at(communication_, "topic.text");
        leaf("Subject", cut(text_at(communication_, "category.coding.code") + (topic.empty() ? "" : "," + topic), subject_max));
        out_ += "</AdditionalInformation>\n<ClinicalInformation>\n<Text01>";
        words();
        out_ += "</Text01>\n</ClinicalInformation>\n";
        for (const auto payload : payloads_) reference(payload);
    }

    void words()
    {
        bool first = true;
        const auto line = [&](std::string_view text) {
            if (!first) out_ += "<Break/>";
            first = false;
            xml::append_escaped(out_, text);
        };
        for (const auto payload : payloads_) {
            auto text = json_.text(payload, "contentString");
            std::erase(text, '\r');
            for (std::string_view rest = text; !rest.empty();) {
                const auto end = rest.find('\n');
                line(rest.substr(0, end));
                rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
            }
        }
        // The letter holds one number of the patient; the others follow the text.
        const auto numbers = nodes_at(json_, patient_, "identifier.value");
        const auto said = text_at(patient_, "identifier[system=urn:oid:1.2.208.176.1.2].value");
        const auto written = said.empty() ? text_at(patient_, "identifier.value") : said;
        for (const auto node : numbers)
            if (json_.text(node) != written) line("Patient-id: " + json_.text(node));
    }

    const FileKind& kind_of(std::uint32_t payload) const
    {
        const auto type = text_at(payload, "contentAttachment.contentType");
        const auto* found = std::ranges::find(file_kinds, std::string_view(type), &FileKind::type);
        return found == std::end(file_kinds) ? file_kinds[0] : *found;
    }

    std::string object_name(std::uint32_t payload) const
    {
        auto id = segment_id(payload);
        if (id.starts_with("urn:uuid:")) id.erase(0, 9);
        std::erase(id, '-');
        return id;
    }

    /// Of the file itself, not of its base64.
    std::string size_of(std::uint32_t payload) const
    {
        const auto data = data_of(payload);
        std::size_t digits = 0;
        for (const char c : data) digits += c != '=' && c != ' ' && c != '\n' && c != '\r' && c != '\t';
        return std::to_string(digits * 3 / 4);
    }

    void object(std::uint32_t payload)
    {
        leaf("ObjectIdentifier", object_name(payload));
        leaf("ObjectCode", kind_of(payload).code);
        leaf("ObjectExtensionCode", kind_of(payload).extension);
        leaf("OriginalObjectSize", size_of(payload));
    }

    void reference(std::uint32_t payload)
    {
        if (!data_of(payload).empty()) {
            out_ += "<Reference>\n<RefDescription>BIN</RefDescription>\n<BIN>\n";
            object(payload);
            out_ += "</BIN>\n</Reference>\n";
        } else if (const auto url = text_at(payload, "contentAttachment.url"); !url.empty()) {
            out_ += "<Reference>\n<RefDescription>URL</RefDescription>\n";
            leaf("URL", url);
            out_ += "</Reference>\n";
        }
    }

    void binary()
    {
        person(false);
        for (const auto payload : payloads_) {
            if (data_of(payload).empty()) continue;
            out_ += "<BinaryObject>\n";
            object(payload);
            leaf("Object_Base64Encoded", data_of(payload));
            out_ += "</BinaryObject>\n";
        }
    }

    const Message& m_;
    const Json& json_;
    const Zone& zone_;
    const Registers* registers_;
    std::uint32_t communication_{Json::none}, patient_{Json::none};
    Millis sent_{};
    std::vector<std::uint32_t> payloads_;
    std::string out_;
};

} // namespace

Result<Correspondence> correspondence(std::string_view message, const Zone& zone, const Registers* registers)
{
    SystemSettings settings;
    settings.zone = zone;
    const auto checked = check(message, settings);
    const auto* decoded = static_cast<const Message*>(checked.decoded.get());
    if (checked.answer != Answer::accepted) return Fault{Errc::bad_message, checked.issues.empty() ? std::string("message: is refused") : checked.issues.front().path + ": " + checked.issues.front().text};
    if (decoded->event != communication_event) return Fault{Errc::unsupported, "Bundle: only a CareCommunication has letters to become"};
    return Letters(*decoded, zone, registers).write();
}

} // namespace sluse::fhir
