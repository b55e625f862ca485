// adapters/letter/tree.cpp — inserting in schema order.
#include "adapters/letter/tree.hpp"

#include <algorithm>

namespace sluse::letter {

namespace {

constexpr std::size_t kept_nodes_max = 4'096, kept_text_max = 4'096;

} // namespace

std::vector<std::vector<Tree::Node>>& Tree::spare()
{
    thread_local std::vector<std::vector<Node>> nodes;
    return nodes;
}

Tree::Tree(const Outline& outline) : outline_(outline), newest_(outline.size(), no_node)
{
    if (!spare().empty()) {
        nodes_ = std::move(spare().back());
        spare().pop_back();
    }
    newest_[0] = make(0, no_node);
}

Tree::~Tree()
{
    if (nodes_.empty() || !spare().empty()) return;
    if (nodes_.size() > kept_nodes_max) nodes_.resize(kept_nodes_max);
    for (std::size_t i = 0; i < std::min(size_, nodes_.size()); ++i)
        if (nodes_[i].text.capacity() > kept_text_max) nodes_[i].text = {};
    spare().push_back(std::move(nodes_));
}

NodeId Tree::make(ElementId element, NodeId parent)
{
    if (size_ == nodes_.size()) nodes_.emplace_back();
    auto& node = nodes_[size_];
    node.text.clear();
    node.element = element;
    node.markup = false;
    node.parent = parent;
    node.first = node.last = node.next = no_node;
    return static_cast<NodeId>(size_++);
}

NodeId Tree::add(NodeId parent, ElementId element)
{
    const auto id = make(element, parent);
    newest_[element] = id;
    std::fill(newest_.begin() + element + 1, newest_.begin() + outline_[element].end, no_node);
    auto& above = nodes_[parent];
    if (above.last == no_node || nodes_[above.last].element <= element) {
        (above.last == no_node ? above.first : nodes_[above.last].next) = id;
        above.last = id;
        return id;
    }
    auto* link = &above.first;
    while (nodes_[*link].element <= element) link = &nodes_[*link].next;
    nodes_[id].next = *link;
    *link = id;
    return id;
}

NodeId Tree::child(NodeId parent, ElementId element) const
{
    if (pinned_ != no_node && nodes_[pinned_].element == element) return pinned_;
    const auto newest = newest_[element];
    if (in_order_ || (newest != no_node && nodes_[newest].parent == parent)) return newest;
    auto found = no_node;
    for (auto n = nodes_[parent].first; n != no_node && nodes_[n].element <= element; n = nodes_[n].next)
        if (nodes_[n].element == element) found = n;
    return found;
}

NodeId Tree::nth(ElementId element, unsigned n) const
{
    const auto parent = last(outline_[element].parent);
    if (parent == no_node) return no_node;
    for (auto node = nodes_[parent].first; node != no_node; node = nodes_[node].next)
        if (nodes_[node].element == element && --n == 0) return node;
    return no_node;
}

NodeId Tree::last(ElementId element) const
{
    if (in_order_ || element == 0) return newest_[element];
    const auto parent = last(outline_[element].parent);
    return parent == no_node ? no_node : child(parent, element);
}

NodeId Tree::at(ElementId element)
{
    if (element == 0 || (in_order_ && newest_[element] != no_node)) return newest_[element];
    const auto parent = at(outline_[element].parent);
    const auto found = child(parent, element);
    return found == no_node ? add(parent, element) : found;
}

NodeId Tree::open(ElementId element)
{
    return element == 0 ? 0 : add(at(outline_[element].parent), element);
}

} // namespace sluse::letter
