// gateway/serve/routes.cpp — the route table and how a request finds its row. What is not here is not answered.
#include "gateway/serve/routes.hpp"

#include "gateway/base/ascii.hpp"
#include "gateway/base/nearest.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sluse::serve {
namespace {

constexpr std::size_t target_length_max = 2048;

// `none` marks rows that the server itself carries out.
constexpr Handler none = nullptr;

constexpr std::array table{
    Route{"GET",  "/livez",                        Role::anyone,         Style::plain, Does::answer, get_live_probe},
    Route{"GET",  "/readyz",                       Role::anyone,         Style::plain, Does::answer, get_ready_probe, "verbose"},
    Route{"GET",  "/metrics",                      Role::viewer,         Style::plain, Does::answer, get_metrics},
    Route{"POST", "/fhir",                         Role::sender,         Style::fhir,  Does::intake, none},
    Route{"POST", "/fhir/$process-message",        Role::sender,         Style::fhir,  Does::intake, none},
    Route{"POST", "/vans",                         Role::sender,         Style::vans,  Does::intake, none},
    Route{"GET",  "/fhir/metadata",                Role::anyone,         Style::fhir,  Does::answer, get_capability},
    Route{"GET",  "/fhir/Measure",                 Role::viewer,         Style::fhir,  Does::answer, get_measures},
    Route{"GET",  "/fhir/Measure/$evaluate-measure", Role::viewer,       Style::fhir,  Does::work,   get_evaluation, "measure periodStart periodEnd reportType"},
    Route{"POST", "/fhir/Measure/$evaluate-measure", Role::viewer,       Style::fhir,  Does::ask,    post_evaluation},
    Route{"GET",  "/fhir/Measure/{id}",            Role::viewer,         Style::fhir,  Does::answer, get_measure},
    Route{"GET",  "/fhir/Measure/{id}/$evaluate-measure", Role::viewer,  Style::fhir,  Does::work,   get_evaluation, "periodStart periodEnd reportType"},
    Route{"POST", "/fhir/Measure/{id}/$evaluate-measure", Role::viewer,  Style::fhir,  Does::ask,    post_evaluation},
    Route{"GET",  "/fhir/MeasureReport",           Role::viewer,         Style::fhir,  Does::answer, get_measure_report, "measure period"},
    Route{"POST", "/api/v1/messages",              Role::sender,         Style::api,   Does::intake, none, "format"},
    Route{"GET",  "/api/v1/messages",              Role::viewer,         Style::api,   Does::answer, get_messages, "system type status before limit"},
    Route{"GET",  "/api/v1/messages/{id}",         Role::viewer,         Style::api,   Does::answer, get_message},
    Route{"GET",  "/api/v1/messages/{id}/content", Role::content_viewer, Style::api,   Does::answer, get_message_content},
    Route{"GET",  "/api/v1/messages/{id}/explain", Role::content_viewer, Style::api,   Does::work,   get_message_explanation, "indicator"},
    Route{"GET",  "/api/v1/contributions/{id}",    Role::content_viewer, Style::api,   Does::work,   get_contribution},
    Route{"GET",  "/api/v1/goals",                 Role::viewer,         Style::api,   Does::answer, get_goals},
    Route{"GET",  "/api/v1/goals/{id}",            Role::viewer,         Style::api,   Does::answer, get_goal},
    Route{"GET",  "/api/v1/indicators",            Role::viewer,         Style::api,   Does::answer, get_indicators},
    Route{"GET",  "/api/v1/indicators/{id}",       Role::viewer,         Style::api,   Does::answer, get_indicator, "period by from to as-known-on version revisions exact chart baseline standardise standard"},
    Route{"GET",  "/api/v1/indicators/{id}/explain", Role::content_viewer, Style::api, Does::work,   get_cell_explanation, "at version by group limit after"},
    Route{"GET",  "/api/v1/signals",               Role::viewer,         Style::api,   Does::answer, get_signals, "kind limit"},
    Route{"GET",  "/api/v1/open",                  Role::viewer,         Style::api,   Does::answer, get_open, "watch limit"},
    Route{"GET",  "/api/v1/systems",               Role::viewer,         Style::api,   Does::answer, get_systems},
    Route{"GET",  "/api/v1/balance",               Role::viewer,         Style::api,   Does::answer, get_balance},
    Route{"GET",  "/api/v1/journal",               Role::viewer,         Style::api,   Does::answer, get_journal},
    Route{"GET",  "/api/v1/quarantine",            Role::operator_,      Style::api,   Does::answer, get_quarantine, "limit"},
    Route{"POST", "/api/v1/quarantine/{id}/retry", Role::operator_,      Style::api,   Does::work,   post_retry},
    Route{"POST", "/api/v1/quarantine/{id}/discard", Role::operator_,    Style::api,   Does::work,   post_discard},
    Route{"POST", "/api/v1/recompute",             Role::operator_,      Style::api,   Does::work,   post_recompute},
    Route{"GET",  "/api/v1/live",                  Role::viewer,         Style::api,   Does::live,   none},
    Route{"GET",  "/api/v1/openapi.json",          Role::anyone,         Style::api,   Does::answer, get_openapi},
    Route{"GET",  "/*",                            Role::anyone,         Style::plain, Does::answer, get_asset},
};

/// Matches one segment-wise pattern; `id` gets what stood for {id}.
bool fits(std::string_view pattern, std::string_view path, std::string& id)
{
    if (pattern == "/*") return !path.starts_with("/api/") && !path.starts_with("/fhir");
    const auto brace = pattern.find("{id}");
    if (brace == pattern.npos) return pattern == path;
    const auto before = pattern.substr(0, brace), after = pattern.substr(brace + 4);
    if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after)) return false;
    const auto middle = path.substr(before.size(), path.size() - before.size() - after.size());
    if (middle.find('/') != middle.npos) return false;
    id = middle;
    return true;
}

