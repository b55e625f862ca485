// gateway/serve/admission.hpp — who may ask what, decided on the header alone, before a byte of a body is read.
#pragma once

#include "gateway/serve/routes.hpp"
#include "gateway/serve/tokens.hpp"

#include <span>
#include <string_view>

namespace sluse::serve {

/// What admission looks at; views into the request.
struct RequestHeader {
    std::string_view method, target, host, authorization, origin, fetch_site, content_type, content_encoding, transfer_encoding, accept, if_none_match;
    bool has_host{}; ///< exactly one Host field
};

/// Either `route` and `call`, or `refused`.
struct Admitted {
    const Route* route{};
    Call call;
    std::optional<Reply> refused;
};

/// Immutable. Without tokens the server is an open loopback: every role, but only for requests that name a loopback host, so that
/// a page elsewhere cannot reach it through a rebound name.
class Admission {
public:
    Admission() = default;
    explicit Admission(Tokens tokens) : tokens_(std::move(tokens)) {}
    bool has_tokens() const { return tokens_.size() != 0; }
    Admitted admit(const RequestHeader& header, const std::string& peer, bool draining) const;

private:
    std::optional<Reply> check_caller(const Route& route, const RequestHeader& header, Call& call) const;
    Tokens tokens_;
};

struct Header {
    std::string_view name, value;
};
/// On every answer.
std::span<const Header> security_headers();

} // namespace sluse::serve
