// gateway/indicators/account.hpp — why something counts in an indicator, or why not, and on which facts that rests. Pure.
#pragma once

#include "gateway/indicators/definition.hpp"
#include "gateway/indicators/packs.hpp"
#include "gateway/model/explanation.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace sluse {

/// Everything the rule looks at, in time, clause by clause; what counts of it is what Packs::evaluate says.
std::vector<Account> account_of(const Packs& packs, std::size_t pack, const Timeline& timeline);
/// The rule's own clauses, without anything to hold of.
std::vector<Clause> clauses_of(const Definition& rule);

/// A fact that a contribution rests on, and which of its attributes.
struct Supporting {
    const Fact* fact{};
    std::vector<Attr> needed;
};
/// A smallest set of facts from which the contribution follows: each is needed, given the others. Of several such sets the one
/// with the earlier facts in `facts`. Empty when the contribution does not follow from `facts` at all.
std::vector<Supporting> support_of(const Packs& packs, std::size_t pack, std::span<const Fact> facts, const Contribution& contribution);

} // namespace sluse
