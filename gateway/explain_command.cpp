// gateway/explain_command.cpp — `sluse goals explain` and `sluse messages show --explain`: explanations as a person reads them.
#include "gateway/questions.hpp"

#include <fmt/format.h>

#include <string_view>

namespace sluse {
namespace {

using Value = rapidjson::Value;

void print_clauses(const Value& clauses, const char* indent)
{
    for (const auto& clause : clauses.GetArray()) {
        const char* verdict = !clause.HasMember("holds") ? " " : clause["holds"].GetBool() ? "✓" : "✗";
        fmt::print("{}{} {:<60} {}\n", indent, verdict, text(clause, "text"), text(clause, "place"));
    }
}

/// In the indicator's unit.
std::string value_of(const Value& c)
{
    if (!c["value"].IsNumber()) return {};
    return fmt::format("{:.2f} {}", c["value"].GetDouble(), text(c, "valueUnit"));
}

std::string counts(const Value& c)
{
    const auto value = value_of(c);
    return fmt::format("{} of {}{} on {}, final {}", text(c, "numerator"), text(c, "denominator"), value.empty() ? "" : ", value " + value, text(c, "countsOn"), text(c, "maturesOn"));
}

std::string where(const Value& c)
{
    std::string out;
    for (const char* name : {"region", "municipality", "unit", "sex", "ageBand"})
        if (const auto code = text(c["dimensions"], name); !code.empty()) out += (out.empty() ? "" : " ") + code;
    return out;
}

void print_account(const Value& account)
{
    fmt::print("{} {} from {} to {} at {}\n", text(account, "indicator"), text(account, "key"), text(account, "start"), text(account, "end").empty() ? "…" : text(account, "end"), text(account, "unit"));
    print_clauses(account["clauses"], "  ");
    for (const auto& outcome : account["outcomes"].GetArray()) {
        fmt::print("  then {} from {}: {}\n", text(outcome, "key"), text(outcome, "start"), outcome["counts"].GetBool() ? "counts" : "does not count");
        print_clauses(outcome["clauses"], "    ");
    }
    if (const auto reason = text(account, "reason"); !reason.empty()) fmt::print("  not counted: {}\n", reason);
    for (const auto& c : account["counts"].GetArray()) fmt::print("  counts {} in {}\n", counts(c), where(c));
}

void print_origins(const Value& origins, const char* indent)
{
    for (const auto& o : origins.GetArray()) {
        fmt::print("{}{} = {}\n", indent, text(o, "element"), shortened(text(o, "value"), 60));
        if (const auto source = text(o, "source"); !source.empty())
            fmt::print("{}  {} \"{}\"{}, {}\n", indent, source, shortened(text(o, "bytes"), 60), text(o, "offset").empty() ? "" : " at byte " + text(o, "offset"), text(o, "row"));
    }
}

/// `needed_only`: what a number rests on; else all that a message told.
void print_facts(const Value& facts, bool needed_only)
{
    for (const auto& fact : facts.GetArray()) {
        fmt::print("{} {}\n", text(fact, "kind"), text(fact, "key"));
        for (const auto& a : fact["attributes"].GetArray()) {
            if (needed_only && !a["needed"].GetBool()) continue;
            const auto message = text(a, "message");
            const auto state = needed_only ? "" : a["holds"].GetBool() ? "  holds" : "  overtaken by " + (message.empty() ? "a message no longer kept" : message);
            fmt::print("  {} = {}{}\n", text(a, "name"), text(a, "value"), state);
            if (needed_only) fmt::print("    {} {}\n", message.empty() ? "a message no longer kept" : message, text(a, "told"));
            print_origins(a["origins"], "    ");
        }
    }
}

void print_events(const Value& events)
{
    for (const auto& e : events.GetArray())
        fmt::print("{:+d} {}@{}  {}  in {}  episode {}  message {}\n", e["sign"].GetInt(), text(e, "indicator"), text(e, "version"), counts(e), where(e), text(e, "episode"), text(e, "message"));
}

int explain_goal(const ApiOptions& api, const std::string& id)
{
    int code = exit_ok;
    const auto answer = ask(api, "GET", "/api/v1/goals/" + encoded(id), code);
    if (!answer) return code;
    fmt::print("goal {} {}\n", text(*answer, "id"), text((*answer)["name"], "da"));
    Table table{{"INDICATOR", "TITLE", "SOURCE"}};
    for (const auto& one : (*answer)["indicators"].GetArray()) table.push_back({text(one, "id"), text(one["title"], "da"), shortened(text(one, "source"), 60)});
    print(table);
    fmt::print("Go on with: sluse goals explain INDICATOR --at PERIOD\n");
    return code;
}

int explain_cell(const ApiOptions& api, const ExplainQuery& query)
{
    auto target = "/api/v1/indicators/" + encoded(query.what) + "/explain?at=" + encoded(query.at) + "&limit=" + std::to_string(query.limit);
    for (const auto& [name, value] : {std::pair{"by", query.by}, {"group", query.group}})
        if (!value.empty()) target += fmt::format("&{}={}", name, encoded(value));
    int code = exit_ok;
    const auto answer = ask(api, "GET", target, code);
    if (!answer) return code;
    fmt::print("{}@{} in {}, by {}\n", text(*answer, "indicator"), text(*answer, "version"), text(*answer, "period"), text(*answer, "file"));
    print_clauses((*answer)["rule"], "  ");
    Table table{{"CONTRIBUTION", "NUM", "DEN", "VALUE", "COUNTS ON", "WHERE"}};
    for (const auto& c : (*answer)["contributions"].GetArray())
        table.push_back({text(c, "ref"), text(c, "numerator"), text(c, "denominator"), value_of(c), text(c, "countsOn"), where(c)});
    print(table);
    fmt::print("listed: {} of {}{}\n", text(*answer, "numerator"), text(*answer, "denominator"), (*answer)["next"].IsNull() ? "" : "; there are more");
    return code;
}

int explain_contribution(const ApiOptions& api, const std::string& ref)
{
    int code = exit_ok;
    const auto answer = ask(api, "GET", "/api/v1/contributions/" + encoded(ref), code);
    if (!answer) return code;
    fmt::print("{}@{}: {} in {}\nrule {}\n\n", text(*answer, "indicator"), text(*answer, "version"), counts((*answer)["contribution"]), where((*answer)["contribution"]), text(*answer, "file"));
    for (const auto& account : (*answer)["accounts"].GetArray()) print_account(account);
    fmt::print("\nrests on\n");
    print_facts((*answer)["facts"], true);
    fmt::print("\nevents\n");
    print_events((*answer)["events"]);
    return code;
}

} // namespace

int run_goals_explain(const ApiOptions& api, const ExplainQuery& query)
{
    if (!query.message.empty()) return run_messages_explain(api, query.message, query.what);
    if (query.what.find('~') != query.what.npos) return explain_contribution(api, query.what);
    if (query.what.size() == 1) return explain_goal(api, query.what);
    if (query.at.empty()) {
        fmt::print(stderr, "an indicator's number has a period: add --at 2026-03\n");
        return exit_usage;
    }
    return explain_cell(api, query);
}

int run_messages_explain(const ApiOptions& api, const std::string& id, const std::string& indicator)
{
    int code = exit_ok;
    const auto answer = ask(api, "GET", "/api/v1/messages/" + encoded(id) + "/explain" + (indicator.empty() ? "" : "?indicator=" + encoded(indicator)), code);
    if (!answer) return code;
    fmt::print("told\n");
    print_facts((*answer)["facts"], false);
    fmt::print("\nchanged\n");
    print_events((*answer)["events"]);
    for (const auto& account : (*answer)["accounts"].GetArray()) print_account(account);
    return code;
}

} // namespace sluse
