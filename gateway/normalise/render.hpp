// gateway/normalise/render.hpp — the one interpreter of compiled maps: segments in, the transaction bundle's bytes out, no tree between.
#pragma once

#include "gateway/base/scan.hpp"
#include "gateway/base/time.hpp"
#include "gateway/model/normalised.hpp"
#include "gateway/model/system.hpp"
#include "gateway/normalise/bytes.hpp"
#include "gateway/normalise/memo.hpp"
#include "gateway/normalise/plan.hpp"
#include "gateway/normalise/resource_ids.hpp"
#include "gateway/normalise/script.hpp"
#include "gateway/normalise/source.hpp"
#include "gateway/normalise/trace.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluse {

/// Everything rendering depends on beside the message.
struct RenderContext {
    const Plan* plan{};
    const SystemSettings* system{};
    const HmacKey* ids{};
    std::string_view message_id;     ///< ULID text, empty in `convert`
    int message_offset_minutes{};    ///< zone of MSH-7, when it named one
    bool has_message_offset{};
    std::string_view bundle_identifier_system, bundle_identifier; ///< MSH-10 and its sender
    Millis sent_ms{};
    Trace* trace{};                  ///< filled when given
};

/// A group of segments found in the message.
struct GroupInstance {
    std::uint16_t def{};
    std::int32_t parent{-1};
    std::uint32_t first_segment{}, last_segment{};
    std::uint32_t first_instance{}, instance_count{};
    std::array<std::int32_t, slots_max> slot; ///< segment index by slot, own first, then the parents'; -1: none
};

/// One resource to render.
struct Instance {
    std::uint16_t map{};
    std::int32_t group{};
    std::array<char, uuid_length> id{};
    Value base;                 ///< for a resource made from a field
    bool side{};
    bool alias{};               ///< same as an earlier one: referred to, not rendered again
    std::uint32_t repeats{};    ///< later ones of the same key in this message
    std::string_view id_text() const { return {id.data(), id.size()}; }
};

/// Where a row is evaluated.
struct Frame {
    const GroupInstance* group{};
    Value base;
    std::string_view argument;    ///< $value
    std::int16_t codes{-1};       ///< $codes
    std::uint64_t emitted{};      ///< bits of this object's elements
    std::uint64_t top{};          ///< of the outermost object of the map, for `without`
    unsigned depth{};
    std::uint64_t present{1};     ///< bit n: component n of base says something, in trees field n of its segment; `divided_component`
    std::uint16_t asked{};        ///< the condition asked last, when its answer holds all through the frame
    bool answer{};
    std::uint8_t part_count{};    ///< components that `starts` knows
    std::array<std::uint16_t, 33> starts; ///< starts[n-1]: where component n begins; left unset until divided
    const Frame* outer{};
    const Row* row{};             ///< the row that opened this frame
};

/// Reused from message to message; one per thread.
class Renderer {
public:
    /// Fills everything of `out` that maps can say. False: no structure for the type (not even a fallback).
    bool render(const SourceMessage& message, const RenderContext& context, Normalised& out);

