// gateway/messages_command.cpp — `sluse messages`: what came in, what became of one, its bytes sent on, and repairs.
#include "gateway/commands.hpp"

#include "gateway/base/base64.hpp"
#include "gateway/questions.hpp"
#include "gateway/tools/send.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <utility>

namespace sluse {

int run_messages_list(const ApiOptions& api, const MessageFilter& filter)
{
    std::string target = "/api/v1/messages?limit=" + std::to_string(filter.limit);
    for (const auto& [name, value] : {std::pair{"system", filter.system}, {"type", filter.type}, {"status", filter.status}, {"before", filter.before}})
        if (!value.empty()) target += fmt::format("&{}={}", name, encoded(value));
    int code = exit_ok;
    const auto answer = ask(api, "GET", target, code);
    if (!answer) return code;
    Table table{{"ID", "RECEIVED", "SYSTEM", "FORMAT", "TYPE", "CONTROL ID", "STATUS"}};
    for (const auto& one : (*answer)["messages"].GetArray())
        table.push_back({text(one, "id"), text(one, "receivedAt"), text(one, "system"), text(one, "format"), text(one, "type"), text(one, "controlId"), text(one, "status")});
    print(table);
    if (const auto next = text(*answer, "next"); !next.empty())
        fmt::print(stderr, "{} of the {} newest messages; older ones: --before {}\n", table.size() - 1, text(*answer, "searched"), next);
    return code;
}

namespace {

/// What its receiver said of it; of an acknowledgement, what it says of which messages.
void print_delivery(const rapidjson::Value& message)
{
    if (message.HasMember("delivery")) {
        fmt::print("{:<12}{}\n", "delivery", text(message["delivery"], "status"));
        for (const auto& one : message["delivery"]["acknowledgements"].GetArray())
            fmt::print("{:<12}{} by {} at {}, message {} {}\n", "", text(one, "outcome"), text(one, "system"), text(one, "receivedAt"), text(one, "message"), text(one, "text"));
    }
    if (!message.HasMember("acknowledges")) return;
    for (const auto& one : message["acknowledges"].GetArray())
        fmt::print("{:<12}{} {}: {} {}\n", "acknowledges", text(one, "id"), text(one, "outcome"), one["message"].IsNull() ? "no such message here" : text(one, "message"), text(one, "text"));
}

/// "spooled" alone would leave open where, and whether it is lost.
std::string in_words(std::string_view name, std::string value)
{
    return name == "status" && value == "spooled" ? "waiting in the spool of this machine for the brokers" : value;
}

} // namespace

int run_messages_show(const ApiOptions& api, const std::string& id)
{
    int code = exit_ok;
    const auto answer = ask(api, "GET", "/api/v1/messages/" + encoded(id), code);
    if (!answer) return code;
    for (const char* name : {"id", "receivedAt", "system", "format", "type", "controlId", "via", "status", "partition", "offset", "bytes"})
        fmt::print("{:<12}{}\n", name, in_words(name, text(*answer, name)));
    for (const auto& issue : (*answer)["issues"].GetArray()) fmt::print("{:<12}{} {}\n", text(issue, "severity"), text(issue, "path"), text(issue, "text"));
    for (const auto& one : (*answer)["resources"].GetArray()) fmt::print("{:<12}{}/{}\n", "resource", text(one, "type"), text(one, "id"));
    print_delivery(*answer);
    if (answer->HasMember("changes"))
        for (const auto& one : (*answer)["changes"].GetArray())
            fmt::print("{:<12}{} {}{} numerator {} denominator {} in {}\n", "changed", text(one, "indicator"), text(one, "sign") == "1" ? "+" : "", text(one, "sign"),
                       text(one, "numerator"), text(one, "denominator"), text(one, "period"));
    return code;
}

int run_messages_quarantine(const ApiOptions& api)
{
    int code = exit_ok;
    const auto answer = ask(api, "GET", "/api/v1/quarantine", code);
    if (!answer) return code;
    Table table{{"ID", "RECEIVED", "SYSTEM", "TYPE", "WAITING", "KIND", "REASON"}};
    const auto& list = answer->IsObject() ? (*answer)["messages"] : *answer;
    for (const auto& one : list.GetArray())
        table.push_back({text(one, "id"), text(one, "receivedAt"), text(one, "system"), text(one, "type"), text(one, "waiting"), text(one, "kind"), text(one, "reason")});
    print(table);
    return code;
}

int run_messages_repair(const ApiOptions& api, const std::string& id, const std::string& action)
{
    int code = exit_ok;
    const auto answer = ask(api, "POST", "/api/v1/quarantine/" + encoded(id) + "/" + action, code);
    if (!answer) return code;
    const auto left = text(*answer, "left"), reason = text(*answer, "reason");
    fmt::print("{}: {}processed {}, still held {}{}\n", id, action == "discard" ? "given up; " : "", text(*answer, "processed"), left,
               reason.empty() ? "" : ": " + reason);
    return left == "0" ? exit_ok : exit_refused;
}

int run_messages_resend(ApiOptions api, const std::string& id, const LoadOptions& to)
{
    int code = exit_ok;
    api.output = "table";
    const auto answer = ask(api, "GET", "/api/v1/messages/" + encoded(id) + "/content", code);
    if (!answer) return code;
    auto bytes = from_base64(text(*answer, "base64"));
    if (!bytes) return fmt::print(stderr, "{}: its content cannot be read\n", id), exit_refused;
    const NextMessage once = [&bytes](std::string& message) {
        if (!bytes) return false;
        message = *std::exchange(bytes, std::nullopt);
        return true;
    };
    std::string said;
    const auto sent = run_load(to, once, {}, [&](const MessageOutcome& outcome) { said = outcome.answer ? outcome.detail : "never answered: " + outcome.detail; });
    if (!sent) return fmt::print(stderr, "sluse messages resend: {}\n", sent.error().where), exit_usage;
    if (said.empty()) said = "never answered: " + sent->fault;
    fmt::print("{} to {}: {}\n", id, to.to.front(), sent->accepted ? "accepted" : said);
    return sent->accepted ? exit_ok : sent->unanswered ? exit_unavailable : exit_refused;
}

} // namespace sluse
