// gateway/track/audit.cpp — one random solution of the lines of sums: what is zero in it is determined, for else it could be anything.
#include "gateway/track/audit.hpp"

#include <algorithm>
#include <memory_resource>

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

std::uint64_t negative(std::uint64_t a)
{
    return a == 0 ? 0 : prime - a;
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
using Equation = std::pmr::vector<Term>; ///< sorted by unknown

/// into − factor · from; tells the unknowns that come into it and those that go.
template <class Comes, class Goes> void subtract(Equation& into, std::uint64_t factor, const Equation& from, Equation& scratch, const Comes& comes, const Goes& goes)
{
    scratch.clear();
    const auto minus = negative(factor);
    auto a = into.begin();
    for (const auto& [unknown, own] : from) {
        while (a != into.end() && a->unknown < unknown) scratch.push_back(*a++);
        const bool both = a != into.end() && a->unknown == unknown;
        const auto value = plus(both ? (a++)->factor : 0, times(minus, own));
        if (value != 0) scratch.push_back({unknown, value});
        if (both && value == 0) goes(unknown);
        if (!both && value != 0) comes(unknown);
    }
    scratch.insert(scratch.end(), a, into.end());
    into.swap(scratch);
}

/// Each equation gives one unknown from the others. An unknown of one equation only is taken first, for no other has to be rewritten then (`peel`).
/// What is left after that is rewritten, shortest equation first (`Core`).
struct Step {
    std::uint32_t equation{}, unknown{};
};

class Core {
public:
    explicit Core(std::size_t unknowns) : holders_(unknowns, &arena_) {}

    void add(std::span<const Term> terms)
    {
        Equation equation(terms.begin(), terms.end(), &arena_);
        std::ranges::sort(equation, {}, &Term::unknown);
        for (const auto& term : equation) holders_[term.unknown].push_back(static_cast<std::uint32_t>(equations_.size()));
        equations_.push_back(std::move(equation));
    }

    void run()
    {
        done_.resize(equations_.size());
        std::vector<std::vector<std::uint32_t>> left; // by how many unknowns they had when they were put there
        const auto put = [&](std::uint32_t index) {
            const auto size = equations_[index].size();
            if (left.size() <= size) left.resize(size + 1);
            left[size].push_back(index);
            return size;
        };
        for (auto index = static_cast<std::uint32_t>(equations_.size()); index-- > 0;) put(index);
        for (std::size_t size = 0; size < left.size();) {
            if (left[size].empty()) {
                ++size;
                continue;
            }
            const auto index = left[size].back();
            left[size].pop_back();
            if (done_[index]) continue;
            if (equations_[index].size() == size) eliminate(index);
            else size = std::min(size, put(index));
        }
    }

    /// Sets the unknown of each step from the others, last step first.
    void solve(std::vector<std::uint64_t>& value) const
    {
        for (auto at = steps_.rbegin(); at != steps_.rend(); ++at) {
            std::uint64_t sum = 0, own = 1;
            for (const auto& term : equations_[at->equation]) {
                if (term.unknown == at->unknown) own = term.factor;
                else sum = plus(sum, times(term.factor, value[term.unknown]));
            }
            value[at->unknown] = times(negative(sum), inverse(own));
        }
    }

private:
    void finish(std::uint32_t index, std::uint32_t pivot)
    {
        done_[index] = true;
        steps_.push_back({index, pivot});
        for (const auto& term : equations_[index]) {
            auto& holders = holders_[term.unknown];
            holders.erase(std::ranges::find(holders, index));
            if (holders.size() == 1) lonely_.push_back(term.unknown);
        }
    }

    void eliminate(std::uint32_t index)
    {
        const auto& equation = equations_[index];
        const auto pivot = std::ranges::min_element(equation, {}, [&](const Term& term) { return holders_[term.unknown].size(); })->unknown;
        const auto scale = inverse(factor_of(equation, pivot));
        others_.assign(holders_[pivot].begin(), holders_[pivot].end());
        for (const auto other : others_)
            if (other != index) replace(other, times(factor_of(equations_[other], pivot), scale), equation);
        finish(index, pivot);
        while (!lonely_.empty()) {
            const auto unknown = lonely_.back();
            lonely_.pop_back();
            if (holders_[unknown].size() == 1) finish(holders_[unknown].front(), unknown);
        }
    }

    void replace(std::uint32_t index, std::uint64_t factor, const Equation& from)
    {
        subtract(
            equations_[index], factor, from, scratch_, [&](std::uint32_t unknown) { holders_[unknown].push_back(index); },
            [&](std::uint32_t unknown) {
                std::erase(holders_[unknown], index);
                if (holders_[unknown].size() == 1) lonely_.push_back(unknown);
            });
        if (equations_[index].empty()) done_[index] = true; // it says nothing new
    }

    static std::uint64_t factor_of(const Equation& equation, std::uint32_t unknown)
    {
        const auto found = std::ranges::lower_bound(equation, unknown, {}, &Term::unknown);
        return found != equation.end() && found->unknown == unknown ? found->factor : 0;
    }

    std::pmr::monotonic_buffer_resource arena_{64u << 10}; ///< thousands of short lists that all go together
    std::vector<Equation> equations_;
    std::pmr::vector<std::pmr::vector<std::uint32_t>> holders_; ///< by unknown: equations not done that have it
    std::vector<bool> done_;
    std::vector<Step> steps_;
    std::vector<std::uint32_t> lonely_;
    Equation scratch_{&arena_};
    std::vector<std::uint32_t> others_;
};

class Elimination {
public:
    Elimination(const std::vector<bool>& hidden, const SumLines& lines) : hidden_(hidden), lines_(lines), open_(hidden.size()), mixed_(hidden.size()), done_(lines.size()), core_(hidden.size())
    {
        steps_.reserve(lines.size());
        near_.reserve(64);
        for (std::uint32_t row = 0; row < hidden.size(); ++row) {
            if (!hidden[row]) continue;
            for (const auto line : lines.lines_of(row)) ++open_[row], mixed_[row] ^= line;
        }
    }

    void run()
    {
        for (std::uint32_t row = 0; row < hidden_.size(); ++row) peel(row);
        std::vector<Term> equation;
        for (std::uint32_t line = 0; line < lines_.size(); ++line) {
            if (done_[line]) continue;
            equation.clear();
            each_row(line, [&](std::uint32_t row, bool sum) { equation.push_back({row, sum ? prime - 1 : 1}); });
            if (!equation.empty()) core_.add(equation);
        }
        core_.run();
    }

    /// Free unknowns at random, the others from their equations, last first. True where the value is zero.
    std::vector<bool> zeros() const
    {
        std::vector<std::uint64_t> value(hidden_.size());
        for (std::size_t i = 0; i < value.size(); ++i) value[i] = chance(i);
        core_.solve(value);
        for (auto at = steps_.rbegin(); at != steps_.rend(); ++at) {
            std::uint64_t sum = 0; // of the parts, less the whole
            bool own = false;
            each_row(at->equation, [&](std::uint32_t row, bool whole) {
                if (row == at->unknown) own = whole;
                else sum = plus(sum, whole ? negative(value[row]) : value[row]);
            });
            value[at->unknown] = own ? sum : negative(sum);
        }
        std::vector<bool> zero(hidden_.size());
        for (std::size_t i = 0; i < value.size(); ++i) zero[i] = hidden_[i] && value[i] == 0;
        return zero;
    }

private:
    template <class Each> void each_row(std::uint32_t line, const Each& each) const
    {
        if (const auto parent = lines_.parent(line); parent != SumLines::nowhere && hidden_[parent]) each(parent, true);
        for (const auto child : lines_.children(line))
            if (hidden_[child]) each(child, false);
    }

    /// Takes the row from its one line that is left, if it is one, and whichever rows have one left then.
    void peel(std::uint32_t first)
    {
        near_.assign(1, first);
        while (!near_.empty()) {
            const auto row = near_.back();
            near_.pop_back();
            if (open_[row] != 1) continue;
            const auto line = mixed_[row];
            done_[line] = true;
            steps_.push_back({line, row});
            each_row(line, [&](std::uint32_t other, bool) {
                mixed_[other] ^= line;
                if (--open_[other] == 1) near_.push_back(other);
            });
        }
    }

    const std::vector<bool>& hidden_;
    const SumLines& lines_;
    std::vector<std::uint32_t> open_, mixed_; ///< by row: how many of its lines are not done, and those, as exclusive or
    std::vector<bool> done_;
    std::vector<Step> steps_;
    std::vector<std::uint32_t> near_;
    Core core_;
};

} // namespace

std::vector<bool> determined(const std::vector<bool>& hidden, const SumLines& lines)
{
    Elimination elimination(hidden, lines);
    elimination.run();
    return elimination.zeros();
}

} // namespace sluse