    // For functions and predicates:
    Bytes& out() { return buffer_; }
    const SourceMessage& message() const { return *message_; }
    const RenderContext& context() const { return *context_; }
    /// Component `n` of a value (sub-component when it is one already); the value itself for n = 0.
    Value part(const Value& value, unsigned n) const;
    /// Text with escapes undone and blanks trimmed; valid until the next call.
    std::string_view text(const Value& value);
    void issue(const Value& at, IssueKind kind, std::string text);
    void issue_path(const Value& at, std::string& path) const;
    Emitted write_primitive(const Value& value, Primitive primitive);
    Emitted write_string(const Value& value);
    /// append_time() in this message's context; a message says the same few times over and over.
    const char* append_time_of(Bytes& out, std::string_view text, Primitive primitive);
    /// Resolves a source path; the first repetition when the field repeats.
    Value find(const SourcePath& path, Frame& frame);
    /// Index of the segment that a path of kind segment or own means; -1: none.
    static std::int32_t segment_of(const SourcePath& path, const Frame& frame)
    {
        return path.kind == SourcePath::Kind::own ? frame.base.segment : frame.group->slot.data()[path.slot];
    }
    /// All repetitions (of all such segments with `*`).
    template <class Use> void for_each(const SourcePath& path, Frame& frame, Use&& use);
    const Plan& plan() const { return *context_->plan; }
    std::string& scratch() { return scratch2_; }
    /// How often the resource being rendered has asked this of `text`, this time included.
    unsigned times_used(std::string_view text) { return ++used_[std::string(text)]; }
    /// Whether times_used() was asked of it in the resource being rendered.
    bool was_used(std::string_view text) const { return used_.contains(std::string(text)); }
    /// Writes the reference of the first resource of that type, other than the one being rendered, that `matches(instance, its group)`.
    template <class Matches> Emitted refer(std::string_view type, Matches&& matches);
    /// No other message of this thread has it.
    std::uint64_t message_number() const { return number_; }
    /// How many issues and deletions the message has told so far, known ones too.
    std::uint32_t remarks() const { return remarks_; }
    /// Counts a field that a function read by itself as mapped.
    void touched(const Value& value) { touch(value.segment, value.field); }
    /// Id of the resource that is being rendered.
    std::string_view rendering_id() const { return result_->resources[rendering_].id; }
    /// A hospital unit's identifier out of a coded field (IS, CWE, PL): SOR and SHAK numbers by their form or named system.
    bool unit_identifier(const Value& value, PersonIdentifier& out);

private:
    friend struct Call;
    void build_groups();
    void begin_groups();
    void look_at(std::uint32_t segment);
    void open_message(std::uint32_t segment);
    std::int32_t place(std::uint32_t segment, std::int32_t current);
    void open_group(std::uint16_t def, std::int32_t parent, std::uint32_t segment, Slot slot);
    void adopt(std::uint32_t segment, std::int32_t current);
    void inherit();
    void inherit_further(GroupInstance& group, const GroupInstance& parent) const;
    /// Of def.children the one that such a segment opens.
    std::vector<std::uint16_t>::const_iterator child_opened_by(const GroupDef& def, Slot slot) const;
    /// The last segment that opened or joined the group as one of its starters.
    std::int32_t last_starter(const GroupInstance& group) const;
    bool is_apart(std::size_t group, std::int32_t top) const;
    void make_instances();
    /// The rule that gave the id; null when none could.
    const IdRule* make_id(Instance& instance, Frame& frame);
    /// Index of the instance with that id, or of `index` after entering it.
    std::size_t enter(std::size_t index);
    void settle(std::size_t index);
    bool identifier_id(const IdRule& rule, const ResourceMap& map, Frame& frame, Instance& instance);
    void gather(const IdRule& rule, Frame& frame);
    bool key_id(const IdRule& rule, const ResourceMap& map, Frame& frame, Instance& instance);
    void render_instance(std::size_t index);
    /// A node's whole object, by a script when there is one for its way.
    Emitted scripted(const Element& node, Frame& frame, bool root);
    /// Tells the words of a node's key (Scripts::Key) one by one, until `use` returns false.
    template <class Use> bool each_word(const Element& node, const Frame& frame, Use&& use) const;
    /// What a step came to; of an array's item also whether still none stands before the next.
    struct Outcome {
        Emitted emitted{};
        bool first{};
    };
    bool replay(const Script& script, Frame& frame, std::size_t mark, std::optional<Notes>& notes);
    Outcome repeat(const Step& step, const Script& script, Frame& frame, const std::uint32_t* begins);
    void drop(std::size_t begin);
    void take_back(const Script& script, std::span<const std::uint32_t> begins, Outcome came, std::size_t mark, std::size_t dropped, Notes& notes);
    /// Tells the notes of a step, and does it unless it has been done.
    template <class Do> Emitted stepped(Step step, bool* first, Do&& work);
    Emitted noted_row(const Row& row, Frame& frame);
    bool noted_test(const Test& test, Frame& frame);
    Emitted noted_items(const Element& item, Frame& frame, bool& first);
    void noted_touch(const SourcePath& path, const Frame& frame);
    Emitted object(const Element& node, Frame& frame, bool root);
    Emitted child(const Trial& tried, Frame& frame, bool comma);
    Emitted leaf(const Element& node, Frame& frame);
    Emitted array(const Element& node, Frame& frame);
    Emitted array_rows(const Element& item, Frame& frame, bool& first);
    Emitted row(const Row& row, Frame& frame);
    Emitted row_now(const Row& row, Frame& frame);
    Value find_now(const SourcePath& path, Frame& frame);
    Emitted value(const Row& row, const Value& value, Frame& frame);
    template <class Write> Emitted remembered(Memo::Key& key, const Value& base, const Frame& frame, Write&& write);
    Emitted subtree_now(std::uint16_t node, const Value& base, const Row& row, Frame& outer);
    Emitted subtree(std::uint16_t node, const Value& base, const Row& row, Frame& outer);
    Emitted code(const Row& row, const Value& value);
    Emitted reference(const Row& row, Frame& frame);
    Emitted each(const Row& row, Frame& frame, bool& first);
    bool each_one(const Row& row, Frame& frame, const GroupInstance& group, const Value& base, bool first);
    Emitted make(const Row& row, const Value& value, Frame& frame);
    Emitted make_now(const Row& row, const Value& value, Frame& frame);
    void add_side(std::uint16_t map, const Value& base, const Frame& frame, const std::array<char, uuid_length>& id);
    void render_body(std::size_t index);
    /// Whether this message has an instance of that map: of what a Provenance may refer to, most messages have little.
    bool is_made(std::uint16_t map) const { return made_maps_.data()[map / 64] >> (map % 64) & 1; }
    void mark_made(std::uint16_t map)
    {
        made_maps_.data()[map / 64] |= std::uint64_t{1} << (map % 64);
        tell(plan().made_facts.data()[map]);
    }
    /// Says of the message that it holds.
    void tell(MessageFact fact) { known_.data()[message_->segments.size() + fact.word] |= std::uint64_t{1} << fact.bit; }
    /// What the fields of a segment hold; a quotation mark is told to nulls_.
    std::uint8_t marks_in(std::size_t segment);
    /// Fills known_ for a segment: its fields, and what its values are.
    void look_up(std::uint32_t segment, Slot slot);
    /// Of the first repetition that says anything, trimmed.
    std::string_view first_text(std::uint32_t segment, const SourcePath& path) const;
    const Instance* nearest_instance(std::uint16_t map, const GroupInstance* group) const;
    template <class Use> void instances_below(std::uint16_t map, const GroupInstance* group, Use&& use) const;
    bool holds(std::uint16_t condition, Frame& frame);
    bool holds_now(const Question& question, Frame& frame);
    bool absent(const SourcePath& path, const Frame& frame) const;
    /// Whether what is not absent() says something for certain: nothing in it may be a null or an empty repetition.
    bool certain(const SourcePath& path, const Frame& frame) const;
    /// Whether an array's row may come to several items.
    bool several(const Row& row, const Frame& frame) const;
    bool test_holds(const Test& test, Frame& frame);
    bool found_holds(const Test& test, Frame& frame);
    bool equals(const Test& test, const Value& found) const;
    bool repeated(const Value& found) const;
    void deleted(const Row& row, const Frame& frame);
    void count_coverage();
    void unmapped(std::size_t segment, unsigned field);
    /// `{"reference":"Patient/…"}`
    void append_reference(const Instance& instance)
    {
        append_id_behind(plan().maps[instance.map].reference, instance.id);
        buffer_ += "\"}";
    }
    void append_id_behind(const std::string& text, const std::array<char, uuid_length>& id)
    {
        auto* const to = buffer_.room(text.size() + id.size());
        copy_short(to, text.data(), text.size());
        std::memcpy(to + text.size(), id.data(), id.size());
        buffer_.wrote(text.size() + id.size());
    }
    /// "3", or the name in formats whose fields have names.
    /// In messages with named fields: the segment that opened a group, so that ".Name" is a field of it.
    Value opener_of(const GroupInstance& group) const
    {
        if (!message_->field_name) return {};
        return {message_->segments[group.first_segment].id, 2, static_cast<std::int32_t>(group.first_segment), 0};
    }
    void append_field_name(std::size_t segment, unsigned field, std::string& out) const
    {
        if (message_->field_name) out += message_->field_name(message_->self, segment, field);
        else out += std::to_string(field);
    }
    void cut_back(std::size_t size);
    /// What a period that was written from `mark` on must say instead.
    struct Forward {
        enum class Kind : std::uint8_t { half, as_it_is, no_end, day_alone } kind{};
        std::string_view start;
    };
    Forward forward(std::size_t mark) const;
    void keep_forward(const Element& node, std::size_t mark);
    void note_forward(std::size_t first, std::size_t mark);
    template <class Write> Emitted traced(const Row& row, const Value& value, Frame& frame, Write&& write);
    void trace_row(const Row& row, const Value& value, Frame& frame, std::size_t start);
    void trace_id(std::size_t index, Frame& frame, std::size_t start);
    void trace_fields();
    std::string source_text(const Value& value) const;
    Emitted sourceless(const Row& row, Frame& frame);
    Emitted value_now(const Row& row, const Value& value, Frame& frame);
    /// Gives the frame its base, divided once, so that its many rows need not.
    void divide(const Value& base, Frame& frame) const;
    bool says(const Needs::Fields& fields, const Frame& frame) const;
    bool may_yield(const Trial& trial, const Frame& frame) const;
    /// Bit n: child n may yield.
    std::uint64_t picked(const Pick& pick, const Frame& frame);
    const RowPlace& place_of(const Row& row) const { return plan().row_places[static_cast<std::size_t>(&row - rows_)]; }
    /// False when the row's source says nothing.
    bool may_yield(const Row& row, const Frame& frame) const;
    bool null(std::string_view text) const { return text.size() == 2 && text[0] == '"' && text[1] == '"'; }
    void touch(std::int32_t segment, unsigned field)
    {
        if (segment >= 0 && field < 64) touched_.data()[segment] |= std::uint64_t{1} << field;
    }
    Value relative(const SourcePath& path, const Frame& frame) const;
    std::string_view part(std::string_view text, unsigned level, unsigned n) const;
    std::string_view variable(SourcePath::Variable variable, const Frame& frame) const;

