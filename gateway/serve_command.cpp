// gateway/serve_command.cpp — `sluse serve` and `sluse check`: signals, exit codes, and what a person reads at start.
#include "gateway/app.hpp"
#include "gateway/base/exit_codes.hpp"
#include "gateway/base/issues.hpp"
#include "gateway/base/log_lines.hpp"
#include "gateway/net/tls.hpp"
#include "gateway/process/rules.hpp"
#include "gateway/serve/tokens.hpp"
#include "gateway/setup.hpp"
#include "gateway/track/presentation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace sluse {
namespace {

int exit_code(const Fault& fault)
{
    switch (fault.code) {
    case Errc::bad_config: return exit_config;
    case Errc::broker: return exit_unavailable;
    default: return exit_io;
    }
}

/// Messages name patients: no core dumps, no files that others can read; and sockets for every connection.
void harden()
{
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    umask(077);
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    std::signal(SIGPIPE, SIG_IGN);
}

sigset_t handled_signals()
{
    sigset_t set;
    sigemptyset(&set);
    for (const int one : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, one);
    return set;
}

/// What serve would only find when it opens them: certificates, keys and tokens that can be read but not used.
void check_contents(const Config& config, Issues& issues);

/// `started`: the configuration that it runs by, of which most is not read again.
void reload(Gateway& gateway, const Config& started, const std::string& file)
{
    Issues issues;
    const auto config = load_config(file, issues);
    check_config(config, issues);
    check_overlays(config, find_schemas(config.schemas, issues), issues);
    if (!has_error(issues)) check_contents(config, issues);
    for (const auto& issue : issues) log_lines().warn("reload.issue", {{"where", issue.path}, {"what", issue.text}});
    if (has_error(issues)) return log_lines().error("reload.kept_old", {{"reason", "the new configuration has errors"}});
    if (const auto done = gateway.reload(config); !done) return log_lines().error("reload.kept_old", {{"reason", done.error().where}});
    if (const auto left = read_only_at_start(started, config); !left.empty()) log_lines().warn("reload.needs_restart", {{"settings", left}});
    log_lines().info("reload.done");
}

void check_contents(const Config& config, Issues& issues)
{
    const auto tell = [&](std::string path, const Fault& fault) { issues.push_back({Severity::error, IssueKind::unknown_key, std::move(path), "cannot be used: " + fault.where}); };
    const auto check_tls = [&](const std::string& path, const TlsConfig& tls) {
        if (tls.certificate_file.empty()) return;
        if (const auto opened = TlsServer::open({tls.certificate_file, tls.key_file, tls.client_ca_file}); !opened) tell(path, opened.error());
    };
    for (std::size_t i = 0; i < config.mllp.size(); ++i) check_tls(fmt::format("listen.mllp[{}].tls", i), config.mllp[i].tls);
    check_tls("listen.http.tls", config.http.tls);
    if (const auto& file = config.http.tokens_file; !file.empty())
        if (const auto read = serve::Tokens::read(file); !read) tell("listen.http.tokens_file", read.error());
}

/// Waits for signals; a second request to stop, while the first drains, ends the process at once.
int run_until_stopped(Gateway& gateway, const Config& started, const std::string& file)
{
    const auto set = handled_signals();
    int signal = 0;
    while (sigwait(&set, &signal) == 0 && signal == SIGHUP) reload(gateway, started, file);
    log_lines().info("stop.draining");
    std::atomic<bool> done{false};
    std::thread drainer([&] {
        gateway.drain();
        done = true;
    });
    while (!done) {
        const timespec moment{0, 50'000'000};
        const int again = sigtimedwait(&set, nullptr, &moment);
        if (again == SIGTERM || again == SIGINT) {
            log_lines().warn("stop.forced");
            log_lines().flush();
            _exit(exit_forced);
        }
    }
    drainer.join();
    log_lines().info("stop.done");
    log_lines().flush();
    return exit_ok;
}

} // namespace

int run_check(const std::string& config_file)
{
    Issues issues;
    const auto config = load_config(config_file, issues);
    check_config(config, issues);
    if (!has_error(issues)) check_contents(config, issues);
    if (const auto schemas = find_schemas(config.schemas, issues); !schemas.empty()) {
        check_overlays(config, schemas, issues);
        load_rules(schemas, issues, config.codes);
        load_presentation(schemas, issues);
    }
    if (!report(issues)) return exit_config;
    fmt::print("{}: configuration, maps, code tables, indicators and goals are in order\n", config_file.empty() ? "defaults" : config_file);
    return exit_ok;
}

int run_serve(const std::string& config_file)
{
    harden();
    const auto set = handled_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr); // before any thread: they all inherit it
    Issues issues;
    const auto config = load_config(config_file, issues);
    check_config(config, issues);
    const auto schemas = find_schemas(config.schemas, issues);
    check_overlays(config, schemas, issues);
    if (!report(issues)) return exit_config;
    auto gateway = Gateway::start(config, schemas);
    if (!gateway) {
        fmt::print(stderr, "error: {}\n", gateway.error().where);
        return exit_code(gateway.error());
    }
    log_lines().info("serve.started", {{"web", (*gateway)->web_address()}, {"mllp", config.mllp.empty() ? 0 : config.mllp[0].port}, {"log", config.kafka.brokers.empty() ? "embedded" : "kafka"}});
    return run_until_stopped(**gateway, config, config_file);
}

} // namespace sluse
