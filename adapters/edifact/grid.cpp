// adapters/edifact/grid.cpp — names and numbers of a table's columns and rows, both ways.
#include "adapters/edifact/grid.hpp"

namespace sluse::edifact {

GridReader::Facts GridReader::facts(std::uint32_t at) const
{
    Facts out;
    std::string scratch;
    const auto begins = text_.segments[at].word;
    for (auto i = at + 1; i < end_ && text_.segments[i].word != begins; ++i) {
        const auto& s = text_.segments[i];
        if (s.tag == "INV" && !out.named) {
            out.named = &s;
            append_utf8(text_.value(s, 2, 4, scratch), out.name);
        }
        if (s.tag == "SEQ" && out.number.empty()) out.number = text_.raw(s, 2);
        if (s.tag == "RFF" && !out.refers && text_.raw(s, 1) == "ARL") {
            out.refers = &s;
            out.other = text_.raw(s, 1, 2);
        }
    }
    return out;
}

void GridReader::list_columns(ElementId name)
{
    const auto element = outline_[name].parent;
    const auto* const parent = tree_.last(outline_[element].parent);
    unsigned n = 0;
    for (auto* node = parent ? parent->first_child() : nullptr; node; node = node->following()) {
        if (node->element != element) continue;
        ++n;
        for (auto* child = node->first_child(); child; child = child->following())
            if (child->element == name) columns_[std::string(child->text)].push_back(n);
    }
}

void GridReader::column(const Group& group, std::uint32_t at)
{
    const auto said = facts(at);
    if (columns_.empty()) list_columns(group.column);
    const auto found = columns_.find(said.name);
    const auto turn = turns_[said.name]++;
    if (found == columns_.end() || turn >= found->second.size())
        troubles_.push_back(text_.trouble(said.named ? *said.named : text_.segments[at], 2, 4, IssueKind::unknown_code, "this column is of none that stands before the table"));
    else if (!numbers_.emplace(said.number, found->second[turn]).second)
        troubles_.push_back(text_.trouble(text_.segments[at], 0, 0, IssueKind::sequence, "this column has the number (SEQ) of another"));
}

void GridReader::cell(const Group& group, std::uint32_t at)
{
    const auto said = facts(at);
    const auto column = numbers_.find(said.other);
    if (column == numbers_.end()) {
        troubles_.push_back(text_.trouble(said.refers ? *said.refers : text_.segments[at], 1, 2, IssueKind::unknown_code, "is the number (SEQ) of no column before it"));
        return;
    }
    auto& rows = rows_[said.name];
    const auto turn = cells_[{column->second, said.name}]++;
    if (turn >= rows.size()) {
        tree_.open(outline_[group.cell.name].parent);
        tree_.set_copy(tree_.at(group.cell.name), said.name);
        rows.push_back(++row_count_);
    }
    tree_.set_copy(tree_.at(group.cell.column), std::to_string(column->second));
    tree_.set_copy(tree_.at(group.cell.row), std::to_string(rows[turn]));
}

static unsigned number_of(std::string_view digits)
{
    std::uint32_t out = 0;
    return read_number(digits, out) ? out : 0;
}

GridWriter::GridWriter(const LetterTable& table, const Group& group, xml::Element first_cell, xml::Element first_row)
    : column_(table.outline[group.cell.column].name), row_(table.outline[group.cell.row].name)
{
    const auto& name = table.outline[group.cell.name];
    for (auto cell = first_cell; cell; cell = cell.next(cell.name())) columns_[number_of(cell.child(column_).text())].push_back(cell);
    for (auto row = first_row; row; row = row.next(row.name())) names_.push_back(row.child(name.name).text());
}

const std::vector<xml::Element>& GridWriter::cells(unsigned column) const
{
    static const std::vector<xml::Element> none;
    const auto found = columns_.find(column);
    return found == columns_.end() ? none : found->second;
}

std::string_view GridWriter::row_name(xml::Element cell) const
{
    const auto number = number_of(cell.child(row_).text());
    return number == 0 || number > names_.size() ? std::string_view() : names_[number - 1];
}

} // namespace sluse::edifact
