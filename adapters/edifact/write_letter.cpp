// adapters/edifact/write_letter.cpp — the OIOXML letter to segments: the same tables, read from the element to the segment.
#include "adapters/edifact/draft.hpp"
#include "adapters/edifact/free_text.hpp"
#include "adapters/edifact/grid.hpp"
#include "adapters/edifact/letter_text.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <span>

namespace sluse::edifact {
namespace {

class Writer {
public:
    Writer(const LetterTable& table, const Tables& tables, xml::Element letter, Issues& issues) : table_(table), tables_(tables), issues_(issues), open_(table.outline.size())
    {
        open_[0] = letter;
    }

    std::string run()
    {
        std::string out;
        group(table_.body, out);
        return out;
    }

    std::size_t segments() const { return segments_; }

private:
    /// Where an element is: below the innermost opened one above it.
    xml::Element at(ElementId path) const
    {
        if (open_[path]) return open_[path];
        const auto parent = at(table_.outline[path].parent);
        return parent ? parent.child(table_.outline[path].name) : xml::Element();
    }

    std::string_view text(ElementId path, unsigned nth = 0) const
    {
        auto element = at(path);
        for (; element && nth; --nth) element = element.next(table_.outline[path].name);
        return element.text();
    }

    /// The group's items in order; true when something of the letter was in them.
    bool group(const Group& group, std::string& out)
    {
        bool said = false;
        for (auto item = group.items.begin(); item != group.items.end();) {
            if (item->is_group) {
                said = groups(group.groups[(item++)->index], out) || said;
                continue;
            }
            const std::span rows(&group.rows[item->index], 1);
            const auto alike = std::find_if(item, group.items.end(), [&](const auto& i) { return i.is_group || group.rows[i.index].each != rows[0].each; });
            const auto count = rows[0].each == no_element ? 1 : alike - item;
            said = repeated({rows.data(), static_cast<std::size_t>(count)}, out) || said;
            item += count;
        }
        return said;
    }

    bool groups(const Group& inner, std::string& out)
    {
        if (inner.loop) return loop(inner, out);
        if (inner.cell.row != no_element) return cells(inner, out);
        const auto context = inner.each != no_element ? inner.each : inner.at;
        if (context == no_element) return one(inner, out);
        const auto name = table_.outline[context].name;
        const auto outer = open_[context];
        bool said = false;
        if (context == 0 || outer) return one(inner, out);
        const auto first = first_;
        first_ = true;
        for (auto element = at(context); element; element = element.next(name)) {
            open_[context] = element;
            said = one(inner, out) || said;
            first_ = false;
            if (inner.each == no_element) break;
        }
        first_ = first;
        open_[context] = outer;
        return said;
    }

    /// The cells of the column whose turn it is.
    bool cells(const Group& inner, std::string& out)
    {
        if (!grid_) grid_.emplace(table_, inner, at(inner.each), at(table_.outline[inner.cell.name].parent));
        bool said = false;
        for (const auto cell : grid_->cells(turn_)) {
            open_[inner.each] = cell;
            said = one(inner, out) || said;
        }
        open_[inner.each] = {};
        return said;
    }

    bool loop(const Group& inner, std::string& out)
    {
        bool said = false;
        const auto name = table_.outline[inner.each].name;
        turn_ = 0;
        for (auto element = at(inner.each); element; element = element.next(name)) {
            open_[inner.each] = element;
            ++turn_;
            said = group(inner, out) || said;
            open_[inner.each] = {};
        }
        return said;
    }

    /// One group: its trigger and what is in it, or nothing when nothing is.
    bool one(const Group& inner, std::string& out)
    {
        const auto mark = out.size();
        const auto count = segments_;
        auto& order = orders_[inner.trigger.tag];
        const auto before = order++;
        bool said = repeated({&inner.trigger, 1}, out);
        if (inner.hidden && !said && out.size() == mark) {
            order = before;
            return false;
        }
        const auto outer = std::exchange(group_tag_, std::string_view(inner.trigger.tag));
        const auto around = std::exchange(around_, number_);
        number_ = order;
        cell_ = inner.cell.row != no_element ? at(inner.each) : xml::Element();
        said = group(inner, out) || said;
        number_ = std::exchange(around_, around);
        group_tag_ = outer;
        const bool keyed = keys_said(inner, std::string_view(out).substr(mark));
        if ((said && keyed) || inner.always) return said || inner.always;
        out.resize(mark);
        segments_ = count;
        order = before;
        return false;
    }

