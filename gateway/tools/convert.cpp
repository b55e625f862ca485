// gateway/tools/convert.cpp — threads take runs of messages; whoever has the next one to be written writes all that are ready behind it.
#include "gateway/tools/convert.hpp"
#include "adapters/xml/fragments.hpp"

#include "gateway/base/exit_codes.hpp"
#include "gateway/tools/convert_files.hpp"
#include "gateway/tools/convert_letter.hpp"
#include "gateway/tools/convert_message.hpp"
#include "gateway/tools/descriptor.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <utility>

namespace sluse {
namespace {

constexpr std::size_t run_messages = 32; // some 400 KB of bundles: few turns to wait for, and still in the core's cache when they are written

constexpr std::size_t room_kept = 256 << 10; // of a bundle: nearly all have less

/// What one system's messages held.
struct Tally {
    std::uint64_t messages{}, mapped{}, ignored{}, unmapped{};
    std::array<std::uint32_t, 101> shares{}; ///< messages by the percentage of their fields that is not lost
    std::map<std::string, std::uint64_t> paths;

    void add(const Coverage& coverage)
    {
        ++messages;
        mapped += coverage.mapped;
        ignored += coverage.ignored;
        unmapped += coverage.unmapped.size();
        const auto kept = std::uint64_t{coverage.mapped} + coverage.ignored, all = kept + coverage.unmapped.size();
        ++shares[all ? kept * 100 / all : 100];
        for (const auto& path : coverage.unmapped) ++paths[path];
    }
    void add(const Tally& other)
    {
        messages += other.messages;
        mapped += other.mapped;
        ignored += other.ignored;
        unmapped += other.unmapped;
        for (std::size_t i = 0; i < shares.size(); ++i) shares[i] += other.shares[i];
        for (const auto& [path, count] : other.paths) paths[path] += count;
    }
    std::size_t median() const
    {
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < shares.size(); ++i)
            if ((seen += shares[i]) * 2 >= messages) return i;
        return 100;
    }
};
using Tallies = std::map<std::string, Tally>;

class Converter {
public:
    Converter(const ConvertOptions& options, Conversion with) : options_(options), with_(std::move(with)) {}

    int run()
    {
        static const std::vector<std::string> standard_input{"-"};
        for (const auto& file : options_.files.empty() ? standard_input : options_.files) {
            first_ = 0;
            tallies_.clear();
            const auto read = each_block(file, [&](MessageBlock& block) { return convert(file, block); });
            if (!read) {
                write_all(options_.err, read.error().where + '\n');
                unwritable_ = true;
            }
            if (options_.coverage) print_coverage(file);
        }
        return unwritable_ ? exit_io : failed_ ? exit_refused : exit_ok;
    }

private:
    struct Lines {
        std::vector<std::string> out = std::vector<std::string>(run_messages); ///< bundles, which keep their room; `count` are to be written
        std::size_t count{};
        std::string err;
        Tallies tallies;
        bool failed{};
    };

    bool convert(const std::string& file, MessageBlock& block)
    {
        for (const auto& issue : block.issues) {
            std::string line = file + ": " + issue.path + ": ";
            append_line(issue.text, line);
            write_all(options_.err, line + '\n');
            failed_ = failed_ || issue.severity == Severity::error;
        }
        next_ = turn_ = 0;
        const auto runs = (block.messages.size() + run_messages - 1) / run_messages;
        const auto cores = options_.threads ? options_.threads : std::max(1u, std::thread::hardware_concurrency());
        const auto threads = std::min<std::size_t>(cores, runs);
        while (spare_.size() < (threads > 1 ? threads * 2 : 1)) spare_.push_back(std::make_unique<Lines>());
        std::vector<std::jthread> helpers;
        for (std::size_t i = 1; i < threads; ++i) helpers.emplace_back([&] { work(file, block, runs); });
        work(file, block, runs);
        helpers.clear();
        for (auto& lines : spare_) // all of them: nothing is under way
            for (const auto& [system, tally] : std::exchange(lines->tallies, {})) tallies_[system].add(tally);
        first_ += block.messages.size();
        return !unwritable_;
    }

    void work(const std::string& file, const MessageBlock& block, std::size_t runs)
    {
        Normalised normalised;
        std::size_t run = 0;
        while (auto lines = take(run, runs)) {
            const auto end = std::min(block.messages.size(), (run + 1) * run_messages);
            for (auto i = run * run_messages; i < end && !unwritable_; ++i) one(file, block, i, normalised, *lines);
            hand_in(run, std::move(lines));
        }
    }

    /// The next run and room for its lines; null when there is none left. Whoever has a run has room for it, so the one that others wait
    /// for is always under way.
    std::unique_ptr<Lines> take(std::size_t& run, std::size_t runs)
    {
        std::unique_lock lock(mutex_);
        written_.wait(lock, [&] { return !spare_.empty() || next_ == runs; });
        if (next_ == runs) return nullptr;
        run = next_++;
        if (next_ == runs) written_.notify_all(); // nothing to wait for any more
        auto lines = std::move(spare_.back()); // the last one written: most of it is still in a cache
        spare_.pop_back();
        return lines;
    }

