// gateway/tools/load.hpp — the sending side: many connections over MLLP or HTTP, answers checked, latencies measured.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/model/answer.hpp"
#include "gateway/net/tls.hpp"
#include "gateway/tools/latency.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

struct Target {
    bool http{}, tls{};
    std::string host, path; ///< path empty: by what is sent, /fhir, /vans or /api/v1/messages
    std::uint16_t port{};
};
/// "mllp://host:2575", "mllps://…", "http://host:8080[/path]", "https://…".
Result<Target> parse_target(std::string_view url);

struct LoadOptions {
    std::vector<std::string> to;  ///< one, or an MLLP and an HTTP one: HL7 v2 then goes to MLLP and all else to HTTP
    unsigned connections{1};      ///< to each target; a patient's HL7 messages stay on one, so their order holds
    unsigned pipeline{16};        ///< unanswered messages a connection (MLLP); HTTP has one
    double rate{0};               ///< messages a second over all; 0: as fast as they are answered
    unsigned resends_max{5};      ///< of a message that the store could not take, or whose connection broke
    Millis connect_max{10 * second_ms}, answer_max{60 * second_ms};
    Millis outage_max{30 * second_ms}; ///< without any connection; then what is left counts as unanswered
    TlsOptions tls;               ///< for mllps and https
    std::string token;            ///< HTTP: Authorization: Bearer
};

/// One message's fate.
struct MessageOutcome {
    std::uint64_t number{};             ///< from 0, in the order in which `next` gave them
    std::string control_id;
    std::optional<Answer> answer;       ///< empty: never answered
    std::string detail;                 ///< "AE PID-3 101", "HTTP 422"; no patient data
    std::chrono::steady_clock::duration latency{};
};

struct LoadSummary {
    std::uint64_t messages{}, bytes{}, accepted{}, content_error{}, refused{}, store_failed{}, unanswered{};
    std::uint64_t resent{}, stale_answers{}, reconnects{};
    double seconds{};
    Latencies latencies; ///< from sending (with a rate: from when it was due) to the answer
    bool unfinished{};   ///< given up before the source's end: what was left was never sent
    std::string fault;   ///< why messages went unanswered; empty when none did
    std::uint64_t answered() const { return accepted + content_error + refused + store_failed; }
};

/// Puts the next message into the string and returns true, or false at the end. Called from run_load's own thread.
using NextMessage = std::function<bool(std::string& message)>;

/// Sends everything, returns when all is answered or given up. Blocks; uses the calling thread. `progress` comes some ten times a second.
Result<LoadSummary> run_load(const LoadOptions& options, const NextMessage& next, const std::function<void(const LoadSummary&)>& progress = {},
                             const std::function<void(const MessageOutcome&)>& outcome = {});

} // namespace sluse
