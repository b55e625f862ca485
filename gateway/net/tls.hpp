// gateway/net/tls.hpp — TLS contexts: TLS 1.2 at least, client certificates, reload while running, expiry.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// Files of one TLS endpoint, PEM.
struct TlsOptions {
    std::string certificate_file; ///< chain, own certificate first
    std::string key_file;
    std::string client_ca_file;   ///< server: clients must show a certificate signed by one of these; client: trust only these
};

/// A server's context. current() is what new connections use; those that are open keep theirs. Thread-safe.
class TlsServer {
public:
    static Result<std::unique_ptr<TlsServer>> open(const TlsOptions& options);
    /// Reads the files again; the old context stays when they are not good.
    Result<void> reload();
    std::shared_ptr<boost::asio::ssl::context> current() const;
    bool asks_for_certificate() const { return !options_.client_ca_file.empty(); }
    /// When our own certificate ends.
    Millis expires() const;

private:
    explicit TlsServer(TlsOptions options) : options_(std::move(options)) {}
    const TlsOptions options_;
    mutable std::mutex mutex_;
    std::shared_ptr<boost::asio::ssl::context> context_;
    Millis expires_{};
};

/// For `send` and for tests. With `ca_file` empty the system's trust store decides. Certificate and key only for mTLS.
Result<std::shared_ptr<boost::asio::ssl::context>> tls_client(const TlsOptions& options);

/// Why a server's handshake failed, for who runs the gateway, and what mends it.
struct HandshakeFault {
    std::string reason, remedy;
    std::string certificate; ///< subject and issuer of the one that the client showed; empty without
    bool left{};             ///< the peer went away without a word: a probe of the port, most likely
};
HandshakeFault handshake_fault(SSL* ssl, const boost::system::error_code& failed);
/// One line in the log: who, why, what to do.
void log_handshake(std::string_view listener, std::string_view peer, const HandshakeFault& fault);

/// Names that a peer's certificate carries: DNS, URI and e-mail SANs, and the CN; in that order. Empty without a certificate.
std::vector<std::string> certificate_names(SSL* ssl);

} // namespace sluse
