// adapters/hl7v2/identifiers.cpp — CX repetitions to person identifiers, ranked.
#include "adapters/hl7v2/identifiers.hpp"

#include "gateway/normalise/identifiers.hpp"

#include <algorithm>
#include <utility>

namespace sluse::hl7v2 {
namespace {

constexpr std::size_t identifiers_max = 100; // a person has a handful; the field may repeat 50,000 times

std::string_view trimmed(std::string_view text)
{
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

void append_name(const Message& message, std::string_view hd, std::string& out)
{
    const auto& d = message.delimiters;
    auto name = trimmed(part(hd, d.component, 1));
    if (name.empty() || name == "\"\"") name = trimmed(part(hd, d.component, 2));
    std::string plain;
    unescape(name.substr(0, 200), message, plain);
    std::erase_if(plain, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
    if (plain.size() > 64) {
        std::size_t cut = 64;
        while (cut > 0 && (plain[cut] & 0xc0) == 0x80) --cut; // not through a letter
        plain.resize(cut);
    }
    out += plain;
}

void add_field(const Message& message, const Segment& pid, unsigned n, const SystemSettings& settings, std::string_view sender,
               std::vector<PersonIdentifier>& out)
{
    auto field = message.field(pid, n);
    PersonIdentifier one; // moved out of: most fields hold one
    for (std::size_t seen = 0; !field.empty() && seen < identifiers_max; ++seen) {
        const auto end = field.find(message.delimiters.repetition);
        if (read_identifier(message, field.substr(0, end), settings, sender, one) && std::ranges::find(out, one) == out.end()) out.push_back(std::move(one));
        if (end == field.npos) return;
        field.remove_prefix(end + 1);
    }
}

} // namespace

std::string sender_of(const Message& message)
{
    std::string out;
    const auto& msh = message.segments.front();
    append_name(message, message.field(msh, 3), out);
    const auto application = out.size();
    out += '|';
    append_name(message, message.field(msh, 4), out);
    if (out.size() == 1) return "unnamed";
    if (application == 0) out.erase(0, 1);
    else if (out.size() == application + 1) out.pop_back();
    return out;
}

int minor_version(std::string_view msh12)
{
    msh12 = trimmed(msh12);
    if (msh12.size() < 3 || !msh12.starts_with("2.") || msh12[2] < '1' || msh12[2] > '9') {
        if (msh12.starts_with("2.0")) return 1;
        return msh12.empty() || msh12[0] == '2' || msh12[0] < '0' || msh12[0] > '9' ? 5 : msh12[0] < '2' ? 1 : 9;
    }
    return msh12.size() > 3 && msh12[3] >= '0' && msh12[3] <= '9' ? 9 : msh12[2] - '0';
}

bool read_identifier(const Message& message, std::string_view repetition, const SystemSettings& settings, std::string_view sender,
                     PersonIdentifier& out)
{
    const auto& d = message.delimiters;
    const auto raw = trimmed(part(repetition, d.component, 1));
    if (raw.empty() || raw == "\"\"") return false;
    const auto type = trimmed(part(part(repetition, d.component, 5), d.subcomponent, 1));
    if (type == "AN" || type == "VN" || type == "ACSN") return false;
    const auto hd = part(repetition, d.component, 4);
    const Authority authority{trimmed(part(hd, d.subcomponent, 1)), trimmed(part(hd, d.subcomponent, 2)), trimmed(part(hd, d.subcomponent, 3))};
    if (d.escape && raw.find(d.escape) != raw.npos) {
        std::string value;
        unescape(raw, message, value);
        person_identifier(settings, sender, authority, type, value, out);
    } else {
        person_identifier(settings, sender, authority, type, raw, out);
    }
    return !out.value.empty();
}

std::vector<PersonIdentifier> person_identifiers(const Message& message, const Segment& pid, const SystemSettings& settings, std::string_view sender)
{
    std::vector<PersonIdentifier> out;
    add_field(message, pid, 3, settings, sender, out);
    if (out.empty() || minor_version(message.value("MSH", 12)) < 4) {
        add_field(message, pid, 2, settings, sender, out);
        add_field(message, pid, 4, settings, sender, out);
    }
    if (out.size() > 1) std::ranges::stable_sort(out, {}, &PersonIdentifier::rank); // it asks for memory even for one
    return out;
}

bool passes_modulus_11(std::string_view cpr)
{
    constexpr int weights[] = {4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
    if (cpr.size() != std::size(weights)) return false;
    int sum = 0;
    for (std::size_t i = 0; i < cpr.size(); ++i) sum += weights[i] * (cpr[i] - '0');
    return sum % 11 == 0;
}

} // namespace sluse::hl7v2
