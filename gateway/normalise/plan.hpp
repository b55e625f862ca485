// gateway/normalise/plan.hpp — compiled maps: flat tables of rows, element nodes, groups and code tables. Nothing in them is found by name.
#pragma once

#include "gateway/normalise/code_tables.hpp"
#include "gateway/normalise/elements.hpp"
#include "gateway/normalise/maps.hpp"
#include "gateway/normalise/shape.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace sluse {

class Renderer;
struct Call;

constexpr std::size_t slots_max = 240; ///< different segment names that maps mention: HL7's, some 160, and senders' own
using Slot = std::uint8_t;
constexpr Slot no_slot = 255;

/// Where a value comes from.
struct SourcePath {
    enum class Kind : std::uint8_t { none, segment, relative, variable, own };
    enum class Variable : std::uint8_t { argument, event, sender, message_id, map_set, type };
    Kind kind{Kind::none}; ///< own: a field of the segment in which the frame's base lies
    Variable variable{};
    Slot slot{no_slot};
    bool all{};               ///< "NTE*-3": every such segment of the group
    std::uint8_t field{};     ///< 0: the segment itself
    std::uint8_t component{}; ///< 0: undivided
    std::uint8_t sub{};
    bool operator==(const SourcePath&) const = default;
};

/// A value found: its raw text, how far it has been divided, and its place for issues.
struct Value {
    std::string_view text;
    std::uint8_t level{};     ///< 0 field repetition, 1 component, 2 sub-component
    std::int32_t segment{-1}; ///< index in the message
    std::uint8_t field{};
    bool empty() const { return text.empty(); }
};

using Predicate = bool (*)(Renderer& renderer, const Value& value);

struct Term {
    enum class Op : std::uint8_t { valued, equals, predicate, repeated, without };
    Op op{};
    bool negate{};
    SourcePath path;
    std::vector<std::string> values; ///< equals: any of them
    Predicate predicate{};
    std::uint8_t bit{};              ///< without: the sibling's bit
    bool operator==(const Term&) const = default;
};
/// Any of the alternatives, of each all terms.
struct RowCondition {
    std::vector<std::vector<Term>> any;
};

/// A term as it is asked: half a cache line, its values beside those of the others.
struct Test {
    enum class Op : std::uint8_t { valued, equals, fact, event, predicate, repeated, without };
    SourcePath path;
    Predicate predicate{};
    std::uint16_t words{}, texts{};            ///< equals: first of Plan::test_words (values of at most 8 bytes) and of Plan::test_texts
    std::uint8_t word_count{}, text_count{};
    Op op{};
    std::uint8_t bit{};                        ///< without: the sibling's bit; fact: the one in Renderer::known_
    std::uint16_t events{};                    ///< event: which, of Plan::event_sets
    std::uint16_t alike{};                     ///< of Plan::tests, the first that asks the same: within a frame one answer is the other's
    bool negate{};
    bool last{};                               ///< of its alternative
    bool needs{};                              ///< where its source says nothing, it fails (or holds, when negated) without being looked at
};

/// A condition as it is asked.
struct Question {
    std::uint16_t first{}, count{}; ///< of Plan::tests
    Slot slot{no_slot};             ///< no answer but no without this field, which the first test of the only alternative asks
    std::uint8_t field{};
    bool steady{};                  ///< without `without`: the answer is the same all through a frame
};

/// What a row or element came to.
enum class Emitted : std::uint8_t { nothing, fixed, content };
using Function = Emitted (*)(Call& call);

enum class Action : std::uint8_t { text, code, subtree, reference, references, make, each, function, fixed, argument, remove };

/// One cache line: what rendering reads of a row. Its texts lie in Plan::texts.
struct alignas(64) Row {
    SourcePath from;
    std::uint16_t condition{}; ///< 0: always
    Action action{Action::text};
    bool needs{};              ///< says nothing where its source does not: not tried, its condition not asked
    Primitive primitive{Primitive::none};
    bool memo{};               ///< subtree, make: the outcome hangs on the source's text alone
    bool single{};             ///< target does not repeat: further repetitions of the source are lost, and said
    bool items{};              ///< as an array's item: one for each repetition of the source
    std::uint16_t target{};    ///< subtree's node, or the map
    std::int16_t codes{-1};    ///< code table
    std::int16_t subtree{-1};  ///< each: node rendered per instance
    Function function{};
    std::string_view argument; ///< value column, bare; a NUL follows it
    std::string_view json;     ///< value column as JSON
};

