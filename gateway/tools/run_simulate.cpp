// gateway/tools/run_simulate.cpp — `sluse simulate`: the synthetic feed onto standard output or into files.
#include "gateway/tools/simulate.hpp"

#include <cstdio>
#include <filesystem>
#include <map>

namespace sluse {
namespace {

constexpr int exit_io = 74;

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

int to_stdout(Simulator& feed)
{
    SimulatedMessage message;
    while (feed.next(message)) {
        if (!put(stdout, message)) return failed("sluse simulate: standard output");
    }
    return std::fflush(stdout) == 0 ? 0 : failed("sluse simulate: standard output");
}

/// "EPJ|RH1" → DIR/EPJ-RH1.hl7 or .ndjson
File open(const std::filesystem::path& folder, const SimulatedMessage& message)
{
    auto name = message.system;
    for (auto& c : name) {
        if (c == '|') c = '-';
    }
    name += message.format == "fhir" ? ".ndjson" : ".hl7";
    return File(std::fopen((folder / name).c_str(), "wb"));
}

int to_folder(Simulator& feed, const std::filesystem::path& folder)
{
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        static_cast<void>(std::fprintf(stderr, "sluse simulate: %s: %s\n", folder.c_str(), error.message().c_str()));
        return exit_io;
    }
    std::map<std::string, File, std::less<>> files;
    SimulatedMessage message;
    while (feed.next(message)) {
        auto& file = files[message.system];
        if (!file) file = open(folder, message);
        if (!file || !put(file.get(), message)) return failed(folder.c_str());
    }
    for (auto& [name, file] : files) {
        if (std::fflush(file.get()) != 0) return failed(folder.c_str());
    }
    return 0;
}

} // namespace

int run_simulate(const SimulateOptions& options)
{
    Simulator feed(options);
    return options.out == "-" ? to_stdout(feed) : to_folder(feed, options.out);
}

} // namespace sluse
