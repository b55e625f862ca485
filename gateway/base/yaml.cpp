// gateway/base/yaml.cpp — the strict YAML reader: known keys, edit distance for hints, messages with file and line.
#include "gateway/base/yaml.hpp"

#include "gateway/base/files.hpp"
#include "gateway/base/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

namespace sluse::yaml {
namespace {

template <class Names> std::string hint(std::string_view name, const Names& known)
{
    const auto near = sluse::nearest(name, known);
    return near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near);
}

template <class Number> std::optional<Number> parse_number(const std::string& text)
{
    Number value{};
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{} || end != text.data() + text.size()) return {};
    return value;
}

constexpr std::size_t nodes_max = 1'000'000; ///< aliases of aliases unfold into more than any memory holds

/// False, and an error, where a key is no word or the document has no end: whoever reads it may then take keys as text.
bool check_keys(const YAML::Node& node, const Place& place, std::size_t& nodes)
{
    if (++nodes > nodes_max) return place.error(node, fmt::format("more than {} values: aliases of aliases?", nodes_max)), false;
    if (node.IsSequence()) return std::ranges::all_of(node, [&](const YAML::Node& item) { return check_keys(item, place, nodes); });
    if (!node.IsMap()) return true;
    for (const auto& member : node) {
        if (!member.first.IsScalar()) return place.error(member.first, "a key must be a word"), false;
        if (!check_keys(member.second, place, nodes)) return false;
    }
    return true;
}

} // namespace

std::string said(const YAML::Node& node)
{
    YAML::Emitter out;
    out.SetMapFormat(YAML::Flow);
    out.SetSeqFormat(YAML::Flow);
    out << node;
    std::string text(out.c_str(), out.size());
    std::ranges::replace(text, '\n', ' '); // the emitter breaks long lines
    return text;
}

void Place::error(const YAML::Node& at, std::string text) const
{
    const auto mark = at.IsDefined() ? at.Mark() : YAML::Mark::null_mark();
    const auto path = mark.is_null() ? file : fmt::format("{}:{}", file, mark.line + 1);
    issues->push_back({Severity::error, IssueKind::wrong_type, path, std::move(text)});
}

Section::Section(YAML::Node node, const Place& place) : node_(std::move(node)), place_(&place)
{
    if (node_.IsDefined() && !node_.IsMap()) place_->error(node_, "must be a mapping of keys to values");
    if (!node_.IsMap()) return;
    std::vector<std::string> seen;
    for (const auto& member : node_) {
        const auto key = member.first.as<std::string>();
        if (std::ranges::find(seen, key) != seen.end()) place_->error(member.first, fmt::format("'{}' is there twice", key));
        seen.push_back(key);
    }
}

YAML::Node Section::raw(std::string_view key)
{
    asked_.push_back(key);
    if (!node_.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
    const auto& constant = node_; // operator[] on a const node does not insert
    auto found = constant[std::string(key)];
    return found.IsDefined() ? found : YAML::Node(YAML::NodeType::Undefined); // yaml-cpp's own "not found" throws when touched
}

YAML::Node Section::need(std::string_view key)
{
    auto node = raw(key);
    if (!node.IsDefined() && node_.IsMap()) error(fmt::format("'{}' is missing", key));
    return node;
}

std::string Section::text(std::string_view key, std::string fallback)
{
    const auto node = raw(key);
    if (!node.IsDefined()) return fallback;
    if (!node.IsScalar()) {
        place_->error(node, fmt::format("'{}' must be text", key));
        return fallback;
    }
    return node.Scalar();
}

std::string Section::need_text(std::string_view key)
{
    need(key);
    return text(key);
}

std::optional<std::int64_t> Section::number(std::string_view key)
{
    const auto node = raw(key);
    if (!node.IsDefined()) return {};
    const auto value = node.IsScalar() ? parse_number<std::int64_t>(node.Scalar()) : std::nullopt;
    if (!value) place_->error(node, fmt::format("'{}' must be a whole number", key));
    return value;
}

std::optional<double> Section::real(std::string_view key)
{
    const auto node = raw(key);
    if (!node.IsDefined()) return {};
    const auto value = node.IsScalar() ? parse_number<double>(node.Scalar()) : std::nullopt;
    if (!value) place_->error(node, fmt::format("'{}' must be a number", key));
    return value;
}

std::optional<bool> Section::flag(std::string_view key)
{
    const auto node = raw(key);
    if (!node.IsDefined()) return {};
    if (node.IsScalar() && (node.Scalar() == "true" || node.Scalar() == "false")) return node.Scalar() == "true";
    place_->error(node, fmt::format("'{}' must be true or false", key));
    return {};
}

std::vector<std::string> Section::words(std::string_view key)
{
    const auto node = raw(key);
    std::vector<std::string> out;
    if (!node.IsDefined()) return out;
    if (node.IsScalar()) return {node.Scalar()};
    if (!node.IsSequence()) {
        place_->error(node, fmt::format("'{}' must be a word or a list of words", key));
        return out;
    }
    for (const auto& item : node) {
        if (item.IsScalar()) out.push_back(item.Scalar());
        else place_->error(item, fmt::format("'{}' must be a list of words", key));
    }
    return out;
}

std::optional<std::size_t> Section::choice(std::string_view key, std::initializer_list<std::string_view> allowed)
{
    const auto node = raw(key);
    if (!node.IsDefined()) return {};
    const auto value = node.IsScalar() ? node.Scalar() : std::string();
    const auto found = std::ranges::find(allowed, value);
    if (found != allowed.end()) return static_cast<std::size_t>(found - allowed.begin());
    place_->error(node, fmt::format("'{}' cannot be '{}', only {}{}", key, value, fmt::join(allowed, ", "),
                                    hint(value, allowed)));
    return {};
}

Section Section::section(std::string_view key)
{
    return Section(raw(key), *place_);
}

void Section::error(std::string_view key, std::string text)
{
    const auto node = raw(key);
    place_->error(node.IsDefined() ? node : node_, std::move(text));
}

void Section::done()
{
    if (!node_.IsMap()) return;
    for (const auto& member : node_) {
        const auto key = member.first.as<std::string>();
        if (std::ranges::find(asked_, key) != asked_.end()) continue;
        place_->error(member.first, fmt::format("'{}' is not a key here{}", key, hint(key, asked_)));
    }
}

YAML::Node parse_text(const std::string& text, const Place& place)
{
    try {
        const auto node = YAML::Load(text);
        std::size_t nodes = 0;
        return check_keys(node, place, nodes) ? node : YAML::Node(YAML::NodeType::Undefined);
    } catch (const YAML::Exception& e) {
        const auto path = e.mark.is_null() ? place.file : fmt::format("{}:{}", place.file, e.mark.line + 1);
        place.issues->push_back({Severity::error, IssueKind::wrong_type, path, e.msg});
        return YAML::Node(YAML::NodeType::Undefined);
    }
}

YAML::Node parse_file(const std::filesystem::path& path, const Place& place)
{
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) {
        place.issues->push_back({Severity::error, IssueKind::wrong_type, place.file, "cannot be read"});
        return YAML::Node(YAML::NodeType::Undefined);
    }
    return parse_text(text.str(), place);
}

void each_file(const std::filesystem::path& folder, Issues& issues, const std::function<void(const YAML::Node& root, const Place& place)>& use)
{
    for (const auto& file : files_in(folder, ".yaml")) {
        const Place place{(folder.filename() / file.filename()).string(), &issues};
        if (const auto root = parse_file(file, place); root.IsDefined()) use(root, place);
    }
}

} // namespace sluse::yaml
