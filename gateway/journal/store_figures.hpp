// gateway/journal/store_figures.hpp — what a store takes of memory and disk, and what it has written, for operators.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sluse {

/// In bytes, but for `files`. What was written counts from when the store was opened.
struct StoreFigures {
    std::size_t memtables{}, cache{}, readers{}; ///< in memory: written and not yet in files, blocks read, open files
    std::size_t files{}, file_bytes{};
    std::uint64_t logged{}, flushed{}, compacted{}; ///< written to its log, from memtables to files, and from files to other files
};

/// Of every store that this process has open, by its StoreOptions::name.
std::vector<std::pair<std::string, StoreFigures>> figures_of_stores();

} // namespace sluse
