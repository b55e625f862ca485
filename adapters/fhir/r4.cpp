// adapters/fhir/r4.cpp — reads the compiled-in table once; lookups are searches in sorted vectors.
#include "adapters/fhir/r4.hpp"

#include "adapters/fhir/r4_rules.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/equal.hpp"
#include "gateway/base/oid.hpp"
#include "gateway/base/text_tables.hpp"
#include "gateway/base/time.hpp"
#include "gateway/normalise/code_tables.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <unordered_map>

namespace sluse {
std::string_view fhir_r4_table(); // made by the build from schemas/maps/fhir-r4.tsv
std::string_view fhir_r4_codes_table();
std::string_view fhir_r4_rules_table();
} // namespace sluse

namespace sluse::fhir {
namespace {

struct Primitive {
    std::string_view type;
    Shape shape;
};
constexpr Primitive primitives[] = {
    {"base64Binary", Shape::text }, {"boolean", Shape::boolean}, {"canonical", Shape::text  }, {"code", Shape::text      }, {"date", Shape::text},
    {"dateTime", Shape::text     }, {"decimal", Shape::number }, {"id", Shape::text         }, {"instant", Shape::text   }, {"integer", Shape::number},
    {"markdown", Shape::text     }, {"oid", Shape::text       }, {"positiveInt", Shape::number}, {"string", Shape::text  }, {"time", Shape::text},
    {"unsignedInt", Shape::number}, {"uri", Shape::text       }, {"url", Shape::text        }, {"uuid", Shape::text      }, {"xhtml", Shape::xhtml},
};

/// Digits where the pattern has 0, its other characters where it has them; what follows is left in `text`.
bool eat(std::string_view& text, std::string_view pattern)
{
    if (text.size() < pattern.size()) return false;
    for (std::size_t i = 0; i < pattern.size(); ++i)
        if (pattern[i] == '0' ? !is_digit(text[i]) : text[i] != pattern[i]) return false;
    text.remove_prefix(pattern.size());
    return true;
}

int number_at(std::string_view text, std::size_t at)
{
    return (text[at] - '0') * 10 + text[at + 1] - '0';
}

/// Of "2026", "2026-03" and "2026-03-31": a month, and a day that this month has.
bool month_and_day(std::string_view text)
{
    if (text.size() < 7) return true;
    const int month = number_at(text, 5);
    if (month < 1 || month > 12) return false;
    return text.size() < 10 || (number_at(text, 8) >= 1 && number_at(text, 8) <= days_in_month(number_at(text, 0) * 100 + number_at(text, 2), month));
}

bool valid_date(std::string_view text)
{
    auto rest = text;
    if (!eat(rest, "0000")) return false;
    if (!rest.empty() && !eat(rest, "-00")) return false;
    if (!rest.empty() && !eat(rest, "-00")) return false;
    return rest.empty() && month_and_day(text);
}

bool eat_time(std::string_view& text)
{
    const auto all = text;
    if (!eat(text, "00:00:00")) return false;
    if (number_at(all, 0) > 23 || number_at(all, 3) > 59 || number_at(all, 6) > 60) return false;
    if (!text.starts_with('.')) return true;
    text.remove_prefix(1);
    const auto fraction = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(fraction);
    return fraction > 0;
}

bool valid_instant(std::string_view text)
{
    auto rest = text;
    if (!eat(rest, "0000-00-00T") || !month_and_day(text.substr(0, 10)) || !eat_time(rest)) return false;
    if (rest == "Z") return true;
    return (rest.starts_with('+') || rest.starts_with('-')) && eat(rest, rest.starts_with('+') ? "+00:00" : "-00:00") && rest.empty();
}

bool valid_integer(std::string_view text, bool negative, char least)
{
    if (negative && text.starts_with('-')) text.remove_prefix(1);
    if (text.empty() || text.size() > 10 || !std::ranges::all_of(text, is_digit)) return false;
    return text.size() == 1 ? text[0] >= least : text[0] != '0';
}

bool valid_decimal(std::string_view text)
{
    if (text.starts_with('-')) text.remove_prefix(1);
    const auto whole = std::min(text.find_first_not_of("0123456789"), text.size());
    if (whole == 0 || (whole > 1 && text[0] == '0')) return false;
    text.remove_prefix(whole);
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        const auto fraction = std::min(text.find_first_not_of("0123456789"), text.size());
        if (fraction == 0) return false;
        text.remove_prefix(fraction);
    }
    if (text.empty()) return true;
    if (text[0] != 'e' && text[0] != 'E') return false;
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    return all_digits(text);
}

bool valid_code(std::string_view text)
{
    char before = ' ';
    for (const char c : text) {
        if (c == '\t' || c == '\r' || c == '\n' || (c == ' ' && before == ' ')) return false;
        before = c;
    }
    return before != ' ';
}

/// Whole groups of four; lines may be broken anywhere, and only the last group is filled up.
bool valid_base64(std::string_view text)
{
    std::size_t letters = 0, fillers = 0;
    for (const char c : text) {
        if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
        if (c == '=') ++fillers;
        else if (fillers > 0 || !(is_alphanumeric(c) || c == '+' || c == '/')) return false;
        else ++letters;
    }
    return letters > 0 && fillers <= 2 && (letters + fillers) % 4 == 0;
}

bool valid_id(std::string_view text)
{
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; });
}

