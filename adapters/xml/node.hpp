// adapters/xml/node.hpp — what a document is made of: elements and runs of text in one arena, all of it views.
#pragma once

#include "gateway/base/copy.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace sluse::xml {

struct Attribute {
    std::string_view name, value;
};

/// An element, or (with no name) a run of text that has no other place.
struct Node {
    std::string_view name; ///< as written, with its prefix
    std::string_view text; ///< before the first child; of a run: the run
    std::string_view tail; ///< after the element's end tag, up to its next sibling
    Node* parent{};
    Node* first{};
    Node* next{};
    const Attribute* attributes{};
    std::uint32_t attribute_count{};
    std::uint32_t prefix{}; ///< how much of the name is the prefix and its colon

    bool is_run() const { return name.empty(); }
    std::string_view local() const { return name.substr(prefix); }
    std::span<const Attribute> all_attributes() const { return {attributes, attribute_count}; }
};

/// Owns nodes, attributes, and texts that stand nowhere as they are. Freed as a whole; nothing moves.
class Arena {
public:
    explicit Arena(std::size_t expected) : expected_(expected) {}

    Node& node(std::string_view name, Node* parent) { return make<Node>(name, parent); }
    /// A node with more in it than others have.
    template <class Special> Special& make(std::string_view name, Node* parent)
    {
        static_assert(std::is_base_of_v<Node, Special> && std::is_trivially_destructible_v<Special>);
        auto* made = new (allocate(sizeof(Special), alignof(Special))) Special{};
        made->name = name;
        made->parent = parent;
        ++nodes_;
        return *made;
    }
    void attributes(Node& node, std::span<const Attribute> all);
    std::string_view copy(std::string_view text)
    {
        char* const own = this->text(text.size());
        copy_short(own, text.data(), text.size());
        return {own, text.size()};
    }
    char* text(std::size_t size) { return static_cast<char*>(allocate(size, 1)); }
    std::size_t nodes() const { return nodes_; }

private:
    void* allocate(std::size_t size, std::size_t alignment)
    {
        const auto gap = -reinterpret_cast<std::uintptr_t>(at_) & (alignment - 1);
        if (static_cast<std::size_t>(end_ - at_) < size + gap || !at_) return in_new_block(size);
        auto* const out = at_ + gap;
        at_ = out + size;
        return out;
    }
    void* in_new_block(std::size_t size);

    std::vector<std::unique_ptr<char[]>> blocks_;
    char* at_{};
    char* end_{};
    std::size_t expected_{}; ///< the next block's size
    std::size_t nodes_{};
};

/// Where the next node or text goes: below `within`, after `previous`.
struct Cursor {
    Node* within{};
    Node* previous{};

    /// Opens an element and goes into it.
    Node& open(std::string_view name, Arena& arena)
    {
        auto& made = arena.node(name, within);
        link(made);
        within = &made;
        previous = nullptr;
        return made;
    }
    void close()
    {
        previous = within;
        within = within->parent;
    }
    /// Adds a run of text, which is not empty.
    void text(std::string_view run, Arena& arena)
    {
        auto& place = previous ? previous->tail : within->text;
        if (place.empty()) {
            place = run;
            return;
        }
        auto& made = arena.node({}, within);
        made.text = run;
        link(made);
        previous = &made;
    }

    /// An element that is whole.
    void put(Node& element)
    {
        link(element);
        previous = &element;
    }

private:
    void link(Node& made)
    {
        if (previous) previous->next = &made;
        else if (within) within->first = &made;
    }
};

} // namespace sluse::xml
