// gateway/base/log_lines.cpp — log lines through spdlog's stderr sink, JSON by hand: the fields are few and flat.
#include "gateway/base/log_lines.hpp"

#include "gateway/base/time.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unordered_set>
#include <vector>

namespace sluse {
namespace {

constexpr std::size_t events_max = 512; ///< event names are ours, so this is never reached; it bounds a mistake

void append_json(std::string& out, std::string_view text)
{
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') (out += '\\') += c;
        else if (byte < 0x20 || byte == 0x7f) out += fmt::format("\\u{:04x}", byte); // no CR or LF: a line cannot be forged
        else out += c;
    }
    out += '"';
}

std::string_view level_name(LogLevel level)
{
    constexpr std::string_view names[] = {"debug", "info", "warn", "error"};
    return names[static_cast<std::size_t>(level)];
}

std::string line_of(std::int64_t now, LogLevel level, std::string_view event, std::string_view tail)
{
    std::string line = fmt::format(R"({{"ts":"{}","level":"{}","msg":)", rfc3339(now), level_name(level));
    append_json(line, event);
    line += tail;
    line += '}';
    return line;
}

LogLines::Sink stderr_sink()
{
    auto logger = std::make_shared<spdlog::logger>("sluse", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%v");
    logger->flush_on(spdlog::level::info);
    return [logger](std::string_view line) { logger->info(spdlog::string_view_t(line.data(), line.size())); };
}

} // namespace

struct LogLines::State {
    struct Window {
        std::int64_t since{};
        LogLevel level{};
        unsigned written{};
        std::uint64_t held{};
        std::unordered_set<std::size_t> seen; ///< hashes of the lines written in this window, at most lines_max
    };
    std::mutex mutex;
    Sink sink;
    std::function<std::int64_t()> now;
    std::int64_t window_ms{};
    unsigned lines_max{};
    LogLevel least{LogLevel::info};
    std::map<std::string, Window, std::less<>> windows;

    void settle(const std::string& event, Window& window, std::int64_t at)
    {
        if (window.held > 0) sink(line_of(at, window.level, event, fmt::format(R"(,"repeated":{})", window.held)));
        window = {at, window.level, 0, 0, {}};
    }
};

LogLines::LogLines(Sink sink, std::function<std::int64_t()> now, std::int64_t window_ms, unsigned lines_max) : state_(std::make_unique<State>())
{
    state_->sink = sink ? std::move(sink) : stderr_sink();
    // Taken here, not at the call: the clock must be made before the process-wide lines, so that it outlives their last flush.
    state_->now = now ? std::move(now) : [&clock = system_clock()] { return clock.now(); };
    state_->window_ms = window_ms;
    state_->lines_max = lines_max;
}

LogLines::~LogLines()
{
    flush();
}

void LogLines::level(LogLevel least)
{
    const std::lock_guard lock(state_->mutex);
    state_->least = least;
}

void LogLines::write(LogLevel level, std::string_view event, LogFields fields)
{
    std::string tail;
    for (const auto& field : fields) {
        tail += ',';
        append_json(tail, field.name);
        tail += ':';
        if (field.value.bare()) tail += field.value.text();
        else append_json(tail, field.value.text());
    }
    const std::lock_guard lock(state_->mutex);
    if (level < state_->least) return;
    const auto now = state_->now();
    for (auto& [name, window] : state_->windows)
        if (now - window.since >= state_->window_ms) state_->settle(name, window, now);
    auto found = state_->windows.find(event);
    if (found == state_->windows.end()) {
        if (state_->windows.size() >= events_max) state_->windows.clear();
        found = state_->windows.emplace(std::string(event), State::Window{now, level, 0, 0, {}}).first;
    }
    auto& window = found->second;
    window.level = std::max(window.level, level);
    const auto hash = std::hash<std::string>{}(tail);
    if (window.written >= state_->lines_max || window.seen.contains(hash)) {
        ++window.held;
        return;
    }
    ++window.written;
    window.seen.insert(hash);
    state_->sink(line_of(now, level, event, tail));
}

void LogLines::flush()
{
    const std::lock_guard lock(state_->mutex);
    const auto now = state_->now();
    for (auto& [name, window] : state_->windows) state_->settle(name, window, now);
}

LogLines& log_lines()
{
    static LogLines lines;
    return lines;
}

} // namespace sluse
