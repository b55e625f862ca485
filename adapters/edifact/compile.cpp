// adapters/edifact/compile.cpp — the tables of schemas/maps/letter to LetterTable. A path that a letter's schema lacks drops out of a shared table.
#include "adapters/edifact/table.hpp"

#include "adapters/edifact/table_source.hpp"

#include <algorithm>
#include <stdexcept>

namespace sluse::edifact {
namespace {

class Compiler {
public:
    Compiler(const Tables& tables, const letter::Outline& outline) : tables_(tables), outline_(outline) {}

    Group body(const std::vector<Line>& lines)
    {
        Group root;
        std::size_t at = 0;
        fill(root, 0, 0, lines, at);
        if (at != lines.size()) throw Wrong(lines[at].place + ": is deeper than the line before it allows");
        return root;
    }

private:
    /// Lines of `depth` go into `group`; paths are relative to `base`.
    void fill(Group& group, int depth, ElementId base, const std::vector<Line>& lines, std::size_t& at)
    {
        while (at < lines.size() && lines[at].depth == depth) {
            const auto& line = lines[at++];
            auto words = words_of(line.options);
            if (words.contains("group") || words.contains("hidden") || words.contains("loop")) {
                Group inner;
                const auto within = open(inner, line, words, base);
                fill(inner, depth + 1, within, lines, at);
                if (within == no_element || inner.impossible) continue; // this letter's schema has no such element
                group.items.push_back({true, group.groups.size()});
                group.groups.push_back(std::move(inner));
                continue;
            }
            Row row;
            if (base == no_element) continue;
            if (!read(row, line, words, base)) {
                group.impossible = group.impossible || (row.key && row.impossible);
                continue;
            }
            group.items.push_back({false, group.rows.size()});
            group.rows.push_back(std::move(row));
        }
    }

    ElementId open(Group& group, const Line& line, Words& words, ElementId base)
    {
        if (base == no_element) return no_element;
        group.hidden = words.contains("hidden");
        group.loop = words.contains("loop");
        if (words.contains("pick")) group.pick = path(words["pick"], base, line.place);
        group.always = words.contains("always");
        auto within = base;
        if (words.contains("each")) within = group.each = path(words["each"], base, line.place);
        if (words.contains("at")) within = group.at = path(words["at"], base, line.place);
        if (within == no_element) return no_element;
        conditions(group, words, base, within, line.place);
        if (words.contains("default"))
            for (const auto pair : cut(words["default"], ','))
                if (auto constant = constant_of(pair, within, line.place); constant.path != no_element) group.defaults.push_back(std::move(constant));
        group.trigger.always = group.hidden;
        if (!group.loop) pattern(group.trigger, line.segment, within, line.place);
        return within;
    }

    /// What must be so in the letter for the group to be meant.
    void conditions(Group& group, Words& words, ElementId base, ElementId within, const std::string& place) const
    {
        if (words.contains("once")) group.once = words["once"].empty() ? group.at : path(words["once"], within, place);
        if (words.contains("after")) group.after = path(words["after"], base, place);
        if (words.contains("until")) group.until = path(words["until"], base, place);
        group.leads = words["leads"];
        if (words.contains("column")) group.column = path(words["column"], within, place);
        if (!words.contains("cell")) return;
        const auto parts = cut(words["cell"], ',');
        if (parts.size() != 3) throw Wrong(place + ": write cell=column,row,name of a row");
        group.cell = {path(parts[0], within, place), path(parts[1], within, place), path(parts[2], within, place)};
    }

    Constant constant_of(std::string_view text, ElementId base, const std::string& place) const
    {
        const auto colon = text.find(':');
        if (colon == text.npos) throw Wrong(place + ": write path:word");
        return {path(text.substr(0, colon), base, place), std::string(text.substr(colon + 1))};
    }

