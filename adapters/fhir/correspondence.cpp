// adapters/fhir/correspondence.cpp — the rows of MedCom's conversion rules (CareCommunication to XDIS91 and XBIN01), in their order.
#include "adapters/fhir/adapter.hpp"
#include "adapters/fhir/care_communication.hpp"
#include "adapters/fhir/letter_hold.hpp"
#include "adapters/fhir/letter_parts.hpp"
#include "adapters/fhir/medcom.hpp"
#include "adapters/fhir/medcom_rules.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/ids.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/normalise/identifiers.hpp"

#include <algorithm>

namespace sluse::fhir {
namespace {

constexpr std::size_t subject_max = 70, name_max = 35, surname_max = 40, given_max = 50, phone_max = 25, identifier_max = 14, episode_max = 35, replacement_size = 10, references_max = 10, url_max = 350;

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

class Letters {
public:
    Letters(const Message& message, const SystemSettings& settings, const Registers* registers) : m_(message), json_(message.json), settings_(settings), zone_(settings.zone), registers_(registers) {}

    Result<Correspondence> write()
    {
        communication_ = only("Communication");
        patient_ = only("Patient");
        sent_ = parse_instant(json_.text(0, "timestamp")).value_or(0);
        authorised_ = parse_instant(json_.text(current_provenance(m_), "occurredDateTime")).value_or(sent_);
        choose_segments();
        if (const auto n = std::ranges::count_if(payloads_, [&](std::uint32_t p) { return is_reference(p); }); n > std::ptrdiff_t(references_max))
            return Fault{Errc::bad_message, "Communication.payload: holds " + std::to_string(n) + " attachments; a letter holds at most " + std::to_string(references_max)};
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

    void moment(std::string_view name, Millis at)
    {
        const auto local = rfc3339(at, zone_);
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
        moment("Sent", sent_);
        leaf("Identifier", short_id("envelope " + std::string(part)));
        leaf("AcknowledgementCode", wanted);
        ((out_ += "</Envelope>\n<") += root) += ">\n<Letter>\n";
        leaf("Identifier", short_id(part));
        leaf("VersionCode", version);
        leaf("StatisticalCode", type);
        moment("Authorisation", authorised_);
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
        auto gln = number(node, gln_system), sor = number(node, sor_system), words = text_at(node, "name");
        if (const auto* unit = unit_of(sor, gln)) { // what the message leaves to SOR
            if (gln.empty()) gln = unit->gln;
            if (sor.empty()) sor = unit->sor;
            if (words.empty()) words = unit->name;
        }
        leaf("EANIdentifier", gln);
        leaf("Identifier", sor.empty() ? gln : sor);
        leaf("IdentifierCode", sor.empty() ? "lokationsnummer" : "sorkode");
        if (words.empty() && name == "Sender") words = "ukendt"; // must be there
        leaf("OrganisationName", cut(std::move(words), name_max));
        if (name == "Sender") {
            leaf("TelephoneSubscriberIdentifier", phone());
            leaf("MedicalSpecialityCode", "ikkeklassificeret");
        }
        ((out_ += "</") += name) += ">\n";
    }

    /// An organisation's number in one system, whichever of its names the message calls that by.
    std::string number(std::uint32_t organisation, std::string_view system) const
    {
        if (organisation == Json::none) return {};
        for (auto& one : identifiers_of(json_, organisation, settings_, {}, false))
            if (one.system == system) return std::move(one.value);
        return {};
    }

    /// Where the author of this message's first words is reached.
    std::string phone() const
    {
        for (const auto payload : payloads_)
            if (auto told = text_at(payload, "extension[url~medcom-core-contact-extension].valueContactPoint.value"); !told.empty())
                return told == "0000 0000" ? std::string() : cut(std::move(told), phone_max);
        return {};
    }

    const RegisterUnit* unit_of(const std::string& sor, const std::string& gln) const
    {
        if (!registers_) return nullptr;
        const auto day = zone_.day_at(authorised_);
        const auto* unit = sor.empty() ? nullptr : registers_->unit(sor_system, sor, day);
        return unit ? unit : registers_->unit(gln_system, gln, day);
    }

    /// The one of the patient's numbers that a letter has an element for: CPR, else a replacement of ten characters; null: there is none.
    static const PersonIdentifier* written(const std::vector<PersonIdentifier>& numbers)
    {
        auto found = std::ranges::find(numbers, cpr_system, &PersonIdentifier::system);
        if (found == numbers.end()) found = std::ranges::find_if(numbers, [](const PersonIdentifier& one) { return one.value.size() == replacement_size; });
        return found == numbers.end() ? nullptr : &*found;
    }

    void person(bool whole)
    {
        out_ += "<Patient>\n";
        const auto numbers = identifiers_of(json_, patient_, settings_, {}, true);
        if (const auto* one = written(numbers)) leaf(one->system == cpr_system ? "CivilRegistrationNumber" : "AlternativeIdentifier", one->value);
        const auto family = text_at(patient_, "name[use=official].family");
        leaf("PersonSurnameName", family.empty() ? "ukendt" : cut(family, surname_max));
        std::string given;
        for (const auto node : nodes_at(json_, patient_, "name[use=official].given")) (given += given.empty() ? "" : " ") += json_.text(node);
        leaf("PersonGivenName", cut(given, given_max));
        if (whole) {
            leaf("StreetName", cut(text_at(patient_, "address.line"), name_max));
            leaf("DistrictName", cut(text_at(patient_, "address.city"), name_max));
            const auto post = text_at(patient_, "address.postalCode");
            if (post.size() == 4 && all_digits(post)) leaf("PostCodeIdentifier", post);
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
        leaf("Priority", json_.text(communication_, "priority") == "asap" ? "høj_prioritet" : "rutine");
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
        // What the letter has no element for follows the text: further numbers of the patient, addresses that are too long.
        const auto numbers = identifiers_of(json_, patient_, settings_, {}, true);
        const auto* said = written(numbers);
        for (const auto& one : numbers)
            if (&one != said) line("Patient-id: " + one.value);
        for (const auto payload : payloads_)
            if (const auto url = text_at(payload, "contentAttachment.url"); url.size() > url_max) line(url);
    }

    const FileKind& kind_of(std::uint32_t payload) const { return file_kind(text_at(payload, "contentAttachment.contentType")); }

    /// A UUID with hyphens, as the files say it; the letter says it without.
    std::string object_name(std::uint32_t payload) const
    {
        static const HmacKey names("sluse.medcom.conversion"); // no secret: only a name
        auto id = segment_id(payload);
        if (id.starts_with("urn:uuid:")) id.erase(0, 9);
        auto name = object_id(id);
        return is_uuid(name) ? name : names.uuid({"object", id});
    }

    /// Of the file itself, not of its base64.
    std::string size_of(std::uint32_t payload) const
    {
        const auto data = data_of(payload);
        std::size_t digits = 0;
        for (const char c : data) digits += c != '=' && c != ' ' && c != '\n' && c != '\r' && c != '\t';
        return std::to_string(digits * 3 / 4);
    }

    void object(std::uint32_t payload, const std::string& name)
    {
        leaf("ObjectIdentifier", name);
        leaf("ObjectCode", kind_of(payload).code);
        leaf("ObjectExtensionCode", kind_of(payload).extension);
        leaf("OriginalObjectSize", size_of(payload));
    }

    bool is_reference(std::uint32_t payload) const { return json_.find(payload, "contentAttachment") != Json::none; }

    /// A file in the letter beside, an address, or the mere name of what the message does not hold.
    void reference(std::uint32_t payload)
    {
        if (!is_reference(payload)) return;
        const auto title = cut(text_at(payload, "contentAttachment.title"), subject_max), url = text_at(payload, "contentAttachment.url");
        const bool file = !data_of(payload).empty();
        out_ += "<Reference>\n";
        leaf("RefDescription", file ? "BIN" : !title.empty() ? title : url.empty() ? "ukendt" : "URL");
        if (file) {
            auto name = object_name(payload);
            std::erase(name, '-');
            out_ += "<BIN>\n";
            object(payload, name);
            out_ += "</BIN>\n";
        } else if (url.size() <= url_max) leaf("URL", url);
        out_ += "</Reference>\n";
    }

    void binary()
    {
        person(false);
        for (const auto payload : payloads_) {
            if (data_of(payload).empty()) continue;
            out_ += "<BinaryObject>\n";
            object(payload, object_name(payload));
            leaf("Object_Base64Encoded", data_of(payload));
            out_ += "</BinaryObject>\n";
        }
    }

    const Message& m_;
    const Json& json_;
    const SystemSettings& settings_;
    const Zone& zone_;
    const Registers* registers_;
    std::uint32_t communication_{Json::none}, patient_{Json::none};
    Millis sent_{}, authorised_{};
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
    return Letters(*decoded, settings, registers).write();
}

} // namespace sluse::fhir
