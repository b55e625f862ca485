// gateway/indicators/inputs.hpp — which facts can change what an indicator counts, derived from its rule: whom a change need not ask.
#pragma once

#include "gateway/indicators/code_table.hpp"
#include "gateway/model/fact.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluse {

struct Definition;
class Packs;

/// An indicator's contributions are of two parts, which change at different facts: what is counted, and time at risk as steps of ±1.
enum class Part : std::uint8_t { counted, steps };

/// Facts of this kind, and with such a code, category or class where one is said, can change a part.
struct Input {
    FactKind kind{};
    Part part{};
    const CodeTable* code{};             ///< null: any
    const CodeTable* category{};         ///< null: any
    std::string_view code_prefix{};      ///< empty: any
    std::vector<std::string_view> classes{}; ///< of contacts; empty: any
    bool operator==(const Input&) const = default;
    bool takes(const Fact& fact) const;
};

/// What the rule says, and what saying it presumes: where a thing stands in time, whose stay it is in, who the person is and where they live.
/// Refers to the rule's own texts and tables.
std::vector<Input> inputs_of(const Definition& rule);

/// Parts of packs, as bits.
class PartSet {
public:
    explicit PartSet(std::size_t packs = 0) : words_((2 * packs + 63) / 64) {}
    void add(std::size_t pack, Part part) { words_[at(pack, part) / 64] |= std::uint64_t{1} << at(pack, part) % 64; }
    void add(const PartSet& other)
    {
        if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
        for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
    }
    bool has(std::size_t pack, Part part) const { return words_[at(pack, part) / 64] >> at(pack, part) % 64 & 1; }
    bool empty() const;
    void clear() { words_.assign(words_.size(), 0); }
    /// Calls each(pack, part), counted before steps, packs in order.
    template <class Each> void each(Each each) const
    {
        for (std::size_t i = 0; i < words_.size(); ++i)
            for (auto word = words_[i]; word; word &= word - 1) {
                const auto bit = i * 64 + static_cast<std::size_t>(__builtin_ctzll(word));
                each(bit / 2, static_cast<Part>(bit % 2));
            }
    }

private:
    static std::size_t at(std::size_t pack, Part part) { return 2 * pack + static_cast<std::size_t>(part); }
    std::vector<std::uint64_t> words_;
};

/// Which parts of which packs a fact can change; the packs must outlive it. Remembers what it answered, within bounds. One thread.
class Touch {
public:
    explicit Touch(const Packs& packs);
    /// The fact as it stands before or after a change: a change can reach what either of them does.
    const PartSet& of(const Fact& fact);
    const PartSet& of(FactKind kind) const { return kinds_[static_cast<std::size_t>(kind)]; }
    const PartSet& all() const { return all_; }

private:
    static constexpr std::size_t answers_max = 16'384;
    struct Filter {
        Input input; ///< its part says nothing here
        PartSet parts;
    };
    std::vector<std::vector<Filter>> filters_; ///< by kind
    std::vector<PartSet> kinds_;
    PartSet all_;
    std::unordered_map<std::string, PartSet> answers_;
    std::string key_;
};

} // namespace sluse
