// adapters/envelope/sbdh.cpp — EHMI's Standard Business Document Header 1.0 with BinaryContent, and its receipts by ebbp-signals 2.0.
#include "adapters/envelope/sbdh.hpp"

#include "adapters/envelope/envelope.hpp"
#include "gateway/base/base64.hpp"

#include <array>

namespace sluse {
std::string_view sbdh_elements_table(); // made by the build from schemas/envelopes/sbdh.tsv
} // namespace sluse

namespace sluse::sbdh {
namespace {

using namespace envelope;

constexpr std::string_view space = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader";
constexpr std::string_view content_space = "http://peppol.eu/xsd/ticc/envelope/1.0";
constexpr std::string_view signals_space = "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0";
constexpr std::string_view gln_scheme = "0088:"; ///< of iso6523-actorid-upis: a GLN

Endpoint partner(xml::Element header, std::string_view name, Issues& issues)
{
    auto id = header.child(name).child("Identifier").text();
    if (id.empty()) issues.push_back(error(IssueKind::required_missing, header.path() + '/' + std::string(name) + "/Identifier", "is missing"));
    if (id.starts_with(gln_scheme)) return {std::string(id.substr(gln_scheme.size())), "EAN"};
    return {std::string(id), {}};
}

/// Of two scopes of one type no one can tell which holds.
void scopes_once(xml::Element scopes, Issues& issues)
{
    for (auto scope = scopes.child("Scope"); scope; scope = scope.next("Scope"))
        for (auto other = scopes.child("Scope"); other != scope; other = other.next("Scope"))
            if (const auto type = scope.child("Type").text(); !type.empty() && other.child("Type").text() == type) {
                issues.push_back(error(IssueKind::sequence, scope.path(), "is a second scope " + std::string(type.substr(0, 40))));
                break;
            }
}

void read_scopes(xml::Element scopes, Wrapper& wrapper)
{
    std::string_view bundle;
    for (auto scope = scopes.child("Scope"); scope; scope = scope.next("Scope")) {
        const auto type = scope.child("Type").text(), value = scope.child("InstanceIdentifier").text();
        if (type == "MESSAGEIDENTIFIER") wrapper.message_id = value;
        else if (type == "MESSAGEENVELOPEIDENTIFIER") wrapper.message_envelope_id = value;
        else if (type == "StatisticalInformation") wrapper.statistics = value;
        else if (type == "ORIGINALMESSAGEIDENTIFIER") wrapper.original_id = value;
        else if (type == "ORIGINALENVELOPEIDENTIFIER") wrapper.original_envelope_id = value;
        else if (type == "ORIGINALMESSAGEENVELOPEIDENTIFIER") bundle = value;
    }
    if (wrapper.original_id.empty()) wrapper.original_id = bundle; // a receipt may name the original by either
}

/// The signal inside a receipt: ReceiptAcknowledgement, or Exception and its like.
void read_receipt(std::string_view payload, Wrapper& wrapper)
{
    const auto root = xml::peek_root(payload);
    if (root.space != signals_space) return;
    wrapper.kind = root.name == "ReceiptAcknowledgement" ? Wrapper::Kind::positive_receipt : Wrapper::Kind::negative_receipt;
    if (wrapper.kind == Wrapper::Kind::negative_receipt) wrapper.error = root.name;
}

void read(const xml::Document& document, Wrapper& wrapper, std::string& payload, Issues& issues)
{
    const auto root = document.root(), header = root.child("StandardBusinessDocumentHeader");
    if (root.space() != space) issues.push_back(error(IssueKind::unsupported_version, root.path() + "/@xmlns", "is not the header's namespace: send " + std::string(space)));
    if (!header) {
        issues.push_back(error(IssueKind::required_missing, "StandardBusinessDocument/StandardBusinessDocumentHeader", "is missing"));
        return;
    }
    wrapper.sender = partner(header, "Sender", issues);
    wrapper.receiver = partner(header, "Receiver", issues);
    const auto identification = header.child("DocumentIdentification");
    wrapper.id = identification.child("InstanceIdentifier").text();
    if (wrapper.id.empty()) issues.push_back(error(IssueKind::required_missing, header.path() + "/DocumentIdentification/InstanceIdentifier", "is missing"));
    wrapper.document = identification.child("Standard").text();
    wrapper.version = identification.child("TypeVersion").text();
    wrapper.sent = identification.child("CreationDateAndTime").text();
    if (!wrapper.sent.empty() && !is_date_time(wrapper.sent))
        issues.push_back(error(IssueKind::wrong_type, header.path() + "/DocumentIdentification/CreationDateAndTime", "is no time: YYYY-MM-DDThh:mm:ss"));
    if (const auto told = header.child("HeaderVersion"); told && told.text() != "1.0") issues.push_back(error(IssueKind::unsupported_version, told.path(), "must be 1.0"));
    scopes_once(header.child("BusinessScope"), issues);
    read_scopes(header.child("BusinessScope"), wrapper);
    const auto content = root.child("BinaryContent");
    auto decoded = from_base64(content.text());
    if (!content) issues.push_back(error(IssueKind::required_missing, "StandardBusinessDocument/BinaryContent", "is missing"));
    else if (!decoded || decoded->empty()) issues.push_back(error(IssueKind::wrong_type, content.path(), decoded ? "is empty" : "is not base64: the message was damaged on its way"));
    else payload = std::move(*decoded);
    read_receipt(payload, wrapper);
    if (wrapper.kind == Wrapper::Kind::message && wrapper.message_id.empty())
        issues.push_back(warning(IssueKind::required_missing, header.path() + "/BusinessScope", "has no scope MESSAGEIDENTIFIER"));
}

void element(std::string& out, std::string_view name, std::string_view text)
{
    ((out += '<') += name) += '>';
    xml::append_escaped(out, text);
    ((out += "</") += name) += '>';
}

void scope(std::string& out, std::string_view type, std::string_view value)
{
    if (value.empty()) return;
    out += "<Scope>";
    element(out, "Type", type);
    element(out, "InstanceIdentifier", value);
    element(out, "Identifier", "dk-medcom-messaging");
    out += "</Scope>";
}

std::string signal(const Wrapper& to, const Issues& issues, bool positive, Millis now)
{
    const std::string name = positive ? "ReceiptAcknowledgement" : "Exception";
    auto out = "<" + name + " xmlns=\"" + std::string(signals_space) + "\">";
    element(out, "OriginalMessageIdentifier", to.id);
    element(out, "OriginalDocumentIdentifier", to.document);
    element(out, "OriginalMessageDateTime", to.sent);
    element(out, "ThisMessageDateTime", rfc3339(now));
    element(out, "FromPartyInfo", to.receiver.id);
    element(out, "ToPartyInfo", to.sender.id);
    if (!positive) element(out, "ExceptionMessage", first_error(issues, 512));
    return out += "</" + name + ">";
}

} // namespace

bool recognises(std::string_view bytes)
{
    return xml::looks_like_xml(bytes) && xml::peek_root(bytes).name == "StandardBusinessDocument";
}

Checked check(std::string_view message, const SystemSettings& system)
{
    static constexpr std::array spaces{space, content_space};
    static const xml::Schema schema(sbdh_elements_table(), {space, content_space});
    return envelope::check(message, system, read, schema, spaces);
}

std::string acknowledge(std::string_view, const Checked& checked, Answer answer, const AckStamp& stamp)
{
    const auto reply = reply_to(checked, answer, stamp);
    if (!reply) return {};
    const auto& to = reply->to;
    const bool receipt = reply->acknowledgement.empty();
    const auto payload = receipt ? signal(to, checked.issues, reply->positive, stamp.now) : reply->acknowledgement;
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<StandardBusinessDocument xmlns=\"" + std::string(space) + "\"><StandardBusinessDocumentHeader>";
    element(out, "HeaderVersion", "1.0");
    const auto partner = [&](std::string_view name, const Endpoint& e) {
        ((out += '<') += name) += "><Identifier Authority=\"iso6523-actorid-upis\">";
        xml::append_escaped(out, e.type == "EAN" ? std::string(gln_scheme) + e.id : e.id);
        ((out += "</Identifier></") += name) += '>';
    };
    partner("Sender", to.receiver);
    partner("Receiver", to.sender);
    out += "<DocumentIdentification>";
    element(out, "Standard", receipt ? "ehmisbdh-acknowledgement" : "acknowledgement-message");
    element(out, "TypeVersion", receipt ? "ebbp-signals-2.0" : "2.0");
    element(out, "InstanceIdentifier", reply->envelope_id);
    element(out, "Type", !receipt ? "Bundle" : reply->positive ? "ReceiptAcknowledgement" : "Exception");
    element(out, "MultipleType", "false");
    element(out, "CreationDateAndTime", rfc3339(stamp.now));
    out += "</DocumentIdentification><BusinessScope>";
    scope(out, "MESSAGEIDENTIFIER", reply->message_id);
    scope(out, "ORIGINALMESSAGEIDENTIFIER", to.message_id);
    scope(out, "ORIGINALMESSAGEENVELOPEIDENTIFIER", to.message_envelope_id);
    scope(out, "ORIGINALENVELOPEIDENTIFIER", to.id);
    scope(out, "StatisticalInformation", receipt ? "EHMI-ReceiptAcknowledgement" : "MCM:acknowledgement-message");
    out += "</BusinessScope></StandardBusinessDocumentHeader><BinaryContent mimeType=\"";
    out += receipt ? "application/xml" : payload.starts_with('{') ? "application/fhir+json" : "application/fhir+xml";
    ((out += "\" encoding=\"UTF-8\" xmlns=\"") += content_space) += "\">";
    append_base64(out, payload);
    return out += "</BinaryContent></StandardBusinessDocument>\n";
}

} // namespace sluse::sbdh
