// adapters/edifact/table.hpp — a letter type's table, compiled: which segment carries which element of the OIOXML letter, read both ways.
#pragma once

#include "adapters/letter/outline.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::edifact {

using letter::ElementId;
using letter::no_element;

/// How a value is written in EDIFACT. The dates take two components: the digits and their format.
enum class Form : std::uint8_t {
    word,      ///< the text, or a code of a list
    when,      ///< Date with Time (203) or TimeWithSec (204)
    minute,    ///< Date and Time (203)
    day,       ///< Date in the element itself (102)
    weeks,     ///< Weeks and Days (103: year, week, day; the year is 00)
    paragraph, ///< FTX text with Break, and Bold and the like by the segment's format code
    lines,     ///< FTX text with Break
    joined,    ///< FTX text run together
    format,    ///< FTX's format code, made with the text
    order,     ///< the group's number among its like
    turn,      ///< which repetition of the loop's element is written, with at least `column` digits
    up,        ///< the number of the group around this one
    row,       ///< the name of the table's row that a cell is in
    names,     ///< "Surname,Given"
    base64,    ///< UNO's payload
    column,    ///< part of a fixed-width line: three columns, `column` says which
    uuid,      ///< 32 digits in EDIFACT, with hyphens in XML
};

/// What stands in one component.
struct Slot {
    std::uint8_t element{}, component{};
    bool must_match{};          ///< a constant that tells segments apart
    ElementId path{no_element}; ///< a value
    Form form{Form::word};
    std::int16_t list{-1}; ///< of Tables::lists
    std::uint8_t column{}; ///< of the list's codes
    std::uint8_t nth{};    ///< which of the element's repetitions, for several values of one name
    bool repeats{};        ///< has an nth
    bool filler{};         ///< "_" stands for an absent value
    bool needed{};         ///< the segment is written only with this value
    bool read_only{};      ///< never written: another value of the component is
    bool carries{};        ///< without this value nothing of its element is written
    bool write_only{};     ///< said elsewhere as well: not read here
    std::string constant;  ///< written; empty in a slot with a value
    std::string otherwise; ///< written when the letter has no value
};

struct Constant {
    ElementId path{no_element};
    std::string word;
};

struct Row {
    std::string tag;
    std::vector<Slot> slots;
    bool key{};                    ///< must be there for its group to be meant
    bool always{};                 ///< written also without a value
    bool many{};                   ///< may come again
    ElementId each{no_element};    ///< a new element for every segment
    Constant present;              ///< the segment's being there says this word
    Constant unlike;               ///< written only when the letter does not say this word
    std::vector<Constant> absent;  ///< and its not being there these
    std::vector<Constant> sets;    ///< words that the segment implies
    ElementId unless{no_element};  ///< written only when the letter lacks this element
    ElementId differs{no_element}; ///< written only when it says another time than this element
    bool read_only{};              ///< never written
    bool impossible{};             ///< the letter's schema lacks a value that the segment is not written without
    std::string before;            ///< matches only a segment that one of this tag follows
    std::string says;              ///< matches only when the last component holds one of these words, a '|' between them
    bool first_only{};             ///< written only in the first of its group's repetitions
    std::string place;             ///< "DIS20.tsv:12"
    bool holds_text() const { return text; }

    // What reading asks of every segment, worked out once by prepare().
    struct Condition {
        std::uint8_t element{}, component{};
        std::string constant;            ///< empty: any value, but one
        std::uint64_t word{};            ///< its first 8 bytes
        std::vector<std::string> within; ///< not `constant`: one of these words stands in it, in small letters
    };
    std::uint32_t word{}; ///< the tag, packed
    bool strict{};        ///< has a constant that must match
    bool text{};          ///< holds free text
    std::vector<Condition> conditions;
    std::vector<std::uint64_t> known; ///< by element, a bit for each component that a slot has; dates have their format too
    /// The components of an element that a slot has, a bit each.
    std::uint64_t known_of(unsigned element) const { return element < known.size() ? known.data()[element] : 0; }
};

