// gateway/net/handshake.cpp — OpenSSL's codes for a failed handshake in words that an operator can act on.
#include "gateway/net/tls.hpp"

#include "gateway/base/log_lines.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

namespace sluse {
namespace {

struct Row {
    int code;
    std::string_view reason, remedy;
};

constexpr std::string_view renew = "the sender must renew it", set_clock = "compare both machines' clocks",
                           add_authority = "have it signed by one of the authorities in client_ca_file, or add its authority there",
                           speak_tls = "set the sender to TLS, or send it to a listener without", trust_us = "the sender must trust the authority of our certificate_file",
                           newer = "the sender must speak TLS 1.2 or 1.3 with forward secrecy";

/// What OpenSSL found wrong with the client's certificate.
constexpr std::array certificate_rows{
    Row{X509_V_ERR_CERT_HAS_EXPIRED, "the client's certificate has expired", renew},
    Row{X509_V_ERR_CERT_NOT_YET_VALID, "the client's certificate is not valid yet", set_clock},
    Row{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "the client's certificate is of an unknown authority", add_authority},
    Row{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "the client's certificate is of an unknown authority", add_authority},
    Row{X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "the client's certificate is of an unknown authority", add_authority},
    Row{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "the client's certificate is signed by itself", add_authority},
    Row{X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "the client's certificate is of an unknown authority", add_authority},
    Row{X509_V_ERR_INVALID_PURPOSE, "the client's certificate is not meant for clients", "have it made with the extended key usage clientAuth"},
};

/// What went wrong otherwise; an alert is what the client says of us.
constexpr std::array handshake_rows{
    Row{SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, "the client showed no certificate", "give the sender a certificate of an authority in client_ca_file, or take client_ca_file away"},
    Row{SSL_R_HTTP_REQUEST, "plain HTTP came to a TLS port", "use https:// there"},
    Row{SSL_R_HTTPS_PROXY_REQUEST, "plain HTTP came to a TLS port", "use https:// there"},
    Row{SSL_R_WRONG_VERSION_NUMBER, "plain text came to a TLS port", speak_tls},
    Row{SSL_R_BAD_RECORD_TYPE, "plain text came to a TLS port", speak_tls},
    Row{SSL_R_UNEXPECTED_MESSAGE, "plain text came to a TLS port", speak_tls},
    Row{SSL_R_UNKNOWN_PROTOCOL, "the client's TLS is too old", newer},
    Row{SSL_R_UNSUPPORTED_PROTOCOL, "the client's TLS is too old", newer},
    Row{SSL_R_VERSION_TOO_LOW, "the client's TLS is too old", newer},
    Row{SSL_R_NO_SHARED_CIPHER, "the client offers no cipher that is taken here", newer},
    Row{SSL_R_TLSV1_ALERT_UNKNOWN_CA, "the client does not know the authority of our certificate", trust_us},
    Row{SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, "the client does not accept our certificate", trust_us},
    Row{SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, "the client does not accept our certificate", "its name must be among the certificate's, or the sender must trust its authority"},
    Row{SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, "the client says that our certificate has expired", "renew certificate_file and send SIGHUP"},
    Row{SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "the client refuses our versions of TLS", newer},
};

template <std::size_t n> const Row* row_of(const std::array<Row, n>& rows, long code)
{
    const auto* found = std::ranges::find_if(rows, [code](const Row& row) { return row.code == code; });
    return found == rows.end() ? nullptr : found;
}

std::string line_of(const X509_NAME* name)
{
    std::array<char, 256> text{};
    X509_NAME_oneline(name, text.data(), static_cast<int>(text.size()));
    return text.data();
}

/// The chain that was looked at is there also when it was not found good; the session has the certificate only when it was.
std::string shown_certificate(SSL* ssl)
{
    const auto* chain = SSL_get0_verified_chain(ssl);
    const X509* own = chain && sk_X509_num(chain) > 0 ? sk_X509_value(chain, 0) : nullptr;
    return own ? line_of(X509_get_subject_name(own)) + " of " + line_of(X509_get_issuer_name(own)) : std::string();
}

HandshakeFault told(const Row& row) { return {std::string(row.reason), std::string(row.remedy), {}, false}; }

/// The words of a certificate's fault that has no row are OpenSSL's own; they name no one.
HandshakeFault certificate_fault(SSL* ssl)
{
    const auto verdict = SSL_get_verify_result(ssl);
    const auto* row = row_of(certificate_rows, verdict);
    auto fault = row ? told(*row) : HandshakeFault{std::string("the client's certificate: ") + X509_verify_cert_error_string(verdict), "mend or replace it", {}, false};
    fault.certificate = shown_certificate(ssl);
    return fault;
}

} // namespace

HandshakeFault handshake_fault(SSL* ssl, const boost::system::error_code& failed)
{
    namespace error = boost::asio::error;
    if (failed == error::eof || failed == error::connection_reset || failed == error::broken_pipe || failed == boost::asio::ssl::error::stream_truncated)
        return {"the peer left before the handshake was done", "nothing when it is a probe of the port; else look for the reason in the sender's log", {}, true};
    if (failed.category() != error::get_ssl_category())
        return {"the handshake was not done in time", "look whether the sender speaks TLS, and at the network between", {}, false};
    const auto reason = ERR_GET_REASON(static_cast<unsigned long>(static_cast<unsigned>(failed.value())));
    if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) return certificate_fault(ssl);
    if (const auto* row = row_of(handshake_rows, reason)) return told(*row);
    return {failed.message(), "compare the sender's TLS settings with what is asked for here", {}, false};
}

void log_handshake(std::string_view listener, std::string_view peer, const HandshakeFault& fault)
{
    log_lines().write(fault.left ? LogLevel::info : LogLevel::warn, "tls.handshake_failed",
                      {{"listener", listener}, {"peer", peer}, {"reason", fault.reason}, {"certificate", fault.certificate}, {"do", fault.remedy}});
}

} // namespace sluse
