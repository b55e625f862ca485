// adapters/edifact/read_letter.cpp — segments to the OIOXML letter: groups open elements, rows fill them, and what no row knows is told.
#include "adapters/edifact/codes.hpp"
#include "adapters/edifact/free_text.hpp"
#include "adapters/edifact/grid.hpp"
#include "adapters/edifact/letter_text.hpp"
#include "adapters/edifact/match.hpp"
#include "adapters/edifact/unknown.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/time.hpp"

#include <algorithm>

namespace sluse::edifact {
namespace {

class Reader {
public:
    Reader(const Text& text, const Letter& letter, const LetterTable& table, const Tables& tables, letter::Tree& tree, Troubles& troubles)
        : text_(text), table_(table), tree_(tree), troubles_(troubles), at_(letter.first + 1), end_(letter.last), matcher_(text, tree, letter.last),
          unknown_(text, table, tables, matcher_), codes_(text, tables, table.outline, tree, troubles), grid_(text, letter.last, table.outline, tree, troubles)
    {
    }

    /// Everything up to UNT; groups are entered and left on the way.
    void run()
    {
        frames_.reserve(8);
        used_.reserve(256);
        push(table_.body);
        while (at_ < end_)
            if (!take()) unknown();
        while (!frames_.empty()) close();
    }

private:
    /// A group that is open. Its rows' marks and its codes lie in stacks, the innermost's last.
    struct Frame {
        const Group* group{};
        std::size_t used{}, codes{};
    };

    const Segment& segment() const { return text_.segments.data()[at_]; }

    void push(const Group& group)
    {
        frames_.push_back({&group, used_.size(), codes_.size()});
        used_.resize(used_.size() + group.rows.size());
    }

    /// The current segment into a row or a new group of the innermost frame that has a place for it.
    bool take()
    {
        const bool trigger = group_trigger(segment());
        for (auto depth = frames_.size(); depth-- > 0;) {
            const auto& frame = frames_.data()[depth];
            if (const auto* inner = matcher_.group_for(*frame.group, at_)) {
                while (frames_.size() > depth + 1) close();
                open(*inner);
                return true;
            }
            if (trigger) continue;
            const auto row = matcher_.row_for(*frame.group, at_, std::span(used_).subspan(frame.used));
            if (row < frame.group->rows.size()) {
                while (frames_.size() > depth + 1) close();
                fill(frames_.back(), row);
                return true;
            }
        }
        return false;
    }

    void open(const Group& group)
    {
        push(group);
        if (group.pick != no_element) {
            // The group is about another element of its kind than the last: the segment that says which comes later.
            if (auto* const node = tree_.nth(group.pick, std::max(1u, matcher_.picked(at_)))) tree_.pin(*node);
        }
        if (group.each != no_element) tree_.open(group.each);
        else if (group.at != no_element) tree_.at(group.at);
        if (group.column != no_element) grid_.column(group, at_);
        if (group.cell.row != no_element) grid_.cell(group, at_);
        if (group.hidden) values(frames_.back(), group.trigger);
        previous_ = nullptr;
        ++at_;
    }

    void fill(const Frame& frame, std::size_t index)
    {
        const auto& row = frame.group->rows.data()[index];
        const bool text_goes_on = previous_ == &row && row.text && continues(text_, text_.segments[at_ - 1], row.slots.back().element);
        if (row.each != no_element && !text_goes_on) tree_.open(row.each);
        used_[frame.used + index] = true;
        if (row.present.path != no_element) set(row.present.path, row.present.word);
        for (const auto& constant : row.sets) set(constant.path, constant.word);
        values(frame, row);
        previous_ = &row;
        ++at_;
    }

    /// A word of the tables, or of the message.
    void set(ElementId path, std::string_view lasting) { tree_.set(tree_.at(path), lasting); }
    void set_copy(ElementId path, std::string_view utf8)
    {
        auto& node = tree_.at(path);
        if (is_new(node, utf8)) tree_.set_copy(node, utf8);
    }
    /// What stands in the message, or in the scratch when it is `odd`.
    void set_text(letter::Node& node, std::string_view latin1, bool odd)
    {
        if (!odd) {
            if (is_new(node, latin1)) tree_.set(node, latin1);
            return;
        }
        utf8_.clear();
        append_utf8(latin1, utf8_);
        if (is_new(node, utf8_)) tree_.set_copy(node, utf8_);
    }
    /// An element is there once: a second patient, number or time for it refuses the letter, the same again says nothing new.
    bool is_new(const letter::Node& node, std::string_view utf8)
    {
        if (node.text.empty() || !strict_) return true;
        if (node.text != utf8) error(segment(), slot_->element, slot_->component, IssueKind::sequence, "says a second " + table_.outline.path(node.element) + ": a letter has one");
        return false;
    }

