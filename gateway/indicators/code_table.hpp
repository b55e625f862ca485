// gateway/indicators/code_table.hpp — code lists for indicators as tab-separated data: which class a code belongs to, longest match wins.
#pragma once

#include "gateway/base/result.hpp"

#include <bitset>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluse {

/// One line of schemas/codes/sets/NAME.tsv. A code that ends in '*' stands for all codes that start so.
struct CodeRow {
    std::string code, kind, label; ///< kind: "in" or "out" for code sets, a meaning ("positive") for tables of values
};

/// Immutable. Lookup is by the code without its D- or system prefix quirks (the facts are normalised), lower-cased ASCII and trimmed.
class CodeTable {
public:
    /// Reads the file; every malformed line is an issue with file:line.
    static CodeTable load(const std::filesystem::path& file, const std::string& name, Issues& issues);
    explicit CodeTable(std::vector<CodeRow> rows = {});
    /// The kind of the longest row that covers `code`; empty when none does.
    std::string_view kind_of(std::string_view code) const;
    /// The same as a whole number: a table of days.
    std::optional<std::int64_t> days_of(std::string_view code) const;
    bool has_kind(std::string_view kind) const;
    const std::vector<CodeRow>& rows() const { return rows_; }
    /// Its place among the tables that were loaded together, by which CodeMemo remembers; `unnumbered` is not remembered.
    static constexpr std::size_t unnumbered = ~std::size_t{0};
    std::size_t number() const { return number_; }
    void number(std::size_t place) { number_ = place; }

private:
    std::vector<CodeRow> rows_;
    std::unordered_map<std::string, std::size_t> exact_, prefix_;
    std::size_t prefix_longest_{}, number_{unnumbered};
};

/// Which tables hold a code as "in", asked once for each code and table. Bounded. One thread.
class CodeMemo {
public:
    static constexpr std::size_t tables_max = 256, codes_max = 16'384;
    struct Known {
        std::bitset<tables_max> asked, in;
    };
    /// Stays where it is until forget_when_full().
    Known& of(std::string_view code);
    static bool in(const CodeTable& table, std::string_view code, Known& known);
    void forget_when_full();

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    std::unordered_map<std::string, Known, Hash, std::equal_to<>> known_;
};

/// Lower-cased ASCII without surrounding spaces: how codes and words are compared.
std::string folded(std::string_view text);

} // namespace sluse
