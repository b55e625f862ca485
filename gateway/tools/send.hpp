// gateway/tools/send.hpp — `sluse send FILE… --to URL`: files of messages to a gateway, answers checked.
#pragma once

#include "gateway/tools/load.hpp"

#include <string>
#include <vector>

namespace sluse {

struct SendOptions {
    std::vector<std::string> files; ///< "-": standard input
    LoadOptions load;
    bool json{false};               ///< --output json: the summary as one object on stdout
    bool quiet{false};              ///< no progress
    unsigned refusals_shown_max{20};
};

/// Returns the exit code: 0 all accepted, 1 something was refused, 65 bad input, 69 some were never answered, 78 bad options.
int run_send(const SendOptions& options);

/// The summary as `--output json` writes it, one line, and as a person reads it.
std::string summary_json(const LoadSummary& summary);
std::string summary_text(const LoadSummary& summary);

/// A progress line on stderr while something runs: a bar that redraws itself on a terminal, a plain line every five seconds elsewhere.
class ProgressLine {
public:
    explicit ProgressLine(bool quiet);
    ~ProgressLine(); ///< leaves the terminal's line
    /// `done` from 0 to 1; below 0: unknown.
    void show(double done, const LoadSummary& summary);

private:
    bool terminal_, quiet_, drawn_{false};
    std::chrono::steady_clock::time_point next_{};
};

} // namespace sluse