    void values(const Frame& frame, const Row& row)
    {
        const auto& s = segment();
        std::string_view format;
        // The second segment of a text with a headline before it is all text.
        const auto* const text = row.text && previous_ == &row && row.each == no_element ? &row.slots.back() : nullptr;
        if (text && text->component > 1) return free_text(*text, s, format, 1);
        if (row.text)
            for (const auto& slot : row.slots)
                if (slot.form == Form::format) format = text_.raw(s, slot.element, slot.component);
        for (const auto& slot : row.slots) {
            if (slot.path == no_element || slot.form == Form::format) continue;
            slot_ = &slot;
            strict_ = row.differs == no_element; // else it says better what the letter took from another segment
            if (!slot.write_only) value(frame, slot, s, format);
            else said_elsewhere(slot, s);
        }
        if (row.each != no_element) codes_.settle_inside(frame.codes, row.each); // a repeated segment tells its element's codes by itself
        extras(row, s);
    }

    /// What the letter has from another segment: a date is no less wrong here, and another number of the letter is told.
    void said_elsewhere(const Slot& slot, const Segment& s)
    {
        if (slot.form == Form::when || slot.form == Form::minute) moment_digits(slot, s);
        if (slot.path != table_.elements[0]) return;
        const auto* const number = tree_.last(slot.path);
        utf8_.clear();
        append_utf8(text_.value(s, slot.element, slot.component, scratch_), utf8_);
        if (number && !utf8_.empty() && number->text != utf8_) warning(s, slot.element, slot.component, IssueKind::wrong_type, "is another number than UNH's, which is taken");
    }

    void value(const Frame& frame, const Slot& slot, const Segment& s, std::string_view format)
    {
        switch (slot.form) {
        case Form::paragraph:
        case Form::lines:
        case Form::joined: return free_text(slot, s, format, slot.component);
        case Form::when:
        case Form::minute: return instant(slot, s);
        case Form::day: return day(slot, s);
        case Form::weeks: return weeks(slot, s);
        case Form::base64: return binary(slot, s);
        default: break;
        }
        const auto* const component = text_.component(s, slot.element, slot.component);
        const auto stands = component ? text_.bytes.substr(component->at, component->size) : std::string_view();
        const bool odd = component && component->odd;
        const auto raw = odd ? text_.plain(stands, scratch_) : stands;
        if (slot.list >= 0) return codes_.add(frame.codes, slot, s, raw, raw.data() == stands.data());
        if (raw.empty() || (slot.filler && raw == "_")) return;
        if (slot.form == Form::column) return column(slot);
        if (slot.form == Form::names) return names(slot, raw);
        auto& node = slot.repeats ? tree_.open(slot.path) : tree_.at(slot.path);
        if (slot.form == Form::uuid && hex_32(raw)) tree_.set_copy(node, hyphenated(std::string(raw)));
        else set_text(node, raw, odd);
    }

    static bool hex_32(std::string_view text)
    {
        return text.size() == 32 && std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
    }

    static std::string hyphenated(const std::string& text)
    {
        return text.substr(0, 8) + '-' + text.substr(8, 4) + '-' + text.substr(12, 4) + '-' + text.substr(16, 4) + '-' + text.substr(20);
    }

    /// Columns of 40, 11 and 11 characters, a blank between the last two.
    void column(const Slot& slot)
    {
        static constexpr std::size_t begin[] = {0, 40, 52}, size[] = {40, 11, 11};
        const auto raw = text_.value(segment(), slot.element, slot.component, scratch_);
        if (raw.size() <= begin[slot.column]) return;
        auto part = raw.substr(begin[slot.column], size[slot.column]);
        while (part.ends_with(' ')) part.remove_suffix(1);
        while (part.starts_with(' ')) part.remove_prefix(1);
        set_text(tree_.at(slot.path), part, true);
    }

    /// "Berggren,Nancy Ann" into the person's two names.
    void names(const Slot& slot, std::string_view raw)
    {
        utf8_.clear();
        append_utf8(raw, utf8_);
        const auto comma = utf8_.find(',');
        set_copy(table_.outline.child(slot.path, "PersonSurnameName"), std::string_view(utf8_).substr(0, comma));
        const auto given = table_.outline.child(slot.path, "PersonGivenName");
        if (comma != utf8_.npos && given != no_element) set_copy(given, std::string_view(utf8_).substr(comma + 1));
    }

