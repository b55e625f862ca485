// gateway/indicators/code_table.hpp — code lists for indicators as tab-separated data: which class a code belongs to, longest match wins.
#pragma once

#include "gateway/base/result.hpp"

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
    bool has_kind(std::string_view kind) const;
    const std::vector<CodeRow>& rows() const { return rows_; }

private:
    std::vector<CodeRow> rows_;
    std::unordered_map<std::string, std::size_t> exact_, prefix_;
    std::size_t prefix_longest_{};
};

/// Lower-cased ASCII without surrounding spaces: how codes and words are compared.
std::string folded(std::string_view text);

} // namespace sluse
