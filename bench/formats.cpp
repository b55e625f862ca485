// bench/formats.cpp — a format's messages to FHIR on one thread, and beside it the parse alone of the same bytes.
#include "bench/formats.hpp"

#include "adapters/edifact/adapter.hpp"
#include "bench/measure.hpp"
#include "gateway/normalise/maps.hpp"

#include <fmt/format.h>
#include <fstream>
#include <pugixml.hpp>
#include <rapidjson/document.h>
#include <sstream>

namespace sluse::bench {
namespace {

/// The sample so many times, each with its own number in place of every one of the tokens: ids, control numbers and persons differ.
std::vector<std::string> varied(const std::string& sample, std::span<const char* const> tokens, std::uint64_t messages)
{
    std::vector<std::string> all(messages, sample);
    for (std::uint64_t n = 0; n < messages; ++n)
        for (const std::string_view token : tokens) {
            auto number = fmt::format("{:0{}}", n, token.size());
            number.erase(0, number.size() - token.size());
            for (auto at = all[n].find(token); at != std::string::npos; at = all[n].find(token, at + token.size())) all[n].replace(at, token.size(), number);
        }
    return all;
}

/// What a reader of EDIFACT cannot do without: every segment, element and component as a view, release characters minded.
std::size_t split_edifact(std::string_view text, std::vector<std::string_view>& out)
{
    out.clear();
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '?') ++i;
        if (c != '+' && c != ':' && c != '\'') continue;
        out.push_back(text.substr(start, i - start));
        start = i + 1;
    }
    return out.size();
}

std::size_t parse_alone(std::string_view format, std::string_view bytes)
{
    thread_local std::vector<std::string_view> parts;
    if (format == "edifact") return split_edifact(bytes, parts);
    if (bytes.starts_with('<')) {
        pugi::xml_document document;
        return document.load_buffer(bytes.data(), bytes.size()) ? 1 : 0;
    }
    rapidjson::Document document;
    document.Parse(bytes.data(), bytes.size());
    return document.HasParseError() ? 0 : 1;
}

template <class Work> double seconds_of(const std::vector<std::string>& all, Work&& work)
{
    const auto before = cpu_seconds();
    for (const auto& message : all) work(message);
    return cpu_seconds() - before;
}

} // namespace

int format(const Maps& maps, std::string_view name, const char* file, std::uint64_t messages, std::span<const char* const> tokens)
{
    std::ifstream in(file, std::ios::binary);
    std::ostringstream read;
    read << in.rdbuf();
    auto sample = read.str();
    if (name == "edifact" && sample.starts_with('<')) {
        auto letter = edifact::from_oioxml(sample);
        if (!letter) return 65;
        sample = std::move(*letter);
    }
    const auto* adapter = adapter_named(name);
    if (!adapter || sample.empty()) return 64;
    const auto all = varied(sample, tokens, messages);
    const auto keys = Keys::demonstration();
    const SystemSettings settings;
    const NormaliseContext context{maps, settings, keys.resource, {}, 0};
    Normalised normalised;
    std::uint64_t converted = 0, out = 0, parts = 0;
    const auto convert = [&](const std::string& message) {
        const auto checked = adapter->check(message, settings);
        if (checked.answer != Answer::accepted || !adapter->normalise(message, checked, context, normalised)) return;
        ++converted;
        out += normalised.bundle.size();
    };
    const auto parse = [&](const std::string& message) { parts += parse_alone(name, message); };
    seconds_of(all, convert); // warm
    converted = out = 0;
    seconds_of(all, parse);
    const auto reference = seconds_of(all, parse);
    const auto allocated = allocations();
    const auto cpu = seconds_of(all, convert);
    const auto n = static_cast<double>(messages);
    fmt::print(R"({{"figure":"format","format":"{}","messages":{},"converted":{},"bytes_in":{},"bytes_out":{},"per_second":{:.0f},"cpu_us":{:.2f},"allocations":{:.1f},"parse_only_per_second":{:.0f}}})"
               "\n", name, messages, converted, sample.size(), out / std::max<std::uint64_t>(converted, 1), n / cpu, cpu / n * 1e6,
               static_cast<double>(allocations() - allocated) / n, n / reference);
    return converted == messages && parts > 0 ? 0 : 1;
}

} // namespace sluse::bench
