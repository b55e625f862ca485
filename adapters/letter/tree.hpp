// adapters/letter/tree.hpp — a letter as elements being put together; children keep schema order whatever order they come in.
#pragma once

#include "adapters/letter/outline.hpp"
#include "adapters/xml/builder.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluse::letter {

/// An element of the letter, ready to be one of a document.
struct Node : xml::Node {
    ElementId element{};
    std::uint32_t growing{}; ///< which of the texts that are put together; 0: none
    Node* last{};            ///< child

    Node* first_child() const { return static_cast<Node*>(first); }
    Node* following() const { return static_cast<Node*>(next); }
};

class Tree {
public:
    /// Elements and texts go into the arena.
    Tree(const Outline& outline, xml::Arena& arena);
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;
    ~Tree();

    /// A new element under `parent`, after its equals and before those that come later in the schema.
    Node& add(Node& parent, ElementId element);
    /// The element that is being filled: the last of its kind under the last of its parent's kind; null when there is none.
    Node* last(ElementId element) const;
    /// The same, made where there is none.
    Node& at(ElementId element)
    {
        auto* const newest = newest_.data()[element];
        return newest && (in_order_ || element == 0) ? *newest : find_or_make(element);
    }
    /// A new one beside those there are.
    Node& open(ElementId element);
    /// The n-th of its kind under the last of its parent's kind, from 1.
    Node* nth(ElementId element, unsigned n) const;
    /// Until unpin(), `node` is the one of its kind that is being filled.
    void pin(Node& node)
    {
        pinned_ = &node;
        in_order_ = false;
    }
    void unpin() { pinned_ = nullptr; }
    bool has(ElementId element) const { return last(element) != nullptr; }

    /// The element's text, which outlives the document and holds no control characters.
    void set(Node& node, std::string_view lasting)
    {
        if (node.growing) growing_[std::exchange(node.growing, 0) - 1].node = nullptr;
        node.text = lasting;
    }
    std::string_view keep(std::string_view text) { return arena_.copy(text); }
    /// A text that goes away.
    void set_copy(Node& node, std::string_view utf8);
    /// Room for a text of this size, without control characters.
    char* set_room(Node& node, std::size_t size);
    /// A text that is put together of several, until the next one is asked for. `markup`: it holds Break, Bold and the like as tags,
    /// its characters already escaped.
    std::string& growing(Node& node, bool markup);

    const Outline& outline() const { return outline_; }
    /// What the schema needs and the letter has not, by the element that it is missing in; a patient is not asked for.
    std::vector<std::pair<const Node*, ElementId>> lacking() const;

    /// The letter's elements, once; false when its markup is none.
    bool write(xml::Builder& out);
    bool write(xml::Writer& out);

private:
    struct Growing {
        Node* node{};
        std::string text;
        bool markup{};
    };
    /// What the letter before on this thread made room for.
    struct Room {
        std::vector<Node*> newest;
        std::vector<Growing> growing;
    };
    static Room& spare();
    Node& make(ElementId element, Node* parent);
    Node& find_or_make(ElementId element);
    Node* child(const Node& parent, ElementId element) const;
    bool settle(Growing& text);
    void find_lacking(const Node& node, std::vector<std::pair<const Node*, ElementId>>& out) const;
    void write(const Node& node, xml::Writer& out) const;

    const Outline& outline_;
    xml::Arena& arena_;
    std::vector<Node*> newest_; ///< by element, the last that was added since an element around it was
    std::vector<Growing> growing_;
    std::size_t grown_{};       ///< of growing_; the others are room
    bool in_order_{true};       ///< nothing was pinned yet: the newest of a kind is the one that is being filled
    Node* pinned_{};
};

} // namespace sluse::letter