/// For deletions, explanations and errors.
struct RowPlace {
    std::string path;          ///< below the resource
    std::string place;         ///< file:line
};

/// Texts of a plan one behind another, so that neighbours share cache lines; 32 bytes can be read from the start of each, however short.
class TextPool {
public:
    std::string_view keep(std::string_view text);

private:
    static constexpr std::size_t block = 1 << 16, slack = 32;
    std::vector<std::unique_ptr<char[]>> blocks_;
    std::size_t left_{};
    char* next_{};
};

/// Components whose presence is told bit by bit; more than any data type has.
inline constexpr unsigned components_max = 31;
/// The bit that stands for a component of more than one sub-component, which few messages have and many rows ask for.
inline constexpr std::uint64_t divided_component = std::uint64_t{1} << components_max;

/// What rows ask of one value again and again ("OBX-2=NM"), looked up once: bits beside those of the segment's fields.
struct Lookup {
    SourcePath path;
    std::uint64_t otherwise{}; ///< what holds where the text is none of these, or absent: tests turned round
    std::vector<std::pair<std::uint64_t, std::uint64_t>> values; ///< a text of at most 8 bytes, packed(), and what holds for it
};
struct SegmentFacts {
    std::uint64_t fields{~std::uint64_t{1}}; ///< bits that stand for fields; bit 0: the segment is there
    std::vector<Lookup> lookups;
};

/// What holds of the whole message (its event is one of some, a map has made a resource): a bit of a segment that no message has.
struct MessageFact {
    std::uint8_t word{}, bit{}; ///< of Plan::message_slots; bit 0: nobody asks
};

/// Most elements of most messages are absent: what a node needs at least one of, so that it is not tried in vain.
struct Needs {
    struct Fields {
        Slot slot{no_slot};
        std::uint64_t mask{};   ///< bit n: field n, or what else is known of the segment
    };
    bool always{true};          ///< nothing can be said beforehand
    std::uint64_t components{}; ///< bit n: component n of the frame's base, in trees field n of its segment; bit 0: the base itself; `divided_component`
    Fields first;               ///< the only segment of most
    std::vector<Fields> others;
    void add(Slot slot, std::uint64_t mask);
    void add(const Needs& other);
};

enum class NodeKind : std::uint8_t { object, array, leaf };

/// A node as its parent sees it: all that decides whether to go there, and how, and what is written first.
struct Trial {
    std::uint64_t fields{};     ///< Needs::first
    const char* text{};         ///< in Plan::texts: "\"period\":", and behind it the rest when that is the same in every message
    std::uint64_t components{}; ///< Needs::components
    std::uint32_t size{};       ///< of the text
    std::uint16_t key{};        ///< of the text up to the colon
    std::uint16_t more{};       ///< Needs::others, in Plan::more_fields
    std::uint16_t node{};
    std::uint8_t more_count{};
    Slot slot{no_slot};         ///< Needs::first
    std::uint8_t bit{};
    NodeKind kind{};
    bool always{};
    bool constant{};            ///< its text is the same in every message
};

struct Node {
    using Kind = NodeKind;
    Kind kind{Kind::object};
    bool sourced{};              ///< has a row with a source below: without one that yields, it is left out
    std::uint8_t bit{};          ///< within its parent; elements of one choice share it
    bool choice{};
    bool removes{};              ///< a row below says that something is gone
    bool period{};               ///< a Period: its end must not be before its start
    std::uint64_t vital{};       ///< bits of children without which the object is left out
    std::vector<std::uint16_t> rows; ///< alternatives: the first that yields
    std::string key;             ///< "\"period\":"
    std::string constant;        ///< its whole text, key included, when that is the same in every message
    std::string name;            ///< "period"
    std::string label;           ///< of an array's item: what stands between the brackets
    std::vector<std::uint16_t> children;
    Needs needs;
};