    /// Was each of the group's telling segments written?
    static bool keys_said(const Group& inner, std::string_view written)
    {
        return std::ranges::all_of(inner.rows, [&](const Row& row) { return !row.key || written.find('\n' + row.tag) != written.npos || written.starts_with(row.tag); });
    }

    /// One row, or all that are about one kind of element, in the order in which the letter has these. True when they said something of it.
    bool repeated(std::span<const Row> rows, std::string& out)
    {
        const auto each = rows[0].each;
        if (each == no_element) return one(rows[0], out);
        bool said = false;
        const auto name = table_.outline[each].name;
        for (auto element = at(each); element; element = element.next(name)) {
            open_[each] = element;
            for (const auto& row : rows) said = one(row, out) || said;
            open_[each] = {};
        }
        return said;
    }

    bool one(const Row& row, std::string& out)
    {
        if (row.read_only || (row.first_only && (!first_ || turn_ > 1))) return false;
        if (row.unlike.path != no_element && text(row.unlike.path) == row.unlike.word) return false;
        if (row.unless != no_element && at(row.unless)) return false;
        if (row.present.path != no_element && text(row.present.path) != row.present.word) return false;
        if (row.differs != no_element && same_time(at(row.differs), at(row.slots.back().path))) return false;
        if (row.holds_text()) return texts(row, out);
        Draft draft;
        bool any = row.present.path != no_element, wants = false;
        std::vector<unsigned> dropped;   ///< elements whose carrying value is absent
        std::map<unsigned, bool> filled; ///< elements with values: did one have any?
        for (const auto& slot : row.slots) {
            if (slot.form == Form::order) {
                const auto order = row.tag == "UNO" ? orders_["UNO"] + 1 : orders_[row.tag == "LIN" ? row.tag : std::string(group_tag_)];
                draft.put(slot.element, slot.component, std::to_string(order));
                continue;
            }
            if (slot.form == Form::turn || slot.form == Form::up || slot.form == Form::row) {
                draft.put(slot.element, slot.component,
                          slot.form == Form::turn ? turn(slot)
                          : slot.form == Form::up ? std::to_string(around_)
                                                  : std::string(grid_->row_name(cell_)));
                continue;
            }
            if (slot.path == no_element) {
                draft.put(slot.element, slot.component, slot.constant);
                continue;
            }
            if (slot.read_only) continue;
            wants = true;
            const bool had = value(slot, draft);
            if (!had && slot.needed) return false;
            if (!had && slot.carries) dropped.push_back(slot.element);
            any = any || had;
            filled[slot.element] = filled[slot.element] || had || !slot.otherwise.empty() || slot.filler;
        }
        if (wants && !any && !row.always) return false;
        for (const auto element : dropped) draft.clear(element);
        for (const auto& [element, had] : filled)
            if (!had && std::ranges::none_of(row.slots, [&, at = element](const Slot& slot) { return slot.element == at && slot.must_match; }))
                draft.clear(element); // what tells the segment stays
        draft.write(row.tag, out);
        ++segments_;
        if (row.tag == "UNO") object(row, out);
        return any;
    }

    static bool same_time(xml::Element one, xml::Element other)
    {
        return one.child("Date").text() == other.child("Date").text() && one.child("Time").text() == other.child("Time").text();
    }

    std::string turn(const Slot& slot) const
    {
        auto digits = std::to_string(turn_);
        if (digits.size() < slot.column) digits.insert(0, slot.column - digits.size(), '0');
        return digits;
    }

    /// After UNO's own terminator the payload and UNP, which counts as a segment.
    void object(const Row& row, std::string& out)
    {
        out.pop_back();
        const auto slot = std::ranges::find(row.slots, Form::base64, &Slot::form);
        const auto payload = slot == row.slots.end() ? std::nullopt : from_base64(text(slot->path));
        if (!payload) {
            issues_.push_back({Severity::error, IssueKind::wrong_type, at(slot->path).path(), "is not base64"});
            return;
        }
        out += *payload;
        out += "UNP+" + std::to_string(payload->size()) + '+' + std::to_string(orders_["UNO"] + 1) + "'\n";
        ++orders_["UNO"];
        ++segments_;
    }

