// adapters/envelope/envelope.cpp — check, normalise and identity of a message in an envelope, by the format of what is inside.
#include "adapters/envelope/envelope.hpp"
#include "adapters/findings.hpp"
#include "adapters/xml/split.hpp"
#include "gateway/base/issues.hpp"
#include "gateway/model/locations.hpp"

#include <algorithm>

namespace sluse::envelope {
namespace {

bool is_envelope(const Adapter& adapter)
{
    return adapter.name == "vans" || adapter.name == "sbdh";
}

/// Parses and reads what can be read; the issues say whether it is usable. Null when it is not even XML.
std::unique_ptr<Enveloped> open(std::string_view message, Read read, const xml::Schema& schema, std::span<const std::string_view> spaces, Issues& issues)
{
    auto parsed = xml::Document::parse(message);
    if (!parsed) {
        issues.push_back(std::move(parsed.issue));
        return nullptr;
    }
    auto enveloped = std::make_unique<Enveloped>();
    for (const auto& [path, space] : parsed.document->take_out(spaces)) issues.push_back(error(IssueKind::wrong_type, path, "stands in another namespace than the envelope's elements do"));
    read(*parsed.document, enveloped->wrapper, enveloped->payload, issues);
    Issues counted;
    schema.check(parsed.document->root(), counted);
    for (auto& issue : counted) // what was read is told in the envelope's own words
        if (std::ranges::find(issues, issue.path, &Issue::path) == issues.end()) issues.push_back(std::move(issue));
    return enveloped;
}

bool usable(const Issues& issues)
{
    return !has_error(issues);
}

std::string endpoint_name(const Endpoint& endpoint)
{
    return endpoint.type.empty() ? endpoint.id : endpoint.type + ':' + endpoint.id;
}

} // namespace

Issue error(IssueKind kind, std::string path, std::string text)
{
    return {Severity::error, kind, std::move(path), std::move(text)};
}

Issue warning(IssueKind kind, std::string path, std::string text)
{
    return {Severity::warning, kind, std::move(path), std::move(text)};
}

bool is_date_time(std::string_view text)
{
    constexpr std::string_view form = "0000-00-00T00:00:00";
    if (text.size() < form.size()) return false;
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i]) return false;
    return true;
}

std::string uuid_of(std::string_view purpose, std::string_view a, std::string_view b)
{
    static const HmacKey key("sluse.envelope"); // no secret: the same answer gets the same name, nothing more
    return key.uuid({purpose, a, b});
}

std::string first_error(const Issues& issues, std::size_t size)
{
    const auto found = std::ranges::find(issues, Severity::error, &Issue::severity);
    if (found == issues.end()) return "not accepted";
    auto text = found->path.empty() ? found->text : found->path + ": " + found->text;
    if (text.size() <= size) return text;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
    text.resize(size);
    return text;
}

std::vector<std::string_view> split(std::string_view bytes, Issues&)
{
    return xml::split_documents(bytes);
}

Checked check(std::string_view message, const SystemSettings& system, Read read, const xml::Schema& schema, std::span<const std::string_view> spaces)
{
    Checked checked;
    auto enveloped = open(message, read, schema, spaces, checked.issues);
    if (!enveloped) {
        checked.answer = Answer::content_error;
        return checked;
    }
    const auto& wrapper = enveloped->wrapper;
    checked.system = endpoint_name(wrapper.sender);
    checked.control_id = wrapper.id;
    checked.envelope_id = wrapper.id;
    if (!usable(checked.issues)) {
        checked.answer = Answer::content_error;
    } else if (wrapper.kind != Wrapper::Kind::message) {
        checked.type = "receipt";
        checked.expects_answer = false; // a receipt is never receipted
    } else if (const auto* inner = adapter_for(enveloped->payload); !inner || is_envelope(*inner)) {
        checked.answer = Answer::refused;
        checked.issues.push_back(error(IssueKind::unsupported_type, "Data", inner ? "an envelope inside an envelope is not taken: send the inner one"
                                                                                  : "the message inside is in no format that this gateway knows"));
    } else {
        enveloped->inner = inner;
        auto& within = enveloped->checked;
        within = inner->check(enveloped->payload, system);
        checked.answer = within.answer;
        checked.issues.insert(checked.issues.end(), within.issues.begin(), within.issues.end());
        if (!within.system.empty()) checked.system = within.system;
        checked.type = within.type;
        checked.control_id = within.control_id;
        checked.persons = within.persons;
    }
    checked.decoded = std::move(enveloped);
    return checked;
}

Result<void> normalise(std::string_view, const Checked& checked, const NormaliseContext& context, Normalised& out)
{
    const auto* enveloped = static_cast<const Enveloped*>(checked.decoded.get());
    if (!enveloped) return Fault{Errc::bad_message, "envelope: could not be decoded"};
    if (enveloped->inner) {
        if (auto done = enveloped->inner->normalise(enveloped->payload, enveloped->checked, context, out); !done) return done.error();
    } else if (enveloped->wrapper.kind == Wrapper::Kind::message) {
        return Fault{Errc::unsupported, first_error(checked.issues, 512)};
    } else {
        out.clear();
        out.bundle = R"({"resourceType":"Bundle","type":"transaction","entry":[]})";
    }
    append_delivery_status(*enveloped, checked, context, out);
    return {};
}

std::string identity(std::string_view message, const Checked& checked)
{
    const auto* enveloped = static_cast<const Enveloped*>(checked.decoded.get());
    std::string own;
    return std::string(enveloped && enveloped->inner ? identity_of(enveloped->inner, enveloped->payload, enveloped->checked, own) : message);
}

void addressed(Checked& checked, const Locations& own)
{
    auto* enveloped = static_cast<Enveloped*>(checked.decoded.get());
    if (!enveloped || !enveloped->inner) return;
    auto& within = enveloped->checked;
    hold_to_locations(*enveloped->inner, within, own);
    if (within.answer != Answer::accepted) {
        checked.answer = within.answer;
        checked.issues.insert(checked.issues.begin(), within.issues.front());
        return;
    }
    const auto& receiver = enveloped->wrapper.receiver;
    if (receiver.type == "EAN" && own.find(receiver.id, {}, {}) == Addressed::unknown_location)
        overrule(checked, IssueKind::unknown_key, "VANSEnvelope/ReceiverID", "is no location number of this gateway");
}

std::optional<Reply> reply_to(const Checked& checked, Answer answer, const AckStamp& stamp)
{
    const auto* enveloped = static_cast<const Enveloped*>(checked.decoded.get());
    if (!enveloped || enveloped->wrapper.id.empty() || enveloped->wrapper.kind != Wrapper::Kind::message || answer == Answer::store_failed) return std::nullopt;
    const auto& to = enveloped->wrapper;
    const bool positive = answer == Answer::accepted;
    const std::string_view sign = positive ? "+" : "-";
    Reply out{to, positive, {}, uuid_of("answer", to.id, sign), uuid_of("acknowledgement", to.message_id, sign)};
    // Refused for what the inner format knows nothing of (its envelope, its certificate): the receipt says why.
    if (enveloped->inner && (positive || enveloped->checked.answer != Answer::accepted))
        out.acknowledgement = enveloped->inner->acknowledge(enveloped->payload, enveloped->checked, answer, stamp);
    return out;
}

} // namespace sluse::envelope
