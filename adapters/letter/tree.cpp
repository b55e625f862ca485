// adapters/letter/tree.cpp — inserting in schema order.
#include "adapters/letter/tree.hpp"

namespace sluse::letter {

NodeId Tree::add(NodeId parent, ElementId element)
{
    const auto id = static_cast<NodeId>(nodes_.size());
    nodes_.emplace_back().element = element;
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
    if (element == 0) return 0;
    const auto parent = last(outline_[element].parent);
    return parent == no_node ? no_node : child(parent, element);
}

NodeId Tree::at(ElementId element)
{
    if (element == 0) return 0;
    const auto parent = at(outline_[element].parent);
    const auto found = child(parent, element);
    return found == no_node ? add(parent, element) : found;
}

NodeId Tree::open(ElementId element)
{
    return element == 0 ? 0 : add(at(outline_[element].parent), element);
}

} // namespace sluse::letter
