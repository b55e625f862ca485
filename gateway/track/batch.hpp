// gateway/track/batch.hpp — every cell recomputed from the facts, on its own way: what the stream's sums are held against.
#pragma once

#include "gateway/indicators/packs.hpp"
#include "gateway/model/fact.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace sluse {

/// One saying that two identifiers are one person, or are not.
struct BatchLink {
    std::string a, b;
    bool active{};
    Version version;
};
/// One identifier with the facts told of it and every link it knows.
struct BatchNode {
    std::string name; ///< holds an identity; used only to find who is one person
    std::vector<BatchLink> links;
    std::vector<Fact> facts;
};

/// Cell key without the day it became known → encoded sums. Zero cells are absent.
using BatchCells = std::map<std::string, std::string>;

/// From nothing but facts and links. Shares with the stream what a fact and a pack's parameters are and how a cell is written, and
/// nothing else: persons, versions, stays, ages, windows and code lists are worked out by code of its own.
BatchCells recompute(std::span<const BatchNode> nodes, const Packs& packs);

/// The tracker's cells with the known-days summed out; call once per dumped cell.
void sum_cell(BatchCells& cells, std::string_view key, std::string_view value);

struct CellDifference {
    std::string cell;              ///< in words: indicator, day, dimensions
    std::string stream, batch;     ///< sums in words; "nothing" when absent
};
/// Empty: the stream equals the batch, byte for byte.
std::vector<CellDifference> verify(const BatchCells& stream, const BatchCells& batch);

} // namespace sluse
