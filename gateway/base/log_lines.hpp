// gateway/base/log_lines.hpp — one JSON object a line on stderr, repeated lines collapsed; and Phi, which cannot be written there.
#pragma once

#include <cstdint>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace sluse {

/// Text that may name a patient. Neither the log nor fmt nor an ostream takes it: that is an error of compilation. expose() is for
/// the code inside the boundary (journal, FHIR), and easy to search for.
class Phi {
public:
    Phi() = default;
    explicit Phi(std::string text) : text_(std::move(text)) {}
    const std::string& expose() const { return text_; }
    bool operator==(const Phi&) const = default;

private:
    std::string text_;
};
template <class Stream> Stream& operator<<(Stream&, const Phi&) = delete;

/// A value in a log line.
class LogValue {
public:
    LogValue(std::string_view text) : text_(text) {}
    LogValue(const std::string& text) : text_(text) {}
    LogValue(const char* text) : text_(text) {}
    template <class T>
        requires std::integral<T> || std::floating_point<T>
    LogValue(T number) : text_(fmt::format("{}", number)), bare_(true)
    {
    }
    LogValue(const Phi&) = delete;
    const std::string& text() const { return text_; }
    bool bare() const { return bare_; }

private:
    std::string text_;
    bool bare_{false};
};

struct LogField {
    std::string_view name;
    LogValue value;
};
using LogFields = std::initializer_list<LogField>;

enum class LogLevel { debug, info, warn, error };

/// `{"ts":…,"level":"warn","msg":"intake.closed",…}`. Within `window_ms` an equal line is written once and then counted, and one
/// event writes at most `lines_max` different lines; what was held back is said in one line when the window ends. Thread-safe.
class LogLines {
public:
    using Sink = std::function<void(std::string_view line)>;
    /// `now` in milliseconds since 1970, for the stamps; an empty sink writes to stderr.
    explicit LogLines(Sink sink = {}, std::function<std::int64_t()> now = {}, std::int64_t window_ms = 10'000, unsigned lines_max = 20);
    ~LogLines();
    void level(LogLevel least);
    void write(LogLevel level, std::string_view event, LogFields fields = {});
    void debug(std::string_view event, LogFields fields = {}) { write(LogLevel::debug, event, fields); }
    void info(std::string_view event, LogFields fields = {}) { write(LogLevel::info, event, fields); }
    void warn(std::string_view event, LogFields fields = {}) { write(LogLevel::warn, event, fields); }
    void error(std::string_view event, LogFields fields = {}) { write(LogLevel::error, event, fields); }
    /// Says what is still held back; at shutdown and now and then.
    void flush();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The process's own log.
LogLines& log_lines();

} // namespace sluse

/// Without this a later fmt might print Phi through some conversion; with it every attempt fails to compile and says why.
template <> struct fmt::formatter<sluse::Phi> {
    formatter() = delete;
};
