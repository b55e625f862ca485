// gateway/config_check.cpp — what single keys cannot know: files that do not exist, names and ports used twice, what would be open to all.
#include "gateway/config.hpp"

#include "gateway/base/ascii.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <system_error>
#include <unistd.h>

namespace sluse {
namespace {

void check_file(const std::string& path, const std::string& file, Issues& issues)
{
    if (file.empty()) return;
    if (const auto trouble = unreadable(file); !trouble.empty())
        issues.push_back({Severity::error, IssueKind::unknown_key, path, fmt::format("names the file {}, which cannot be read: {}", file, trouble)});
}

/// Who has units but no number would be reached by nobody; a number that is no GLN is a slip of the pen.
void check_locations(const std::vector<OwnLocation>& locations, Issues& issues)
{
    std::set<std::string> numbers;
    for (std::size_t i = 0; i < locations.size(); ++i) {
        const auto path = fmt::format("locations[{}]", i);
        const auto& gln = locations[i].gln;
        if (gln.empty()) issues.push_back({Severity::error, IssueKind::required_missing, path + ".gln", "is missing"});
        else if (gln.size() != 13 || !all_digits(gln))
            issues.push_back({Severity::error, IssueKind::wrong_type, path + ".gln", "must be a location number (GLN) of 13 digits, in quotes"});
        else if (!numbers.insert(gln).second) issues.push_back({Severity::error, IssueKind::duplicate_key, path + ".gln", "is used by another location"});
    }
}

void check_listener(const std::string& path, const std::string& address, bool insecure, const TlsConfig& tls, Issues& issues)
{
    if (tls.certificate_file.empty() != tls.key_file.empty())
        issues.push_back({Severity::error, IssueKind::required_missing, path + ".tls", "needs both certificate_file and key_file"});
    if (!tls.client_ca_file.empty() && tls.certificate_file.empty())
        issues.push_back({Severity::error, IssueKind::required_missing, path + ".tls", "client_ca_file needs certificate_file and key_file"});
    if (tls.certificate_file.empty() && !loopback(address) && !insecure)
        issues.push_back({Severity::error, IssueKind::unsupported_processing, path + ".address",
                          "is not a loopback address and there is no TLS; set tls, or insecure_plaintext: true to accept the risk"});
    check_file(path + ".tls.certificate_file", tls.certificate_file, issues);
    check_file(path + ".tls.key_file", tls.key_file, issues);
    check_file(path + ".tls.client_ca_file", tls.client_ca_file, issues);
}

} // namespace

std::string unreadable(const std::string& file)
{
    std::error_code error;
    if (std::filesystem::is_directory(file, error)) return "it is a folder";
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return std::generic_category().message(errno);
    ::close(descriptor);
    return {};
}

bool loopback(const std::string& address)
{
    return address == "localhost" || address == "::1" || address.starts_with("127.");
}

void check_config(const Config& config, Issues& issues)
{
    check_locations(config.locations, issues);
    std::set<std::uint16_t> ports;
    for (std::size_t i = 0; i < config.mllp.size(); ++i) {
        const auto& mllp = config.mllp[i];
        const auto path = fmt::format("listen.mllp[{}]", i);
        check_listener(path, mllp.address, mllp.insecure_plaintext, mllp.tls, issues);
        if (mllp.port && !ports.insert(mllp.port).second)
            issues.push_back({Severity::error, IssueKind::duplicate_key, path + ".port", "is used by another listener"});
    }
    check_listener("listen.http", config.http.address, config.http.insecure_plaintext, config.http.tls, issues);
    if (config.http.port && !ports.insert(config.http.port).second)
        issues.push_back({Severity::error, IssueKind::duplicate_key, "listen.http.port", "is used by another listener"});
    if (config.storage.workers == 0 && config.kafka.brokers.empty())
        issues.push_back({Severity::error, IssueKind::unsupported_processing, "storage.workers",
                          "may be 0 (take messages only) just with kafka, where another process of the group works on them"});
    check_file("listen.http.tokens_file", config.http.tokens_file, issues);
    if (config.http.tokens_file.empty() && !loopback(config.http.address) && !config.http.insecure_plaintext)
        issues.push_back({Severity::error, IssueKind::unsupported_processing, "listen.http.tokens_file", "is needed when the address is not a loopback address"});
    check_file("keys.secret_file", config.keys.secret_file, issues);
    for (std::size_t i = 0; i < config.files.size(); ++i)
        if (config.files[i].folder.empty())
            issues.push_back({Severity::error, IssueKind::required_missing, fmt::format("files[{}].folder", i), "is missing"});
    std::set<std::string> names, senders;
    for (std::size_t i = 0; i < config.systems.size(); ++i) {
        if (config.systems[i].settings.spool && config.kafka.brokers.empty())
            issues.push_back({Severity::warning, IssueKind::unsupported_processing, fmt::format("systems[{}].spool", i),
                              "has no effect without kafka: the embedded log is on this machine anyway"});
        if (!names.insert(config.systems[i].settings.name).second)
            issues.push_back({Severity::error, IssueKind::duplicate_key, fmt::format("systems[{}].name", i), "is used by another system"});
        if (const auto& sender = config.systems[i].sender; !sender.empty() && !senders.insert(sender).second)
            issues.push_back({Severity::error, IssueKind::duplicate_key, fmt::format("systems[{}].sender", i), sender + " is another system already"});
    }
}

std::string read_only_at_start(const Config& running, const Config& wanted)
{
    std::string all;
    const auto told = [&](const char* name, bool same) {
        if (!same) (all += all.empty() ? "" : ", ") += name;
    };
    told("data", running.data == wanted.data);
    told("schemas", running.schemas == wanted.schemas);
    told("codes", running.codes == wanted.codes);
    told("listen.mllp", running.mllp == wanted.mllp);
    told("listen.http", running.http == wanted.http);
    told("limits", running.limits == wanted.limits);
    told("files", running.files == wanted.files);
    told("keys", running.keys == wanted.keys);
    told("storage", running.storage == wanted.storage);
    told("kafka", running.kafka == wanted.kafka);
    told("track", running.track == wanted.track);
    told("duplicates", running.duplicate_window == wanted.duplicate_window);
    return all;
}

} // namespace sluse
