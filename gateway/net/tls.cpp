// gateway/net/tls.cpp — contexts over OpenSSL.
#include "gateway/net/tls.hpp"

#include <boost/system/error_code.hpp>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <ctime>

namespace sluse {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

Fault bad(std::string where, const error_code& ec)
{
    return {Errc::bad_config, "tls: " + std::move(where) + ": " + ec.message()};
}

void harden(SSL_CTX* context)
{
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    // Forward secrecy and authenticated encryption only; TLS 1.3's suites are all of that kind.
    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    // A silent connection gives its 16 kB record buffers back.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

Result<void> load_own(ssl::context& context, const TlsOptions& options)
{
    error_code ec;
    context.use_certificate_chain_file(options.certificate_file, ec);
    if (ec) return bad(options.certificate_file, ec);
    context.use_private_key_file(options.key_file, ssl::context::pem, ec);
    if (ec) return bad(options.key_file, ec);
    if (SSL_CTX_check_private_key(context.native_handle()) != 1)
        return Fault{Errc::bad_config, "tls: " + options.key_file + ": does not belong to the certificate"};
    return {};
}

Result<std::shared_ptr<ssl::context>> server_context(const TlsOptions& options)
{
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    harden(context->native_handle());
    if (auto own = load_own(*context, options); !own) return own.error();
    if (options.client_ca_file.empty()) return context;
    error_code ec;
    context->load_verify_file(options.client_ca_file, ec);
    if (ec) return bad(options.client_ca_file, ec);
    SSL_CTX_set_client_CA_list(context->native_handle(), SSL_load_client_CA_file(options.client_ca_file.c_str()));
    context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, ec);
    if (ec) return bad(options.client_ca_file, ec);
    // Session resumption needs a name for the context once client certificates are verified.
    SSL_CTX_set_session_id_context(context->native_handle(), reinterpret_cast<const unsigned char*>("sluse"), 5);
    return context;
}

Millis expiry_of(SSL_CTX* context)
{
    const auto* certificate = SSL_CTX_get0_certificate(context);
    std::tm end{};
    if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return 0;
    return Millis{timegm(&end)} * second_ms;
}

std::string text_of(const ASN1_STRING* value)
{
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)), static_cast<std::size_t>(ASN1_STRING_length(value))};
}

void add_alternative_names(const X509* certificate, std::vector<std::string>& names)
{
    auto* list = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    if (!list) return;
    for (int i = 0; i < sk_GENERAL_NAME_num(list); ++i) {
        const auto* entry = sk_GENERAL_NAME_value(list, i);
        if (entry->type == GEN_DNS) names.push_back(text_of(entry->d.dNSName));
        if (entry->type == GEN_URI) names.push_back(text_of(entry->d.uniformResourceIdentifier));
        if (entry->type == GEN_EMAIL) names.push_back(text_of(entry->d.rfc822Name));
    }
    GENERAL_NAMES_free(list);
}

void add_common_name(const X509* certificate, std::vector<std::string>& names)
{
    auto* subject = X509_get_subject_name(certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0) return;
    names.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
}

} // namespace

Result<std::unique_ptr<TlsServer>> TlsServer::open(const TlsOptions& options)
{
    std::unique_ptr<TlsServer> server(new TlsServer(options));
    if (auto loaded = server->reload(); !loaded) return loaded.error();
    return server;
}

Result<void> TlsServer::reload()
{
    auto made = server_context(options_);
    if (!made) return made.error();
    const auto expires = expiry_of((*made)->native_handle());
    const std::lock_guard lock(mutex_);
    context_ = std::move(*made);
    expires_ = expires;
    return {};
}

std::shared_ptr<ssl::context> TlsServer::current() const
{
    const std::lock_guard lock(mutex_);
    return context_;
}

Millis TlsServer::expires() const
{
    const std::lock_guard lock(mutex_);
    return expires_;
}

Result<std::shared_ptr<ssl::context>> tls_client(const TlsOptions& options)
{
    auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
    harden(context->native_handle());
    if (!options.certificate_file.empty())
        if (auto own = load_own(*context, options); !own) return own.error();
    error_code ec;
    if (options.client_ca_file.empty()) context->set_default_verify_paths(ec);
    else context->load_verify_file(options.client_ca_file, ec);
    if (ec) return bad(options.client_ca_file, ec);
    context->set_verify_mode(ssl::verify_peer, ec);
    if (ec) return bad("verify mode", ec);
    return context;
}

std::vector<std::string> certificate_names(SSL* ssl)
{
    std::vector<std::string> names;
    auto* certificate = SSL_get1_peer_certificate(ssl);
    if (!certificate) return names;
    add_alternative_names(certificate, names);
    add_common_name(certificate, names);
    X509_free(certificate);
    return names;
}

} // namespace sluse
