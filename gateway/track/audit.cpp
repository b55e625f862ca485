// gateway/track/audit.cpp — one random solution of the lines of sums: what is zero in it is determined, for else it could be anything (by chance it is zero too, once in 10^18 times; then it is only held).
// A row that is hidden later goes through what was done to the equations before, so that nothing is solved again.
#include "gateway/track/audit.hpp"

#include "gateway/track/prime_field.hpp"

#include <algorithm>
#include <bit>
#include <memory_resource>
#include <utility>

namespace sluse {
namespace {

using namespace prime_field;

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

/// What the unknowns come to. The unknown of a step is made of those of later steps and of free ones.
class Values {
public:
    explicit Values(std::size_t unknowns) : value_(unknowns), zero_(unknowns), uses_(unknowns, &arena_) {}

    /// Its unknown is nothing until something is added to what it is made of. Returns the step's number.
    std::uint32_t add_step(std::uint32_t unknown)
    {
        const auto step = static_cast<std::uint32_t>(unknown_.size());
        unknown_.push_back(unknown);
        more_.push_back(0);
        if (step % 64 == 0) waiting_.push_back(0);
        zero_[unknown] = true;
        return step;
    }
    /// So many times `unknown` is a part of the step's.
    void use(std::uint32_t unknown, std::uint32_t step, std::uint64_t factor) { uses_[unknown].push_back({step, factor}); }
    void add(std::uint32_t unknown, std::uint64_t more)
    {
        value_[unknown] = plus(value_[unknown], more);
        zero_[unknown] = value_[unknown] == 0;
        for (const auto& [step, factor] : uses_[unknown]) {
            more_[step] = plus(more_[step], times(factor, more));
            waiting_[step / 64] |= std::uint64_t{1} << step % 64;
        }
    }
    /// Carries what was added through the steps, last first: what changes there is a part of earlier ones only.
    void settle()
    {
        for (auto word = waiting_.size(); word-- > 0;)
            while (waiting_[word] != 0) {
                const auto bit = static_cast<std::size_t>(63 - std::countl_zero(waiting_[word]));
                waiting_[word] ^= std::uint64_t{1} << bit;
                const auto step = 64 * word + bit;
                if (const auto more = std::exchange(more_[step], 0); more != 0) add(unknown_[step], more);
            }
    }
    const std::vector<bool>& zero() const { return zero_; }

private:
    struct Use {
        std::uint32_t step{};
        std::uint64_t factor{};
    };
    std::vector<std::uint64_t> value_;
    std::vector<bool> zero_;
    std::pmr::monotonic_buffer_resource arena_{64u << 10};
    std::pmr::vector<std::pmr::vector<Use>> uses_;
    std::vector<std::uint32_t> unknown_; ///< by step
    std::vector<std::uint64_t> more_;    ///< by step: what is still to be added
    std::vector<std::uint64_t> waiting_; ///< a bit a step: something is to be added
};

/// An equation from which another, so many times, was taken.
struct Rewriting {
    std::uint32_t into{}, from{};
    std::uint64_t factor{};
};

class Core {
public:
    explicit Core(std::size_t unknowns) : holders_(unknowns, &arena_) {}

    /// Returns its number. One without unknowns says something when rows of it are hidden later.
    std::uint32_t add(std::span<const Term> terms)
    {
        const auto index = static_cast<std::uint32_t>(equations_.size());
        Equation equation(terms.begin(), terms.end(), &arena_);
        std::ranges::sort(equation, {}, &Term::unknown);
        for (const auto& term : equation) holders_[term.unknown].push_back(index);
        equations_.push_back(std::move(equation));
        return index;
    }

