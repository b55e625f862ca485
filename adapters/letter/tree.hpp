// adapters/letter/tree.hpp — a letter as elements being put together; children keep schema order whatever order they come in.
#pragma once

#include "adapters/letter/outline.hpp"

#include <string>
#include <vector>

namespace sluse::letter {

using NodeId = std::uint32_t;
constexpr NodeId no_node = 0xffffffff;

class Tree {
public:
    explicit Tree(const Outline& outline);
    Tree(Tree&&) = default;
    ~Tree();

    /// A new element under `parent`, after its equals and before those that come later in the schema.
    NodeId add(NodeId parent, ElementId element);
    /// The element that is being filled: the last of its kind under the last of its parent's kind; no_node when there is none.
    NodeId last(ElementId element) const;
    /// The same, made where there is none.
    NodeId at(ElementId element);
    /// A new one beside those there are.
    NodeId open(ElementId element);
    NodeId child(NodeId parent, ElementId element) const;
    /// The n-th of its kind under the last of its parent's kind, from 1.
    NodeId nth(ElementId element, unsigned n) const;
    /// Until unpin(), `node` is the one of its kind that is being filled.
    void pin(NodeId node)
    {
        pinned_ = node;
        in_order_ = false;
    }
    void unpin() { pinned_ = no_node; }
    bool has(ElementId element) const { return last(element) != no_node; }

    std::string& text(NodeId node) { return nodes_[node].text; }
    /// The text holds Break, Bold and the like as tags, its characters already escaped.
    void set_markup(NodeId node) { nodes_[node].markup = true; }

    /// The letter's elements, to a xml::Builder or xml::Writer; false when its markup is none.
    template <class Out> bool write(Out& out) const { return write(0, out); }
    std::size_t size() const { return size_; }

private:
    struct Node {
        ElementId element{};
        bool markup{};
        NodeId parent{no_node}, first{no_node}, last{no_node}, next{no_node};
        std::string text;
    };
    template <class Out> bool write(NodeId node, Out& out) const
    {
        const auto& n = nodes_[node];
        const auto& name = outline_[n.element].name;
        out.open(name);
        if (n.markup && !out.markup(n.text)) return false;
        if (!n.markup && !n.text.empty()) out.text(n.text);
        for (auto child = n.first; child != no_node; child = nodes_[child].next)
            if (!write(child, out)) return false;
        out.close(name);
        return true;
    }

    NodeId make(ElementId element, NodeId parent);
    /// The nodes of the letter before on this thread, with the room that their texts have.
    static std::vector<std::vector<Node>>& spare();

    const Outline& outline_;
    std::vector<Node> nodes_;       ///< those of earlier letters are used again
    std::size_t size_{};
    std::vector<NodeId> newest_;    ///< by element, the last that was added since an element around it was
    bool in_order_{true};           ///< nothing was pinned yet: the newest of a kind is the one that is being filled
    NodeId pinned_{no_node};
};

} // namespace sluse::letter