    bool texts(const Row& row, std::string& out)
    {
        const auto slot = std::ranges::find_if(row.slots, [](const Slot& s) { return s.form == Form::paragraph || s.form == Form::lines || s.form == Form::joined; });
        const auto element = at(slot->path);
        if (!element && !row.always) return false;
        auto room = 6u - slot->component;
        Draft first;
        for (const auto& s : row.slots)
            if (&s != &*slot && s.path != no_element && s.form != Form::format && !value(s, first) && s.needed) return false;
        auto pieces = split_text(element, row.each != no_element);
        if (pieces.empty()) {
            if (!row.always && slot->component == 1) return false;
            pieces.push_back({"P00", {}});
        }
        for (const auto& piece : pieces)
            for (std::size_t from = 0; from == 0 || from < piece.components.size(); from += room) {
                // A headline before the text stands in the first segment only; those after it are all text.
                const bool more = row.each == no_element && slot->component > 1 && (from > 0 || &piece != pieces.data());
                const auto begin = more ? 1u : slot->component;
                room = 6u - begin;
                auto draft = more ? Draft() : first;
                for (const auto& s : row.slots) {
                    if (s.form == Form::format) draft.put(s.element, s.component, piece.format);
                    else if (s.form == Form::turn) draft.put(s.element, s.component, turn(s));
                    else if (s.path == no_element) draft.put(s.element, s.component, s.constant);
                }
                for (unsigned i = 0; i < room && from + i < piece.components.size(); ++i) draft.put(slot->element, begin + i, piece.components[from + i]);
                draft.write(row.tag, out);
                ++segments_;
            }
        return static_cast<bool>(element);
    }

    bool value(const Slot& slot, Draft& draft)
    {
        const auto put = [&](std::string_view text) { draft.put(slot.element, slot.component, text); };
        switch (slot.form) {
        case Form::when:
        case Form::minute: return instant(slot, draft);
        case Form::weeks: return weeks(slot, draft);
        case Form::base64: return !text(slot.path).empty();
        case Form::names: {
            const auto surname = at(slot.path).child("PersonSurnameName").text(), given = at(slot.path).child("PersonGivenName").text();
            if (surname.empty() && given.empty()) return false;
            put(std::string(surname) + (given.empty() ? "" : ",") + std::string(at(slot.path).child("PersonGivenName") ? raw_text(at(slot.path).child("PersonGivenName")) : ""));
            return true;
        }
        case Form::column: return column(slot, draft);
        default: break;
        }
        const auto element = at(slot.path);
        const auto words = slot.form == Form::word && slot.list < 0 && element && !slot.repeats ? raw_text(element) : std::string(text(slot.path, slot.nth));
        if (slot.list >= 0) return code(slot, words, draft);
        if (!draft.text(slot.element, slot.component).empty()) return true; // a code that shares the component stands there
        if (words.empty()) {
            if (!slot.otherwise.empty()) put(slot.otherwise);
            else if (slot.filler) put("_");
            return false;
        }
        std::string digits = words;
        if (slot.form == Form::uuid || slot.form == Form::day) std::erase(digits, '-');
        put(digits);
        if (slot.form == Form::day) draft.put(slot.element, slot.component + 1u, "102");
        return true;
    }

    /// With the blanks at its ends, which a name may have in both forms.
    static std::string raw_text(xml::Element element)
    {
        std::string out;
        element.each_part([&](std::string_view part) { out += part; }, [](xml::Element) {});
        return out.find_first_not_of(" \t\r\n") == out.npos ? std::string() : out.find('\n') == out.npos ? out : std::string(element.text());
    }

