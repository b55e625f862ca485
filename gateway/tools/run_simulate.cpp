// gateway/tools/run_simulate.cpp — `sluse simulate`: the synthetic feed onto standard output, into files, or to running gateways.
#include "gateway/base/exit_codes.hpp"
#include "gateway/tools/load.hpp"
#include "gateway/tools/simulate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <unistd.h>

namespace sluse {
namespace {
constexpr std::size_t bar_width = 24;

struct Closer {
    void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};
using File = std::unique_ptr<std::FILE, Closer>;

bool put(std::FILE* file, SimulatedMessage& message)
{
    message.bytes += '\n';
    return std::fwrite(message.bytes.data(), 1, message.bytes.size(), file) == message.bytes.size();
}

int failed(const char* what)
{
    std::perror(what);
    return exit_io;
}

/// The truth's table beside the feed; with no file of that name asked for it does nothing.
class Truth {
public:
    explicit Truth(const std::string& path) : wanted_(!path.empty()), file_(wanted_ ? std::fopen(path.c_str(), "wb") : nullptr), good_(!wanted_ || file_) {}
    void take(Simulator& feed)
    {
        if (!file_) return;
        const auto lines = feed.take_truth();
        good_ = good_ && std::fwrite(lines.data(), 1, lines.size(), file_.get()) == lines.size();
    }
    bool good() { return good_ && (!file_ || std::fflush(file_.get()) == 0); }

private:
    bool wanted_;
    File file_;
    bool good_;
};

/// The feed, and the truth behind it.
struct Source {
    Simulator feed;
    Truth truth;
    bool next(SimulatedMessage& message)
    {
        const auto more = feed.next(message);
        truth.take(feed);
        return more;
    }
};

int to_stdout(Source& feed)
{
    SimulatedMessage message;
    while (feed.next(message)) {
        if (!put(stdout, message)) return failed("sluse simulate: standard output");
    }
    return std::fflush(stdout) == 0 ? 0 : failed("sluse simulate: standard output");
}

/// How the file of its format, and of FHIR its syntax, ends.
std::string_view suffix_of(const SimulatedMessage& message)
{
    struct Suffix {
        std::string_view format, text;
    };
    constexpr Suffix suffixes[] = {{"hl7v2", ".hl7"}, {"fhir", ".ndjson"}, {"medcom", ".medcom.ndjson"}, {"edifact", ".edi"}, {"oioxml", ".oioxml.xml"}, {"cda", ".cda.xml"}, {"vans", ".vans.xml"}};
    if (message.format == "medcom" && message.bytes.starts_with('<')) return ".medcom.xml";
    return std::ranges::find(suffixes, message.format, &Suffix::format)->text;
}

/// "EPJ|RH1" → DIR/EPJ-RH1.hl7, .ndjson, .edi or .xml; MedCom's FHIR, CDA and envelopes have their format in the name.
File open(const std::filesystem::path& folder, const SimulatedMessage& message)
{
    auto name = message.system;
    for (auto& c : name) {
        if (c == '|') c = '-';
    }
    name += suffix_of(message);
    return File(std::fopen((folder / name).c_str(), "wb"));
}

int to_folder(Source& feed, const std::filesystem::path& folder)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        static_cast<void>(std::fprintf(stderr, "sluse simulate: %s: %s\n", folder.c_str(), error.message().c_str()));
        return exit_io;
    }
    std::map<std::pair<std::string, std::string_view>, File> files;
    SimulatedMessage message;
    while (feed.next(message)) {
        auto& file = files[{message.system, suffix_of(message)}];
        if (!file) file = open(folder, message);
        if (!file || !put(file.get(), message)) return failed(folder.c_str());
    }
    for (auto& [name, file] : files) {
        if (std::fflush(file.get()) != 0) return failed(folder.c_str());
    }
    return 0;
}

/// "12,345,678"
std::string grouped(std::uint64_t number)
{
    auto text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<std::size_t>(at), ",");
    return text;
}

std::uint64_t settled(const LoadSummary& summary)
{
    return summary.answered() + summary.unanswered;
}

void draw(const LoadSummary& summary, std::uint64_t messages)
{
    const auto done = settled(summary);
    const auto filled = messages == 0 ? bar_width : std::min<std::size_t>(bar_width, done * bar_width / messages);
    fmt::print(stderr, "\r[{:<{}}] {} of {}   {} a second ", std::string(filled, '#'), bar_width, grouped(done), grouped(messages),
               grouped(static_cast<std::uint64_t>(summary.seconds > 0 ? static_cast<double>(done) / summary.seconds : 0)));
    static_cast<void>(std::fflush(stderr));
}

void report(const LoadSummary& summary)
{
    const auto rate = summary.seconds > 0 ? static_cast<double>(summary.answered()) / summary.seconds : 0;
    fmt::print("sent {} messages ({} MB) in {:.1f} s: {} a second, answered within {:.1f} ms (half), {:.1f} ms (99 %)\n", grouped(summary.messages),
               grouped(summary.bytes / 1'000'000), summary.seconds, grouped(static_cast<std::uint64_t>(rate)), summary.latencies.quantile_ms(0.5),
               summary.latencies.quantile_ms(0.99));
    fmt::print("accepted {}   refused {}   sent again {}   never answered {}\n", grouped(summary.accepted),
               grouped(summary.content_error + summary.refused + summary.store_failed), grouped(summary.resent), grouped(summary.unanswered));
    if (!summary.fault.empty()) fmt::print(stderr, "sluse simulate: {}\n", summary.fault);
}

int to_gateways(Source& feed, const SimulateOptions& options)
{
    LoadOptions load;
    load.to = options.to;
    load.connections = options.connections;
    load.pipeline = 64;
    SimulatedMessage message;
    const auto next = [&](std::string& bytes) {
        if (!feed.next(message)) return false;
        bytes.swap(message.bytes);
        return true;
    };
    const bool terminal = isatty(STDERR_FILENO) == 1;
    const auto progress = [&](const LoadSummary& summary) {
        if (terminal) draw(summary, options.messages);
    };
    const auto summary = run_load(load, next, progress);
    if (!summary) {
        fmt::print(stderr, "sluse simulate: {}\n", summary.error().where);
        return summary.error().code == Errc::bad_config ? exit_usage : exit_unavailable;
    }
    if (terminal) {
        draw(*summary, options.messages);
        fmt::print(stderr, "\n");
    }
    report(*summary);
    if (summary->unanswered != 0) return exit_unavailable;
    return summary->accepted == summary->messages ? 0 : exit_refused;
}

} // namespace

int run_simulate(const SimulateOptions& options)
{
    const auto speaks_http = [](const std::string& to) { return to.starts_with("http"); };
    const bool hl7v2_only = !options.formats.letters() && !options.formats.has(SimulateFormat::fhir);
    if (!options.to.empty() && !hl7v2_only && std::ranges::none_of(options.to, speaks_http)) {
        static_cast<void>(std::fputs("sluse simulate: the feed has other messages than HL7 v2, and MLLP carries that only: add an http:// address, or say --formats hl7v2\n", stderr));
        return exit_usage;
    }
    Source feed{Simulator(options), Truth(options.truth)};
    if (!feed.truth.good()) return failed(options.truth.c_str());
    const auto code = !options.to.empty() ? to_gateways(feed, options) : options.out == "-" ? to_stdout(feed) : to_folder(feed, options.out);
    return code == 0 && !feed.truth.good() ? failed(options.truth.c_str()) : code;
}

} // namespace sluse