    bool read(Row& row, const Line& line, Words& words, ElementId base)
    {
        row.place = line.place;
        row.key = words.contains("key");
        row.always = words.contains("always");
        row.many = words.contains("many") || words.contains("each");
        row.read_only = words.contains("read");
        row.first_only = words.contains("first");
        row.before = words["before"];
        row.says = words["says"];
        if (words.contains("unless")) row.unless = path(words["unless"], base, line.place);
        if (words.contains("differs")) row.differs = path(words["differs"], base, line.place);
        if (words.contains("each")) {
            row.each = path(words["each"], base, line.place);
            if (row.each == no_element) return false;
            base = row.each;
        }
        if (words.contains("present")) {
            row.present = constant_of(words["present"], base, line.place);
            if (row.present.path == no_element) return false;
        } else {
            row.present.path = no_element;
        }
        if (words.contains("unlike")) row.unlike = constant_of(words["unlike"], base, line.place);
        for (const auto* name : {"absent", "set"})
            if (words.contains(name))
                for (const auto pair : cut(words[name], ','))
                    if (auto constant = constant_of(pair, base, line.place); constant.path != no_element)
                        (std::string_view(name) == "set" ? row.sets : row.absent).push_back(std::move(constant));
        return pattern(row, line.segment, base, line.place) || row.always || row.present.path != no_element;
    }

    /// "NAD+SSP+{Identifier}:{IdentifierCode>party}" to slots; false when it has values and this letter none of them.
    bool pattern(Row& row, std::string_view text, ElementId base, const std::string& place)
    {
        row.place = place;
        const auto elements = cut(text, '+');
        row.tag = elements[0];
        if (row.tag.size() != 3) throw Wrong(place + ": a segment begins with its tag of three characters");
        bool values = false, kept = false, first = true;
        std::map<ElementId, std::uint8_t> seen;
        for (std::size_t e = 1; e < elements.size(); ++e) {
            const auto components = cut(elements[e], ':');
            const auto mark = row.slots.size();
            bool bound_here = false, kept_here = false;
            for (std::size_t c = 0; c < components.size(); ++c) {
                auto piece = components[c];
                if (piece.empty()) continue;
                // Several values may share a component: a value, and a code that is told by it.
                for (auto second = piece.rfind("}{"); second != piece.npos; second = piece.rfind("}{")) {
                    Slot shared;
                    shared.element = static_cast<std::uint8_t>(e);
                    shared.component = static_cast<std::uint8_t>(c + 1);
                    value(shared, piece.substr(second + 1), base, place);
                    if (shared.path != no_element) row.slots.push_back(std::move(shared));
                    piece = piece.substr(0, second + 1);
                }
                Slot slot;
                slot.element = static_cast<std::uint8_t>(e);
                slot.component = static_cast<std::uint8_t>(c + 1);
                if (piece.starts_with('{')) {
                    value(slot, piece, base, place);
                    const bool bound = !counts(slot.form) && slot.form != Form::format;
                    values = values || bound;
                    bound_here = bound_here || bound;
                    if (bound && slot.path == no_element && slot.needed) {
                        row.impossible = true;
                        return false;
                    }
                    if (bound && slot.path == no_element) continue;
                    kept = kept || bound;
                    kept_here = kept_here || bound;
                    if (slot.repeats) slot.nth = seen[slot.path]++;
                } else {
                    slot.must_match = piece.starts_with('=') || (first && e == 1 && c == 0 && !piece.starts_with('~'));
                    slot.constant = piece.substr(piece.starts_with('=') || piece.starts_with('~'));
                }
                first = false;
                row.slots.push_back(std::move(slot));
            }
            // Lists and agencies of a value that this letter's schema lacks go with it.
            if (bound_here && !kept_here && e > 1) row.slots.resize(mark);
        }
        return kept || !values;
    }

