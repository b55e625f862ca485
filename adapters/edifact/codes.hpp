// adapters/edifact/codes.hpp — codes of a letter on their way to words: one word may need the codes of two segments.
#pragma once

#include "adapters/edifact/syntax.hpp"
#include "adapters/edifact/table.hpp"
#include "adapters/letter/tree.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::edifact {

/// The codes of groups that are open, the innermost's last.
class Codes {
public:
    Codes(const Text& text, const Tables& tables, const letter::Outline& outline, letter::Tree& tree, Troubles& troubles)
        : text_(text), tables_(tables), outline_(outline), tree_(tree), troubles_(troubles)
    {
        pending_.reserve(16);
    }

    std::size_t size() const { return pending_.size(); }
    /// What stands in `slot`, for the group whose codes begin at `from`. `raw` may be text that goes away.
    void add(std::size_t from, const Slot& slot, const Segment& segment, std::string_view raw, bool lasting);
    /// The words of all codes from `from` on.
    void settle(std::size_t from);
    /// The same for those that tell of `element`.
    void settle_inside(std::size_t from, ElementId element);

private:
    /// Codes of one element that are still coming: GIS and STS together say one ResultStatusCode.
    struct Pending {
        ElementId path{};
        std::int16_t list{};
        std::array<std::string_view, columns_max> codes;
        std::array<bool, columns_max> given{};
        std::size_t columns{1};
        const Segment* segment{};
        unsigned element{}, component{};
    };
    const List::Entry* word_of(const Pending& pending, const List& list) const;
    void settle(const Pending& pending);

    const Text& text_;
    const Tables& tables_;
    const letter::Outline& outline_;
    letter::Tree& tree_;
    Troubles& troubles_;
    std::vector<Pending> pending_;
};

} // namespace sluse::edifact
