// gateway/normalise/compile_tables.cpp — map files cut into cells; code tables, coding systems and HL7's own tables.
#include "gateway/base/scan.hpp"
#include "gateway/base/text_tables.hpp"
#include "gateway/normalise/compile.hpp"
#include "gateway/normalise/json_text.hpp"

namespace sluse {

MapFile parse_map_file(std::string name, std::string_view text)
{
    MapFile file{std::move(name), {}};
    each_numbered_row(text, [&](std::size_t number, const std::vector<std::string_view>& cells) {
        if (std::ranges::all_of(cells, [](std::string_view cell) { return trimmed(cell).empty(); })) return;
        MapFile::Line line{static_cast<int>(number), {}};
        for (const auto cell : cells) line.cells.emplace_back(trimmed(cell));
        file.lines.push_back(std::move(line));
    });
    return file;
}

void Compiler::codes(const MapFile& file, std::string_view name)
{
    auto [at, fresh] = tables_.try_emplace(std::string(name), static_cast<std::uint16_t>(plan_.tables.size()));
    if (fresh) plan_.tables.emplace_back().name = name;
    auto& table = plan_.tables[at->second];
    std::string system;
    std::set<std::string> seen;
    for (const auto& line : file.lines) {
        const auto place = file.name + ':' + std::to_string(line.number);
        if (line.cells[0] == "!system") {
            system = cell(line, 1);
            continue;
        }
        if (line.cells.size() < 2 || line.cells[0].empty()) {
            error(place, "a code row is: source code, FHIR code, display, system");
            continue;
        }
        if (!seen.insert(line.cells[0]).second) error(place, "code '" + line.cells[0] + "' stands twice");
        if (line.cells[1] == "-") { // known, and deliberately without an equal
            table.set(line.cells[0], {});
            continue;
        }
        MappedCode code{line.cells[1], sluse::quoted(line.cells[1]), "{"};
        const auto& own = cell(line, 3).empty() ? system : cell(line, 3);
        if (!own.empty()) code.coding += "\"system\":" + sluse::quoted(own) + ',';
        code.coding += "\"code\":" + code.json;
        if (!cell(line, 2).empty()) code.coding += ",\"display\":" + sluse::quoted(cell(line, 2));
        code.coding += '}';
        table.set(line.cells[0], std::move(code));
    }
}

void Compiler::code_systems(const MapFile& file)
{
    for (const auto& line : file.lines) {
        if (line.cells.size() < 2) error(file.name + ':' + std::to_string(line.number), "a coding system row is: name, URI");
        else plan_.code_systems.insert_or_assign(line.cells[0], line.cells[1]);
    }
}

void Compiler::table_codes(const MapFile& file)
{
    for (const auto& line : file.lines) {
        auto& codes = plan_.v2_tables[line.cells[0]];
        codes.insert(line.cells.begin() + 1, line.cells.end());
    }
}

} // namespace sluse