    bool instant(const Slot& slot, Draft& draft)
    {
        const auto element = at(slot.path);
        if (!element) return false;
        const auto exact = element.child("TimeWithSec").text();
        auto digits = std::string(element.child("Date").text()) + std::string(exact.empty() ? element.child("Time").text() : exact);
        std::erase_if(digits, [](char c) { return c == '-' || c == ':'; });
        if (digits.empty()) return false;
        const auto format = digits.size() == 14 ? "204" : digits.size() == 12 ? "203" : digits.size() == 8 ? "102" : "";
        if (!*format) issues_.push_back({Severity::error, IssueKind::wrong_type, element.path(), "is no date and time of day"});
        draft.put(slot.element, slot.component, digits);
        draft.put(slot.element, slot.component + 1u, format);
        return true;
    }

    bool weeks(const Slot& slot, Draft& draft)
    {
        const auto element = at(slot.path);
        const auto weeks = element.child("Weeks").text(), days = element.child("Days").text();
        if (weeks.empty()) return false;
        if (weeks.size() > 2 || days.size() > 1) issues_.push_back({Severity::error, IssueKind::wrong_type, element.path(), "is no duration of weeks and days"});
        draft.put(slot.element, slot.component, (weeks.size() == 1 ? "000" : "00") + std::string(weeks) + (days.empty() ? "0" : std::string(days)));
        draft.put(slot.element, slot.component + 1u, "103");
        return true;
    }

    bool column(const Slot& slot, Draft& draft)
    {
        static constexpr std::size_t begin[] = {0, 40, 52};
        auto line = std::string(draft.text(slot.element, slot.component));
        auto characters = static_cast<std::size_t>(std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }));
        // The columns come last first, since the first slot of a component is its own.
        const auto words = text(slot.path);
        std::string own(begin[slot.column], ' ');
        own += words;
        if (characters == 0) line = own;
        else {
            std::string merged(words);
            const auto length = static_cast<std::size_t>(std::ranges::count_if(words, [](char c) { return (c & 0xC0) != 0x80; }));
            const auto from = begin[slot.column];
            line.replace(from, std::min(length, line.size() - std::min(from, line.size())), merged);
        }
        draft.put(slot.element, slot.component, line);
        return !words.empty();
    }

    bool code(const Slot& slot, std::string_view word, Draft& draft)
    {
        const auto& list = tables_.lists[static_cast<std::size_t>(slot.list)];
        if (word.empty()) {
            if (!slot.otherwise.empty()) draft.put(slot.element, slot.component, slot.otherwise);
            return false;
        }
        const auto entry = std::ranges::find(list.entries, word, &List::Entry::word);
        if (entry == list.entries.end() && slot.write_only) return false;
        if (entry == list.entries.end()) {
            issues_.push_back({Severity::error, IssueKind::unknown_code, at(slot.path).path(), "is no word of the list " + list.name + "; EDIFACT has no code for it"});
            return true;
        }
        const auto code = slot.column < entry->codes.size() ? std::string_view(entry->codes[slot.column]) : std::string_view();
        if (code != "*") draft.put(slot.element, slot.component, code);
        return true;
    }

    const LetterTable& table_;
    const Tables& tables_;
    Issues& issues_;
    std::vector<xml::Element> open_; ///< by element number: the one that rows are about now
    std::map<std::string, unsigned, std::less<>> orders_;
    std::string_view group_tag_;
    unsigned turn_{};              ///< of the loop that is under way
    unsigned number_{}, around_{}; ///< of the group that is being written, and of the one around it
    std::optional<GridWriter> grid_;
    xml::Element cell_;
    bool first_{true}; ///< in the first repetition of the group that is being written
    std::size_t segments_{};
};

} // namespace

Result<std::string> write_letter(xml::Element emessage, const Tables& tables, Issues& issues)
{
    xml::Element letter;
    const auto* table = emessage.name() == "Emessage" ? table_for(emessage, tables, letter) : nullptr;
    if (!table) return Fault{Errc::unsupported, (letter ? letter.path() + "/Letter/VersionCode" : std::string("Emessage")) + ": is no letter that has an EDIFACT form here"};
    Writer writer(*table, tables, letter, issues);
    const auto body = writer.run();
    const auto failed = std::ranges::find(issues, Severity::error, &Issue::severity);
    if (failed != issues.end()) return Fault{Errc::bad_message, failed->path + ": " + failed->text};
    return framed(emessage, letter, *table, body, writer.segments());
}

} // namespace sluse::edifact
