// adapters/edifact/grid.hpp — a table that groups make of columns and cells (RPT02's susceptibilities): a cell names
// its column's number (RFF+ARL).
#pragma once

#include "adapters/edifact/syntax.hpp"
#include "adapters/edifact/table.hpp"
#include "adapters/letter/tree.hpp"
#include "adapters/xml/document.hpp"

#include <map>

namespace sluse::edifact {

/// Reading: which column and row of the letter's table a group is about. What has the same name twice goes by its turn.
class GridReader {
public:
    GridReader(const Text& text, std::uint32_t end, const letter::Outline& outline, letter::Tree& tree, Troubles& troubles)
        : text_(text), end_(end), outline_(outline), tree_(tree), troubles_(troubles)
    {
    }

    /// The group that begins here is a column; one that names nothing in the letter is an error.
    void column(const Group& group, std::uint32_t at);
    /// The group that begins here is a cell: its element gets column and row, its row is made where there is none.
    void cell(const Group& group, std::uint32_t at);

private:
    /// What a group says of itself: INV the name, SEQ the number, RFF+ARL the number of another.
    struct Facts {
        const Segment* named{};
        const Segment* refers{};
        std::string name;
        std::string_view number, other;
    };
    using Places = std::map<std::string, std::vector<unsigned>, std::less<>>;

    Facts facts(std::uint32_t at) const;
    void list_columns(ElementId name);

    const Text& text_;
    std::uint32_t end_;
    const letter::Outline& outline_;
    letter::Tree& tree_;
    Troubles& troubles_;
    Places columns_, rows_; ///< by name
    unsigned row_count_{};
    std::map<std::string, unsigned, std::less<>> turns_;         ///< of columns, by name
    std::map<std::string_view, unsigned> numbers_;               ///< of columns, by the group's number
    std::map<std::pair<unsigned, std::string>, unsigned> cells_; ///< how many of a row's name a column has
};

/// Writing: the cells of a column, and the name of a cell's row.
class GridWriter {
public:
    GridWriter(const LetterTable& table, const Group& group, xml::Element first_cell, xml::Element first_row);

    const std::vector<xml::Element>& cells(unsigned column) const;
    std::string_view row_name(xml::Element cell) const;

private:
    std::string_view column_, row_;
    std::map<unsigned, std::vector<xml::Element>> columns_;
    std::vector<std::string_view> names_;
};

} // namespace sluse::edifact