    void free_text(const Slot& slot, const Segment& s, std::string_view format, unsigned component)
    {
        const auto content = table_.outline[slot.path].content;
        auto& out = tree_.growing(tree_.at(slot.path), content != letter::Content::text);
        if (slot.form == Form::lines && content == letter::Content::text) return words(slot, s, component, out);
        append_text(text_, s, slot.element, component, format, content, {scratch_, utf8_}, out);
    }

    /// Lines of an element that has none: a blank between them. What another group says again it says once.
    void words(const Slot& slot, const Segment& s, unsigned component, std::string& out)
    {
        std::string line, all;
        bool goes_on = out.empty() || (previous_ && at_ > 0 && continues(text_, text_.segments[at_ - 1], slot.element));
        for (const auto count = text_.components_of(s, slot.element); component <= count; ++component) {
            const auto raw = text_.value(s, slot.element, component, scratch_);
            line.clear();
            append_utf8(raw.ends_with('\\') ? raw.substr(0, raw.size() - 1) : raw, line);
            if (line.empty() || line == ".") continue;
            if (!goes_on) all += ' ';
            all += line;
            goes_on = raw.ends_with('\\');
        }
        if (all.substr(all.starts_with(' ')) != out) out += all;
    }

    void error(const Segment& s, unsigned element, unsigned component, IssueKind kind, std::string what)
    {
        troubles_.push_back(text_.trouble(s, element, component, kind, std::move(what)));
    }

    void warning(const Segment& s, unsigned element, unsigned component, IssueKind kind, std::string what)
    {
        error(s, element, component, kind, std::move(what));
        troubles_.back().severity = Severity::warning;
    }

    /// The digits of a date and time as its format wants them; 0: there is none, or an error is said.
    std::size_t moment_digits(const Slot& slot, const Segment& s)
    {
        const auto digits = text_.raw(s, slot.element, slot.component);
        const auto format = text_.raw(s, slot.element, slot.component + 1u);
        if (digits.empty()) return 0;
        const auto wrong = [&](unsigned component, IssueKind kind, std::string what) {
            error(s, slot.element, component, kind, std::move(what));
            return std::size_t{0};
        };
        const std::size_t length = format == "102" ? 8 : format == "203" ? 12 : format == "204" ? 14 : 0;
        if (!length) return wrong(slot.component + 1u, IssueKind::unknown_code, "is no format of a date here; send 203 (CCYYMMDDHHMM) or 204 (CCYYMMDDHHMMSS)");
        if (digits.size() != length || !all_digits(digits))
            return wrong(slot.component, IssueKind::wrong_type, "must be " + std::to_string(length) + " digits, as format " + std::string(format) + " says");
        const auto number = [&](std::size_t at, std::size_t n) {
            std::uint32_t out = 0;
            read_number(digits.substr(at, n), out);
            return static_cast<int>(out);
        };
        if (!valid(Date{number(0, 4), number(4, 2), number(6, 2)}) || (length > 8 && (number(8, 2) > 23 || number(10, 2) > 59)) || (length > 12 && number(12, 2) > 59))
            return wrong(slot.component, IssueKind::wrong_type, "is no date of the calendar or no time of the day");
        return length;
    }

    void instant(const Slot& slot, const Segment& s)
    {
        const auto length = moment_digits(slot, s);
        if (!length) return;
        const auto digits = text_.raw(s, slot.element, slot.component);
        const auto part = [&](std::size_t at, std::size_t n) { return std::string(digits.substr(at, n)); };
        const auto child = [&](std::string_view name) { return table_.outline.child(slot.path, name); };
        tree_.at(slot.path);
        if (child("Date") != no_element) set_copy(child("Date"), part(0, 4) + '-' + part(4, 2) + '-' + part(6, 2));
        if (length == 8) return;
        const auto minute = part(8, 2) + ':' + part(10, 2);
        const auto exact = child("TimeWithSec"), rough = child("Time");
        if (exact != no_element && (length == 14 || rough == no_element)) set_copy(exact, minute + ':' + (length == 14 ? part(12, 2) : "00"));
        else if (rough != no_element) set_copy(rough, minute);
    }

    void day(const Slot& slot, const Segment& s)
    {
        const auto digits = text_.raw(s, slot.element, slot.component);
        if (digits.empty()) return;
        if (digits.size() < 8 || !all_digits(digits)) return error(s, slot.element, slot.component, IssueKind::wrong_type, "must be 8 digits, CCYYMMDD");
        set_copy(slot.path, std::string(digits.substr(0, 4)) + '-' + std::string(digits.substr(4, 2)) + '-' + std::string(digits.substr(6, 2)));
    }

