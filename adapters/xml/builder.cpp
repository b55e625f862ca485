// adapters/xml/builder.cpp — nodes and text made without reading any.
#include "adapters/xml/builder.hpp"

#include "adapters/xml/parse.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace sluse::xml {

Builder::Builder(std::size_t expected) : held_(std::make_unique<Document::Held>())
{
    held_->arena.emplace(expected);
}

Builder::~Builder() = default;

void Builder::open(std::string_view name, std::string_view space)
{
    auto& node = cursor_.open(name, *held_->arena);
    if (!held_->root) held_->root = &node;
    const Attribute declaration{"xmlns", space};
    if (!space.empty()) held_->arena->attributes(node, {&declaration, 1});
}

bool holds_control(std::string_view text)
{
    // Eight bytes at once: a byte below 0x20 borrows into its highest bit. Tabs and line ends among them are looked at again.
    std::uint64_t below = 0;
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        std::uint64_t word;
        std::memcpy(&word, text.data() + i, 8);
        below |= (word - 0x2020202020202020u) & ~word & 0x8080808080808080u;
    }
    for (; i < text.size(); ++i) below |= static_cast<unsigned char>(text.data()[i]) < 0x20;
    return below && std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n'; });
}

bool put_markup(Node& node, std::string_view xml, Arena& arena)
{
    const Limits limits;
    auto* const after = std::exchange(node.first, nullptr);
    Cursor cursor{&node, nullptr};
    const bool good = parse_content(arena.copy(xml), {limits.depth, limits.nodes}, arena, cursor);
    (cursor.previous ? cursor.previous->next : node.first) = after;
    return good;
}

void Builder::text(std::string_view utf8)
{
    if (holds_control(utf8)) {
        std::string escaped;
        append_escaped(escaped, utf8);
        markup(escaped);
        return;
    }
    if (utf8.empty()) return;
    cursor_.text(held_->arena->copy(utf8), *held_->arena);
}

bool Builder::markup(std::string_view xml)
{
    const Limits limits;
    return parse_content(held_->arena->copy(xml), {limits.depth, limits.nodes}, *held_->arena, cursor_);
}

void Builder::adopt(Node& element)
{
    element.parent = cursor_.within;
    cursor_.put(element);
}

std::unique_ptr<Document> Builder::finish()
{
    if (!held_->root) return nullptr;
    return std::unique_ptr<Document>(new Document(std::move(held_)));
}

void Writer::open(std::string_view name, std::string_view space)
{
    (out_ += '<') += name;
    if (!space.empty()) {
        out_ += " xmlns=\"";
        append_escaped(out_, space);
        out_ += '"';
    }
    out_ += '>';
}

} // namespace sluse::xml
