// gateway/commands.cpp — questions to a running gateway: one request, then a table or the answer as it came.
#include "gateway/commands.hpp"

#include "gateway/questions.hpp"

#include <fmt/format.h>

namespace sluse {
namespace {

/// A row's number as a person reads it: hidden, provisional, or plain.
std::string number(const rapidjson::Value& row, const std::string& unit)
{
    if (!row.IsObject()) return "no data yet";
    if (text(row, "suppressed") == "yes") return "few persons: not shown";
    const auto value = text(row, "value");
    const auto state = text(row, "state");
    return value.empty() ? "–" : fmt::format("{} {}{}", value, unit, state.empty() || state == "stable" ? "" : " (" + state + ")");
}

/// How the row was known before: the day stands in the last column but one.
void add_revisions(Table& table, const rapidjson::Value& row, const std::string& unit)
{
    for (const auto& revision : row["revisions"].GetArray())
        table.push_back({"  as known", "", number(revision, unit), text(revision, "numerator"), text(revision, "denominator"), "", "", "", text(revision, "knownOn"), ""});
}

/// The systems behind an indicator, and whether they send as they usually do.
Table sources_of(const rapidjson::Value& answer)
{
    Table table{{"SYSTEM", "LAST RECEIVED", "LAST DAY", "LAST WEEK", "USUAL", "COVERAGE"}};
    for (const auto& source : answer["sources"].GetArray())
        table.push_back({text(source, "system"), text(source, "lastReceived"), text(source, "lastDay"), text(source, "receivedLastWeek"), text(source, "usualInAWeek"), text(source, "coverage")});
    return table;
}

/// What sex and age do not explain; a row of which too little is shown has no number.
Table standardised_of(const rapidjson::Value& answer)
{
    const bool indirect = text(answer, "method") == "indirect";
    Table table{{"PERIOD", "GROUP", indirect ? "OBSERVED/EXPECTED" : "STANDARDISED", "95 % FROM", "TO", "OBSERVED", "EXPECTED", "COVERAGE"}};
    for (const auto& row : answer["rows"].GetArray())
        table.push_back({text(row, "period"), text(row, "group"), text(row, "suppressed") == "yes" ? "few persons: not shown" : text(row, indirect ? "ratio" : "value"), text(row, "lower"),
                         text(row, "upper"), text(row, "observed"), text(row, "expected"), text(row, "coverage")});
    return table;
}

void add_indicator(Table& table, const std::string& goal, const rapidjson::Value& indicator)
{
    table.push_back({goal, text(indicator, "id"), text(indicator["title"], "da"), number(indicator["current"], text(indicator, "unit")),
                     text(indicator, "target"), text(indicator["current"], "period")});
}

} // namespace

int run_goals_list(const ApiOptions& api)
{
    int code = exit_ok;
    const auto answer = ask(api, "GET", "/api/v1/goals", code);
    if (!answer) return code;
    Table table{{"GOAL", "INDICATOR", "TITLE", "NOW", "TARGET", "PERIOD"}};
    for (const auto& goal : (*answer)["goals"].GetArray()) {
        const auto name = text(goal, "id") + " " + text(goal["name"], "da");
        if (goal["indicators"].Empty()) table.push_back({name, "–", "no live indicator yet"});
        for (const auto& indicator : goal["indicators"].GetArray()) add_indicator(table, name, indicator);
    }
    for (const auto& indicator : (*answer)["others"].GetArray()) add_indicator(table, "–", indicator);
    print(table);
    return code;
}

int run_goals_show(const ApiOptions& api, const GoalQuery& query)
{
    std::string target = "/api/v1/indicators/" + encoded(query.indicator) + "?period=" + encoded(query.period);
    for (const auto& [name, value] : {std::pair{"by", query.by}, {"from", query.from}, {"to", query.to}, {"as-known-on", query.as_known_on}, {"standardise", query.standardise}, {"standard", query.standard}})
        if (!value.empty()) target += fmt::format("&{}={}", name, encoded(value));
    if (query.revisions) target += "&revisions=true";
    if (query.exact) target += "&exact=true";
    int code = exit_ok;
    const auto answer = ask(api, "GET", target, code);
    if (!answer) return code;
    const auto unit = text(*answer, "unit");
    Table table{{"PERIOD", query.by.empty() ? "" : "GROUP", "VALUE", "NUMERATOR", "DENOMINATOR", "MATURED", "STATE", "FINAL", "CHANGED", "HELD"}};
    const auto against = answer->HasMember("against") ? text((*answer)["against"], "unit") : std::string();
    if (!against.empty()) table.front().push_back(against);
    for (const auto& row : (*answer)["rows"].GetArray()) {
        table.push_back({text(row, "period"), text(row, "group"), number(row, unit), text(row, "numerator"), text(row, "denominator"), text(row, "matured"),
                         text(row, "state"), text(row, "finalOn"), text(row, "changedOn"), text(row, "held")});
        if (!against.empty()) table.back().push_back(row.HasMember("against") ? text(row, "against") : "–");
        if (query.revisions && row.HasMember("revisions")) add_revisions(table, row, unit);
    }
    print(table);
    if (answer->HasMember("standardised")) print(standardised_of((*answer)["standardised"]));
    print(sources_of(*answer));
    return code;
}

int run_goals_open(const ApiOptions& api, const std::string& watch, unsigned limit)
{
    int code = exit_ok;
    const auto answer = ask(api, "GET", fmt::format("/api/v1/open?limit={}{}{}", limit, watch.empty() ? "" : "&watch=", encoded(watch)), code);
    if (!answer) return code;
    const bool exact = (*answer)["persons"].GetBool();
    const auto persons = [&](const rapidjson::Value& of, const char* name) {
        const auto number = text(of, name);
        return !exact && number == "0" ? "few or none" : number;
    };
    Table table{{"WATCH", "TITLE", "PERSONS", "PASSED"}};
    for (const auto& each : (*answer)["watches"].GetArray()) {
        std::string passed;
        for (const auto& at : each["limits"].GetArray()) passed += fmt::format("{}{}: {}", passed.empty() ? "" : ", ", text(at, "limit"), persons(at, "passed"));
        table.push_back({text(each, "watch"), text(each["title"], "da"), persons(each, "persons"), passed});
    }
    print(table);
    if (!exact) return code;
    Table courses{{"WATCH", "PERSON", "UNIT", "SINCE", "PASSED", "NEXT", "AT"}};
    for (const auto& course : (*answer)["courses"].GetArray()) {
        const auto& passed = course["passed"];
        courses.push_back({text(course, "watch"), text(course, "person"), text(course, "unit"), text(course, "since"),
                           passed.Empty() ? "" : passed[passed.Size() - 1].GetString(), text(course, "next"), text(course, "nextAt")});
    }
    print(courses);
    return code;
}

int run_recompute_running(const ApiOptions& api)
{
    int code = exit_ok;
    const auto answer = ask(api, "POST", "/api/v1/recompute", code);
    if (!answer) return code;
    for (const auto& difference : (*answer)["differences"].GetArray()) fmt::print("{}\n", difference.GetString());
    const bool equal = (*answer)["differences"].Empty();
    fmt::print(stderr, "{} cells from the facts of {} identifiers: {}\n", text(*answer, "cells"), text(*answer, "identifiers"),
               equal ? "the stream equals the batch" : "they differ");
    return equal ? exit_ok : exit_difference;
}

} // namespace sluse
