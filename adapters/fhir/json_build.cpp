// adapters/fhir/json_build.cpp — a table that is put together and not read.
#include "adapters/fhir/json.hpp"
#include "adapters/fhir/json_scan.hpp"

namespace sluse::fhir {

JsonBuilder::JsonBuilder(std::size_t expected, std::shared_ptr<const void> source)
{
    json_.nodes_.reserve(expected);
    json_.source_ = std::move(source);
}

void JsonBuilder::add(std::string_view name, std::string_view text, JsonKind kind, bool escaped)
{
    json_.nodes_.push_back({name, text, static_cast<std::uint32_t>(json_.nodes_.size() + 1), kind, escaped});
}

std::uint32_t JsonBuilder::open(std::string_view name, JsonKind kind)
{
    const auto node = static_cast<std::uint32_t>(json_.nodes_.size());
    add(name, {}, kind);
    ++depth_;
    return node;
}

void JsonBuilder::close(std::uint32_t node)
{
    json_.nodes_[node].next = static_cast<std::uint32_t>(json_.nodes_.size());
    --depth_;
}

void JsonBuilder::take_back(std::uint32_t node)
{
    json_.nodes_.resize(node);
}

void JsonBuilder::string(std::string_view name, std::string_view text)
{
    if (plain_json(text)) return add(name, text, JsonKind::string);
    auto& escaped = json_.texts_.emplace_front();
    append_json_string(text, escaped);
    add(name, std::string_view(escaped).substr(1, escaped.size() - 2), JsonKind::string, true);
}

void JsonBuilder::string(std::string_view name, std::string&& text)
{
    if (!plain_json(text)) return string(name, std::string_view(text));
    json_.texts_.push_front(std::move(text));
    add(name, json_.texts_.front(), JsonKind::string);
}

void JsonBuilder::literal(std::string_view name, std::string_view text, JsonKind kind)
{
    add(name, text, kind);
}

} // namespace sluse::fhir
