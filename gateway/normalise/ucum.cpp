// gateway/normalise/ucum.cpp — the grammar of UCUM terms and the atoms that medicine uses (unitsofmeasure.org, version 2.1).
#include "gateway/normalise/ucum.hpp"

#include "gateway/base/ascii.hpp"
#include "gateway/base/scan.hpp"
#include "gateway/normalise/code_tables.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_set>

namespace sluse {
namespace {

constexpr std::string_view prefixes[] = {"da", "Y", "Z", "E", "P", "T", "G", "M", "k", "h", "d", "c", "m", "u", "n", "p", "f", "a", "z", "y"};

// These take prefixes.
constexpr std::string_view metric[] = {
    "m",   "s",    "g",   "rad", "K",   "C",  "cd", "mol", "sr", "Hz", "N",  "Pa",   "J",       "W",   "A",    "V",       "F",         "Ohm",    "S",  "Wb",
    "Cel", "T",    "H",   "lm",  "lx",  "Bq", "Gy", "Sv",  "l",  "L",  "ar", "t",    "bar",     "u",   "eV",   "pc",      "B",         "bit",    "By", "Bd",
    "eq",  "osm",  "kat", "U",   "cal", "dyn", "erg", "P", "St", "G",  "Ci", "R",    "RAD",     "REM", "g%",   "m[H2O]",  "m[Hg]",     "[iU]",   "[IU]", "[arb'U]",
    "B[SPL]", "B[V]", "B[W]", "mho", "Oe", "Gb", "Mx", "[ka'U]", "[degRe]",
};

// These do not.
constexpr std::string_view plain[] = {
    "%",        "[ppth]",  "[ppm]",   "[ppb]",   "[pptr]",  "10*",      "10^",      "deg",      "'",         "''",       "gon",      "min",     "h",         "d",         "a",
    "a_t",      "a_j",     "a_g",     "wk",      "mo",      "mo_s",     "mo_j",     "mo_g",     "[pi]",      "[in_i]",   "[ft_i]",   "[yd_i]",  "[mi_i]",    "[in_us]",   "[ft_us]",
    "[yd_us]",  "[mi_us]", "[sin_i]", "[sft_i]", "[cin_i]", "[cft_i]",  "[lb_av]",  "[oz_av]",  "[gr]",      "[dr_av]",  "[stone_av]", "[degF]", "[gal_us]", "[qt_us]",   "[pt_us]",
    "[foz_us]", "[cup_us]", "[tbs_us]", "[tsp_us]", "[drp]", "atm",     "[psi]",    "[Cal]",    "[pH]",      "[hnsf'U]", "[MET]",    "[diop]",  "[mesh_i]",  "[Ch]",      "[CFU]",
    "[cfu_i]",  "[HPF]",   "[LPF]",   "[Amb'a'1'U]", "[anti'Xa'U]", "[APL'U]", "[beth'U]", "[BAU]", "[CCID_50]", "[D'ag'U]", "[EID_50]", "[ELU]", "[FFU]", "[GPL'U]",   "[knk'U]",
    "[MPL'U]",  "[PFU]",   "[PNU]",   "[TCID_50]", "[tb'U]", "[USP'U]", "[todd'U]", "[smgy'U]", "[bdsk'U]",  "[kp_C]",   "[m/s2/Hz^0.5]", "[HP_X]", "[HP_C]", "[PRU]",     "[wood'U]",
    "[car_m]",  "[car_Au]", "[smoot]", "[pied]",  "[S]",     "[crd_us]", "Np",      "[RFU]",    "[AU]",      "[Lf]",     "[dye'U]",  "[CFU]",   "[GPL'U]",   "[LPS]",     "[mclg'U]",
};

using Symbols = std::unordered_set<std::string_view, TextHash, std::equal_to<>>;

bool is_metric(std::string_view symbol)
{
    static const Symbols all(std::begin(metric), std::end(metric));
    return all.contains(symbol);
}

bool is_plain(std::string_view symbol)
{
    static const Symbols all(std::begin(plain), std::end(plain));
    return all.contains(symbol);
}

bool is_unit(std::string_view symbol)
{
    if (is_metric(symbol) || is_plain(symbol)) return true;
    return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return symbol.starts_with(prefix) && is_metric(symbol.substr(prefix.size())); });
}

// "mm", "10*3", "m2", "s-1", "[in_i]", "20".
bool is_simple(std::string_view text)
{
    if (all_digits(text) || is_unit(text)) return true;
    auto digits = text.size();
    while (digits > 0 && is_digit(text[digits - 1])) --digits;
    if (digits == text.size()) return false;
    auto symbol = text.substr(0, digits);
    if (symbol.ends_with('+') || symbol.ends_with('-')) symbol.remove_suffix(1);
    return is_unit(symbol);
}

// One factor with its annotation: "mL{total}", "{cells}".
bool is_component(std::string_view text)
{
    if (const auto open = text.find('{'); open != text.npos) {
        if (!text.ends_with('}') || text.find('}') != text.size() - 1) return false;
        text = text.substr(0, open);
        if (text.empty()) return true;
    }
    return is_simple(text);
}

} // namespace

namespace {

bool follows_grammar(std::string_view code)
{
    if (code.empty() || code.size() > 60 || !std::ranges::all_of(code, [](char c) { return c > ' ' && c < 127; })) return false;
    if (code.starts_with('/')) code.remove_prefix(1);
    int braces = 0, brackets = 0, depth = 0;
    std::size_t start = 0;
    for (std::size_t i = 0; i <= code.size(); ++i) {
        const char c = i < code.size() ? code[i] : '/';
        braces += c == '{' ? 1 : c == '}' ? -1 : 0;
        brackets += c == '[' ? 1 : c == ']' ? -1 : 0;
        if (i < code.size() && (braces || brackets)) continue;
        if (c == '(' && i == start) {
            ++depth;
            start = i + 1;
        } else if (c == '.' || c == '/' || c == ')') {
            const bool after_group = start > 0 && i == start && code[start - 1] == ')';
            if (!after_group && !is_component(code.substr(start, i - start))) return false;
            if (c == ')' && --depth < 0) return false;
            start = i + 1;
        }
    }
    return depth == 0 && braces == 0 && brackets == 0;
}

} // namespace

// A laboratory's units are few and come again in each result.
bool is_ucum(std::string_view code)
{
    struct Known {
        std::uint64_t word{};
        bool is{};
    };
    thread_local std::array<Known, 64> all;
    if (code.empty() || code.size() > 8 || code.back() == '\0') return follows_grammar(code);
    const auto word = packed(code);
    auto& known = all[word * 0x9E3779B97F4A7C15u >> 58];
    if (known.word != word) known = {word, follows_grammar(code)};
    return known.is;
}

} // namespace sluse
