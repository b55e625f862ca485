// gateway/cli.hpp — the command line: what each subcommand takes, and what it calls.
#pragma once

namespace sluse {

/// Exit codes: 0 success, 1 something was refused, 2 a check found a difference, 64 usage, 65 bad input data, 69 dependency unavailable,
/// 74 I/O, 78 configuration.
int run(int argc, char** argv);

} // namespace sluse