/// A node as rendering sees it, once it goes there: half a cache line.
struct alignas(32) Element {
    std::uint64_t vital{};
    std::uint32_t trials{};    ///< first of Plan::trials: its children
    std::uint16_t trial_count{};
    std::uint16_t rows{}, row_count{}; ///< of Plan::rows
    std::uint16_t pick{};      ///< of Plan::picks; 0: every trial is looked at
    NodeKind kind{};
    std::uint8_t bit{};
    bool sourced{}, period{};
    std::uint16_t looks{};     ///< of Plan::looks; 0: there are no scripts of it
};

/// All that decides the way through a node beside the values that it writes: one message's way is another's that has the same (script.hpp).
struct Looks {
    std::uint32_t first{};        ///< of Plan::looked; first those of whose fields it matters whether they repeat
    std::uint16_t count{}, repeating{};
    bool event{};                 ///< the message's event
    bool own{};                   ///< fields of the base's segment
    std::uint64_t components{};   ///< of the frame's base, as Needs::components
};

/// Which of an object's children can yield, asked for all at once: of each component or field that is there, the children that it lets yield.
struct Pick {
    struct Fields {
        std::uint64_t fields{};
        std::uint64_t asks{};       ///< fields whose values were looked up for some of the bits
        std::uint32_t masks{};      ///< first of Plan::pick_masks: one for each bit of `fields`
        Slot slot{no_slot};
    };
    std::uint64_t always{};         ///< bit n: child n
    std::uint64_t components{};
    std::uint32_t masks{};
    std::uint32_t slots{}, slot_count{}; ///< of Plan::pick_fields
};

/// How a resource gets its id: the first rule whose parts are there.
struct IdRule {
    enum class Kind : std::uint8_t { identifier, part, sender, unit };
    enum class Layout : std::uint8_t { cx, xcn, xon, ei, hd, plain, uuid }; ///< plain, uuid: scope is the system
    Kind kind{};
    Layout layout{};
    std::string scope;               ///< "patient", "visit": stands for a missing authority
    std::int16_t owner{-1};          ///< map whose instance owns it
    std::vector<SourcePath> parts;
    std::vector<SourcePath> extras;  ///< added to an identifier's key: several reports under one order number
    std::string place;               ///< file:line
};

/// One resource map.
struct ResourceMap {
    std::string name, type;
    std::uint16_t root{};
    std::uint16_t condition{};
    bool memo{};           ///< made from a field, it hangs on that field's text alone
    bool part{};           ///< no resource of its own: there for `each` (the questions of a questionnaire)
    std::vector<IdRule> ids;
    std::string open;      ///< {"fullUrl":"…/Patient/<36 letters for the id>","resource":{"resourceType":"Patient","id":"<36 more>"
    std::size_t url_id{}, resource{}; ///< where in it the first id and the resource begin; the second id ends one before its end
    std::string close;     ///< },"request":{"method":"PUT","url":"Patient/
    std::string reference; ///< {"reference":"Patient/
};

struct GroupDef {
    std::string name;
    std::int16_t parent{-1};
    std::vector<Slot> starters;
    bool any_order{};                    ///< of the starters ("OBR/ORC")
    std::bitset<256> members;            ///< without the starters
    std::bitset<256> reopens;            ///< members of which a second opens a child
    bool further{};                      ///< such a child
    std::vector<std::uint16_t> children;
    std::vector<std::uint16_t> makes;
};

/// A message map: which segments open which groups, and which resources each group makes.
struct Structure {
    std::string name;
    std::vector<GroupDef> groups;        ///< [0] is the message itself
    bool partial{};                      ///< tells of a contact only in passing
};

/// For explanations; rendering itself looks at Plan::ignored.
struct IgnoreRule {
    std::string name, place;
    Slot slot{no_slot};
    std::uint8_t field{}; ///< 0: the whole segment
};