bool valid_date_time(std::string_view text)
{
    return valid_date(text) || valid_instant(text);
}

bool valid_time(std::string_view text)
{
    return eat_time(text) && text.empty();
}

/// Without blanks.
bool valid_text(std::string_view text)
{
#if defined(__SSE2__)
    const auto marked = [](__m128i block) {
        const auto blank = _mm_set1_epi8(' ');
        return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(block, blank), blank)));
    };
    return !text.empty() && each_block(text, 0, marked, [](unsigned, std::size_t) { return false; });
#else
    return !text.empty() && std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' '; });
#endif
}

/// An object identifier in a URN is whole: what is none cannot be told from another.
bool valid_urn(std::string_view text)
{
    constexpr std::string_view oid = "urn:oid:";
    return !text.starts_with(oid) || is_oid(text.substr(oid.size()));
}

bool valid_uri(std::string_view text)
{
    return valid_text(text) && valid_urn(text);
}

/// What names a system, a profile or an extension must mean the same everywhere.
bool valid_absolute(std::string_view text)
{
    return valid_uri(text) && (text.find(':') != text.npos || text.front() == '#');
}

/// Whether an element that is named below may begin so.
bool begins_active(char c)
{
    return std::string_view("abefilmos").find(static_cast<char>(c | 0x20)) != std::string_view::npos;
}

/// A narrative is shown to people: nothing in it may run or ask for input (R4's txt-1). Which other elements it uses is left to who shows it.
bool valid_xhtml(std::string_view text)
{
    static constexpr std::string_view active[] = {"script", "iframe", "object", "embed", "applet", "form", "input", "button", "link", "meta", "base", "frame"};
    for (auto at = text.find('<'); at != text.npos; at = text.find('<', at + 1)) {
        if (at + 1 == text.size() || !begins_active(text[at + 1])) continue; // most are div, p, table, or the end of one
        auto tag = text.substr(at + 1);
        tag = tag.substr(0, std::min(tag.find_first_of(" />\t\r\n\\"), tag.size()));
        const auto same = [tag](std::string_view name) { return std::ranges::equal(tag, name, {}, [](char c) { return static_cast<char>(c | 0x20); }); };
        if (std::ranges::any_of(active, same)) return false;
    }
    return true;
}

struct Pattern {
    std::string_view type;
    bool (*valid)(std::string_view);
};
constexpr Pattern patterns[] = {
    {"date", valid_date},
    {"dateTime", valid_date_time},
    {"instant", valid_instant},
    {"time", valid_time},
    {"boolean", [](std::string_view text) { return text == "true" || text == "false"; }},
    {"integer", [](std::string_view text) { return valid_integer(text, true, '0'); }},
    {"unsignedInt", [](std::string_view text) { return valid_integer(text, false, '0'); }},
    {"positiveInt", [](std::string_view text) { return valid_integer(text, false, '1'); }},
    {"decimal", valid_decimal},
    {"code", valid_code},
    {"id", valid_id},
    {"base64Binary", valid_base64},
    {"uri", valid_uri},
    {"url", valid_uri},
    {"canonical", valid_absolute},
    {"oid", valid_uri},
    {"uuid", valid_uri},
    {"xhtml", valid_xhtml},
};

/// A language by its tags (BCP 47): "da", "en-GB".
bool valid_language(std::string_view text)
{
    bool fits = true;
    each_cell(text, '-', [&](std::string_view tag) { fits &= !tag.empty() && tag.size() <= 8 && std::ranges::all_of(tag, is_alphanumeric); });
    return fits;
}

} // namespace

/// Name → type; backbones under their path ("Encounter.location").
class R4Table {
public:
    R4Table()
    {
        const auto text = fhir_r4_table();
        each_row(text, [&](const std::vector<std::string_view>& cells) { row(cells); });
        for (auto& [name, type] : types_) {
            for (auto& element : type->elements)
                if (element.shape != Shape::resource) element.children = find(element.shape == Shape::object ? children_of(*type, element) : "Element");
            type->index();
            type->resource = name.find('.') == name.npos && (type->find("implicitRules") != nullptr);
            type->is_extension = name == "Extension";
            type->is_coding = name == "Coding";
            type->is_identifier = name == "Identifier";
            if (type->resource) as_id(*type);
        }
        each_row(fhir_r4_codes_table(), [&](const std::vector<std::string_view>& cells) { codes(cells); });
        each_row(fhir_r4_rules_table(), [&](const std::vector<std::string_view>& cells) {
            if (const auto type = types_.find(cells[0]); cells.size() == 5 && type != types_.end()) type->second->rules.push_back(r4_rule(*type->second, cells));
        });
    }

