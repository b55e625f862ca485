// gateway/indicators/support.cpp — what a contribution rests on, found by leaving facts out: true of every rule, whatever its language can say.
#include "gateway/indicators/account.hpp"

#include <algorithm>

namespace sluse {
namespace {

class Support {
public:
    Support(const Packs& packs, std::size_t pack, std::span<const Fact> facts, const Contribution& contribution) : packs_(packs), pack_(pack), contribution_(contribution)
    {
        const auto& uses = packs.packs()[pack].uses;
        for (const auto& fact : facts)
            if (std::ranges::find(uses, fact.kind) != uses.end()) kept_.push_back(&fact);
    }

    std::vector<Supporting> run()
    {
        if (!follows(kept_)) return {};
        drop(0, kept_.size());
        for (std::size_t i = kept_.size(); i-- > 0;) drop(i, i + 1); // what only stood in the way of another
        std::vector<Supporting> out;
        for (std::size_t i = 0; i < kept_.size(); ++i) out.push_back({kept_[i], needed(i)});
        return out;
    }

private:
    /// Leaves out of [from, to) as much as can go, halves first: most facts have no part in it. The later half first.
    void drop(std::size_t from, std::size_t to)
    {
        if (from == to) return;
        auto without = kept_;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(from), without.begin() + static_cast<std::ptrdiff_t>(to));
        if (follows(without)) return void(kept_ = std::move(without));
        if (to - from == 1) return;
        const auto middle = from + (to - from) / 2;
        drop(middle, to);
        drop(from, middle);
    }

    bool follows(const std::vector<const Fact*>& facts) const
    {
        std::vector<Fact> copies;
        copies.reserve(facts.size());
        for (const auto* fact : facts) copies.push_back(*fact);
        return follows_from(copies);
    }

    bool follows_from(std::span<const Fact> facts) const
    {
        const auto all = packs_.evaluate(pack_, timeline_of(facts));
        return std::ranges::find(all, contribution_) != all.end();
    }

    std::vector<Attr> needed(std::size_t index) const
    {
        std::vector<Attr> out;
        std::vector<Fact> facts;
        for (const auto* fact : kept_) facts.push_back(*fact);
        for (const auto& attribute : kept_[index]->attributes) {
            facts[index] = *kept_[index];
            std::erase_if(facts[index].attributes, [&](const Attribute& a) { return a.attr == attribute.attr; });
            if (!follows_from(facts)) out.push_back(attribute.attr);
        }
        return out;
    }

    const Packs& packs_;
    std::size_t pack_;
    const Contribution& contribution_;
    std::vector<const Fact*> kept_;
};

} // namespace

std::vector<Supporting> support_of(const Packs& packs, std::size_t pack, std::span<const Fact> facts, const Contribution& contribution)
{
    return Support(packs, pack, facts, contribution).run();
}

} // namespace sluse