    const SourceMessage* message_{};
    std::uint64_t number_{};
    const RenderContext* context_{};
    Normalised* result_{};
    Bytes buffer_;
    const Element* elements_{};        ///< the plan's, whose indices the compiler made
    const Trial* trials_{};
    const Row* rows_{};
    const Structure* structure_{};
    std::uint8_t event_{};             ///< number of the message's event, 0: no condition names it
    std::vector<GroupInstance> groups_;
    bool further_{};                   ///< one of them is such (GroupDef::further)
    std::vector<std::int32_t> owner_;  ///< group of each segment; -1: none
    std::vector<Slot> slots_;          ///< slot of each segment
    static constexpr std::uint8_t repeats = 1, escapes = 2; ///< what a segment's fields hold somewhere; most hold neither
    std::vector<std::uint8_t> marks_;  ///< by segment, those of the message's own facts too
    bool nulls_{};                     ///< a field may hold `""`: most messages have no quotation mark at all
    std::vector<std::uint64_t> present_; ///< by segment; bit n: field n is not empty
    std::vector<std::uint64_t> known_;   ///< the same with the plan's facts; behind the segments' a word for each of Plan::message_slots
    std::vector<std::uint64_t> touched_; ///< fields read, by segment
    std::vector<Instance> instances_;
    std::vector<std::uint64_t> made_maps_; ///< bit n: instances_ holds one of map n
    std::size_t rendering_{};
    std::vector<PersonIdentifier> identifiers_; ///< scratch of make_id
    std::size_t identifier_count_{};
    std::string scratch_, scratch2_, key_;
    std::unordered_map<std::string, unsigned> used_; ///< by `unique`, in the resource being rendered
    Memo memo_;
    Scripts scripts_;
    Notes* notes_{};                   ///< of the node that is rendered now, when a script is to be made of it
    std::string dropped_;              ///< what steps wrote and is taken back, should the way part later: its size, and it
    struct Side {
        std::uint16_t map{};
        Value base;
        std::array<char, uuid_length> id{};
    };
    std::vector<Side> sides_;          ///< made so far, for the memo
    std::vector<Memo::Made> made_;     ///< scratch
    struct SeenTime {
        std::array<char, 24> text;
        std::array<char, 40> out;
        std::uint8_t text_size{}, out_size{};
        Primitive primitive{};
        const char* wrong{};
    };
    std::array<SeenTime, 8> times_;
    std::size_t times_count_{};        ///< seen in this message, forgotten ones too
    std::uint32_t remarks_{};          ///< issues and deletions told, known ones too
    std::vector<std::uint32_t> seen_;  ///< open-addressed: id → instance + 1
};

