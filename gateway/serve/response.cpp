// gateway/serve/response.cpp — see the header.
#include "gateway/serve/response.hpp"

#include "gateway/serve/admission.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace sluse::serve {

std::string response_text(const Reply& reply, unsigned version, bool keep_alive, bool head)
{
    constexpr std::size_t header_bytes = 1024; // more than any answer's
    const bool body = !head && reply.status != 304;
    std::string out;
    out.reserve(header_bytes + (body ? reply.body.size() : 0));
    const auto line = [&out](std::string_view name, std::string_view value) { (((out += name) += ": ") += value) += "\r\n"; };
    out += version == 10 ? "HTTP/1.0 " : "HTTP/1.1 ";
    (((out += std::to_string(reply.status)) += ' ') += reason_of(reply.status)) += "\r\n";
    for (const auto& header : security_headers()) line(header.name, header.value);
    line("Content-Type", reply.type);
    for (const auto& [name, value] : reply.headers) line(name, value);
    if (std::ranges::none_of(reply.headers, [](const auto& header) { return boost::beast::iequals(header.first, "Cache-Control"); })) line("Cache-Control", "no-store");
    if (version == 10 && keep_alive) line("Connection", "keep-alive");
    if (version != 10 && !keep_alive) line("Connection", "close");
    line("Content-Length", std::to_string(reply.body.size()));
    out += "\r\n";
    if (body) out += reply.body;
    return out;
}

} // namespace sluse::serve