struct Group {
    Row trigger;                                    ///< S01+01, or the first segment of a hidden group
    bool hidden{};                                  ///< begun by an ordinary segment
    ElementId once{no_element};                     ///< only while this element is not there yet
    ElementId after{no_element}, until{no_element}; ///< only when this element is there, or not
    std::string leads;                              ///< only when the next hidden group has this segment: "RSL+TV"
    ElementId column{no_element};                   ///< the column of a table that cells name by its number; the name of what it is about
    struct Cell {
        ElementId column{no_element}; ///< says which column it is in, counted from 1
        ElementId row{no_element};    ///< and which row
        ElementId name{no_element};   ///< of a row
    } cell;
    bool loop{};                ///< no segments of its own: its groups come once for each `each`
    ElementId pick{no_element}; ///< the group is about the n-th of these, n standing in the next RFF+ASL
    bool always{};
    bool impossible{}; ///< a segment that tells it apart is
    ElementId each{no_element}, at{no_element};
    std::vector<Constant> defaults; ///< words that are set when the group gave none
    struct Item {
        bool is_group{};
        std::size_t index{};
    };
    std::vector<Item> items; ///< in the order in which they are written
    std::vector<Row> rows;
    std::vector<Group> groups;
    /// A row by its tag, those with constants before those that take any value.
    struct Candidate {
        std::uint32_t word{};
        std::uint16_t row{};
    };
    std::vector<Candidate> candidates;
    std::uint64_t tags{};   ///< tag_bit() of the tags of its rows
    std::uint64_t starts{}; ///< of the segments that begin one of its groups
    std::size_t keys{};     ///< how many things tell it apart
};

/// Fills in what reading needs of a group, its rows and the groups in it.
void prepare(Group& group);

/// One of 64 bits for a tag: a segment whose bit a group lacks is none of the group's.
inline std::uint64_t tag_bit(std::uint32_t word)
{
    return std::uint64_t{1} << (word * 0x9E3779B1u >> 26);
}

constexpr std::size_t columns_max = 4; ///< codes of one word: of one segment, or of two

/// Words of the XML and their codes, both ways.
struct List {
    std::string name;
    bool closed{}; ///< an unknown code refuses the letter; otherwise it is told and left out
    struct Entry {
        std::string word;
        std::vector<std::string> codes;
    };
    std::vector<Entry> entries;
};

/// One version of one letter.
struct LetterTable {
    std::string version;                    ///< "D2030C"
    std::string message;                    ///< "MEDDIS:D:93A:UN"
    std::string statistics;                 ///< "DIS20", UNH's third element
    std::string statistics_word, type_word; ///< Letter/StatisticalCode and TypeCode; empty: the schema has none
    std::string space;                      ///< the XML namespace
    bool acknowledgement{};                 ///< CONTRL: never answered, and no request for an answer in UNB
    letter::Outline outline;
    Group body;
    std::vector<ElementId> elements; ///< Identifier, VersionCode, StatisticalCode, TypeCode of Letter, sender's and receiver's EAN

    /// Is the outline this version's, and not that of the one before or after it?
    bool has_own_schema() const { return elements[1] == no_element || outline[elements[1]].type == "/X" + version + '/'; }
};

struct Tables {
    /// What stands in a tag's first component anywhere in MedCom's letters; `any`: a value, or nothing that tells segments apart.
    struct Qualifiers {
        std::set<std::string, std::less<>> known;
        bool any{};
    };

    std::vector<List> lists;
    std::map<std::uint32_t, Qualifiers> qualifiers; ///< by the tag, packed
    std::map<std::string, std::unique_ptr<LetterTable>, std::less<>> by_version; ///< EDIFACT version: "D2030C"

    /// Null when the version is not known.
    const LetterTable* find(std::string_view version) const;
    const List* list(std::string_view name) const;
    /// Is the tag one that qualifiers tell apart, and this one none of any letter's?
    bool lacks_qualifier(std::uint32_t word, std::string_view qualifier) const;
};

/// Adds the qualifiers that a letter's rows have.
void take_qualifiers(const Group& group, Tables& tables);

/// The files of schemas/maps/letter by their path below it; compiled as a whole, or the first thing that is wrong.
using Files = std::map<std::string, std::string, std::less<>>;
Result<std::unique_ptr<Tables>> compile(const Files& files);

/// The tables that this build carries (schemas/maps/letter, checked by the tests).
const Tables& tables();
/// Their files, put into the binary by the build (cmake/embed_tables.cmake).
const Files& embedded_files();

} // namespace sluse::edifact