    void value(Slot& slot, std::string_view piece, ElementId base, const std::string& place)
    {
        auto text = std::string(piece.substr(1, piece.size() - 2));
        if (text.starts_with('#')) {
            slot.form = count_of(text, place);
            slot.column = text == "#turn3" ? 3 : 1;
            return;
        }
        if (const auto bar = text.find('|'); bar != text.npos) {
            slot.otherwise = text.substr(bar + 1);
            text.resize(bar);
        }
        for (bool more = true; more && !text.empty();) {
            more = true;
            if (text.back() == '?') slot.filler = true;
            else if (text.back() == '!') slot.needed = true;
            else if (text.back() == '*') slot.repeats = true;
            else if (text.back() == '^') slot.write_only = true;
            else if (text.back() == '%') slot.read_only = true;
            else if (text.back() == '&') slot.carries = true;
            else more = false;
            if (more) text.pop_back();
        }
        if (const auto arrow = text.find('>'); arrow != text.npos) {
            auto name = text.substr(arrow + 1);
            text.resize(arrow);
            if (const auto dot = name.find('.'); dot != name.npos) {
                const auto digits = name.substr(dot + 1);
                const std::size_t column = digits.size() == 1 && digits[0] >= '0' && digits[0] <= '9' ? static_cast<std::size_t>(digits[0] - '0') : 0;
                if (column < 1 || column > columns_max) throw Wrong(place + ": a list has columns 1 to " + std::to_string(columns_max));
                slot.column = static_cast<std::uint8_t>(column - 1);
                name.resize(dot);
            }
            const auto* list = tables_.list(name);
            if (!list) throw Wrong(place + ": no list " + name);
            slot.list = static_cast<std::int16_t>(list - tables_.lists.data());
        }
        if (const auto sign = text.find('@'); sign != text.npos) {
            auto form = text.substr(sign + 1);
            if (form.starts_with("column")) {
                slot.column = static_cast<std::uint8_t>(form.back() - '1');
                form.pop_back();
            }
            slot.form = form_of(form, place);
            text.resize(sign);
        }
        slot.path = slot.form == Form::format ? base : path(text, base, place);
    }

    /// Is it a number or a name that is told by where the group stands?
    static bool counts(Form form) { return form == Form::order || form == Form::turn || form == Form::up || form == Form::row; }

    static Form count_of(std::string_view name, const std::string& place)
    {
        if (name == "#") return Form::order;
        if (name == "#turn" || name == "#turn3") return Form::turn;
        if (name == "#up") return Form::up;
        if (name == "#row") return Form::row;
        throw Wrong(place + ": nothing is counted as " + std::string(name));
    }

    static Form form_of(std::string_view name, const std::string& place)
    {
        static constexpr std::pair<std::string_view, Form> forms[] = {
            {"when",   Form::when     },
            {"203",    Form::minute   },
            {"102",    Form::day      },
            {"103",    Form::weeks    },
            {"text",   Form::paragraph},
            {"lines",  Form::lines    },
            {"joined", Form::joined   },
            {"format", Form::format   },
            {"names",  Form::names    },
            {"base64", Form::base64   },
            {"uuid",   Form::uuid     },
            {"column", Form::column   }
        };
        for (const auto& [word, form] : forms)
            if (word == name) return form;
        throw Wrong(place + ": no form @" + std::string(name));
    }

    /// Relative to `base`, or from the letter when it begins with '/'. "A,B": the first that the schema has.
    ElementId path(std::string_view text, ElementId base, const std::string&) const
    {
        for (const auto one : cut(text, '~')) {
            const auto id = one.starts_with('/') ? outline_.find(one.substr(1)) : one == "." ? base : outline_.find(one, base);
            if (id != no_element) return id;
        }
        return no_element;
    }

