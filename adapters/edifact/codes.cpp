// adapters/edifact/codes.cpp — lists asked with all codes of a word, or else the first alone.
#include "adapters/edifact/codes.hpp"

#include <algorithm>

namespace sluse::edifact {

void Codes::add(std::size_t from, const Slot& slot, const Segment& s, std::string_view raw, bool lasting)
{
    auto found = std::find_if(pending_.begin() + static_cast<std::ptrdiff_t>(from), pending_.end(), [&](const Pending& p) { return p.path == slot.path && p.list == slot.list; });
    if (found == pending_.end()) found = pending_.insert(found, Pending{});
    auto& pending = *found;
    pending.path = slot.path;
    pending.list = slot.list;
    pending.columns = std::max<std::size_t>(pending.columns, slot.column + 1u);
    if (slot.column == 0 || !pending.segment) {
        pending.segment = &s;
        pending.element = slot.element;
        pending.component = slot.component;
    }
    pending.codes[slot.column] = lasting ? raw : tree_.keep(raw); // release characters were in it
    // A component that is written but empty is a code too (the empty list qualifier means lokationsnummer).
    pending.given[slot.column] = !raw.empty() || text_.components_of(s, slot.element) >= slot.component;
}

void Codes::settle(std::size_t from)
{
    for (auto i = from; i < pending_.size(); ++i) settle(pending_[i]);
    pending_.resize(from);
}

void Codes::settle_inside(std::size_t from, ElementId element)
{
    const auto mine = std::stable_partition(pending_.begin() + static_cast<std::ptrdiff_t>(from), pending_.end(), [&](const Pending& p) { return !outline_.inside(p.path, element); });
    settle(static_cast<std::size_t>(mine - pending_.begin()));
}

/// All codes, or else the first alone: agencies are often left out.
const List::Entry* Codes::word_of(const Pending& pending, const List& list) const
{
    const auto fits = [&](const List::Entry& entry, std::size_t columns) {
        for (std::size_t i = 0; i < columns; ++i) {
            const auto code = i < entry.codes.size() ? std::string_view(entry.codes[i]) : std::string_view();
            const auto given = i < pending.columns && pending.given[i] ? pending.codes[i] : std::string_view();
            if (code != given && code != "*") return false;
        }
        return true;
    };
    for (const auto columns : {pending.columns, std::size_t{1}})
        for (const auto& entry : list.entries)
            if (fits(entry, columns)) return &entry;
    return nullptr;
}

void Codes::settle(const Pending& pending)
{
    if (std::ranges::none_of(pending.given, [](bool given) { return given; })) return;
    const auto& list = tables_.lists[static_cast<std::size_t>(pending.list)];
    if (const auto* entry = word_of(pending, list)) {
        if (entry->word.empty() || entry->word == "-") return;
        auto& node = tree_.at(pending.path);
        if (!node.text.empty() && node.text != entry->word) // a cancellation in one group is not undone by the next
            troubles_.push_back(text_.trouble(*pending.segment, pending.element, pending.component, IssueKind::unknown_code, "says another word of the list " + list.name + " than the letter said before"));
        tree_.set(node, entry->word);
        return;
    }
    if (std::ranges::all_of(pending.codes, [](std::string_view code) { return code.empty(); })) return;
    auto what = "is no code of the list " + list.name;
    if (!list.closed) what += "; it is left out";
    troubles_.push_back(text_.trouble(*pending.segment, pending.element, pending.component, IssueKind::unknown_code, std::move(what)));
    if (!list.closed) troubles_.back().severity = Severity::warning;
}

} // namespace sluse::edifact
