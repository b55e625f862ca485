// gateway/tools/send.cpp — files in order, a progress line, refusals by file and message, a summary.
#include "gateway/tools/send.hpp"

#include "gateway/base/exit_codes.hpp"
#include "gateway/tools/message_file.hpp"

#include <fmt/format.h>

#include <unistd.h>

namespace sluse {
namespace {

/// The files one after another, and which of them a message came from.
class Files {
public:
    explicit Files(const std::vector<std::string>& names) : names_(names) {}

    bool next(std::string& message)
    {
        for (;;) {
            if (!file_ && !open_next()) return false;
            auto found = file_->next(message);
            if (found && *found) {
                ++count_;
                return true;
            }
            if (!found) report(found.error());
            done_bytes_ += file_->bytes_total();
            file_.reset();
        }
    }
    /// "FILE:MESSAGE", messages from 1.
    std::string place(std::uint64_t number) const
    {
        auto at = firsts_.begin();
        while (at + 1 != firsts_.end() && (at + 1)->first <= number) ++at;
        return fmt::format("{}:{}", at->second, number - at->first + 1);
    }
    double done() const
    {
        std::uint64_t total = 0;
        for (const auto size : sizes_) total += size;
        if (total == 0) return -1;
        return static_cast<double>(done_bytes_ + (file_ ? file_->bytes_read() : 0)) / static_cast<double>(total);
    }
    bool failed() const { return failed_; }
    /// Sizes of all, for the bar; also finds what cannot be opened before anything is sent.
    bool look()
    {
        for (const auto& name : names_) {
            auto file = MessageFile::open(name);
            if (!file) report(file.error());
            else sizes_.push_back(file->bytes_total());
        }
        return !failed_;
    }

private:
    bool open_next()
    {
        if (index_ == names_.size()) return false;
        const auto& name = names_[index_++];
        auto file = MessageFile::open(name);
        if (!file) {
            report(file.error());
            return open_next();
        }
        firsts_.emplace_back(count_, name);
        file_.emplace(std::move(*file));
        return true;
    }
    void report(const Fault& fault)
    {
        failed_ = true;
        fmt::print(stderr, "sluse send: {}\n", fault.where);
    }
    const std::vector<std::string>& names_;
    std::vector<std::uint64_t> sizes_;
    std::vector<std::pair<std::uint64_t, std::string>> firsts_;
    std::optional<MessageFile> file_;
    std::size_t index_{};
    std::uint64_t count_{}, done_bytes_{};
    bool failed_{false};
};

std::uint64_t refusals(const LoadSummary& s)
{
    return s.content_error + s.refused + s.store_failed;
}

double per_second(const LoadSummary& s)
{
    return s.seconds > 0 ? static_cast<double>(s.answered()) / s.seconds : 0;
}

} // namespace

std::string summary_json(const LoadSummary& s)
{
    const auto& l = s.latencies;
    return fmt::format(R"({{"messages":{},"bytes":{},"accepted":{},"content_error":{},"refused":{},"store_failed":{},"unanswered":{},)"
                       R"("unfinished":{},"resent":{},"stale_answers":{},"reconnects":{},"seconds":{:.3f},"messages_per_second":{:.1f},)"
                       R"("latency_ms":{{"p50":{:.3f},"p95":{:.3f},"p99":{:.3f},"max":{:.3f}}}}})",
                       s.messages, s.bytes, s.accepted, s.content_error, s.refused, s.store_failed, s.unanswered, s.unfinished, s.resent, s.stale_answers, s.reconnects,
                       s.seconds, per_second(s), l.quantile_ms(0.5), l.quantile_ms(0.95), l.quantile_ms(0.99), l.max_ms());
}

std::string summary_text(const LoadSummary& s)
{
    const auto& l = s.latencies;
    auto text = fmt::format("{} messages: {} accepted, {} refused", s.messages, s.accepted, refusals(s));
    if (s.unanswered) text += fmt::format(", {} never answered ({})", s.unanswered, s.fault.empty() ? "the connection broke" : s.fault);
    if (s.unfinished) text += fmt::format(", the rest never sent ({})", s.fault);
    text += fmt::format("\n{:.1f} s, {:.0f} messages/s; latency p50 {:.2f} ms, p95 {:.2f} ms, p99 {:.2f} ms, max {:.2f} ms\n", s.seconds, per_second(s),
                        l.quantile_ms(0.5), l.quantile_ms(0.95), l.quantile_ms(0.99), l.max_ms());
    if (s.resent || s.stale_answers || s.reconnects)
        text += fmt::format("{} sent again, {} stale answers, {} connections lost\n", s.resent, s.stale_answers, s.reconnects);
    return text;
}

ProgressLine::ProgressLine(bool quiet) : terminal_(::isatty(STDERR_FILENO) == 1), quiet_(quiet) {}

ProgressLine::~ProgressLine()
{
    if (drawn_ && terminal_) fmt::print(stderr, "\n");
}

void ProgressLine::show(double done, const LoadSummary& s)
{
    const auto now = std::chrono::steady_clock::now();
    if (next_ == std::chrono::steady_clock::time_point{} && !terminal_) next_ = now + std::chrono::seconds(5);
    if (quiet_ || now < next_) return;
    next_ = now + (terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(5000));
    drawn_ = true;
    const auto counts = fmt::format("{} answered, {} refused, {:.0f}/s", s.answered(), refusals(s), per_second(s));
    const auto percent = done < 0 ? std::string() : fmt::format("{:3.0f} % ", done * 100);
    if (!terminal_) {
        fmt::print(stderr, "{}{}\n", percent, counts);
        return;
    }
    constexpr int width = 30;
    const int full = done < 0 ? 0 : std::min(width, static_cast<int>(done * width));
    const auto bar = done < 0 ? std::string() : fmt::format("[{:#>{}}{:.>{}}] ", "", full, "", width - full);
    fmt::print(stderr, "\r{}{}{}\x1b[K", bar, percent, counts);
    std::fflush(stderr);
}

int run_send(const SendOptions& options)
{
    Files files(options.files);
    if (!files.look()) return exit_data;
    ProgressLine line(options.quiet);
    unsigned shown = 0;
    const NextMessage next = [&](std::string& message) { return files.next(message); };
    const auto progress = [&](const LoadSummary& summary) { line.show(files.done(), summary); };
    const auto outcome = [&](const MessageOutcome& o) {
        if (o.answer == Answer::accepted || shown >= options.refusals_shown_max) return;
        fmt::print(stderr, "{}{}: {}\n", options.quiet ? "" : "\r", files.place(o.number), o.answer ? o.detail : "never answered: " + o.detail);
        if (++shown == options.refusals_shown_max) fmt::print(stderr, "further refusals are only counted\n");
    };
    const auto summary = run_load(options.load, next, progress, outcome);
    if (!summary) {
        fmt::print(stderr, "sluse send: {}\n", summary.error().where);
        return exit_config;
    }
    if (!options.quiet) line.show(files.done(), *summary);
    fmt::print("{}{}", options.json ? summary_json(*summary) : summary_text(*summary), options.json ? "\n" : "");
    if (summary->unanswered || summary->unfinished) return exit_unavailable;
    if (refusals(*summary)) return exit_refused;
    return files.failed() ? exit_data : 0;
}

} // namespace sluse