    /// Writes the run if its turn has come, and those behind it that are ready; else leaves it to who is before it. A thread that waited for
    /// its turn instead left one of two cores idle for a tenth of the time.
    void hand_in(std::size_t run, std::unique_ptr<Lines> lines)
    {
        std::unique_lock lock(mutex_);
        ready_[run] = std::move(lines);
        if (writing_) return;
        writing_ = true;
        for (auto first = ready_.begin(); first != ready_.end() && first->first == turn_; first = ready_.begin()) {
            auto now = std::move(first->second);
            ready_.erase(first);
            lock.unlock();
            write(*now);
            lock.lock();
            ++turn_;
            spare_.push_back(std::move(now));
            written_.notify_one();
        }
        writing_ = false;
    }

    void write(Lines& lines)
    {
        if (!write_all(options_.out, std::span(lines.out).first(lines.count)) || !write_all(options_.err, lines.err)) unwritable_ = true;
        failed_ = failed_ || lines.failed;
        lines.count = 0;
        lines.err.clear();
        lines.failed = false;
        for (auto& bundle : lines.out) // one huge message in a million must not be kept by each of them in turn
            if (bundle.capacity() > room_kept) std::string().swap(bundle);
    }

    void one(const std::string& file, const MessageBlock& block, std::size_t index, Normalised& normalised, Lines& lines)
    {
        Checked checked;
        const auto note = [&](std::string_view text) {
            append_line(file, lines.err);
            ((lines.err += ':') += std::to_string(first_ + index + 1)) += ": ";
            append_line(text, lines.err);
            lines.err += '\n';
        };
        const auto done = convert_message(with_, block.adapter, block.messages[index], checked, normalised);
        if (!done) {
            lines.failed = true;
            return note(done.error().where);
        }
        for (const auto& issue : checked.issues) // converted all the same, and said
            if (issue.severity == Severity::error) note(issue.path + ": " + issue.text);
        if (options_.coverage) {
            lines.tallies[checked.system].add(normalised.coverage);
            return;
        }
        normalised.bundle += '\n';
        lines.out[lines.count++].swap(normalised.bundle);
    }

    void print_coverage(const std::string& file)
    {
        std::string out;
        for (const auto& [system, tally] : tallies_) {
            const auto all = tally.mapped + tally.ignored + tally.unmapped;
            append_line(file, out);
            out += '\t';
            append_line(system, out);
            out += "\tmessages " + std::to_string(tally.messages) + "\tfields " + std::to_string(all) + "\tmapped " + std::to_string(tally.mapped) + "\tignored " +
                   std::to_string(tally.ignored) + "\tunmapped " + std::to_string(tally.unmapped) + "\tmedian " + std::to_string(tally.median()) + " %\n";
            std::vector<std::pair<std::uint64_t, std::string_view>> worst;
            for (const auto& [path, count] : tally.paths) worst.emplace_back(count, path);
            std::ranges::sort(worst, [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
            for (const auto& [count, path] : worst) {
                append_line(file, out);
                out += '\t';
                append_line(system, out);
                out += "\tunmapped\t" + std::to_string(count) + '\t';
                append_line(path, out);
                out += '\n';
            }
        }
        if (!write_all(options_.out, out)) unwritable_ = true;
    }

    const ConvertOptions& options_;
    const Conversion with_;
    std::size_t first_{};               ///< messages of this file in earlier blocks
    std::mutex mutex_;                  ///< for what follows
    std::condition_variable written_;   ///< a run: its room is free
    std::size_t next_{};                ///< run to take
    std::size_t turn_{};                ///< run to write
    bool writing_{};                    ///< a thread is at it
    std::map<std::size_t, std::unique_ptr<Lines>> ready_; ///< by run
    std::vector<std::unique_ptr<Lines>> spare_;           ///< twice as many as threads at most, so a slow reader stops them all
    Tallies tallies_;
    std::atomic<bool> failed_{}, unwritable_{};
};

} // namespace

std::shared_ptr<const Registers> load_registers(const ConvertOptions& options)
{
    Issues issues;
    auto registers = Registers::load(options.schemas / "codes" / "registers.tsv", options.codes, issues, xml::each_unit);
    std::string errors;
    for (const auto& issue : issues)
        if (!registers) errors += issue.path + ": " + issue.text + '\n';
    write_all(options.err, errors);
    return registers;
}

int run_convert(const ConvertOptions& options)
{
    if (!options.to.empty()) return convert_letters(options);
    std::string errors;
    auto maps = load_maps(options.schemas, errors);
    write_all(options.err, errors);
    if (!maps) return exit_config;
    std::shared_ptr<const Registers> registers;
    if (!options.codes.empty() && !(registers = load_registers(options))) return exit_config;
    return Converter(options, {std::move(maps), Keys::demonstration(), options.system, options.systems, std::move(registers)}).run();
}

} // namespace sluse