    void run()
    {
        done_.resize(equations_.size());
        gives_.resize(equations_.size());
        std::vector<std::vector<std::uint32_t>> left; // by how many unknowns they had when they were put there
        const auto put = [&](std::uint32_t index) {
            const auto size = equations_[index].size();
            if (left.size() <= size) left.resize(size + 1);
            left[size].push_back(index);
            return size;
        };
        for (auto index = static_cast<std::uint32_t>(equations_.size()); index-- > 0;)
            if (!equations_[index].empty()) put(index);
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

    /// What it found, step by step, after those that are there.
    void tell(Values& values)
    {
        for (const auto& [index, unknown] : steps_) {
            auto& one = gives_[index];
            one = {values.add_step(unknown), negative(inverse(factor_of(equations_[index], unknown)))};
            for (const auto& term : equations_[index])
                if (term.unknown != unknown) values.use(term.unknown, one.step, times(term.factor, one.factor));
        }
    }

    /// One more unknown, that stands in the equations as `terms` say (by equation, before any was rewritten). An equation that gives no unknown yet gives
    /// this, as nothing: then the solutions are the same. True when there are more now.
    bool hide(std::uint32_t unknown, std::span<const Term> terms, Values& values)
    {
        column_.assign(equations_.size(), 0);
        for (const auto& [equation, factor] : terms) column_[equation] = factor;
        for (const auto& [into, from, factor] : rewritings_)
            if (column_[from] != 0) column_[into] = plus(column_[into], times(negative(factor), column_[from]));
        auto pivot = SumLines::nowhere;
        for (std::uint32_t index = 0; index < column_.size(); ++index) {
            const auto own = column_[index];
            if (own == 0) continue;
            if (const auto& one = gives_[index]; one.step != SumLines::nowhere) values.use(unknown, one.step, times(own, one.factor));
            else if (pivot == SumLines::nowhere) pivot = index;
            else rewritings_.push_back({index, pivot, times(own, inverse(column_[pivot]))});
        }
        if (pivot == SumLines::nowhere) return true;
        gives_[pivot] = {values.add_step(unknown), negative(inverse(column_[pivot]))};
        return false;
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
            if (other != index) replace(other, times(factor_of(equations_[other], pivot), scale), index);
        finish(index, pivot);
        while (!lonely_.empty()) {
            const auto unknown = lonely_.back();
            lonely_.pop_back();
            if (holders_[unknown].size() == 1) finish(holders_[unknown].front(), unknown);
        }
    }

    void replace(std::uint32_t index, std::uint64_t factor, std::uint32_t from)
    {
        rewritings_.push_back({index, from, factor});
        subtract(
            equations_[index], factor, equations_[from], scratch_, [&](std::uint32_t unknown) { holders_[unknown].push_back(index); },
            [&](std::uint32_t unknown) {
                std::erase(holders_[unknown], index);
                if (holders_[unknown].size() == 1) lonely_.push_back(unknown);
            });
        if (equations_[index].empty()) done_[index] = true; // it says nothing new of these
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
    struct Given {
        std::uint32_t step{SumLines::nowhere};
        std::uint64_t factor{}; ///< so many times each other unknown of the equation
    };
    std::vector<Given> gives_; ///< by equation
    std::vector<Step> steps_;
    std::vector<Rewriting> rewritings_; ///< in the order in which they were done
    std::vector<std::uint64_t> column_;
    std::vector<std::uint32_t> lonely_;
    Equation scratch_{&arena_};
    std::vector<std::uint32_t> others_;
};

} // namespace

class Audit::Elimination {
public:
    Elimination(const std::vector<bool>& hidden, const SumLines& lines)
        : hidden_(hidden), lines_(lines), open_(hidden.size()), mixed_(hidden.size()), place_(lines.size()), done_(lines.size()), core_(hidden.size()), values_(hidden.size())
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
            each_row(line, [&](std::uint32_t row, bool sum) { equation.push_back({row, factor_of(sum)}); });
            place_[line] = core_.add(equation);
        }
        core_.run();
        solve();
    }

    void hide(std::uint32_t row)
    {
        hidden_[row] = true;
        std::vector<Term> terms;
        for (const auto line : lines_.lines_of(row)) {
            const bool sum = lines_.parent(line) == row;
            if (done_[line]) values_.use(row, place_[line], part_of(line, sum));
            else terms.push_back({place_[line], factor_of(sum)});
        }
        if (!core_.hide(row, terms, values_)) return;
        values_.add(row, chance(row));
        values_.settle();
    }

    /// True where the value is zero.
    const std::vector<bool>& zeros() const { return values_.zero(); }

private:
    /// Free unknowns at random, the others from their equations.
    void solve()
    {
        for (const auto& [line, given] : steps_) {
            const auto step = values_.add_step(given);
            each_row(line, [&, &line = line, &given = given](std::uint32_t row, bool sum) {
                if (row != given) values_.use(row, step, part_of(line, sum));
            });
        }
        core_.tell(values_);
        for (std::uint32_t row = 0; row < hidden_.size(); ++row)
            if (hidden_[row] && !zeros()[row]) values_.add(row, chance(row));
        values_.settle();
    }

    /// How often a row of a peeled line is a part of the one that the line gives.
    std::uint64_t part_of(std::uint32_t line, bool sum) const
    {
        const bool sum_given = lines_.parent(line) == steps_[place_[line]].unknown;
        return factor_of(!sum_given && !sum);
    }
    static std::uint64_t factor_of(bool negative) { return negative ? prime - 1 : 1; }
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
            place_[line] = static_cast<std::uint32_t>(steps_.size());
            steps_.push_back({line, row});
            each_row(line, [&](std::uint32_t other, bool) {
                mixed_[other] ^= line;
                if (--open_[other] == 1) near_.push_back(other);
            });
        }
    }

    std::vector<bool> hidden_;
    const SumLines& lines_;
    std::vector<std::uint32_t> open_, mixed_; ///< by row: how many of its lines are not done, and those, as exclusive or
    std::vector<std::uint32_t> place_;        ///< by line: its step when it is done, else its equation in the core
    std::vector<bool> done_;
    std::vector<Step> steps_;
    std::vector<std::uint32_t> near_;
    Core core_;
    Values values_;
};

Audit::Audit(const std::vector<bool>& hidden, const SumLines& lines) : elimination_(std::make_unique<Elimination>(hidden, lines))
{
    elimination_->run();
}

Audit::~Audit() = default;

void Audit::hide(std::uint32_t row)
{
    elimination_->hide(row);
}

const std::vector<bool>& Audit::determined() const
{
    return elimination_->zeros();
}

} // namespace sluse
