// gateway/commands.hpp — what the command line asks of a running gateway (over its API) or of a stopped one's data.
#pragma once

#include <optional>
#include <string>

namespace sluse {

/// Where the running gateway answers, and how to print what it says.
struct ApiOptions {
    std::string base;             ///< empty: http://127.0.0.1:8080, or what a configuration given says
    std::string token_file;
    std::string output = "table"; ///< table or json
};

struct GoalQuery {
    std::string indicator, by, period = "month", from, to, as_known_on;
    std::string standardise, standard; ///< direct or indirect; by which population
    bool revisions{}, exact{};
};

struct RecomputeOptions {
    bool verify{};
    std::string config_file; ///< of a stopped gateway; empty: the built-in defaults
    std::optional<std::string> as_known_on; ///< a day: the cells as known at its end, from the messages received until then
};

struct ExplainQuery {
    std::string what;                ///< a goal ("1"), an indicator ("G1.1") or a contribution's name
    std::string at, by, group, message;
    std::size_t limit = 50;
};

/// Empty: any. `type` is how it begins; `before` a message's id.
struct MessageFilter {
    std::string system, type, status, before;
    unsigned limit = 50;
};

struct LoadOptions;
struct ReplayFilter;

/// From a goal to its indicators, from one to its contributions, from one of those to the bytes behind it.
int run_goals_explain(const ApiOptions& api, const ExplainQuery& query);
/// What a message said, and all it changed.
int run_messages_explain(const ApiOptions& api, const std::string& id, const std::string& indicator);
int run_goals_list(const ApiOptions& api);
/// Courses that are open now; `watch` empty: of all. Which they are only with the role content-viewer.
int run_goals_open(const ApiOptions& api, const std::string& watch, unsigned limit);
int run_goals_show(const ApiOptions& api, const GoalQuery& query);
/// Exit 2 when a cell differs; 69 when neither a running gateway nor its data can be had.
int run_goals_recompute(const ApiOptions& api, const RecomputeOptions& options);
int run_recompute_running(const ApiOptions& api);
int run_messages_list(const ApiOptions& api, const MessageFilter& filter);
/// Fetches a message's bytes (role content-viewer; logged) and sends them to another system. Exit 1 when that refuses, 69 when it does not answer.
int run_messages_resend(ApiOptions api, const std::string& id, const LoadOptions& to);
int run_messages_show(const ApiOptions& api, const std::string& id);
int run_messages_quarantine(const ApiOptions& api);
/// `action`: retry or discard. Exit 1 when the message, or one behind it, is still held.
int run_messages_repair(const ApiOptions& api, const std::string& id, const std::string& action);
int run_journal_stats(const std::string& config_file);
/// Writes the journal again into a new data directory. Exit 64 when that is not empty, 2 when records could not be read.
int run_journal_replay(const std::string& config_file, const std::string& folder, const ReplayFilter& filter);
int run_journal_verify(const std::string& config_file);
int run_journal_export(const std::string& config_file);

} // namespace sluse
