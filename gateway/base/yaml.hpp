// gateway/base/yaml.hpp — strict reading of YAML: every key is known or an error, every mistake is told with file, line and the nearest right name.
#pragma once

#include "gateway/base/result.hpp"

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::yaml {

/// Where mistakes go. All of them are collected, so that one run shows the lot.
struct Place {
    std::string file;
    Issues* issues{};
    void error(const YAML::Node& at, std::string text) const;
};

/// One mapping node. Keys are asked for by name; done() reports those that nobody asked for.
class Section {
public:
    Section(YAML::Node node, const Place& place);
    ~Section() = default;

    bool valid() const { return node_.IsMap(); }
    bool has(std::string_view key) { return bool(raw(key)); }
    /// The node under `key`, an undefined node when absent. Marks the key as known.
    YAML::Node raw(std::string_view key);
    YAML::Node need(std::string_view key);

    std::string text(std::string_view key, std::string fallback = {});
    std::string need_text(std::string_view key);
    std::optional<std::int64_t> number(std::string_view key);
    std::optional<double> real(std::string_view key);
    std::optional<bool> flag(std::string_view key);
    /// A scalar or a list of scalars.
    std::vector<std::string> words(std::string_view key);
    /// Position of the value in `allowed`; an error names the nearest. Empty when the key is absent or wrong.
    std::optional<std::size_t> choice(std::string_view key, std::initializer_list<std::string_view> allowed);
    /// Reads each item of a list of mappings, and reports the keys in it that nobody asked for. No list: none.
    template <class Read> void each(std::string_view key, Read read)
    {
        const auto list = raw(key);
        if (!list.IsDefined()) return;
        if (!list.IsSequence()) return error(key, "must be a list");
        for (const auto& node : list) {
            Section item(node, *place_);
            if (!item.valid()) continue;
            read(item);
            item.done();
        }
    }
    /// A nested mapping; not valid() when absent.
    Section section(std::string_view key);

    void error(std::string text) const { place_->error(node_, std::move(text)); }
    void error(std::string_view key, std::string text);
    /// Reports every key that was never asked for.
    void done();
    const Place& place() const { return *place_; }
    YAML::Node node() const { return node_; }

private:
    YAML::Node node_;
    const Place* place_;
    std::vector<std::string_view> asked_; ///< views of string literals at the call sites
};

/// A node as its file says it, on one line: "{of: admissions, acute: true}".
std::string said(const YAML::Node& node);

/// Parses one file; a syntax error is an issue and gives an undefined node.
YAML::Node parse_file(const std::filesystem::path& path, const Place& place);
YAML::Node parse_text(const std::string& text, const Place& place);
/// Every *.yaml of the folder that parses, by name; mistakes in it are told of "folder/file.yaml".
void each_file(const std::filesystem::path& folder, Issues& issues, const std::function<void(const YAML::Node& root, const Place& place)>& use);

} // namespace sluse::yaml