    const R4Type* find(std::string_view name) const
    {
        const auto found = types_.find(name);
        return found == types_.end() ? nullptr : found->second.get();
    }

private:
    void row(const std::vector<std::string_view>& cells)
    {
        if (cells.size() != 4) return;
        const auto dot = cells[0].rfind('.');
        const auto owner = cells[0].substr(0, dot);
        auto name = cells[0].substr(dot + 1);
        auto& type = types_[std::string(owner)];
        if (!type) type = std::make_unique<R4Type>();
        type->name = owner;
        const bool choice = name.ends_with("[x]");
        if (choice) name.remove_suffix(3);
        const auto order = static_cast<std::uint16_t>(type->elements.size());
        each_cell(cells[3], ',', [&](std::string_view of) {
            R4Element element;
            element.name = name;
            element.type = of;
            element.shape = shape_of(of);
            if (const auto* pattern = std::ranges::find(patterns, of, &Pattern::type); pattern != std::end(patterns)) element.valid = pattern->valid;
            element.repeats = cells[2] == "*";
            element.required = cells[1] != "0";
            element.order = order;
            if (choice) {
                element.choice = name;
                element.name += of;
                element.name[name.size()] = static_cast<char>(element.name[name.size()] & ~32);
            }
            if (of == "code" && name == "language") element.valid = valid_language;
            if ((of == "uri" && name == "system") || (name == "url" && owner == "Extension")) element.valid = valid_absolute;
            element.beside = '_' + element.name;
            element.is_attribute = name == "id" || (name == "url" && owner == "Extension");
            type->elements.push_back(std::move(element));
        });
    }

    void codes(const std::vector<std::string_view>& cells)
    {
        if (cells.size() != 2 && cells.size() != 3) return;
        const auto dot = cells[0].rfind('.');
        const auto owner = types_.find(cells[0].substr(0, dot));
        if (owner == types_.end()) return;
        const auto name = cells[0].substr(dot + 1);
        if (const auto found = std::ranges::find(owner->second->elements, name, &R4Element::name); found != owner->second->elements.end()) {
            found->codes = cells[1];
            if (cells.size() == 3) found->system = cells[2];
        }
    }

    /// R4's own definitions call a resource's id a string, and mean an id.
    static void as_id(R4Type& resource)
    {
        for (auto& element : resource.elements)
            if (element.name == "id") element.type = "id", element.valid = valid_id;
    }

    static Shape shape_of(std::string_view type)
    {
        const auto* found = std::ranges::find(primitives, type, &Primitive::type);
        return found != std::end(primitives) ? found->shape : type == "Resource" ? Shape::resource : Shape::object;
    }

    static std::string children_of(const R4Type& owner, const R4Element& element)
    {
        if (element.type.starts_with('#')) return std::string(element.type.substr(1));
        if (element.type == "BackboneElement" || element.type == "Element") return owner.name + '.' + element.name;
        return std::string(element.type);
    }

    std::unordered_map<std::string, std::unique_ptr<R4Type>, TextHash, std::equal_to<>> types_;
};

R4Type::R4Type() = default;
R4Type::~R4Type() = default;

std::size_t R4Type::slot(std::string_view name) const
{
    std::uint64_t first = 0, last = 0;
    if (name.size() <= 8) {
        first = packed(name);
    } else {
        std::memcpy(&first, name.data(), 8);
        std::memcpy(&last, name.data() + name.size() - 8, 8);
    }
    const auto mixed = (first ^ std::rotl(last, 23) ^ name.size()) * 0x9e3779b97f4a7c15u;
    return static_cast<std::size_t>(mixed >> 40) & (slots_.size() - 1);
}

void R4Type::index()
{
    slots_.assign(std::bit_ceil(elements.size() * 2 + 8), 0);
    for (std::size_t i = 0; i < elements.size(); ++i) {
        auto at = slot(elements[i].name);
        while (slots_[at]) at = (at + 1) & (slots_.size() - 1);
        slots_[at] = static_cast<std::uint8_t>(i + 1);
        if (elements[i].required) required.push_back(&elements[i]);
    }
    std::ranges::sort(required, {}, &R4Element::name);
}

const R4Element* R4Type::find(std::string_view element) const
{
    for (auto at = slot(element); slots_[at]; at = (at + 1) & (slots_.size() - 1))
        if (const auto& one = elements[slots_[at] - 1u]; equal_short(one.name, element)) return &one;
    return nullptr;
}

const R4Type* r4_type(std::string_view name)
{
    static const R4Table table;
    return table.find(name);
}

} // namespace sluse::fhir
