// gateway/serve/routes.hpp — the one table of everything the HTTP server answers, with the role each route needs.
#pragma once

#include "gateway/base/log_lines.hpp"
#include "gateway/serve/reply.hpp"
#include "gateway/serve/sources.hpp"
#include "gateway/serve/throughput.hpp"
#include "gateway/serve/tokens.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::serve {

/// The goals' answer, and its parts: an indicator's is made again when its cells changed, and only then.
struct GoalsCache {
    /// Of these indicators; of none: of all, for the rules changed. Any thread.
    void note_change(const std::vector<std::string>& indicators);
    /// Under the mutex: drops the parts of what changed.
    void drop_changed(Day day);

    std::atomic<std::uint64_t> generation{1}; ///< counts up when cells change
    std::mutex changed_mutex;
    std::set<std::string, std::less<>> changed; ///< indicators, since parts were dropped last
    bool all_changed{};
    std::mutex mutex; ///< guards those below
    std::string body;
    std::uint64_t known_generation{};
    Day today{};
    struct Part {
        std::string text, series; ///< of an indicator shown against a series: that one's id
    };
    std::map<std::string, Part> parts; ///< summaries by id@version
};

/// What every handler may use. Lives as long as the server.
struct Context {
    ApiSources sources;
    Throughput throughput;
    std::atomic<bool> draining{};
    GoalsCache goals;
    std::atomic<bool> comparing{}, repairing{}; ///< heavy work goes on one at a time, so that it leaves threads to the rest
};

/// One routed request; the body only for routes that take one.
struct Call {
    std::string_view method, path;
    std::string id;                            ///< what stood for {id}
    std::map<std::string, std::string, std::less<>> query;
    Caller caller;
    bool authenticated{};                      ///< a token was asked for and given; false on an open loopback
    std::string peer, content_type, accept, if_none_match, body;
    std::shared_ptr<const std::vector<std::string>> certificate_names{}; ///< of the client's certificate; null: it was asked for none
    std::string_view parameter(std::string_view name) const;
    /// `?limit=`, from 1 to `most`; `otherwise` when it is not given, nothing when it is no such number.
    std::optional<std::size_t> limit(std::size_t otherwise, std::size_t most) const;
    /// `true`, or `false` as when it is not given; nothing when it is neither.
    std::optional<bool> flag(std::string_view name) const;
};

enum class Does : std::uint8_t {
    answer, ///< handler, on the blocking pool
    work,   ///< the same, and may take minutes
    ask,    ///< reads a small body, the question, and then as work
    intake, ///< reads a body and hands messages to the Receiver
    live,   ///< server-sent events
};
using Handler = Reply (*)(Context&, const Call&);

struct Route {
    std::string_view method, pattern; ///< "/api/v1/messages/{id}"; "/*" at the end takes the rest
    Role role;
    Style style;
    Does does;
    Handler handler; ///< for intake and live: null
    std::string_view parameters{}; ///< of the query, a blank between; under /api another is refused
};
std::span<const Route> routes();
/// What is wrong with the call's parameters; empty: nothing. One that is misspelt, or is there twice, would be answered with other things than were asked for.
std::string wrong_parameter(const Route& route, const Call& call, const std::string& twice);

/// Where a request goes. `route` is null when nothing matches; then `allowed` names the methods the path has ("" for none).
struct Match {
    const Route* route{};
    std::string id;
    std::string allowed;
};
Match match(std::string_view method, std::string_view path);
Style style_of(std::string_view path); ///< for refusals on paths that no route has

struct Target {
    std::string path;
    std::map<std::string, std::string, std::less<>> query;
    std::string twice; ///< a parameter that is given more than once
};
/// Splits and percent-decodes a request target. Empty when it is malformed, absolute or too long.
std::optional<Target> parse_target(std::string_view target);

/// Views that must each leave a line: never collapsed or held back, unlike the process's own log.
LogLines& audit_lines();

// Handlers, by file.
Reply get_asset(Context&, const Call&);           // pages.cpp
Reply get_live_probe(Context&, const Call&);      // health.cpp
Reply get_ready_probe(Context&, const Call&);
Reply get_metrics(Context&, const Call&);
Reply get_openapi(Context&, const Call&);         // pages.cpp
Reply get_goals(Context&, const Call&);           // numbers.cpp
Reply get_goal(Context&, const Call&);
Reply get_indicators(Context&, const Call&);
Reply get_indicator(Context&, const Call&);
Reply get_systems(Context&, const Call&);         // operations.cpp
Reply get_balance(Context&, const Call&);
Reply get_journal(Context&, const Call&);
Reply get_quarantine(Context&, const Call&);
Reply post_retry(Context&, const Call&);          // repairs.cpp
Reply post_discard(Context&, const Call&);
Reply post_recompute(Context&, const Call&);
Reply get_messages(Context&, const Call&);        // messages.cpp
Reply get_message(Context&, const Call&);
Reply get_message_content(Context&, const Call&);
Reply get_signals(Context&, const Call&);          // signals.cpp
Reply get_open(Context&, const Call&);             // open.cpp
Reply get_cell_explanation(Context&, const Call&); // explain.cpp
Reply get_contribution(Context&, const Call&);
Reply get_message_explanation(Context&, const Call&);
Reply get_capability(Context&, const Call&);      // fhir.cpp
Reply get_measures(Context&, const Call&);
Reply get_measure(Context&, const Call&);
Reply get_measure_report(Context&, const Call&);
Reply get_evaluation(Context&, const Call&);      // evaluate.cpp
Reply post_evaluation(Context&, const Call&);

} // namespace sluse::serve
