// adapters/fhir/check.cpp — JSON or XML, resource types, the shape of a Bundle, and whom it is about.
#include "adapters/fhir/adapter.hpp"
#include "adapters/fhir/claims.hpp"
#include "adapters/fhir/medcom.hpp"
#include "adapters/fhir/message.hpp"
#include "adapters/fhir/national.hpp"
#include "adapters/fhir/one_person.hpp"
#include "adapters/fhir/r4_check.hpp"
#include "adapters/fhir/xml.hpp"
#include "adapters/xml/document.hpp"
#include "gateway/base/ascii.hpp"

#include <algorithm>
#include <functional>

namespace sluse::fhir {
namespace {

constexpr std::size_t entries_max = 10'000;

std::string name_of(std::string text)
{
    std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
    if (text.size() > 120) {
        std::size_t cut = 120;
        while (cut > 0 && (text[cut] & 0xc0) == 0x80) --cut;
        text.resize(cut);
    }
    return text;
}

class Checker {
public:
    Checker(Message& message, const SystemSettings& settings, Checked& out) : m_(message), json_(message.json), settings_(settings), out_(out), f_{message, out} {}

    void run()
    {
        if (json_[0].kind != JsonKind::object) return refuse(IssueKind::wrong_type, 0, "is no resource: a FHIR message is a JSON object");
        m_.type = json_.text(0, "resourceType");
        out_.type = m_.type.empty() ? "unknown" : name_of(m_.type);
        if (m_.type.empty()) return refuse(IssueKind::required_missing, 0, "resourceType is missing");
        if (!known_resource_type(m_.type)) return refuse(IssueKind::unsupported_type, 0, "resourceType is none of FHIR R4");
        if (m_.type == "Parameters") return refuse(IssueKind::unsupported_type, 0, "is what an operation is called with; send the Bundle in it as the body itself");
        if (m_.type == "Bundle") bundle();
        else single();
        if (out_.answer != Answer::refused) m_.event = medcom_event(m_); // a damaged one too: its sender expects MedCom's acknowledgement
        contents();
        identity();
        if (out_.answer == Answer::accepted && m_.event.empty()) check_one_person(f_, settings_);
        if (out_.answer == Answer::accepted) people();
        std::ranges::stable_sort(out_.issues, std::greater<>(), &Issue::severity);
    }

private:
    void refuse(IssueKind kind, std::uint32_t node, std::string text) { f_.refuse(kind, node, std::move(text)); }
    void error(IssueKind kind, std::uint32_t node, std::string_view below, std::string text) { f_.error(kind, node, below, std::move(text)); }

    void single()
    {
        Entry entry;
        entry.resource = 0;
        entry.type = m_.type;
        entry.id = json_.text(0, "id");
        m_.entries.push_back(std::move(entry));
    }

    void bundle()
    {
        const auto type = json_.find(0, "type");
        m_.bundle_type = json_.text(type);
        static constexpr std::string_view taken[] = {"message", "transaction", "batch", "collection", "document"};
        if (m_.bundle_type.empty()) return error(IssueKind::required_missing, 0, "type", "is missing; message, transaction, batch or collection");
        if (std::ranges::find(taken, m_.bundle_type) == std::end(taken))
            return refuse(IssueKind::unsupported_type, type, "this type of Bundle is not taken; send message, transaction, batch or collection");
        const auto list = json_.find(0, "entry");
        if (list == Json::none) return error(IssueKind::required_missing, 0, "entry", "is missing: the Bundle holds nothing");
        if (json_[list].kind != JsonKind::array) return error(IssueKind::wrong_type, list, {}, "must be a list");
        for (auto child = json_.first_child(list); child != Json::none; child = json_.next_child(list, child)) {
            if (m_.entries.size() == entries_max) return error(IssueKind::too_long, list, {}, "has more than 10000 entries");
            entry(child);
        }
        if (m_.entries.empty()) return error(IssueKind::required_missing, list, {}, "is empty");
        const auto first = m_.bundle_type == "message" ? "MessageHeader" : m_.bundle_type == "document" ? "Composition" : "";
        if (*first && m_.entries.front().type != first)
            error(IssueKind::sequence, json_.first_child(list), "resource", std::string("must be a ") + first + ": it comes first in this type of Bundle");
    }

    /// The numbers follow what is told of a resource. A deletion names nobody, and a patch is no resource: neither would have an effect.
    static bool tells(std::string_view method) { return method == "POST" || method == "PUT"; }

    void entry(std::uint32_t node)
    {
        Entry one;
        one.full_url = json_.text(node, "fullUrl");
        const auto request = json_.find(node, "request");
        one.method = json_.text(request, "method");
        one.url = json_.text(request, "url");
        one.resource = json_.find(node, "resource");
        const bool asks = m_.bundle_type == "transaction" || m_.bundle_type == "batch";
        if (asks && (one.method.empty() || one.url.empty()))
            error(IssueKind::required_missing, node, "request", "method and url are missing; this type of Bundle needs them in each entry");
        if (!one.method.empty() && !tells(one.method))
            error(IssueKind::unsupported_type, request, "method", one.method == "DELETE" ? "a deletion is not taken: send the resource again with the status entered-in-error"
                                                                                         : "is not taken: only POST and PUT tell something");
        if (one.resource != Json::none) {
            one.type = json_.text(one.resource, "resourceType");
            if (json_[one.resource].kind != JsonKind::object) error(IssueKind::wrong_type, one.resource, {}, "must be a resource");
            else if (one.type.empty()) error(IssueKind::required_missing, one.resource, "resourceType", "is missing");
            else if (!known_resource_type(one.type)) error(IssueKind::unknown_code, one.resource, "resourceType", "is none of FHIR R4");
            else one.id = json_.text(one.resource, "id");
        } else if (one.method.empty() || tells(one.method)) {
            error(IssueKind::required_missing, node, "resource", "is missing");
        }
        m_.entries.push_back(std::move(one));
    }

