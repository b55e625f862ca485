// gateway/serve/intake.cpp — POST /fhir, /fhir/$process-message, /vans and /api/v1/messages.
#include "gateway/serve/intake.hpp"

#include "adapters/fhir/adapter.hpp"
#include "adapters/fhir/xml.hpp"
#include "adapters/xml/document.hpp"
#include "gateway/base/issues.hpp"
#include "gateway/normalise/charset.hpp"

#include <rapidjson/reader.h>
#include <rapidjson/memorystream.h>

#include <algorithm>
#include <atomic>
#include <cctype>

namespace sluse::serve {
namespace {

std::string media_type(std::string_view content_type)
{
    auto type = std::string(content_type.substr(0, content_type.find(';')));
    while (!type.empty() && type.back() == ' ') type.pop_back();
    std::ranges::transform(type, type.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return type;
}

/// Only asked when a message was refused: was it JSON at all? Tells 400 from 422 without parsing every good message twice.
bool is_json(std::string_view body)
{
    rapidjson::MemoryStream stream(body.data(), body.size());
    rapidjson::BaseReaderHandler<> ignore;
    rapidjson::Reader reader;
    return !reader.Parse<rapidjson::kParseIterativeFlag>(stream, ignore).IsError();
}

unsigned status_of(const Receipt& receipt, std::string_view body, bool json)
{
    switch (receipt.answer) {
    case Answer::accepted: return 200;
    case Answer::store_failed: return 503;
    case Answer::content_error:
    case Answer::refused: break;
    }
    if (json && !sluse::xml::looks_like_xml(body) && !is_json(body)) return 400;
    const auto too_long = [](const Issue& issue) { return issue.kind == IssueKind::too_long && issue.severity == Severity::error; };
    if (std::ranges::any_of(receipt.issues, too_long) && receipt.answer == Answer::refused) return 413;
    return 422;
}

/// EDIFACT answers in ISO 8859-1; JSON is UTF-8.
std::string as_utf8(const std::string& reply)
{
    if (valid_utf8(reply)) return reply;
    std::string out;
    std::size_t lost = 0;
    to_utf8(reply, "ISO-8859-1", out, lost);
    return out;
}

void write_receipt(Json& json, const Receipt& receipt)
{
    json.begin().field("answer", word(receipt.answer));
    json.key("id");
    if (receipt.id == Ulid{}) json.null();
    else json.value(receipt.id.text());
    json.field("format", receipt.format).field("system", receipt.system).field("type", receipt.type).field("controlId", receipt.control_id);
    write_issues(json, receipt.issues);
    json.field("acknowledgement", as_utf8(receipt.reply)).end();
}

/// In the syntax that the caller accepts; when it does not say, in the one it sent.
void choose_syntax(Reply& reply, std::string_view accept, std::string_view body)
{
    const bool says_xml = accept.find("xml") != accept.npos, says_json = accept.find("json") != accept.npos;
    const bool xml = says_xml == says_json ? sluse::xml::looks_like_xml(body) : says_xml;
    if (xml == (reply.type == fhir_xml)) return;
    Issues ignore;
    auto other = xml ? sluse::fhir::xml_of_json(reply.body) : sluse::fhir::json_of_xml(reply.body, ignore);
    if (other.empty()) return;
    reply.body = std::move(other);
    reply.type = xml ? fhir_xml : fhir_json;
}

/// The outcome is the format's own, written before it was known whether the message is kept: it gets the id under which it is.
void name_outcome(std::string& body, const Ulid& id)
{
    static constexpr std::string_view json = R"({"resourceType":"OperationOutcome",)", xml = R"(<OperationOutcome xmlns="http://hl7.org/fhir">)";
    if (id == Ulid{}) return;
    if (body.starts_with(json)) body.insert(json.size(), R"("id":")" + id.text() + R"(",)");
    else if (const auto at = body.find(xml); at < 100) body.insert(at + xml.size(), R"(<id value=")" + id.text() + R"("/>)");
}

Reply fhir_reply(const Receipt& receipt, const Call& call)
{
    const std::string_view body = call.body;
    Reply reply;
    reply.type = fhir_json;
    reply.status = status_of(receipt, body, true);
    const bool accepted = receipt.answer == Answer::accepted;
    // MedCom and FHIR messaging answer with a Bundle of their own; everything else gets an OperationOutcome.
    const bool xml = sluse::xml::looks_like_xml(receipt.reply);
    if (xml) reply.type = fhir_xml;
    if (xml || receipt.reply.starts_with('{')) reply.body = receipt.reply;
    else reply.body = operation_outcome(receipt.issues, accepted ? "accepted: durable and checked" : "not accepted", accepted);
    name_outcome(reply.body, receipt.id);
    choose_syntax(reply, call.accept, body);
    return reply;
}

/// Several messages in one request are answered by one outcome: the worst answer, and every issue with the message it is of.
Receipt joined_receipt(const std::vector<Receipt>& receipts)
{
    Receipt out;
    for (std::size_t i = 0; i < receipts.size(); ++i) {
        const auto worse = [](Answer answer) { return answer == Answer::accepted ? 0 : answer == Answer::store_failed ? 2 : 1; };
        if (worse(receipts[i].answer) > worse(out.answer) || i == 0) out.answer = receipts[i].answer;
        for (auto issue : receipts[i].issues) {
            issue.path = "Bundle.entry[" + std::to_string(i) + "].resource" + (issue.path.empty() ? "" : ": ") + issue.path;
            out.issues.push_back(std::move(issue));
        }
    }
    return out;
}

/// An envelope is answered by an envelope; what could not be read as one by problem+json.
Reply vans_reply(const Receipt& receipt, std::string_view body)
{
    const auto status = status_of(receipt, body, false);
    if (receipt.reply.empty() && receipt.answer != Answer::accepted)
        return refusal(Style::api, status, receipt.issues.empty() ? "the envelope cannot be taken" : receipt.issues.front().path + ": " + receipt.issues.front().text);
    Reply reply;
    reply.status = status;
    reply.type = "application/xml";
    reply.body = receipt.reply;
    return reply;
}

/// `whole`: what is wrong with the body around its messages, a batch's count for instance.
Reply api_reply(const std::vector<Receipt>& receipts, const Issues& whole, std::string_view body)
{
    Reply reply;
    Json json;
    if (receipts.size() == 1 && whole.empty()) {
        write_receipt(json, receipts[0]);
        reply.status = status_of(receipts[0], body, false);
    } else {
        const auto accepted = std::ranges::count(receipts, Answer::accepted, &Receipt::answer);
        json.begin().field("accepted", accepted).field("refused", static_cast<std::int64_t>(receipts.size()) - accepted).key("messages").list();
        for (const auto& receipt : receipts) {
            write_receipt(json, receipt);
            reply.status = std::max(reply.status, status_of(receipt, body, false)); // 200 < 413 < 422 < 503: send again what failed
        }
        json.end_list();
        if (has_error(whole)) reply.status = std::max(reply.status, 422u); // as a file of it goes to failed/
        if (!whole.empty()) write_issues(json, whole);
        if (const auto joined = joined_acknowledgement(receipts); !joined.empty()) json.field("acknowledgement", as_utf8(joined));
        json.end();
    }
    reply.body = json.text();
    return reply;
}

} // namespace

std::optional<Reply> check_intake_header(const Route& route, std::string_view content_type)
{
    const auto type = media_type(content_type);
    if (route.style == Style::vans && type != "application/xml" && type != "text/xml") return refusal(Style::api, 415, "send the envelope as application/xml");
    static constexpr std::string_view taken[] = {fhir_json, "application/json", fhir_xml, "application/xml", "text/xml"};
    if (route.style == Style::fhir && std::ranges::find(taken, type) == std::end(taken))
        return refusal(route.style, 415, "send application/fhir+json or application/fhir+xml");
    if (route.style == Style::api && (type.starts_with("multipart/") || type == "application/x-www-form-urlencoded"))
        return refusal(route.style, 415, "send the message itself as the body, for instance as application/octet-stream");
    return std::nullopt;
}

Split split_body(const ApiSources& sources, const Route& route, const Call& call)
{
    Split split;
    const auto deliver = [&](std::string bytes, std::string_view format) {
        Delivery delivery;
        delivery.bytes = std::move(bytes);
        delivery.via = "http";
        delivery.format = format;
        delivery.peer = call.peer;
        delivery.certificate_names = call.certificate_names;
        split.deliveries.push_back(std::move(delivery));
    };
    if (std::ranges::all_of(call.body, [](unsigned char c) { return std::isspace(c) != 0; })) {
        split.refused = refusal(route.style, 400, "the body is empty");
        return split;
    }
    if (route.style == Style::fhir) {
        // What holds several citizens' reports is several messages; anything else is one, however long.
        const auto parts = sources.split && sluse::fhir::holds_reports(call.body) ? sources.split(call.body, "fhir") : SplitBody();
        if (parts.messages.size() < 2) deliver(call.body, "fhir");
        else
            for (const auto message : parts.messages) deliver(std::string(message), "fhir");
        return split;
    }
    if (route.style == Style::vans) {
        const auto envelope = sources.split ? sources.split(call.body, {}) : SplitBody();
        if (envelope.format == "vans" || envelope.format == "sbdh") deliver(call.body, envelope.format);
        else split.refused = refusal(Style::api, 422, "the body is neither a VANSEnvelope nor a StandardBusinessDocument; other messages go to /api/v1/messages");
        return split;
    }
    const auto parts = sources.split ? sources.split(call.body, call.parameter("format")) : SplitBody();
    if (parts.format.empty())
        split.refused = refusal(route.style, 415, call.parameter("format").empty() ? "the body is in no format that is known here" : "no format of this name recognises the body");
    else if (parts.messages.empty())
        split.refused = refusal(route.style, 400, parts.issues.empty() ? "the body holds no message" : parts.issues.front().path + ": " + parts.issues.front().text);
    else if (parts.messages.size() > messages_per_request_max) split.refused = refusal(route.style, 413, "at most 1000 messages in one request");
    if (split.refused) return split;
    for (const auto message : parts.messages) deliver(std::string(message), parts.format);
    split.issues = parts.issues;
    return split;
}

void receive_all(Receiver& receiver, std::vector<Delivery> deliveries, std::function<void(std::vector<Receipt>)> done)
{
    struct Pending {
        std::vector<Receipt> receipts;
        std::atomic<std::size_t> left;
        std::function<void(std::vector<Receipt>)> done;
    };
    // Shared by the callbacks of all messages: whichever is answered last calls done.
    const auto pending = std::make_shared<Pending>();
    pending->receipts.resize(deliveries.size());
    pending->left = deliveries.size();
    pending->done = std::move(done);
    for (std::size_t i = 0; i < deliveries.size(); ++i) {
        receiver.receive(std::move(deliveries[i]), [pending, i](Receipt receipt) {
            pending->receipts[i] = std::move(receipt);
            if (pending->left.fetch_sub(1) == 1) pending->done(std::move(pending->receipts));
        });
    }
}

Reply intake_reply(const Route& route, const std::vector<Receipt>& receipts, const Issues& whole, const Call& call)
{
    auto reply = route.style == Style::fhir   ? fhir_reply(receipts.size() == 1 ? receipts.front() : joined_receipt(receipts), call)
                 : route.style == Style::vans ? vans_reply(receipts.front(), call.body)
                                              : api_reply(receipts, whole, call.body);
    if (reply.status == 503 && reply.headers.empty()) reply.headers.emplace_back("Retry-After", "5"); // a refusal has it already
    for (const auto& receipt : receipts) reply.pause_ms = std::max<std::int64_t>(reply.pause_ms, receipt.pause_ms);
    if (receipts.size() == 1 && receipts[0].id != Ulid{}) reply.headers.emplace_back("Sluse-Message-Id", receipts[0].id.text());
    return reply;
}

} // namespace sluse::serve
