// gateway/normalise/registers/load.cpp — reads a folder of registers' files, each by its form; every mistake with file, line and what to do.
#include "gateway/normalise/registers/registers.hpp"

#include "gateway/base/ascii.hpp"
#include "gateway/base/files.hpp"
#include "gateway/base/ids.hpp"
#include "gateway/base/mapped_file.hpp"
#include "gateway/base/nearest.hpp"
#include "gateway/base/text_tables.hpp"
#include "gateway/normalise/charset.hpp"
#include "gateway/normalise/registers/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <regex>
#include <set>

namespace sluse {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t issues_per_file_max = 20; ///< a wrong file is wrong on each line; the first lines tell enough

constexpr std::size_t code_size_max = 64; ///< the matcher goes a step deeper for each character

/// How one register's files look.
struct Form {
    std::string name, starts; ///< `starts` set: fixed positions
    std::vector<std::string> units{}; ///< set: XML, the elements that are units
    struct Column {
        std::string field;
        bool required{};
        std::vector<std::string> headings;
    };
    std::vector<Column> columns;
    std::optional<std::regex> code;
    std::string pattern;
};

std::string lower(std::string_view text)
{
    std::string out(text);
    for (auto& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

/// Registers come as UTF-8 or as windows-1252, and do not say which; Excel's "Unicode text" is UTF-16 and does.
std::string text_of(std::string_view view)
{
    std::string out;
    std::size_t lost = 0;
    if (view.starts_with("\xFF\xFE")) return to_utf8(view.substr(2), "UTF-16LE", out, lost), out;
    if (view.starts_with("\xEF\xBB\xBF")) view.remove_prefix(3);
    if (valid_utf8(view)) return std::string(view);
    to_utf8(view, "windows-1252", out, lost);
    return out;
}

const Day first_day = day_of({1900, 1, 1}), last_day = day_of({9999, 12, 31});

} // namespace

/// One load: forms, then files, then the index.
class RegisterLoader {
public:
    RegisterLoader(Registers& out, Issues& issues, UnitsInXml units) : out_(out), issues_(issues), units_in_xml_(units) {}

    void forms(const fs::path& path)
    {
        const auto bytes = bytes_of(path);
        hash_ += bytes;
        file_ = "codes/" + path.filename().string();
        told_ = 0;
        for (const auto& row : rows_of(text_of(bytes), '\t')) {
            line_ = row.line;
            const auto& c = row.cells;
            if (c[0].empty() || c[0][0] == '#') continue;
            if (c.size() < 2) error("a line is a word and what it is about, separated by tabs");
            else if (c[0] == "fixed" && c.size() == 3) forms_.push_back({c[1], c[2], {}, {}, {}, {}});
            else if (c[0] == "table") forms_.push_back({c[1], {}, {}, {}, {}, {}});
            else if (c[0] == "xml" && c.size() == 3) forms_.push_back({c[1], {}, split(c[2], '|'), {}, {}, {}});
            else if (c[0] == "path" && c.size() == 4 && xml_form()) xml_form()->columns.push_back({c[2], false, split(c[3], '|')});
            else if (c[0] == "unit" && c.size() == 3) unit_system(c[1], c[2]);
            else if (auto* form = form_named(c[1]); !form) error("'" + c[1] + "' is no register named before; say fixed or table first");
            else if (c[0] == "column" && c.size() == 4) form->columns.push_back({c[2].substr(0, c[2].find('!')), c[2].ends_with('!'), split(c[3], '|')});
            else if (c[0] == "form" && c.size() == 3) set_pattern(*form, c[2]);
            else if (c[0] == "system" && c.size() >= 3) out_.systems_.emplace(c[2], Registers::Place{c[1], c.size() > 3 ? c[3] : std::string()});
            else error("fixed, table, column, form, xml, path, system or unit, with the cells that the head of the file names");
        }
    }

    void folder(const fs::path& folder)
    {
        std::vector<fs::path> files;
        std::error_code failed;
        for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
            if (at->is_regular_file() && !at->path().filename().string().starts_with(".") && !lower(at->path().filename().string()).starts_with("readme")) files.push_back(at->path());
        if (failed) {
            file_ = folder.string(), line_ = 0;
            return error("cannot be read: " + failed.message());
        }
        std::ranges::sort(files);
        for (const auto& path : files) file(path);
        if (files.empty()) file_ = folder.string(), line_ = 0, error("holds no register; take `codes:` out of the configuration, or put the registers' files here");
        out_.index();
        out_.hash_ = hex(view(sha256(hash_)));
    }

private:
    void tell(Severity severity, std::string text)
    {
        if (++told_ > issues_per_file_max) return;
        if (told_ == issues_per_file_max) text += " (further mistakes of this file are not told)";
        issues_.push_back({severity, severity == Severity::error ? IssueKind::wrong_type : IssueKind::unknown_code, line_ ? fmt::format("{}:{}", file_, line_) : file_, std::move(text)});
    }
    void error(std::string text) { tell(Severity::error, std::move(text)); }

    static std::vector<std::string> split(std::string_view text, char by)
    {
        std::vector<std::string> out;
        each_cell(text, by, [&](std::string_view cell) { out.emplace_back(cell); });
        return out;
    }

    void set_pattern(Form& form, const std::string& pattern)
    {
        try {
            form.code.emplace(pattern);
            form.pattern = pattern;
        } catch (const std::regex_error&) {
            error("'" + pattern + "' is no regular expression");
        }
    }

    Form* form_named(std::string_view name)
    {
        const auto found = std::ranges::find(forms_, name, &Form::name);
        return found == forms_.end() ? nullptr : &*found;
    }

    /// The last one named.
    Form* xml_form()
    {
        const auto found = std::ranges::find_if(forms_.rbegin(), forms_.rend(), [](const Form& form) { return !form.units.empty(); });
        return found == forms_.rend() ? nullptr : &*found;
    }

    void unit_system(const std::string& number, const std::string& uri)
    {
        const auto at = std::ranges::find(Registers::numbers, number);
        if (at == Registers::numbers.end()) return error("'" + number + "' is no number of a unit: sor, shak, gln or yder");
        out_.unit_systems_.emplace(uri, static_cast<std::size_t>(at - Registers::numbers.begin()));
    }

    void file(const fs::path& path)
    {
        const MappedFile mapped(path);
        const auto bytes = mapped.bytes();
        const auto digest = hex(view(sha256(bytes)));
        file_ = path.filename().string();
        line_ = 1;
        told_ = 0;
        hash_ += file_ + '\0' + digest + '\n';
        if (const auto first = bytes.substr(0, 64).find_first_not_of("\xEF\xBB\xBF \t\r\n"); lower(file_).ends_with(".xml") || (first != bytes.npos && bytes[first] == '<')) return xml(bytes, digest);
        const auto text = text_of(bytes);
        for (const auto& form : forms_)
            if (!form.starts.empty() && lower(file_).starts_with(form.starts)) {
                out_.files_.push_back({file_, form.name, fixed(form, text), digest});
                return;
            }
        table(text, digest);
    }

    bool period(std::string_view from, std::string_view to, Day& first, Day& last)
    {
        first = first_day, last = last_day;
        if (!from.empty()) {
            const auto day = register_day(from);
            if (!day) return error(fmt::format("'{}' is no day from which the code is in force: 20260301, 2026-03-01 or 01-03-2026", from)), false;
            first = *day;
        }
        if (!to.empty()) {
            const auto day = register_day(to);
            if (!day) return error(fmt::format("'{}' is no day until which the code is in force: 20260301, 2026-03-01 or 01-03-2026", to)), false;
            last = std::min(last_day, *day + 1); // registers write the last day in force
        }
        if (first < last) return true;
        error("ends before it begins; is the file cut or are its columns moved?");
        return false;
    }

    std::size_t fixed(const Form& form, const std::string& text)
    {
        constexpr std::size_t code_at = 3, from_at = 23, to_at = 39, text_at = 47, text_size = 120;
        std::size_t taken = 0;
        each_line(text, [&](std::size_t number, std::string_view line) {
            line_ = number;
            if (line.empty()) return;
            const auto cell = [&](std::size_t at, std::size_t size) { return trimmed(characters(line, at, size)); };
            const auto code = cell(code_at, 20), words = cell(text_at, text_size);
            if (code.empty() || words.empty()) return error("a line is 3 characters record type, 20 code, 8 from, 8 changed, 8 to, then the text; this one lacks code or text");
            Day from{}, to{};
            if (!period(cell(from_at, 8), cell(to_at, 8), from, to)) return;
            ++taken;
            if (form.name != "shak") return void(out_.entries_[form.name].push_back({std::string(code), std::string(words), from, to}));
            RegisterUnit unit;
            unit.name = words;
            unit.shak = code;
            unit.from = from, unit.to = to;
            out_.units_.push_back(std::move(unit));
        });
        if (!taken && !told_) error("holds no line of the register");
        return taken;
    }

    using Places = std::vector<std::vector<std::size_t>>; ///< of each column of a form, the cells that may hold it, best first

    /// The form whose required headings the file has, and where its columns stand.
    const Form* form_of(const std::vector<std::string>& headings, Places& places)
    {
        for (const auto& form : forms_) {
            if (!form.starts.empty() || !form.units.empty()) continue;
            places.clear();
            bool whole = true;
            for (const auto& column : form.columns) {
                auto& at = places.emplace_back();
                for (const auto& wanted : column.headings) {
                    const auto found = std::ranges::find(headings, lower(wanted), [](const std::string& h) { return lower(h); });
                    if (found != headings.end()) at.push_back(static_cast<std::size_t>(found - headings.begin()));
                }
                whole = whole && (!at.empty() || !column.required);
            }
            if (whole) return &form;
        }
        return nullptr;
    }

    void no_form(const std::vector<std::string>& headings)
    {
        std::set<std::string> known;
        for (const auto& form : forms_)
            for (const auto& column : form.columns)
                if (column.required && form.units.empty()) known.insert(column.headings.begin(), column.headings.end());
        std::string hint;
        for (const auto& heading : headings)
            if (const auto near = nearest(heading, known); hint.empty() && !near.empty() && near != heading) hint = fmt::format("; is '{}' meant as '{}'?", heading.substr(0, 40), near);
        error("is of no register that is known: neither its name (SKScomplete…, SHAKcomplete…) nor its first line says which. Name its columns as codes/registers.tsv does" + hint);
    }

    void table(const std::string& text, const std::string& digest)
    {
        const auto rows = rows_of(text, separator_of(text));
        Places places;
        const auto* form = rows.empty() ? nullptr : form_of(rows.front().cells, places);
        if (!form) return no_form(rows.empty() ? std::vector<std::string>() : rows.front().cells);
        const auto width = rows.front().cells.size();
        std::size_t taken = 0;
        for (std::size_t i = 1; i < rows.size(); ++i) {
            line_ = rows[i].line;
            const auto& cells = rows[i].cells;
            if (cells.size() == 1 && cells[0].empty()) continue;
            if (rows[i].open) {
                error("has a quote that nothing closes; close it, or write it twice inside quotes");
                continue;
            }
            if (cells.size() > width || (cells.size() < width && cells.size() < 2)) {
                error(fmt::format("has {} cells where the first line names {}; is a text with the separator in it not in quotes?", cells.size(), width));
                continue;
            }
            const auto field = [&](std::string_view name) -> std::string_view {
                for (std::size_t c = 0; c < places.size(); ++c) {
                    if (form->columns[c].field != name) continue;
                    for (const auto at : places[c])
                        if (at < cells.size() && !cells[at].empty()) return cells[at];
                }
                return {};
            };
            taken += row(*form, field);
        }
        out_.files_.push_back({file_, form->name, taken, digest});
        if (!taken && !told_) line_ = 1, error("holds no line but its headings");
    }

    /// Units lie in each other: one that has no phone has that of the unit around it, and its location number where it says so.
    void xml(std::string_view bytes, const std::string& digest)
    {
        const auto* form = xml_form();
        const auto* known = form ? form_named(form->name) : nullptr;
        if (!known || !units_in_xml_) return error("is XML, and no register's form in codes/registers.tsv is");
        struct Around {
            std::size_t depth;
            std::string gln, phone;
        };
        std::vector<Around> around;
        std::size_t taken = 0;
        const auto fault = units_in_xml_(bytes, form->units, [&](const std::function<std::string_view(std::string_view)>& at, std::size_t depth, std::size_t line) {
            line_ = line;
            const auto field = [&](std::string_view name) -> std::string {
                for (const auto& column : form->columns)
                    for (const auto& path : column.headings)
                        if (column.field == name)
                            if (const auto value = at(path); !value.empty()) return std::string(value);
                return {};
            };
            while (!around.empty() && around.back().depth >= depth) around.pop_back();
            const bool taken_one = row(*known, field);
            Around mine{depth, field("gln"), field("phone")};
            if (!around.empty() && mine.phone.empty()) mine.phone = around.back().phone;
            const bool inherits = !around.empty() && mine.gln.empty() && field("inherits") == "true";
            if (inherits) mine.gln = around.back().gln;
            if (taken_one) {
                out_.units_.back().phone = mine.phone;
                out_.units_.back().gln = mine.gln;
                out_.units_.back().gln_of_another = inherits;
            }
            around.push_back(std::move(mine));
            taken += taken_one;
        });
        out_.files_.push_back({file_, form->name, taken, digest});
        if (fault) line_ = fault->first, error(fault->second);
        else if (!taken && !told_) line_ = 0, error("holds no unit: " + form->units.front() + " and its like are missing");
    }

    template <class Field> bool row(const Form& form, const Field& field)
    {
        const std::string code(field("code")), words(field("text"));
        if (code.empty() || words.empty()) return error("lacks the code or its text"), false;
        if (form.code && (code.size() > code_size_max || !std::regex_match(code, *form.code))) return error(fmt::format("'{}' does not look like a code of {}: {}", code.substr(0, 40), form.name, form.pattern)), false;
        Day from{}, to{};
        if (!period(field("from"), field("to"), from, to)) return false;
        if (form.name != "sor") {
            out_.entries_[form.name].push_back({code, words, from, to});
            return true;
        }
        RegisterUnit unit{words, code, std::string(field("shak")), std::string(field("gln")), std::string(field("yder")), std::string(field("municipality")), std::string(field("phone")), from, to};
        auto& m = unit.municipality;
        if (m.size() > 4 || !std::ranges::all_of(m, is_digit)) {
            tell(Severity::warning, fmt::format("'{}' is no municipality code of four digits; left out", m.substr(0, 40)));
            m.clear();
        }
        if (!m.empty()) m.insert(0, 4 - m.size(), '0');
        if (m == "0000") m.clear();
        out_.units_.push_back(std::move(unit));
        return true;
    }

    Registers& out_;
    Issues& issues_;
    UnitsInXml units_in_xml_;
    std::vector<Form> forms_;
    std::string file_, hash_;
    std::size_t line_{}, told_{};
};

std::optional<Day> register_day(std::string_view text)
{
    std::string iso;
    if (text.size() >= 10 && (text[2] == '-' || text[2] == '.' || text[2] == '/') && text[5] == text[2]) iso = fmt::format("{}-{}-{}", text.substr(6, 4), text.substr(3, 2), text.substr(0, 2));
    else if (text.size() >= 10 && text[4] == '-') iso = text.substr(0, 10);
    else if (text.size() == 8 && all_digits(text)) iso = fmt::format("{}-{}-{}", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2));
    return iso.empty() ? std::nullopt : parse_day(iso);
}

std::shared_ptr<const Registers> Registers::load(const fs::path& forms, const fs::path& folder, Issues& issues, UnitsInXml units)
{
    const auto before = issues.size();
    auto out = std::make_shared<Registers>();
    RegisterLoader loader(*out, issues, units);
    loader.forms(forms);
    loader.folder(folder);
    for (std::size_t i = before; i < issues.size(); ++i)
        if (issues[i].severity == Severity::error) return nullptr;
    return out->files_.empty() ? nullptr : out;
}

} // namespace sluse