std::optional<std::string> unescape(std::string_view text, bool form)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (form && c == '+') {
            c = ' ';
        }
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
        out += c;
    }
    return out;
}

} // namespace

std::span<const Route> routes() { return table; }

std::string_view Call::parameter(std::string_view name) const
{
    const auto found = query.find(name);
    return found == query.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::size_t> Call::limit(std::size_t otherwise, std::size_t most) const
{
    const auto text = parameter("limit");
    if (text.empty()) return otherwise;
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && number > 0 && number <= most ? std::optional(number) : std::nullopt;
}

std::optional<bool> Call::flag(std::string_view name) const
{
    const auto text = parameter(name);
    if (text == "true") return true;
    return text.empty() || text == "false" ? std::optional(false) : std::nullopt;
}

std::string wrong_parameter(const Route& route, const Call& call, const std::string& twice)
{
    if (!twice.empty() && route.pattern != "/*") return "'" + twice + "' is given twice";
    if (route.style != Style::api) return {};
    std::vector<std::string_view> known;
    for (auto rest = route.parameters; !rest.empty();) {
        const auto end = std::min(rest.find(' '), rest.size());
        known.push_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    for (const auto& [name, value] : call.query) {
        if (std::ranges::find(known, name) != known.end()) continue;
        const auto near = nearest(name, known);
        const std::string others = known.empty() ? "; there is none" : "; there are " + std::string(route.parameters);
        return "'" + name + "' is not a parameter here" + (near.empty() ? others : "; did you mean '" + std::string(near) + "'?");
    }
    return {};
}

Style style_of(std::string_view path)
{
    return path.starts_with("/fhir") ? Style::fhir : path.starts_with("/api/") ? Style::api : path == "/vans" ? Style::vans : Style::plain;
}

Match match(std::string_view method, std::string_view path)
{
    Match found;
    for (const auto& row : table) {
        std::string id;
        if (!fits(row.pattern, path, id)) continue;
        if (row.pattern == "/*" && !found.allowed.empty()) break; // the pages do not answer for a path that another row owns
        if (row.method == method || (method == "HEAD" && row.method == "GET" && row.does == Does::answer)) {
            found.route = &row;
            found.id = std::move(id);
            return found;
        }
        if (!found.allowed.empty()) found.allowed += ", ";
        found.allowed += row.method;
    }
    return found;
}

std::optional<Target> parse_target(std::string_view target)
{
    if (target.empty() || target.front() != '/' || target.size() > target_length_max) return std::nullopt;
    const auto question = target.find('?');
    auto path = unescape(target.substr(0, question), false);
    if (!path) return std::nullopt;
    Target out{std::move(*path), {}, {}};
    if (out.path.find("..") != out.path.npos || out.path.find('\\') != out.path.npos) return std::nullopt;
    auto rest = question == target.npos ? std::string_view() : target.substr(question + 1);
    while (!rest.empty()) {
        const auto ampersand = rest.find('&');
        const auto pair = rest.substr(0, ampersand);
        const auto equals = pair.find('=');
        auto name = unescape(pair.substr(0, equals), true);
        auto value = unescape(equals == pair.npos ? std::string_view() : pair.substr(equals + 1), true);
        if (!name || !value) return std::nullopt;
        if (!name->empty() && !out.query.try_emplace(*name, std::move(*value)).second) out.twice = std::move(*name);
        rest = ampersand == rest.npos ? std::string_view() : rest.substr(ampersand + 1);
    }
    return out;
}

} // namespace sluse::serve
