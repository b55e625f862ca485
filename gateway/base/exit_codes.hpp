// gateway/base/exit_codes.hpp — what the commands end with (docs/operating.md); from 64 on as in BSD's sysexits.h.
#pragma once

namespace sluse {

inline constexpr int exit_ok = 0;
inline constexpr int exit_refused = 1;      ///< something was refused
inline constexpr int exit_difference = 2;   ///< a check found one
inline constexpr int exit_usage = 64;
inline constexpr int exit_data = 65;        ///< bad input
inline constexpr int exit_unavailable = 69; ///< something needed is not there: a gateway, a broker
inline constexpr int exit_io = 74;
inline constexpr int exit_config = 78;
inline constexpr int exit_forced = 143; ///< a second SIGTERM

} // namespace sluse
