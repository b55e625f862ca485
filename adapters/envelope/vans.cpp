// adapters/envelope/vans.cpp — VANSEnvelope 1.0.4: read by its schema, answered by receipts of the same schema.
#include "adapters/envelope/vans.hpp"

#include "adapters/envelope/envelope.hpp"
#include "gateway/base/base64.hpp"
#include "gateway/base/uuid.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sluse {
std::string_view vans_elements_table(); // made by the build from schemas/envelopes/vans.tsv
} // namespace sluse

namespace sluse::vans {
namespace {

using namespace envelope;

constexpr std::string_view space = "urn:oio:medcom:vans-envelope:1.0.4";
constexpr std::string_view any_version = "urn:oio:medcom:vans-envelope:";
constexpr std::size_t description_max = 512; ///< ErrorType/Description
constexpr std::size_t endpoint_max = 18;     ///< EndPointID
constexpr std::array<std::string_view, 3> endpoint_types{"EAN", "CVR", "VANS"};
constexpr std::array<std::string_view, 5> formats{"XML", "EDIFACT", "HL7", "Binary", "Other"};

std::string need(xml::Element parent, std::string_view name, Issues& issues)
{
    const auto found = parent.child(name);
    if (found && !found.text().empty()) return std::string(found.text());
    issues.push_back(error(IssueKind::required_missing, parent.path() + '/' + std::string(name), found ? "is empty" : "is missing"));
    return {};
}

Endpoint endpoint(xml::Element parent, std::string_view name, Issues& issues)
{
    Endpoint result{need(parent, name, issues), std::string(parent.child(name).attribute("EndPointType"))};
    if (parent.child(name) && std::ranges::find(endpoint_types, result.type) == endpoint_types.end())
        issues.push_back(error(IssueKind::unknown_code, parent.path() + '/' + std::string(name) + "/@EndPointType", "must be EAN, CVR or VANS"));
    if (result.id.size() > endpoint_max)
        issues.push_back(error(IssueKind::too_long, parent.path() + '/' + std::string(name), "is longer than " + std::to_string(endpoint_max) + " characters"));
    return result;
}

std::string need_uuid(xml::Element parent, std::string_view name, Issues& issues)
{
    auto id = need(parent, name, issues);
    if (!id.empty() && !is_uuid(id))
        issues.push_back(warning(IssueKind::wrong_type, parent.path() + '/' + std::string(name), "is not a UUID; it is taken as it stands"));
    return id;
}

/// Base64 and the declared size: a difference means that the message was damaged on its way.
void read_payload(xml::Element message, std::string& payload, Issues& issues)
{
    const auto data = message.child("Data");
    if (!data) return issues.push_back(error(IssueKind::required_missing, message.path() + "/Data", "is missing"));
    if (data.next("Data")) return issues.push_back(error(IssueKind::sequence, message.path() + "/Data[2]", "is a second message: an envelope holds one"));
    auto decoded = from_base64(data.text());
    if (!decoded || decoded->empty()) return issues.push_back(error(IssueKind::wrong_type, data.path(), decoded ? "is empty" : "is not base64: the message was damaged on its way"));
    payload = std::move(*decoded);
    const auto size = message.at("MetaInformation/Document/SizeInBytes");
    const auto declared_text = size.text();
    std::size_t declared = 0;
    const auto read = std::from_chars(declared_text.data(), declared_text.data() + declared_text.size(), declared);
    if (declared_text.empty() || read.ec != std::errc() || read.ptr != declared_text.data() + declared_text.size())
        issues.push_back(error(size ? IssueKind::wrong_type : IssueKind::required_missing, message.path() + "/MetaInformation/Document/SizeInBytes", size ? "must be a whole number" : "is missing"));
    else if (declared != payload.size())
        issues.push_back(error(IssueKind::wrong_type, size.path(), "says " + std::to_string(declared) + " bytes, but Data holds " + std::to_string(payload.size()) + " when decoded: the message was damaged on its way"));
}

/// Whether Format names the data: HL7 is its letters as well as its FHIR and CDA; Binary and Other say nothing.
bool names_data(std::string_view format, std::string_view adapter, std::string_view payload)
{
    if (format == "EDIFACT") return adapter == "edifact";
    if (format == "XML") return xml::looks_like_xml(payload);
    return format != "HL7" || (adapter != "edifact" && adapter != "oioxml");
}

/// The data is read as what it is; a sender whose Format says otherwise is told, for receivers that trust it.
void compare_format(xml::Element document, std::string_view payload, Issues& issues)
{
    const auto* inner = adapter_for(payload);
    const auto format = document.child("Format").text();
    if (inner && !names_data(format, inner->name, payload))
        issues.push_back(warning(IssueKind::wrong_type, document.path() + "/Format", "says " + std::string(format) + ", but Data holds " + std::string(inner->name) + ", and is read as that: send the Format of what is inside"));
}

void read_message(xml::Element message, Wrapper& wrapper, std::string& payload, Issues& issues)
{
    const auto meta = message.child("MetaInformation");
    if (!meta) return issues.push_back(error(IssueKind::required_missing, message.path() + "/MetaInformation", "is missing"));
    wrapper.metadata = meta.xml();
    wrapper.message_id = need_uuid(meta, "Identifier", issues);
    const auto document = meta.child("Document");
    if (!document) return issues.push_back(error(IssueKind::required_missing, meta.path() + "/Document", "is missing"));
    const auto format = need(document, "Format", issues);
    if (!format.empty() && std::ranges::find(formats, format) == formats.end())
        issues.push_back(error(IssueKind::unknown_code, document.path() + "/Format", "must be XML, EDIFACT, HL7, Binary or Other"));
    wrapper.document = need(document, "Name", issues);
    wrapper.version = document.child("Version").text();
    for (auto tag = meta.at("Transport/ServiceTag"); tag; tag = tag.next("ServiceTag"))
        if (tag.attribute("name") == "MCM:STATISTIC") wrapper.statistics = tag.text();
    read_payload(message, payload, issues);
    compare_format(document, payload, issues);
}

void read_receipt(xml::Element receipt, Wrapper& wrapper, Issues& issues)
{
    const auto told = receipt.child();
    const bool positive = told.name() == "PositiveMessage";
    if (!positive && told.name() != "NegativeMessage" && told.name() != "NegativeVans")
        return issues.push_back(error(IssueKind::required_missing, receipt.path(), "holds none of PositiveMessage, NegativeMessage and NegativeVans"));
    wrapper.kind = positive ? Wrapper::Kind::positive_receipt : Wrapper::Kind::negative_receipt;
    wrapper.original_envelope_id = need_uuid(told, "OriginalEnvelopeIdentifier", issues);
    wrapper.original_id = told.at("OriginalMessage/Identifier").text();
    if (wrapper.original_id.empty() && told.name() != "NegativeVans")
        issues.push_back(error(IssueKind::required_missing, told.path() + "/OriginalMessage/Identifier", "is missing: the receipt is of no message"));
    wrapper.document = told.at("OriginalMessage/Document/Name").text();
    wrapper.version = told.at("OriginalMessage/Document/Version").text();
    if (!positive) wrapper.error = need(told.child("Error") ? told.child("Error") : told, "Description", issues);
}

/// Another version may mean other things by the same names: it is refused, with a receipt in the version that is read here.
void check_version(xml::Element root, Issues& issues)
{
    const auto told = root.space();
    if (told == space) return;
    const bool version = told.starts_with(any_version) && told.size() - any_version.size() <= 16 && told.find_first_not_of("0123456789.", any_version.size()) == told.npos;
    issues.push_back(error(IssueKind::unsupported_version, root.path() + "/@xmlns",
                           (told.empty() ? "is missing" : version ? "names version " + std::string(told.substr(any_version.size())) : "is not VANSEnvelope's namespace") + ": send " + std::string(space)));
}

void read(const xml::Document& document, Wrapper& wrapper, std::string& payload, Issues& issues)
{
    const auto root = document.root();
    check_version(root, issues);
    wrapper.sender = endpoint(root, "SenderID", issues);
    wrapper.receiver = endpoint(root, "ReceiverID", issues);
    wrapper.id = need_uuid(root, "EnvelopeIdentifier", issues);
    wrapper.sent = need(root, "SentDateTime", issues);
    if (!wrapper.sent.empty() && !is_date_time(wrapper.sent)) issues.push_back(error(IssueKind::wrong_type, root.path() + "/SentDateTime", "is no time: YYYY-MM-DDThh:mm:ss"));
    const auto message = root.child("Message"), receipt = root.child("Receipt");
    if (static_cast<bool>(message) == static_cast<bool>(receipt))
        issues.push_back(error(IssueKind::required_missing, root.path(), "must hold one of Message and Receipt"));
    else if (message.next("Message")) issues.push_back(error(IssueKind::sequence, root.path() + "/Message[2]", "is a second message: an envelope holds one"));
    else if (message) read_message(message, wrapper, payload, issues);
    else read_receipt(receipt, wrapper, issues);
}

/// What the answer's envelope begins with: from the receiver back to the sender.
std::string opening(const Wrapper& to, std::string_view id, Millis now)
{
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<VANSEnvelope xmlns=\"" + std::string(space) + "\">";
    const auto endpoint = [&](std::string_view name, const Endpoint& e) {
        (((out += '<') += name) += " EndPointType=\"") += e.type.empty() ? "EAN" : e.type;
        xml::append_escaped(out += "\">", e.id);
        ((out += "</") += name) += '>';
    };
    endpoint("SenderID", to.receiver);
    endpoint("ReceiverID", to.sender);
    ((out += "<EnvelopeIdentifier>") += id) += "</EnvelopeIdentifier>";
    ((out += "<SentDateTime>") += rfc3339(now)) += "</SentDateTime>";
    return out;
}

void append_receipt(std::string& out, const Wrapper& to, const Issues& issues, bool positive)
{
    const std::string_view name = positive ? "PositiveMessage" : "NegativeMessage";
    ((out += "<Receipt><") += name) += '>';
    if (!positive) {
        xml::append_escaped(out += "<Error><Description>", first_error(issues, description_max));
        out += "</Description></Error>";
    }
    xml::append_escaped(out += "<OriginalEnvelopeIdentifier>", to.id);
    out += "</OriginalEnvelopeIdentifier>";
    if (const auto meta = xml::Document::parse(to.metadata)) { // under its other name
        out += "<OriginalMessage>";
        for (const auto child : meta.document->root()) out += child.xml();
        out += "</OriginalMessage>";
    }
    ((out += "</") += name) += "></Receipt>";
}

/// How VANS names what goes back: MCM:CTL03, MCM:XCTL02, MCM:FCTL#ok.
void append_message(std::string& out, std::string_view acknowledgement, std::string_view id, bool positive)
{
    const bool edifact = acknowledgement.starts_with("UNA") || acknowledgement.starts_with("UNB");
    const bool json = acknowledgement.starts_with('{');
    const bool fhir = json || xml::peek_root(acknowledgement).name == "Bundle";
    const auto name = fhir      ? std::string("MCM:FCTL#") + (positive ? "ok" : "fatal-error")
                      : edifact ? std::string("MCM:CTL0") + (positive ? '3' : '2')
                                : std::string("MCM:XCTL0") + (positive ? '3' : '2');
    ((out += "<Message><MetaInformation><Identifier>") += id) += "</Identifier><Document><Format>";
    ((out += edifact ? "EDIFACT" : json ? "Other" : "XML") += "</Format><Name>") += name;
    ((out += "</Name><SizeInBytes>") += std::to_string(acknowledgement.size())) += "</SizeInBytes></Document>";
    if (fhir) ((out += "<Transport><TransformMessage>false</TransformMessage><ServiceTag name=\"MCM:MIME\">") += json ? "application/fhir+json" : "application/fhir+xml") += "</ServiceTag></Transport>";
    out += "</MetaInformation><Data>";
    append_base64(out, acknowledgement);
    out += "</Data></Message>";
}

} // namespace

bool recognises(std::string_view bytes)
{
    return xml::looks_like_xml(bytes) && xml::peek_root(bytes).name == "VANSEnvelope";
}

Checked check(std::string_view message, const SystemSettings& system)
{
    static const xml::Schema schema(vans_elements_table(), {space});
    const auto own = xml::peek_root(message).space; // another version is told by name
    return envelope::check(message, system, read, schema, std::array<std::string_view, 2>{space, own});
}

std::string acknowledge(std::string_view, const Checked& checked, Answer answer, const AckStamp& stamp)
{
    const auto reply = reply_to(checked, answer, stamp);
    if (!reply) return {};
    auto out = opening(reply->to, reply->envelope_id, stamp.now);
    if (reply->acknowledgement.empty()) append_receipt(out, reply->to, checked.issues, reply->positive);
    else append_message(out, reply->acknowledgement, reply->message_id, reply->positive);
    return out += "</VANSEnvelope>\n";
}

} // namespace sluse::vans