    const Tables& tables_;
    const letter::Outline& outline_;
};

void read_lists(const std::string& text, Tables& tables)
{
    for (const auto line : cut_lines(text)) {
        if (line.empty() || line.starts_with('#')) continue;
        const auto cells = cut(line, '\t');
        if (cells.size() < 3) throw Wrong("edifact/codes.tsv: a line is list, word, code …");
        const auto name = cells[0].substr(0, cells[0].find('!'));
        auto found = std::ranges::find(tables.lists, name, &List::name);
        if (found == tables.lists.end()) {
            tables.lists.push_back({std::string(name), name.size() != cells[0].size(), {}});
            found = std::prev(tables.lists.end());
        }
        List::Entry entry{std::string(cells[1]), {}};
        for (std::size_t i = 2; i < cells.size(); ++i) entry.codes.emplace_back(cells[i]);
        found->entries.push_back(std::move(entry));
    }
}

/// "version": which message an EDIFACT version belongs to, for receipts that name it.
void list_versions(const std::string& text, Tables& tables)
{
    List list{"version", false, {}};
    for (const auto line : cut_lines(text)) {
        if (line.empty() || line.starts_with('#')) continue;
        const auto cells = cut(line, '\t');
        List::Entry entry{std::string(cells[0]), {}};
        if (cells.size() > 1)
            for (const auto part : cut(cells[1], ':')) entry.codes.emplace_back(part);
        list.entries.push_back(std::move(entry));
    }
    tables.lists.push_back(std::move(list));
}

void read_letters(const Files& files, const std::string& text, Tables& tables)
{
    const Source source(files);
    for (const auto line : cut_lines(text)) {
        if (line.empty() || line.starts_with('#')) continue;
        const auto cells = cut(line, '\t');
        if (cells.size() != 9) throw Wrong("edifact/letters.tsv: a line is version, message, statistics, statistics word, type word, root, schema, table, parameters");
        auto letter = std::make_unique<LetterTable>();
        letter->version = cells[0];
        letter->message = cells[1];
        letter->statistics = cells[2];
        letter->statistics_word = cells[3];
        letter->type_word = cells[4];
        letter->acknowledgement = cells[1].starts_with("CONTRL");
        const auto date = std::string(cells[6]);
        letter->space =
            (date < "2008" || date.starts_with("2009") ? "http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/" : "http://rep.oio.dk/medcom.dk/xml/schemas/") + date + '/';
        auto name = "outline/" + std::string(cells[5]) + '-' + date + ".tsv";
        std::erase(name, '/');
        name.insert(7, "/");
        const auto found = files.find(name);
        if (found == files.end()) throw Wrong(name + ": no such outline");
        auto outline = letter::Outline::read(cells[5], found->second);
        if (!outline) throw Wrong(outline.error().where);
        letter->outline = std::move(*outline);
        auto parameters = words_of(cells[8]);
        parameters.emplace("type", cells[2]);
        std::vector<Line> lines;
        source.read(std::string(cells[7]), {}, 0, parameters, lines);
        letter->body = Compiler(tables, letter->outline).body(lines);
        prepare(letter->body);
        take_qualifiers(letter->body, tables);
        for (const auto* path : {"Letter/Identifier", "Letter/VersionCode", "Letter/StatisticalCode", "Letter/TypeCode", "Sender/EANIdentifier", "Receiver/EANIdentifier"})
            letter->elements.push_back(letter->outline.find(path));
        tables.by_version.insert_or_assign(letter->version, std::move(letter));
    }
}

} // namespace

const LetterTable* Tables::find(std::string_view version) const
{
    const auto found = by_version.find(version);
    return found == by_version.end() ? nullptr : found->second.get();
}

const List* Tables::list(std::string_view name) const
{
    const auto found = std::ranges::find(lists, name, &List::name);
    return found == lists.end() ? nullptr : &*found;
}

Result<std::unique_ptr<Tables>> compile(const Files& files)
{
    auto tables = std::make_unique<Tables>();
    try {
        for (const auto* name : {"edifact/codes.tsv", "edifact/letters.tsv"})
            if (!files.contains(name)) throw Wrong(std::string(name) + ": is missing");
        tables->lists.reserve(256);
        read_lists(files.at("edifact/codes.tsv"), *tables);
        list_versions(files.at("edifact/letters.tsv"), *tables);
        read_letters(files, files.at("edifact/letters.tsv"), *tables);
    } catch (const std::exception& wrong) {
        return Fault{Errc::bad_config, std::string("schemas/maps/letter: ") + wrong.what()};
    }
    return tables;
}

const Tables& tables()
{
    static const auto compiled = [] {
        auto result = compile(embedded_files());
        if (!result) throw std::runtime_error(result.error().where); // the tests compile the same files: cannot happen in a build that passed them
        return std::move(*result);
    }();
    return *compiled;
}

} // namespace sluse::edifact
