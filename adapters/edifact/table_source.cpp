// adapters/edifact/table_source.cpp — reading of schemas/maps/letter/edifact, before it means anything.
#include "adapters/edifact/table_source.hpp"

#include <cctype>
#include <charconv>

namespace sluse::edifact {

std::vector<std::string_view> cut(std::string_view text, char separator)
{
    std::vector<std::string_view> out;
    for (std::size_t depth = 0, from = 0, i = 0; i <= text.size(); ++i) {
        if (i == text.size() || (text[i] == separator && depth == 0)) {
            out.push_back(text.substr(from, i - from));
            from = i + 1;
        } else if (text[i] == '{') {
            ++depth;
        } else if (text[i] == '}' && depth) {
            --depth;
        }
    }
    return out;
}

std::vector<std::string_view> cut_lines(std::string_view text)
{
    std::vector<std::string_view> out;
    while (!text.empty()) {
        const auto end = text.find('\n');
        out.push_back(text.substr(0, end));
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return out;
}

Words words_of(std::string_view text)
{
    Words out;
    for (const auto word : cut(text, ' ')) {
        if (word.empty()) continue;
        const auto equals = word.find('=');
        out.emplace(word.substr(0, equals), equals == word.npos ? std::string_view() : word.substr(equals + 1));
    }
    return out;
}

static std::string fill(std::string_view text, const Words& parameters, const std::string& place)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '$') {
            out += text[i];
            continue;
        }
        auto end = i + 1;
        while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_')) ++end;
        const auto found = parameters.find(text.substr(i + 1, end - i - 1));
        if (found == parameters.end()) throw Wrong(place + ": $" + std::string(text.substr(i + 1, end - i - 1)) + " has no value here");
        out += found->second;
        i = end - 1;
    }
    return out;
}

void Source::read(const std::string& file, std::string_view part, int depth, const Words& parameters, std::vector<Line>& out, int nesting) const
{
    const auto found = files_.find("edifact/" + file + ".tsv");
    if (found == files_.end() || nesting > 8) throw Wrong("edifact/" + file + ".tsv: no such table, or one that includes itself");
    bool on = part.empty(), seen = on;
    std::size_t number = 0;
    for (const auto line : cut_lines(found->second)) {
        ++number;
        if (line.empty() || line.starts_with('#')) continue;
        if (line.starts_with('[')) {
            on = line.substr(1, line.find(']') - 1) == part;
            seen = seen || on;
            continue;
        }
        if (!on) continue;
        const auto place = file + ".tsv:" + std::to_string(number);
        const auto cells = cut(line, '\t');
        int own = 0;
        const auto [end, error] = std::from_chars(cells[0].data(), cells[0].data() + cells[0].size(), own);
        if (error != std::errc() || cells.size() < 2 || cells.size() > 3) throw Wrong(place + ": a line is depth, segment, options");
        auto options = fill(cells.size() > 2 ? cells[2] : std::string_view(), parameters, place);
        if (cells[1] == "use") {
            auto words = words_of(options);
            const auto name = words["table"];
            const auto dot = name.find('.');
            auto inner = parameters;
            for (const auto& [key, value] : words) inner.insert_or_assign(key, value);
            read(name.substr(0, dot), dot == name.npos ? std::string_view() : std::string_view(name).substr(dot + 1), depth + own, inner, out, nesting + 1);
            continue;
        }
        out.push_back({depth + own, fill(cells[1], parameters, place), std::move(options), place});
    }
    if (!seen) throw Wrong("edifact/" + file + ".tsv: has no part [" + std::string(part) + "]");
}

} // namespace sluse::edifact
