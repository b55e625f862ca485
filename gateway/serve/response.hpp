// gateway/serve/response.hpp — an answer as the bytes that go over the wire.
#pragma once

#include "gateway/serve/reply.hpp"

#include <string>

namespace sluse::serve {

/// Status line, headers and, unless the question was HEAD, the body: written once, since Beast's serializer walks its views of them many times over. `version` is 10 or 11.
std::string response_text(const Reply& reply, unsigned version, bool keep_alive, bool head);

} // namespace sluse::serve
