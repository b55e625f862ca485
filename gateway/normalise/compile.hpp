// gateway/normalise/compile.hpp — the map compiler: text files to a Plan, every mistake reported with its place and the nearest right name.
#pragma once

#include "gateway/normalise/plan.hpp"

#include <filesystem>
#include <set>
#include <span>

namespace sluse {

/// A map file in memory, its lines cut into cells at tabs, cells trimmed.
struct MapFile {
    struct Line {
        int number{};
        std::vector<std::string> cells;
    };
    std::string name; ///< relative to schemas/, as issues name it
    std::vector<Line> lines;
};
MapFile parse_map_file(std::string name, std::string_view text);
/// Empty where the line is shorter.
inline const std::string& cell(const MapFile::Line& line, std::size_t n)
{
    static const std::string empty;
    return n < line.cells.size() ? line.cells[n] : empty;
}

/// Of a mask: bit `n` alone.
constexpr std::uint64_t bit_of(std::size_t n)
{
    return std::uint64_t{1} << n;
}

/// Compiles one plan from files in order; files of an overlay come last and win.
class Compiler {
public:
    Compiler(const Elements& elements, Plan& plan, Issues& issues) : elements_(elements), plan_(plan), issues_(issues) {}
    void codes(const MapFile& file, std::string_view table);
    void code_systems(const MapFile& file);
    void table_codes(const MapFile& file);
    void segments(const MapFile& file);              ///< first of all: names that the others use
    void declare(const MapFile& file);               ///< names of maps and types, before any row is compiled
    void rows(const MapFile& file, bool overlay);    ///< resource and data type maps
    void messages(const MapFile& file);
    void ignores(const MapFile& file);
    void finish();                                   ///< what can only be checked when everything is known

private:
    struct Target {
        std::uint16_t node{};
        const ElementRule* element{};
        bool item{}; ///< repeats: each value of the source is one item
        std::string type;
    };
    void error(const std::string& place, std::string text);
    void unknown(const std::string& place, std::string_view what, std::string_view name, const std::vector<std::string_view>& candidates);
    Slot slot_for(std::string_view name);
    void segment(const MapFile::Line& line, const std::string& place);
    void field(SourceShape::Fields& fields, const MapFile::Line& line, const std::string& place);
    void lookup(SourceShape::Fields& fields, const std::vector<std::string>& words, const std::string& place);
    bool parse_named(std::string_view text, const std::string& place, SourcePath& out);
    void use_fields(const MapFile::Line& line, const std::string& place);
    bool parse_source(std::string_view text, const std::string& place, SourcePath& out);
    std::uint16_t parse_condition(std::string_view text, const std::string& place, std::uint16_t parent);
    static std::pair<std::string_view, std::string_view> segment_part(std::string_view text, SourcePath& out);
    bool parse_term(std::string_view text, const std::string& place, std::uint16_t parent, Term& out);
    bool locate(std::uint16_t root, const std::string& type, std::string_view path, const std::string& place, Target& out, std::uint16_t& parent,
                bool create_item);
    std::uint16_t child(std::uint16_t parent, const ElementRule& element, std::string_view name, bool last, const std::string& place);
    void row(std::uint16_t root, const std::string& type, const MapFile::Line& line, const std::string& place, bool overlay);
    bool action(const MapFile::Line& line, const std::string& place, const Target& target, Row& out);
    bool each_action(std::string_view rest, const std::string& place, Row& out);
    void directive(ResourceMap& map, const MapFile::Line& line, const std::string& place);
    void id_rule(ResourceMap& map, const MapFile::Line& line, const std::string& place);
    int map_index(std::string_view name, const std::string& place);
    void group(Structure& structure, const MapFile::Line& line, const std::string& place);
    bool refuse_cycles(std::uint16_t node, std::vector<std::uint8_t>& seen);
    void use(Structure& structure, const MapFile::Line& line, const std::string& place);
    void add(Structure& structure, const MapFile::Line& line, const std::string& place);
    void types_of(const Structure& structure, const MapFile::Line& line);
    void mark_further_groups();
    void refuse_many_roots();
    void refuse_idle_maps();
    void refuse_ways_to_parts();
    bool mark_sourced(std::uint16_t node);
    void mark_needs(std::uint16_t node);
    Trial trial_of(std::uint16_t node);
    void mark_memos();
    bool local(const SourcePath& path) const;
    bool local(std::uint16_t condition) const;
    bool local_row(const Row& row);
    bool local_node(std::uint16_t node);
    bool local_ids(const ResourceMap& map) const;
    void mark_constant(Node& node);
    /// Something without which a row comes to nothing, and how rare it is: 0 most. `rare` 9: nothing can be said.
    struct Clause {
        Needs needs;
        int rare{9};
    };
    static Clause presence(const SourcePath& path);
    Clause clause_of(const Term& term, bool first, const Row& row);
    Clause clause_of(const RowCondition& condition, const Row& row);
    Clause own_clause(const Row& row);
    Needs needs_of(const Row& row);
    void note_fields();
    std::uint8_t fact_of(const Term& term);
    Clause message_clause(MessageFact fact) const;
    MessageFact new_message_fact();
    MessageFact event_fact(const Term& term);
    MessageFact made_fact(std::uint16_t map);
    MessageFact there_fact(Slot slot);
    void pack_event_facts();
    void pack();
    void pack_elements();
    void pack_conditions();
    void pack_looks();
    std::uint16_t pick_of(const Element& element);
    Test test_of(const Term& term);
    void gate(const RowCondition& condition, Question& out) const;

    const Elements& elements_;
    Plan& plan_;
    Issues& issues_;
    struct Type {
        std::uint16_t node{};
        std::string fhir;
    };
    std::map<std::string, Type, std::less<>> types_;
    std::map<std::string, std::uint16_t, std::less<>> maps_;
    std::vector<std::string> declared_; ///< by map: where
    std::set<std::uint16_t> made_;      ///< maps that a row makes
    std::map<std::string, std::uint16_t, std::less<>> tables_;
    std::map<std::string, std::uint16_t, std::less<>> structures_;
    /// A bit of a slot, or of the message, and what it says.
    struct Fact {
        Term term;
        MessageFact at;
    };
    std::vector<std::vector<Fact>> facts_;     ///< by slot
    std::vector<std::uint8_t> last_fields_;    ///< by slot: the last field that a row or condition names
    std::vector<Fact> event_facts_;
    std::uint8_t message_facts_{};             ///< given so far
    std::vector<std::int8_t> local_; ///< by node: 1 yes, 0 no, -1 not known yet
    int own_fields_{-1};               ///< of the map or type being compiled: what ".Name" means
    std::string path_text_; ///< of the row being compiled
};

} // namespace sluse