/// What a named function gets.
struct Call {
    Renderer& renderer;
    const Row& row;
    const Value& value; ///< empty when the row has no source
    Frame& frame;
    Bytes& out;         ///< write the JSON value here
    Emitted write_string(std::string_view text) const;
};

template <class Use> void Renderer::for_each(const SourcePath& path, Frame& frame, Use&& use)
{
    if (path.kind != SourcePath::Kind::segment && path.kind != SourcePath::Kind::own) {
        if (const auto found = find(path, frame); !found.empty()) use(found);
        return;
    }
    const auto divide = [&](std::int32_t index) {
        auto text = message_->segments[static_cast<std::size_t>(index)].field(path.field);
        if (path.field == 0) return use(Value{message_->segments[static_cast<std::size_t>(index)].id, 0, index, 0}); // the segment itself: there it is
        if (!text.empty()) touch(index, path.field);
        while (!text.empty()) {
            const auto end = marks_.data()[index] & repeats ? find_char(text, message_->repetition) : text.npos;
            auto found = text.substr(0, end);
            text = end == text.npos ? std::string_view{} : text.substr(end + 1);
            std::uint8_t level = 0;
            if (path.component && !found.empty()) found = part(found, level++, path.component);
            if (path.sub && !found.empty()) found = part(found, level++, path.sub);
            if (!found.empty()) use(Value{found, level, index, path.field});
        }
    };
    if (!path.all) {
        const auto index = segment_of(path, frame);
        if (index >= 0) divide(index);
        return;
    }
    const auto* group = frame.group;
    for (bool found = false; !found;) {
        const auto self = static_cast<std::int32_t>(group - groups_.data());
        for (auto i = group->first_segment; i <= group->last_segment; ++i) {
            if (owner_[i] != self || slots_[i] != path.slot) continue;
            divide(static_cast<std::int32_t>(i));
            found = true;
        }
        if (message_->parents.empty() || group->parent < 0) return;
        group = &groups_[static_cast<std::size_t>(group->parent)]; // in a tree: those of the nearest group that has any
    }
}

} // namespace sluse

#include "gateway/normalise/render_inline.hpp" // IWYU pragma: export
