// gateway/journal/cell_sum.cpp — adding and encoding cells.
#include "gateway/journal/cell_sum.hpp"

#include "gateway/base/codec.hpp"

#include <algorithm>

namespace sluse {
namespace {

/// Wraps instead of overflowing: corrupt input must not be undefined behaviour.
std::int64_t plus(std::int64_t a, std::int64_t b)
{
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

std::int64_t product(std::int64_t a, std::int64_t b)
{
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

void add_sums(std::vector<std::int64_t>& sums, const std::vector<std::int64_t>& others, std::int64_t times)
{
    if (sums.size() < others.size()) sums.resize(others.size());
    for (std::size_t i = 0; i < others.size(); ++i) sums[i] = plus(sums[i], product(others[i], times));
}

using Counts = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// One more entry in its place.
void count(Counts& counts, std::int64_t value, std::int64_t times)
{
    const auto at = std::ranges::lower_bound(counts, value, {}, &Counts::value_type::first);
    if (at == counts.end() || at->first != value) {
        if (times != 0) counts.insert(at, {value, times});
    } else if ((at->second = plus(at->second, times)) == 0) {
        counts.erase(at);
    }
}

} // namespace

void canonicalise(CellSum& cell)
{
    while (!cell.sums.empty() && cell.sums.back() == 0) cell.sums.pop_back();
    auto& counts = cell.counts;
    const auto improper = [](const auto& a, const auto& b) { return a.first >= b.first; }; // they are to be in order, each once
    if (std::ranges::adjacent_find(counts, improper) == counts.end() && std::ranges::find(counts, 0, &std::pair<std::int64_t, std::int64_t>::second) == counts.end()) return;
    std::ranges::sort(counts, {}, &std::pair<std::int64_t, std::int64_t>::first);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < counts.size();) {
        auto sum = counts[i];
        for (++i; i < counts.size() && counts[i].first == sum.first; ++i) sum.second = plus(sum.second, counts[i].second);
        if (sum.second != 0) counts[kept++] = sum;
    }
    counts.resize(kept);
}

void CellSum::add(const CellSum& other, std::int64_t times)
{
    if (other.counts.size() * 8 >= counts.size()) {
        append(other, times);
        return canonicalise(*this);
    }
    add_sums(sums, other.sums, times); // a year's row gets a few: it is not put in order for them
    while (!sums.empty() && sums.back() == 0) sums.pop_back();
    for (const auto& [value, n] : other.counts) count(counts, value, product(n, times));
}

void CellSum::append(const CellSum& other, std::int64_t times)
{
    add_sums(sums, other.sums, times);
    if (counts.empty()) counts.reserve(other.counts.size());
    for (const auto& [value, n] : other.counts) counts.emplace_back(value, product(n, times));
}

bool CellSum::zero() const
{
    return std::ranges::all_of(sums, [](auto sum) { return sum == 0; }) &&
           std::ranges::all_of(counts, [](const auto& count) { return count.second == 0; });
}

void encode(CellSum cell, std::string& out)
{
    canonicalise(cell);
    encode_canonical(cell, out);
}

void encode_canonical(const CellSum& cell, std::string& out)
{
    Writer writer(out);
    writer.uint(cell.sums.size());
    for (const auto sum : cell.sums) writer.sint(sum);
    writer.uint(cell.counts.size());
    for (const auto& [value, count] : cell.counts) {
        writer.sint(value);
        writer.sint(count);
    }
}

bool decode(std::string_view bytes, CellSum& cell)
{
    Reader reader(bytes);
    cell.sums.clear();
    cell.counts.clear();
    // Each element takes a byte at least, so a size beyond the input is refused before anything is allocated for it.
    const auto sums = reader.uint();
    if (sums > reader.rest().size()) return false;
    for (std::uint64_t i = 0; i < sums && reader.ok(); ++i) cell.sums.push_back(reader.sint());
    const auto counts = reader.uint();
    if (counts > reader.rest().size()) return false;
    for (std::uint64_t i = 0; i < counts && reader.ok(); ++i) {
        const auto value = reader.sint();
        cell.counts.emplace_back(value, reader.sint());
    }
    return reader.ok() && reader.done();
}

} // namespace sluse
