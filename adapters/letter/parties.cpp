// adapters/letter/parties.cpp — departments that share a GLN: what tells them apart within a letter.
#include "adapters/letter/parties.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace sluse::letter {
namespace {

/// What tells parties apart, the most lasting first: another letter may tell a name or an address in other words.
constexpr std::array<std::string_view, 5> telling{"Identifier", "Name", "Line", "PostCode", "District"};

struct Party {
    std::size_t segment{};
    std::string_view gln;
    std::array<std::string_view, telling.size()> says;
};

/// How many of the telling fields it takes to tell the two apart; 0: they agree in all that both of them say.
std::size_t depth(const Party& a, const Party& b)
{
    for (std::size_t i = 0; i < telling.size(); ++i)
        if (!a.says[i].empty() && !b.says[i].empty() && a.says[i] != b.says[i]) return i + 1;
    return 0;
}

void collect(const SourceShape::Fields& fields, const xml::Source& source, std::vector<Party>& out)
{
    out.clear();
    const auto gln = fields.number("EANIdentifier");
    std::array<unsigned, telling.size()> numbers{};
    std::ranges::transform(telling, numbers.begin(), [&](std::string_view name) { return fields.number(name); });
    const auto segments = source.message().segments;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (&source.fields(i) != &fields || segments[i].field(gln).empty()) continue;
        auto& party = out.emplace_back();
        party.segment = i;
        party.gln = segments[i].field(gln);
        for (std::size_t n = 0; n < numbers.size(); ++n) party.says[n] = segments[i].field(numbers[n]);
    }
}

/// Each with the next and with the first: a letter has few parties, but what claims to be one may have thousands.
std::size_t depth(std::span<const Party> parties)
{
    std::size_t out = 0;
    for (std::size_t i = 1; i < parties.size(); ++i) out = std::max({out, depth(parties[i - 1], parties[i]), depth(parties[0], parties[i])});
    return out;
}

} // namespace

void tell_departments(const SourceShape& shape, xml::Source& source, std::deque<std::string>& own)
{
    own.clear();
    const auto* const sender = shape.segment("Sender");
    if (!sender) return;
    const auto& fields = shape.field_sets[sender->fields];
    const auto department = fields.number("Department");
    thread_local std::vector<Party> parties;
    collect(fields, source, parties);
    if (!department || parties.size() < 2) return;
    std::ranges::stable_sort(parties, {}, &Party::gln);
    for (auto at = parties.begin(); at != parties.end();) {
        const auto end = std::find_if(at, parties.end(), [&](const Party& p) { return p.gln != at->gln; });
        const auto wanted = depth(std::span(at, end));
        for (; at != end; ++at) {
            if (wanted == 0) continue;
            auto& text = own.emplace_back(at->gln);
            for (std::size_t n = 0; n < wanted; ++n) (text += '\x1f') += at->says[n];
            std::ranges::replace(text, xml::repetition_mark, '\x1f');
            source.put(at->segment, department, text);
        }
    }
}

} // namespace sluse::letter