    /// MedCom's messages are held to their content, and who claims a national profile to FHIR R4; other senders are only told what is wrong with theirs.
    void contents()
    {
        if (!m_.event.empty()) return medcom();
        if (out_.answer != Answer::refused && claims_national(m_)) return check_national(f_, m_.unknown);
        for (const auto& entry : m_.entries)
            if (entry.resource != Json::none && json_[entry.resource].kind == JsonKind::object && known_resource_type(entry.type)) check_r4(entry.resource, Severity::warning, f_, m_.unknown);
    }

    void medcom()
    {
        check_r4(0, Severity::error, f_, m_.unknown);
        out_.type = name_of(m_.event);
        out_.envelope_id = json_.text(0, "id");
        out_.expects_answer = m_.event != acknowledgement_event;
        check_medcom(f_);
    }

    std::uint32_t first_of(std::string_view type) const
    {
        for (const auto& entry : m_.entries)
            if (entry.type == type && entry.resource != Json::none) return entry.resource;
        return Json::none;
    }

    /// Who sent it, and what they call it.
    void identity()
    {
        const auto header = first_of("MessageHeader");
        const auto source = json_.find(header, "source");
        for (const auto& text : {json_.text(source, "endpoint"), json_.text(source, "name"), json_.text(json_.find(0, "meta"), "source")})
            if (out_.system.empty()) out_.system = name_of(text);
        if (out_.system.empty()) out_.system = "fhir";
        if (m_.type == "Bundle")
            for (const auto& text : {m_.event.empty() ? json_.text(json_.find(0, "identifier"), "value") : std::string(), json_.text(header, "id"), json_.text(0, "id")})
                if (out_.control_id.empty()) out_.control_id = text.substr(0, 199);
    }

    void people()
    {
        for (const auto& entry : m_.entries) {
            if (entry.type != "Patient" || entry.resource == Json::none) continue;
            out_.persons = identifiers_of(json_, entry.resource, settings_, out_.system, true);
            const bool lasting = !entry.id.empty() && !entry.full_url.starts_with("urn:uuid:") && m_.bundle_type != "message" && m_.bundle_type != "document";
            if (out_.persons.empty() || lasting)
                if (const auto id = entry.id.empty() ? entry.full_url : entry.id; !id.empty()) out_.persons.push_back(server_identifier(settings_, out_.system, id));
            break;
        }
        for (const auto& entry : m_.entries)
            if (out_.persons.empty() && entry.resource != Json::none) subject(entry.resource);
        std::ranges::stable_sort(out_.persons, {}, &PersonIdentifier::rank);
    }

    /// Messages about a patient who is not in them name the patient by identifier, else by the server's id.
    void subject(std::uint32_t resource)
    {
        for (const auto* name : {"subject", "patient", "for", "beneficiary"}) {
            const auto node = json_.find(resource, name);
            PersonIdentifier one;
            const auto identifier = json_.find(node, "identifier");
            if (identifier != Json::none && read_identifier(json_, identifier, settings_, out_.system, true, one)) {
                out_.persons.push_back(one);
                return;
            }
            auto reference = json_.text(node, "reference");
            if (const auto history = reference.find("/_history/"); history != reference.npos) reference.resize(history);
            const auto at = reference.rfind("Patient/");
            if (at == reference.npos || reference.size() == at + 8 || (at > 0 && reference[at - 1] != '/')) continue;
            out_.persons.push_back(server_identifier(settings_, out_.system, std::string_view(reference).substr(at + 8)));
            return;
        }
    }

    Message& m_;
    const Json& json_;
    const SystemSettings& settings_;
    Checked& out_;
    Findings f_;
};

} // namespace

namespace {

/// What was sent, in either syntax; of no size, with errors in `out`, when it cannot be read at all.
Json read(std::string_view bytes, Checked& out)
{
    if (xml::looks_like_xml(bytes)) {
        auto tree = tree_of_xml(bytes, out.issues);
        if (std::ranges::find(out.issues, Severity::error, &Issue::severity) != out.issues.end()) out.answer = Answer::content_error;
        return tree;
    }
    auto parsed = Json::parse(bytes);
    if (parsed) return std::move(*parsed);
    const auto& where = parsed.error().where;
    const auto colon = where.find(": ");
    out.answer = Answer::content_error;
    out.issues.push_back({Severity::error, IssueKind::wrong_type, where.substr(0, colon), "is not JSON: " + where.substr(colon + 2)});
    return {};
}

} // namespace

Checked check(std::string_view bytes, const SystemSettings& settings)
{
    Checked out;
    out.type = "unknown";
    auto message = std::make_unique<Message>();
    message->json = read(bytes, out);
    if (message->json.size() == 0) return out;
    Checker(*message, settings, out).run();
    out.decoded = std::move(message);
    return out;
}

std::string identity(std::string_view bytes, const Checked& checked)
{
    const auto* message = static_cast<const Message*>(checked.decoded.get());
    return std::string(message && !message->event.empty() && !checked.control_id.empty() ? checked.control_id : bytes);
}

} // namespace sluse::fhir
