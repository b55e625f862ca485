// gateway/track/audit.cpp — one random solution of the lines of sums: what is zero in it is determined, for else it could be anything.
#include "gateway/track/audit.hpp"

#include <algorithm>

namespace sluse {
namespace {

constexpr std::uint64_t prime = (std::uint64_t{1} << 61) - 1; // so large that a free row is zero by chance once in 10^18 times, and then it is only held

std::uint64_t times(std::uint64_t a, std::uint64_t b)
{
    __extension__ using Wide = unsigned __int128;
    const auto product = static_cast<Wide>(a) * b;
    const auto sum = static_cast<std::uint64_t>(product & prime) + static_cast<std::uint64_t>(product >> 61);
    return sum >= prime ? sum - prime : sum;
}

std::uint64_t plus(std::uint64_t a, std::uint64_t b)
{
    return a + b >= prime ? a + b - prime : a + b;
}

std::uint64_t inverse(std::uint64_t value)
{
    if (value == 1 || value == prime - 1) return value; // nearly always
    std::uint64_t out = 1;
    for (auto power = prime - 2; power > 0; power >>= 1, value = times(value, value))
        if (power & 1) out = times(out, value);
    return out;
}

/// The same on every run, so that a decision depends on the rows only.
std::uint64_t chance(std::uint64_t seed)
{
    seed += 0x9e3779b97f4a7c15ull;
    seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9ull;
    seed = (seed ^ seed >> 27) * 0x94d049bb133111ebull;
    return 1 + (seed ^ seed >> 31) % (prime - 1);
}

struct Term {
    std::uint32_t unknown{};
    std::uint64_t factor{};
};
using Equation = std::vector<Term>; ///< sorted by unknown

/// into − factor · from
void subtract(Equation& into, std::uint64_t factor, const Equation& from, Equation& scratch)
{
    scratch.clear();
    const auto negative = prime - factor; // factor is not 0
    auto a = into.begin();
    auto b = from.begin();
    while (a != into.end() || b != from.end()) {
        if (b == from.end() || (a != into.end() && a->unknown < b->unknown)) {
            scratch.push_back(*a++);
        } else {
            const auto base = a != into.end() && a->unknown == b->unknown ? (a++)->factor : 0;
            const auto value = plus(base, times(negative, b->factor));
            if (value != 0) scratch.push_back({b->unknown, value});
            ++b;
        }
    }
    into.swap(scratch);
}

/// Each equation gives one unknown from the others. An unknown of one equation only is taken first, for no other has to be rewritten then: little is left
/// after that, and there the shortest equation goes first.
class Elimination {
public:
    Elimination(const std::vector<bool>& hidden, std::span<const SumLine> lines) : holders_(hidden.size())
    {
        for (const auto& line : lines) add(hidden, line);
    }

    void run()
    {
        for (std::uint32_t unknown = 0; unknown < holders_.size(); ++unknown)
            if (holders_[unknown].size() == 1) lonely_.push_back(unknown);
        peel();
        std::vector<std::pair<std::size_t, std::uint32_t>> left;
        for (std::uint32_t index = 0; index < equations_.size(); ++index)
            if (!done_[index]) left.emplace_back(equations_[index].size(), index);
        std::ranges::make_heap(left, std::greater{});
        while (!left.empty()) {
            std::ranges::pop_heap(left, std::greater{});
            const auto [size, index] = left.back();
            left.pop_back();
            if (done_[index]) continue;
            if (size == equations_[index].size()) {
                eliminate(index);
            } else {
                left.emplace_back(equations_[index].size(), index);
                std::ranges::push_heap(left, std::greater{});
            }
        }
    }

    /// Free unknowns at random, the others from their equations, last first. True where the value is zero.
    std::vector<bool> zeros() const
    {
        std::vector<std::uint64_t> value(holders_.size());
        std::vector<bool> zero(holders_.size());
        for (std::size_t i = 0; i < value.size(); ++i) value[i] = chance(i);
        for (auto at = order_.rbegin(); at != order_.rend(); ++at) {
            std::uint64_t sum = 0, own = 1;
            for (const auto& term : equations_[at->first]) {
                if (term.unknown == at->second) own = term.factor;
                else sum = plus(sum, times(term.factor, value[term.unknown]));
            }
            value[at->second] = times(sum == 0 ? 0 : prime - sum, inverse(own));
            zero[at->second] = value[at->second] == 0;
        }
        return zero;
    }

private:
    void add(const std::vector<bool>& hidden, const SumLine& line)
    {
        Equation equation;
        if (hidden[line.parent]) equation.push_back({static_cast<std::uint32_t>(line.parent), prime - 1});
        for (const auto child : line.children)
            if (hidden[child]) equation.push_back({static_cast<std::uint32_t>(child), 1});
        if (equation.empty()) return;
        std::ranges::sort(equation, {}, &Term::unknown);
        for (const auto& term : equation) holders_[term.unknown].push_back(static_cast<std::uint32_t>(equations_.size()));
        equations_.push_back(std::move(equation));
        done_.push_back(false);
    }

    void finish(std::uint32_t index, std::uint32_t pivot)
    {
        done_[index] = true;
        order_.emplace_back(index, pivot);
        for (const auto& term : equations_[index]) {
            auto& holders = holders_[term.unknown];
            holders.erase(std::ranges::find(holders, index));
            if (holders.size() == 1) lonely_.push_back(term.unknown);
        }
    }

    void peel()
    {
        while (!lonely_.empty()) {
            const auto unknown = lonely_.back();
            lonely_.pop_back();
            if (holders_[unknown].size() == 1) finish(holders_[unknown].front(), unknown);
        }
    }

    void eliminate(std::uint32_t index)
    {
        const auto& equation = equations_[index];
        const auto pivot = std::ranges::min_element(equation, {}, [&](const Term& term) { return holders_[term.unknown].size(); })->unknown;
        const auto scale = inverse(factor_of(equation, pivot));
        const auto others = holders_[pivot];
        for (const auto other : others)
            if (other != index) replace(other, times(factor_of(equations_[other], pivot), scale), equation);
        finish(index, pivot);
        peel();
    }

    void replace(std::uint32_t index, std::uint64_t factor, const Equation& from)
    {
        for (const auto& term : from) std::erase(holders_[term.unknown], index);
        subtract(equations_[index], factor, from, scratch_);
        for (const auto& term : from)
            if (factor_of(equations_[index], term.unknown) != 0) holders_[term.unknown].push_back(index);
        for (const auto& term : from)
            if (holders_[term.unknown].size() == 1) lonely_.push_back(term.unknown);
        if (equations_[index].empty()) done_[index] = true; // it says nothing new
    }

    static std::uint64_t factor_of(const Equation& equation, std::uint32_t unknown)
    {
        const auto found = std::ranges::lower_bound(equation, unknown, {}, &Term::unknown);
        return found != equation.end() && found->unknown == unknown ? found->factor : 0;
    }

    std::vector<Equation> equations_;
    std::vector<std::vector<std::uint32_t>> holders_; ///< by unknown: equations under way that have it
    std::vector<bool> done_;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> order_; ///< equation and the unknown that it gives
    std::vector<std::uint32_t> lonely_;
    Equation scratch_;
};

} // namespace

std::vector<bool> determined(const std::vector<bool>& hidden, std::span<const SumLine> lines)
{
    Elimination elimination(hidden, lines);
    elimination.run();
    return elimination.zeros();
}

} // namespace sluse
