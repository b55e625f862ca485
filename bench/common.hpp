// bench/common.hpp — what the figures have in common: a feed, the rules, the records of the raw log, a folder of their own.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/process/rules.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::bench {

std::vector<std::string> feed(std::uint64_t messages, std::uint64_t seed = 1);
/// Those below $SLUSE_SCHEMAS; ends the program when they have errors.
std::shared_ptr<const Rules> rules();
std::filesystem::path fresh_folder();

struct Folder {
    std::filesystem::path path = fresh_folder();
    ~Folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
};

/// What stands in the raw log: the partition, the lane as key, and the envelope.
struct Raw {
    std::uint32_t partition{};
    std::string key, value;
};

std::vector<Raw> records_of(const std::vector<std::string>& all, const Keys& keys, std::uint32_t partitions);
/// Appends with at most `window` unanswered; returns when all are answered. False when one failed.
bool append_all(Log& log, std::vector<Raw>& records, std::size_t window);
/// Records that the process stage has still to take.
std::uint64_t pending(Log& log);

/// What the thread of that name has used so far: CPU seconds and calls of operator new.
struct ThreadUse {
    double cpu{};
    std::uint64_t allocated{};
};
ThreadUse use_of_thread(std::string_view name);

// persons.cpp
int timelines(std::uint64_t messages);
int backfill(std::uint64_t messages);
int patients(std::uint64_t patients, std::uint64_t messages, std::uint64_t mib);
int corrections(std::uint64_t others, std::uint64_t contacts);
/// The indicator events of so many messages, in order, as records.
std::vector<std::string> events_of(std::uint64_t messages, const Rules& set, std::uint64_t seed = 1);

// tracking.cpp
int tracking(std::uint64_t messages, std::uint64_t step, const std::string& from);

// cells.cpp
int cells(const std::string& folder, std::uint64_t wanted);

} // namespace sluse::bench
