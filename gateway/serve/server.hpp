// gateway/serve/server.hpp — the HTTP server: bounded connections and bodies, a deadline on every wait, roles before bodies.
#pragma once

#include "gateway/serve/sources.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sluse::serve {

struct ServeOptions {
    std::string address{"127.0.0.1"};
    std::uint16_t port{8080};                     ///< 0: any free one, see Server::port()
    std::size_t connections_max{1024};
    std::size_t connections_per_address_max{512};
    std::uint32_t header_bytes_max{16u << 10};
    std::size_t body_bytes_max{16u << 20};        ///< one message
    std::size_t bodies_bytes_max{256u << 20};     ///< all bodies in flight
    std::size_t subscribers_max{64};              ///< of /api/v1/live
    std::chrono::milliseconds header_max{10'000}; ///< from the first byte to the end of the header
    std::chrono::milliseconds idle_max{60'000};   ///< between requests
    std::chrono::milliseconds body_max{60'000};
    std::chrono::milliseconds write_max{30'000};
    std::chrono::milliseconds answer_max{30'000}; ///< the journal's acknowledgement or a handler's answer
    std::chrono::milliseconds work_max{600'000};  ///< a recomputation or a repair
    std::chrono::milliseconds pause_max{5'000};   ///< longest wait that a system over its rate is made to take
    unsigned workers{2};                          ///< threads for queries and message checks
    std::string tokens_file;                      ///< empty: no authentication, loopback only
    std::string certificate_file, key_file;       ///< PEM; empty: no TLS, loopback only
    std::string client_ca_file;                   ///< PEM; set: clients must show a certificate signed by one of these
    bool allow_plaintext_beyond_loopback{};       ///< someone in front does TLS; never without tokens
};

/// Owns its threads. open() binds and checks, start() serves, drain() refuses new messages but answers, stop() ends within seconds.
class Server {
public:
    static Result<std::unique_ptr<Server>> open(ServeOptions options, ApiSources sources);
    virtual ~Server() = default;
    virtual std::uint16_t port() const = 0;
    virtual void start() = 0;
    /// Reads the TLS files and the tokens again; nothing of it holds when one cannot be used. Connections that are open keep their
    /// certificate; who follows live events is sent away and has to show a token again.
    virtual Result<void> reload() = 0;
    /// When our own certificate ends; 0 without TLS.
    virtual Millis certificate_expires() const = 0;
    virtual void drain() = 0;
    virtual void stop() = 0;
};

} // namespace sluse::serve
