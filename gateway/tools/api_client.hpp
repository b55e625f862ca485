// gateway/tools/api_client.hpp — one bounded HTTP request to a running gateway, for the command line.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"

#include <string>

namespace sluse {

struct ApiAnswer {
    unsigned status{};
    std::string body;
};

/// `base` is http://host:port; `token` goes into Authorization when not empty. Errc::closed when nothing answers there.
Result<ApiAnswer> api_request(const std::string& base, const std::string& method, const std::string& target, const std::string& token = {},
                              Millis at_most = 30 * second_ms);

} // namespace sluse