/// Everything for one format and one overlay.
struct Plan {
    std::vector<Row> rows;               ///< each element's together
    std::vector<RowPlace> row_places;    ///< by row
    std::vector<Node> nodes;
    std::vector<Element> elements;       ///< by node
    std::vector<Trial> trials;
    std::vector<Needs::Fields> more_fields; ///< of trials that look at several segments
    std::vector<Pick> picks;
    std::vector<Pick::Fields> pick_fields;
    std::vector<std::uint64_t> pick_masks;
    std::vector<Looks> looks;
    std::vector<Needs::Fields> looked;
    std::uint32_t number{};                    ///< no other plan of the process has it
    std::vector<SegmentFacts> segment_facts;   ///< by slot
    std::vector<Slot> message_slots;           ///< of segments that no message has, for MessageFact
    std::vector<MessageFact> made_facts;       ///< by map
    std::vector<MessageFact> there_facts;      ///< by slot
    std::vector<std::vector<std::uint64_t>> event_facts; ///< by event's number: a word for each message slot
    std::vector<RowCondition> conditions;
    std::vector<Question> questions;     ///< by condition
    std::vector<Test> tests;
    std::vector<std::uint64_t> test_words;
    std::vector<std::string_view> test_texts;
    std::vector<std::bitset<256>> event_sets; ///< by event's number
    std::unordered_map<std::string, std::uint8_t, TextHash, std::equal_to<>> event_numbers; ///< events that conditions name, from 1
    TextPool texts;
    std::vector<ResourceMap> maps;
    std::vector<VocabularyMap> tables;
    std::vector<Structure> structures;
    std::unordered_map<std::string, std::uint16_t, TextHash, std::equal_to<>> by_type; ///< "ADT^A01" → structure
    std::int16_t fallback{-1};
    std::unordered_map<std::string, Slot, TextHash, std::equal_to<>> slot_names;
    std::array<std::array<std::uint64_t, 4>, 256> ignored{}; ///< by slot
    std::bitset<256> ignored_segments;
    std::vector<IgnoreRule> ignore_rules;
    std::unordered_map<std::string, std::string, TextHash, std::equal_to<>> code_systems; ///< table 0396 name → URI
    std::unordered_map<std::string, std::unordered_set<std::string, TextHash, std::equal_to<>>, TextHash, std::equal_to<>> v2_tables; ///< "0078" → codes
    const std::string* map_set{};
    std::unique_ptr<SourceShape> shape; ///< formats whose messages are trees

    std::vector<Slot> slots; ///< by slot_index(): a message asks for each of its segments
    /// By type and event ("ADT^A01"), for any event ("SIU^*"), for events that no line names ("ADT"), else the fallback; null when there is
    /// none. `known`: a line names the type and event.
    const Structure* structure_of(std::string_view type, bool& known) const;

    Slot slot(std::string_view segment) const
    {
        const auto at = slot_index(segment);
        if (at < slots.size()) return slots[at];
        if (!shape) return no_slot;
        const auto named = slot_names.find(segment); // a tree's segments have names of any length
        return named == slot_names.end() ? no_slot : named->second;
    }
    /// Three capitals or digits as a number to base 36; larger than any table for other names.
    static std::size_t slot_index(std::string_view segment)
    {
        if (segment.size() != 3) return ~std::size_t{0};
        std::size_t at = 0;
        for (const char c : segment) {
            const bool digit = c >= '0' && c <= '9';
            if (!digit && (c < 'A' || c > 'Z')) return ~std::size_t{0};
            at = at * 36 + static_cast<std::size_t>(digit ? c - '0' : c - 'A' + 10);
        }
        return at;
    }
};

/// Of an array's item: each of its rows writes one value or none where the fields that it reads do not repeat.
inline bool one_valued(const Plan& plan, const Element& item)
{
    return std::all_of(plan.rows.begin() + item.rows, plan.rows.begin() + item.rows + item.row_count, [](const Row& row) {
        return row.action != Action::each && row.action != Action::references && row.action != Action::remove;
    });
}

/// The implementation of Maps.
class CompiledMaps final : public Maps {
public:
    const std::string& hash() const override { return hash_; }
    /// Plan of a format under a system's overlay; an unknown overlay gets the base. Null: no maps for that format.
    const Plan* plan(std::string_view format, std::string_view overlay) const;

private:
    friend class Maps;
    std::string hash_;
    std::map<std::string, std::unique_ptr<Plan>, std::less<>> plans_; ///< "hl7v2", "hl7v2/NAME"
};

/// Named functions and predicates that a row may call (gateway/normalise/functions.cpp).
Function function_named(std::string_view name);
std::vector<std::string_view> function_names();
Predicate predicate_named(std::string_view name);
std::vector<std::string_view> predicate_names();
/// Looks at nothing but the value it is given.
bool predicate_is_local(Predicate predicate);
/// Says the same of a value all through a resource.
bool predicate_is_steady(Predicate predicate);

} // namespace sluse
