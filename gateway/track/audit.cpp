// gateway/track/audit.cpp — sparse Gaussian elimination over the hidden rows, shortest equations first so that they stay short.
#include "gateway/track/audit.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace sluse {
namespace {

constexpr std::uint64_t prime = 2'147'483'647; // products fit in 64 bits

using Equation = std::vector<std::pair<std::uint32_t, std::uint64_t>>; ///< unknown and coefficient, sorted by unknown

std::uint64_t inverse(std::uint64_t value)
{
    std::uint64_t out = 1;
    for (auto power = prime - 2; power > 0; power >>= 1, value = value * value % prime)
        if (power & 1) out = out * value % prime;
    return out;
}

/// into − factor · from
Equation minus(const Equation& into, std::uint64_t factor, const Equation& from)
{
    Equation out;
    out.reserve(into.size() + from.size());
    auto a = into.begin();
    auto b = from.begin();
    while (a != into.end() || b != from.end()) {
        if (b == from.end() || (a != into.end() && a->first < b->first)) {
            out.push_back(*a++);
        } else {
            const auto base = a != into.end() && a->first == b->first ? (a++)->second : 0;
            const auto value = (base + prime - factor * b->second % prime) % prime;
            if (value != 0) out.push_back({b->first, value});
            ++b;
        }
    }
    return out;
}

class Elimination {
public:
    Elimination(const std::vector<bool>& hidden, std::span<const SumLine> lines)
    {
        for (const auto& line : lines) {
            std::map<std::uint32_t, std::uint64_t> equation;
            if (hidden[line.parent]) equation[static_cast<std::uint32_t>(line.parent)] = prime - 1;
            for (const auto child : line.children)
                if (hidden[child]) equation[static_cast<std::uint32_t>(child)] = 1;
            if (!equation.empty()) add({equation.begin(), equation.end()});
        }
    }

    /// Every equation becomes one pivot and unknowns that are free; a pivot without free unknowns is determined.
    void run()
    {
        while (!queue_.empty()) {
            const auto index = queue_.begin()->second;
            queue_.erase(queue_.begin());
            const auto pivot = choose(equations_[index]);
            const auto scale = inverse(value_of(equations_[index], pivot));
            for (auto& term : equations_[index]) term.second = term.second * scale % prime;
            const auto others = holders_[pivot];
            for (const auto other : others)
                if (other != index) replace(other, minus(equations_[other], value_of(equations_[other], pivot), equations_[index]));
        }
    }
    const std::vector<Equation>& equations() const { return equations_; }

private:
    void add(Equation equation)
    {
        const auto index = equations_.size();
        for (const auto& term : equation) holders_[term.first].insert(index);
        queue_.insert({equation.size(), index});
        equations_.push_back(std::move(equation));
    }

    void replace(std::size_t index, Equation equation)
    {
        for (const auto& term : equations_[index]) holders_[term.first].erase(index);
        for (const auto& term : equation) holders_[term.first].insert(index);
        if (queue_.erase({equations_[index].size(), index}) != 0 && !equation.empty()) queue_.insert({equation.size(), index});
        equations_[index] = std::move(equation);
    }

    /// The unknown in the fewest other equations, so that little is rewritten.
    std::uint32_t choose(const Equation& equation) const
    {
        return std::ranges::min_element(equation, {}, [&](const auto& term) { return holders_.at(term.first).size(); })->first;
    }

    static std::uint64_t value_of(const Equation& equation, std::uint32_t unknown)
    {
        return std::ranges::lower_bound(equation, unknown, {}, [](const auto& term) { return term.first; })->second;
    }

    std::vector<Equation> equations_;
    std::map<std::uint32_t, std::set<std::size_t>> holders_;
    std::set<std::pair<std::size_t, std::size_t>> queue_; ///< length and index of those not yet a pivot's
};

} // namespace

std::vector<bool> determined(const std::vector<bool>& hidden, std::span<const SumLine> lines)
{
    Elimination elimination(hidden, lines);
    elimination.run();
    std::vector<bool> out(hidden.size());
    for (const auto& equation : elimination.equations())
        if (equation.size() == 1) out[equation[0].first] = true;
    return out;
}

} // namespace sluse
