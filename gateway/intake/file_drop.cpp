// gateway/intake/file_drop.cpp — scanning, receiving a file's messages in order, moving and reporting.
#include "gateway/intake/file_drop.hpp"

#include "gateway/base/issues.hpp"
#include "gateway/base/log_lines.hpp"
#include "gateway/intake/file_report.hpp"
#include "gateway/intake/runs.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluse {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

bool left_alone(const std::string& name)
{
    return name.starts_with('.') || name.ends_with(".tmp") || name.ends_with(".part") || name.ends_with(".filepart");
}

/// Which file it is and how much was written to it: another one under the same name differs, and so does one that somebody wrote on.
struct Stamp {
    dev_t device{};
    ino_t inode{};
    off_t size{};
    std::int64_t changed_ns{};
    bool operator==(const Stamp&) const = default;

    static Stamp of(const struct stat& s) { return {s.st_dev, s.st_ino, s.st_size, s.st_mtim.tv_sec * 1'000'000'000LL + s.st_mtim.tv_nsec}; }
    static std::optional<Stamp> at(const fs::path& path)
    {
        struct stat s{};
        return ::stat(path.c_str(), &s) == 0 ? std::optional(of(s)) : std::nullopt;
    }
};

/// At most a piece more than `bytes_max`: one that grows so far meanwhile is not the file any more whose Stamp is given back.
/// Throws std::system_error when it cannot be read, without the name: it may be a patient's number.
Stamp read_whole(const fs::path& path, std::size_t bytes_max, std::string& bytes)
{
    constexpr std::size_t piece = 1u << 20;
    const auto failed = [] { return std::system_error(errno, std::generic_category(), "cannot read a file"); };
    struct Closed {
        int fd;
        ~Closed() { ::close(fd); }
    } file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (file.fd < 0) throw failed();
    struct stat s{};
    if (::fstat(file.fd, &s) != 0) throw failed();
    bytes.reserve(static_cast<std::size_t>(s.st_size) + piece);
    for (ssize_t n = 1; n != 0 && bytes.size() <= bytes_max;) {
        const auto had = bytes.size();
        bytes.resize(had + piece);
        n = ::read(file.fd, bytes.data() + had, piece);
        bytes.resize(had + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
        if (n < 0 && errno != EINTR) throw failed();
    }
    return Stamp::of(s);
}

/// What went wrong, for the log. The library's own text names the files, and a name may be a patient's number.
std::string reason_of(const std::exception& trouble)
{
    const auto* files = dynamic_cast<const fs::filesystem_error*>(&trouble);
    return files ? files->code().message() : trouble.what();
}

/// What became of one file. Shared with the receiver's callbacks, which may come after we stopped waiting.
struct Reading {
    std::mutex mutex;
    std::condition_variable answered;
    std::vector<Receipt> receipts; ///< by message
    std::size_t under_way{};
    bool store_failed{false};
    Millis pause_ms{};
};

/// One message of a file, and the run of its format that it stands in.
struct Piece {
    const Adapter* adapter{}; ///< null: no format recognises the run
    std::string_view message, run;
};

std::vector<Piece> pieces_of(std::string_view bytes, std::span<const Adapter> adapters, Issues& issues)
{
    std::vector<Piece> pieces;
    each_run(bytes, [&](std::string_view run) {
        const auto found = std::ranges::find_if(adapters, [&](const Adapter& a) { return a.recognises(run); });
        const auto* adapter = found == adapters.end() ? nullptr : &*found;
        for (const auto message : adapter ? adapter->split(run, issues) : std::vector{run}) pieces.push_back({adapter, message, run});
        return true;
    });
    return pieces;
}

class Drop final : public FileDrop {
public:
    Drop(const FileDropOptions& options, Receiver& receiver, Metrics& metrics)
        : options_(options), receiver_(receiver), done_(result(metrics, "done")), failed_(result(metrics, "failed")), retried_(result(metrics, "retried")),
          waiting_(metrics.gauge("sluse_files_waiting", "Files in the folder that are not done with.", {{"feed", options.name}}))
    {
        thread_ = std::thread([this] { run(); });
    }
    ~Drop() override { stop(); }

    void stop() override
    {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        if (thread_.joinable()) thread_.join();
    }

private:
    struct Seen {
        std::uintmax_t size{};
        fs::file_time_type changed{};
        Steady::time_point since{}, not_before{};
        Millis back_off{second_ms};
    };

    Counter& result(Metrics& metrics, std::string_view what)
    {
        return metrics.counter("sluse_files_total", "Files read, by what became of them.", {{"feed", options_.name}, {"result", what}});
    }
    void run();
    void scan();
    bool whole(const fs::directory_entry& entry, Seen& seen) const;
    void take(const fs::path& path, Seen& seen);
    bool read(const fs::path& path, const Seen& seen);
    bool receive(const std::string& bytes, Reading& reading, const std::shared_ptr<Reading>& shared, Issues& issues);
    bool wait_for_room(Reading& reading, std::size_t below);
    bool put_away(const fs::path& path, const Stamp& stamp, const Reading& reading, const Issues& issues);
    void answer(const fs::path& path, const Reading& reading) const;
    /// False when stopping.
    bool sleep(Millis span)
    {
        std::unique_lock lock(mutex_);
        return !wake_.wait_for(lock, std::chrono::milliseconds(span), [this] { return stopping_; });
    }
    bool stopping()
    {
        const std::lock_guard lock(mutex_);
        return stopping_;
    }

    const FileDropOptions options_;
    Receiver& receiver_;
    Counter &done_, &failed_, &retried_;
    Gauge& waiting_;
    std::map<std::string, Seen> seen_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_{false};
    std::thread thread_;
};

void Drop::run()
{
    do {
        try {
            scan();
        } catch (const std::exception& trouble) { // the folder went away, no rights: an operator can mend it while we run
            log_lines().error("files.scan_failed", {{"feed", options_.name}, {"what", reason_of(trouble)}});
        }
    } while (sleep(options_.poll));
}

bool Drop::whole(const fs::directory_entry& entry, Seen& seen) const
{
    const auto size = entry.file_size();
    const auto changed = entry.last_write_time();
    const auto now = Steady::now();
    if (seen.since == Steady::time_point{} || size != seen.size || changed != seen.changed) seen = {size, changed, now, {}, second_ms};
    const auto settle = std::chrono::milliseconds(options_.settle);
    // Its own time when it was renamed in whole; ours when its clock and this machine's differ.
    return fs::file_time_type::clock::now() - changed >= settle || now - seen.since >= settle;
}

void Drop::scan()
{
    std::vector<std::pair<fs::file_time_type, fs::path>> ready;
    std::map<std::string, Seen> present;
    for (const auto& entry : fs::directory_iterator(options_.folder)) {
        const auto name = entry.path().filename().string();
        std::error_code gone;
        if (left_alone(name) || !entry.is_regular_file(gone) || gone) continue;
        auto& seen = present[name] = seen_[name];
        if (whole(entry, seen) && Steady::now() >= seen.not_before) ready.emplace_back(entry.last_write_time(), entry.path());
    }
    seen_ = std::move(present); // forgets files that somebody took away
    std::ranges::sort(ready);
    waiting_.set(static_cast<double>(seen_.size()));
    for (const auto& [time, path] : ready) {
        if (stopping()) return;
        take(path, seen_[path.filename().string()]);
    }
}

/// A file that cannot be read or put away waits its turn again, longer each time; the others of the folder go on.
void Drop::take(const fs::path& path, Seen& seen)
{
    bool gone = false;
    try {
        gone = read(path, seen);
    } catch (const std::exception& trouble) { // no rights, a disk that is full: an operator can mend it while we run
        log_lines().error("files.file_failed", {{"feed", options_.name}, {"what", reason_of(trouble)}});
    }
    if (gone || stopping()) return;
    retried_.add();
    seen.not_before = Steady::now() + std::chrono::milliseconds(seen.back_off);
    seen.back_off = std::min(seen.back_off * 2, options_.retry_max);
}

/// True when it has left the folder.
bool Drop::read(const fs::path& path, const Seen& seen)
{
    const auto shared = std::make_shared<Reading>();
    Issues issues;
    std::string bytes;
    Stamp stamp;
    if (seen.size > options_.file_bytes_max) {
        issues.push_back({Severity::error, IssueKind::too_long, "", "is longer than " + std::to_string(options_.file_bytes_max >> 20) + " MiB; send it in parts"});
        stamp = Stamp::at(path).value_or(stamp);
    } else {
        stamp = read_whole(path, options_.file_bytes_max, bytes);
        if (!receive(bytes, *shared, shared, issues)) return false;
    }
    return put_away(path, stamp, *shared, issues);
}

bool Drop::wait_for_room(Reading& reading, std::size_t below)
{
    std::unique_lock lock(reading.mutex);
    const auto room = [&] { return reading.under_way < below; };
    return reading.answered.wait_for(lock, std::chrono::milliseconds(options_.answer_max), room) && !reading.store_failed;
}

/// All messages in order; false when one of them is neither durable nor refused, so that the file must be read again.
bool Drop::receive(const std::string& bytes, Reading& reading, const std::shared_ptr<Reading>& shared, Issues& issues)
{
    const auto pieces = bytes.empty() ? std::vector<Piece>() : pieces_of(bytes, options_.adapters, issues);
    if (pieces.empty()) issues.push_back({Severity::error, IssueKind::required_missing, "", "holds no message"});
    reading.receipts.resize(pieces.size());
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (stopping() || !wait_for_room(reading, options_.window_messages_max)) break;
        Delivery delivery;
        std::string own;
        const auto& [adapter, message, run] = pieces[i];
        delivery.bytes = adapter ? alone_of(*adapter, run, message, own) : message;
        delivery.via = "file";
        delivery.format = adapter ? adapter->name : std::string_view();
        delivery.system = options_.system;
        delivery.peer = options_.name;
        Millis pause = 0;
        {
            const std::lock_guard lock(reading.mutex);
            ++reading.under_way;
            pause = std::exchange(reading.pause_ms, 0);
        }
        receiver_.receive(std::move(delivery), [shared, i](Receipt receipt) {
            const std::lock_guard lock(shared->mutex);
            shared->store_failed |= receipt.answer == Answer::store_failed;
            shared->pause_ms = std::max(shared->pause_ms, receipt.pause_ms);
            shared->receipts[i] = std::move(receipt);
            --shared->under_way;
            shared->answered.notify_all();
        });
        if (pause > 0 && !sleep(pause)) break;
    }
    const bool settled = wait_for_room(reading, 1);
    return settled && !stopping();
}

/// The formats' own acknowledgements beside the file, of those that have one for a whole file (CONTRL): NAME.reply.
void Drop::answer(const fs::path& path, const Reading& reading) const
{
    std::string reply;
    for (const auto& adapter : options_.adapters) {
        if (!adapter.join) continue;
        std::vector<Answered> answers;
        for (const auto& receipt : reading.receipts)
            if (receipt.format == adapter.name) answers.push_back({receipt.answer, receipt.reply});
        if (!answers.empty()) reply += adapter.join(answers);
    }
    if (reply.empty()) return;
    std::ofstream out(path.string() + ".reply", std::ios::binary);
    out << reply;
    out.close();
    if (!out) throw std::runtime_error("cannot write an acknowledgement");
}

/// False when it is not the file that was read any more, but one that came in its place meanwhile or was written on: that one is still to be read.
bool Drop::put_away(const fs::path& path, const Stamp& stamp, const Reading& reading, const Issues& issues)
{
    if (Stamp::at(path) != stamp) return false;
    const bool good = !has_error(issues) &&
                      std::ranges::all_of(reading.receipts, [](const Receipt& r) { return r.answer == Answer::accepted; });
    const auto folder = fs::path(options_.folder) / (good ? "done" : "failed");
    auto name = path.filename().string();
    for (int n = 2; fs::exists(folder / name); ++n) name = path.filename().string() + '.' + std::to_string(n);
    const auto report = folder / (name + ".report.json"), draft = folder / ('.' + name + ".report.tmp");
    answer(folder / name, reading);
    std::ofstream out(draft, std::ios::binary);
    out << report_of(path.filename().string(), reading.receipts, issues);
    out.close();
    if (!out) throw std::runtime_error("cannot write a report");
    fs::rename(draft, report);
    fs::rename(path, folder / name); // last: until here a crash means that the file is read again
    if (Stamp::at(folder / name) != stamp) { // it came between the look and the move
        if (::renameat2(AT_FDCWD, (folder / name).c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) fs::rename(folder / name, path.string() + ".2");
        return false;
    }
    (good ? done_ : failed_).add();
    waiting_.add(-1);
    log_lines().info("files.read", {{"feed", options_.name}, {"messages", reading.receipts.size()}, {"result", good ? "done" : "failed"}});
    return true;
}

} // namespace

Result<std::unique_ptr<FileDrop>> FileDrop::open(const FileDropOptions& options, Receiver& receiver, Metrics& metrics)
{
    for (const auto* sub : {"", "done", "failed"}) {
        std::error_code ec;
        const bool made = fs::create_directories(fs::path(options.folder) / sub, ec);
        if (ec) return Fault{Errc::bad_config, options.name + ": cannot make the folder " + (fs::path(options.folder) / sub).string() + ": " + ec.message()};
        if (made && !*sub) log_lines().warn("files.folder_made", {{"feed", options.name}, {"folder", options.folder}}); // a slip of the pen, or a disk not mounted
    }
    return std::unique_ptr<FileDrop>(std::make_unique<Drop>(options, receiver, metrics));
}

} // namespace sluse