    /// "00404": 40 weeks and 4 days.
    void weeks(const Slot& slot, const Segment& s)
    {
        const auto digits = text_.raw(s, slot.element, slot.component);
        if (digits.empty()) return;
        if (digits.size() != 5 || !all_digits(digits) || digits[4] > '6')
            return error(s, slot.element, slot.component, IssueKind::wrong_type, "must be 5 digits, 00, weeks and days, as format 103 says");
        set(table_.outline.child(slot.path, "Weeks"), digits.substr(2, 2));
        set(table_.outline.child(slot.path, "Days"), digits.substr(4));
    }

    void binary(const Slot& slot, const Segment& s)
    {
        static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        auto* out = tree_.set_room(tree_.at(slot.path), (s.binary.size() + 2) / 3 * 4);
        for (std::size_t i = 0; i < s.binary.size(); i += 3) {
            const auto rest = std::min<std::size_t>(3, s.binary.size() - i);
            std::uint32_t word = 0;
            for (std::size_t k = 0; k < 3; ++k) word = word << 8 | (k < rest ? static_cast<unsigned char>(s.binary[i + k]) : 0u);
            for (std::size_t k = 0; k < 4; ++k) *out++ = k <= rest ? letters[word >> (18 - 6 * k) & 63] : '=';
        }
    }

    /// Components that the row has no slot for.
    void extras(const Row& row, const Segment& s)
    {
        if (row.text || s.word == tag_word("UNO")) return;
        unsigned element = 0, number = 0;
        std::uint64_t known = 0; // of this component and those behind it
        const auto* component = text_.components.data() + s.first;
        for (const auto* const end = component + s.count; component != end; ++component) {
            const bool another = component->element != element;
            element = component->element;
            known = (another ? row.known_of(element) : known) >> 1;
            number = another ? 1 : number + 1;
            if (known & 1 || component->size == 0 || (component->size == 1 && text_.bytes.data()[component->at] == '_')) continue;
            warning(s, element, number, IssueKind::unmapped, "is not part of this letter's standard; it is left out");
        }
    }

    void close()
    {
        const auto frame = frames_.back();
        const auto& group = *frame.group;
        codes_.settle(frame.codes);
        for (std::size_t i = 0; i < group.rows.size(); ++i)
            if (!used_[frame.used + i])
                for (const auto& constant : group.rows[i].absent)
                    if (!tree_.has(constant.path)) set(constant.path, constant.word);
        for (const auto& constant : group.defaults)
            if (!tree_.has(constant.path) && tree_.has(table_.outline[constant.path].parent)) set(constant.path, constant.word);
        if (group.pick != no_element) tree_.unpin();
        used_.resize(frame.used);
        frames_.pop_back();
        previous_ = nullptr;
    }

    /// No table row wants the segment.
    void unknown()
    {
        const auto& s = segment();
        if (group_trigger(s)) return troubles_.push_back(unknown_.group(at_, end_, at_));
        const auto twice = [&](const Frame& frame) { return matcher_.taken(*frame.group, s, std::span(used_).subspan(frame.used)); };
        // UNP's size and number were compared with UNO's; what has no tag is told.
        if (s.tag != "UNP" && s.tag != no_tag) troubles_.push_back(unknown_.segment(at_, std::ranges::any_of(frames_, twice)));
        ++at_;
    }

    const Text& text_;
    const LetterTable& table_;
    letter::Tree& tree_;
    Troubles& troubles_;
    std::uint32_t at_, end_;
    Matcher matcher_;
    Unknown unknown_;
    Codes codes_;
    GridReader grid_;
    std::vector<Frame> frames_;
    std::vector<char> used_; ///< rows that a segment has filled
    const Row* previous_{};
    const Slot* slot_{}; ///< whose value is being read
    bool strict_{};      ///< a value that is there already may not become another
    std::string scratch_, utf8_;
};

} // namespace

void read_letter(const Interchange& interchange, const Heading& heading, const Letter& letter, const LetterTable& table, letter::Tree& tree, Troubles& troubles)
{
    const auto& text = interchange.text;
    const auto& unh = text.segments[letter.first];
    read_heading(text, unh, heading, table, tree);
    if (const auto statistics = text.raw(unh, 3); !statistics.empty() && statistics != table.statistics) {
        troubles.push_back(text.trouble(unh, 3, 1, IssueKind::unknown_code, "is not " + table.statistics + ", the code of version " + table.version + ", by which the letter is read"));
        troubles.back().severity = Severity::warning;
    }
    Reader(text, letter, table, tables(), tree, troubles).run();
}

} // namespace sluse::edifact
