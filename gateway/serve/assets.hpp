// gateway/serve/assets.hpp — the web app's files, embedded by cmake/embed.cmake when the binary is built.
#pragma once

#include <span>
#include <string_view>

namespace sluse::serve {

struct Asset {
    std::string_view path; ///< "/app.js"; "/openapi.json" is the API's description
    std::string_view type;
    std::string_view bytes;
    std::string_view tag;  ///< hash of the bytes, quoted, for ETag
};
std::span<const Asset> assets();
const Asset* asset(std::string_view path);

} // namespace sluse::serve
