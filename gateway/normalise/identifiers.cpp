// gateway/normalise/identifiers.cpp — the aliases under which Danish identifier systems travel, and the scope of local numbers.
#include "gateway/normalise/identifiers.hpp"

#include "gateway/base/ascii.hpp"
#include "gateway/base/oid.hpp"
#include "gateway/base/uuid.hpp"

#include <algorithm>
#include <array>

namespace sluse {
namespace {

struct Alias {
    std::string_view name, system;
};

// Names are compared without case; OIDs and URLs exactly. goals.md's table of code systems and identifiers, dk-core 3.8.
constexpr Alias by_name[] = {
    {"CPR",      cpr_system   },
    {"CPR-NR",   cpr_system   },
    {"CPRNR",    cpr_system   },
    {"DK-CPR",   cpr_system   },
    {"ECPR",     decpr_system },
    {"D-ECPR",   decpr_system },
    {"DECPR",    decpr_system },
    {"X-ECPR",   xecpr_system },
    {"XECPR",    xecpr_system },
    {"SOR",      sor_system   },
    {"SHAK",     shak_system  },
    {"YDER",     "urn:oid:1.2.208.176.1.4"},
    {"YDERNR",   "urn:oid:1.2.208.176.1.4"},
    {"LPR3",     lpr3_system  },
    {"LPR",      lpr3_system  },
    {"CVR",      "http://cvr.dk"},
    {"GLN",      gln_system},
    {"AUTREG",   "https://autregweb.sst.dk"},
};

constexpr Alias by_uri[] = {
    {"https://www.esundhed.dk/Registre/Landspatientsregisteret", lpr3_system },
    {"1.2.208.176.1.2",       cpr_system  },
    {"1.2.208.176.1.6.1.1",   xecpr_system},
    {"1.2.208.176.1.6.1.3",   decpr_system},
    {"1.2.208.176.1.1",       sor_system  },
    {"1.2.208.176.1.8",       shak_system },
    {"urn:oid:1.2.208.176.2.1", "http://npu-terminology.org"},
    {"1.2.208.176.2.1",       "http://npu-terminology.org"},
    {"https://www.gs1.org/gln", gln_system},
    {"urn:oid:1.3.88",        gln_system},
    {"1.3.88",                gln_system},
    {"urn:oid:1.3.198",       "http://cvr.dk"},
    {"1.3.198",               "http://cvr.dk"},
};

char upper(char c)
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

bool same_name(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, [](char x, char y) { return upper(x) == upper(y); });
}

// An OID that names anything: at least four arcs. Senders write "1.23" and "2.16.TBD" in its place.
bool names_by_oid(std::string_view text)
{
    return std::ranges::count(text, '.') >= 3 && is_oid(text);
}

bool is_uri(std::string_view text)
{
    const auto colon = text.find(':');
    return colon != text.npos && colon > 1 && std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

constexpr auto plain = [] {
    std::array<bool, 256> out{};
    for (const char c : std::string_view("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.")) out[static_cast<unsigned char>(c)] = true;
    return out;
}();

// Names become part of a URI: everything but letters and digits is written as %XX, so that two names never meet in one URI.
void append_escaped(std::string& out, std::string_view text)
{
    constexpr char digits[] = "0123456789ABCDEF";
    if (std::ranges::all_of(text, [](char c) { return plain[static_cast<unsigned char>(c)]; })) {
        out += text;
        return;
    }
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (plain[byte]) {
            out += c;
        } else if (c == '|') {
            out += ':';
        } else {
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
}

// A message scopes dozens of numbers to its one sender.
void local_system(std::string_view sender, std::string_view name, std::string& out)
{
    thread_local std::string last_sender, prefix;
    if (prefix.empty() || last_sender != sender) {
        last_sender = sender;
        prefix = "urn:sluse:id:";
        append_escaped(prefix, sender);
        prefix += ':';
    }
    out = prefix;
    append_escaped(out, name);
}

bool from_universal_id(const Authority& authority, std::string& out)
{
    auto id = authority.universal_id;
    if (id.starts_with("urn:oid:")) id.remove_prefix(8);
    if (id.empty()) return false;
    if (const auto known = canonical_system(id); known != id) {
        out = known;
    } else if (names_by_oid(id)) {
        out = "urn:oid:";
        out += id;
    } else if (is_uuid(id)) {
        out = "urn:uuid:";
        for (const char c : id) out += c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
    } else if (is_uri(id)) {
        out = id;
    } else if (same_name(authority.universal_type, "DNS")) {
        out = "http://";
        append_escaped(out, id);
    } else {
        return false;
    }
    return true;
}

} // namespace

std::string_view canonical_system(std::string_view system)
{
    const auto found = std::ranges::find(by_uri, system, &Alias::name);
    return found == std::end(by_uri) ? system : found->system;
}

void identifier_system(const SystemSettings& settings, std::string_view sender, const Authority& authority, std::string_view kind, std::string& out)
{
    if (authority.name.empty() && authority.universal_id.empty()) return local_system(sender, kind, out); // most numbers of an order
    if (const auto& configured = settings.identifier_systems; !configured.empty())
        for (const auto name : {authority.universal_id, authority.name}) {
            const auto found = name.empty() ? configured.end() : configured.find(name);
            if (found == configured.end()) continue;
            out = found->second;
            return;
        }
    if (from_universal_id(authority, out)) return;
    for (const auto& alias : by_name) {
        if (!same_name(alias.name, authority.name)) continue;
        out = alias.system;
        return;
    }
    if (names_by_oid(authority.name)) { // some senders put the OID where the name belongs
        out = "urn:oid:";
        out += authority.name;
        out = std::string(canonical_system(out));
        return;
    }
    local_system(sender, !authority.name.empty() ? authority.name : !authority.universal_id.empty() ? authority.universal_id : kind, out);
}

bool universal_uri(const Authority& authority, std::string& out)
{
    return from_universal_id(authority, out);
}

bool looks_like_cpr(std::string_view value)
{
    if (value.size() != 10 || !all_digits(value)) return false;
    const int day = (value[0] - '0') * 10 + value[1] - '0', month = (value[2] - '0') * 10 + value[3] - '0';
    return day >= 1 && day <= 31 && month >= 1 && month <= 12;
}

std::string_view ecpr_system_of(std::string_view value)
{
    if (value.size() != 10) return {};
    for (const std::size_t i : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 9u})
        if (value[i] < '0' || value[i] > '9') return {};
    for (const std::size_t i : {7u, 8u})
        if (upper(value[i]) < 'A' || upper(value[i]) > 'Z') return {};
    if (value[6] == '1' || value[6] == '7') return xecpr_system;
    if (value[6] == '0' || value[6] == '5' || value[6] == '6') return decpr_system;
    return {};
}

void person_identifier(const SystemSettings& settings, std::string_view sender, const Authority& authority, std::string_view type,
                       std::string_view value, PersonIdentifier& out)
{
    identifier_system(settings, sender, authority, "patient", out.system);
    out.value = value;
    // Without an authority the form decides, unless the type says that it is some other number.
    const bool unsaid = authority.name.empty() && authority.universal_id.empty() && (type.empty() || type == "NI" || type == "NN" || type == "SS");
    if (out.system != cpr_system && type != "NNDNK" && !unsaid && out.rank() != IdentifierRank::ecpr) return;
    std::erase_if(out.value, [](char c) { return c == '-' || c == ' '; });
    if (looks_like_cpr(out.value)) {
        out.system = cpr_system;
    } else if (const auto ecpr = ecpr_system_of(out.value); !ecpr.empty()) {
        if (out.rank() != IdentifierRank::ecpr || (out.system == xecpr_system) != (ecpr == xecpr_system)) out.system = ecpr;
    } else { // claimed to be a CPR or replacement number and is none: never a node that other senders' CPR numbers could meet
        out.value = value;
        local_system(sender, authority.name.empty() ? "patient" : authority.name, out.system);
    }
}

} // namespace sluse
