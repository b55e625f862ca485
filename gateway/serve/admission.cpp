// gateway/serve/admission.cpp — route, host, origin, token, role, media type: in this order, each with its own refusal.
#include "gateway/serve/admission.hpp"

#include "gateway/serve/intake.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/beast/core/string.hpp>

#include <array>

namespace sluse::serve {
namespace {

constexpr std::array headers{
    Header{"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                                      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    Header{"X-Content-Type-Options", "nosniff"},
    Header{"X-Frame-Options", "DENY"},
    Header{"Referrer-Policy", "no-referrer"},
    Header{"Cross-Origin-Resource-Policy", "same-origin"},
    Header{"Cross-Origin-Opener-Policy", "same-origin"},
};

/// An address in 127.0.0.0/8, whole: whoever owns a domain can give it the name 127.example.org.
bool names_loopback(std::string_view host)
{
    const auto colon = host.rfind(':'), bracket = host.rfind(']');
    if (colon != host.npos && (bracket == host.npos || colon > bracket)) host = host.substr(0, colon);
    if (boost::beast::iequals(host, "localhost") || host == "[::1]") return true;
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address_v4(std::string(host), ec);
    return !ec && address.is_loopback();
}

/// A browser says where a request comes from; a page of another site must not act with this one's access.
bool from_elsewhere(const RequestHeader& header)
{
    if (header.fetch_site == "cross-site" || header.fetch_site == "same-site") return true;
    if (header.origin.empty()) return false;
    const auto scheme = header.origin.find("://");
    return scheme == header.origin.npos || header.origin.substr(scheme + 3) != header.host;
}

} // namespace

std::span<const Header> security_headers() { return headers; }

std::optional<Reply> Admission::check_caller(const Route& route, const RequestHeader& header, Call& call) const
{
    if (!has_tokens()) {
        call.caller = {"", all_roles};
        return std::nullopt;
    }
    if (route.role == Role::anyone) return std::nullopt;
    constexpr std::string_view bearer = "Bearer ";
    if (!boost::beast::iequals(header.authorization.substr(0, bearer.size()), bearer)) return refusal(route.style, 401, "a bearer token is needed");
    auto caller = tokens_.find(header.authorization.substr(bearer.size()));
    if (!caller) return refusal(route.style, 401, "this token is not known");
    if (!has(caller->roles, route.role)) return refusal(route.style, 403, "the role " + std::string(name(route.role)) + " is needed");
    call.caller = std::move(*caller);
    call.authenticated = true;
    return std::nullopt;
}

Admitted Admission::admit(const RequestHeader& header, const std::string& peer, bool draining) const
{
    Admitted out;
    const auto refuse = [&](Style style, unsigned status, std::string_view detail) { out.refused = refusal(style, status, detail); };
    auto target = parse_target(header.target);
    if (!target) return refuse(Style::plain, 400, "the request target cannot be read"), std::move(out);
    const auto style = style_of(target->path);
    if (!header.has_host) return refuse(style, 400, "one Host field is needed"), std::move(out);
    if (!has_tokens() && !names_loopback(header.host)) return refuse(style, 421, "without authentication only loopback names are served"), std::move(out);
    auto found = match(header.method, target->path);
    if (!found.route && found.allowed.empty())
        return refuse(style, 404, style == Style::fhir ? "there is nothing here: messages and resources are sent to POST /fhir, and no resource is read or changed by its address"
                                                        : "there is nothing here; /api/v1/openapi.json lists what there is"), std::move(out);
    if (!found.route) {
        refuse(style, 405, "this method is not served here, but " + found.allowed);
        out.refused->headers.emplace_back("Allow", found.allowed);
        return out;
    }
    const auto& route = *found.route;
    if (route.method == "POST" && from_elsewhere(header)) return refuse(style, 403, "a page of another site may not post here"), std::move(out);
    out.call = {route.method, route.pattern, std::move(found.id), std::move(target->query), {}, false, peer, std::string(header.content_type), std::string(header.accept), std::string(header.if_none_match), {}};
    if (auto refused = check_caller(route, header, out.call)) return out.refused = std::move(refused), std::move(out);
    if (const auto wrong = wrong_parameter(route, out.call, target->twice); !wrong.empty()) return refuse(style, 400, wrong), std::move(out);
    if (route.does == Does::intake || route.does == Does::ask) {
        if (!header.transfer_encoding.empty() && !boost::beast::iequals(header.transfer_encoding, "chunked"))
            return refuse(style, 501, "of transfer encodings only chunked is taken"), std::move(out);
        if (!header.content_encoding.empty() && !boost::beast::iequals(header.content_encoding, "identity"))
            return refuse(style, 415, "send the body as it is, not compressed"), std::move(out);
    }
    if (route.does == Does::intake) {
        if (auto refused = check_intake_header(route, header.content_type)) return out.refused = std::move(refused), std::move(out);
        if (draining) return refuse(style, 503, "draining, send again later"), std::move(out);
    }
    if (route.pattern == "/*") out.call.id = std::move(target->path);
    out.route = &route;
    return out;
}

} // namespace sluse::serve
