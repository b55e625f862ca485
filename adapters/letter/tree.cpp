// adapters/letter/tree.cpp — inserting in schema order.
#include "adapters/letter/tree.hpp"

#include <algorithm>
#include <utility>

namespace sluse::letter {

namespace {

constexpr std::size_t kept_texts_max = 64, kept_text_max = 4'096;

} // namespace

Tree::Room& Tree::spare()
{
    thread_local Room room;
    return room;
}

inline Node& Tree::make(ElementId element, Node* parent)
{
    auto& node = arena_.make<Node>(outline_[element].name, parent);
    node.element = element;
    return node;
}

Tree::Tree(const Outline& outline, xml::Arena& arena)
    : outline_(outline), arena_(arena), newest_(std::move(spare().newest)), growing_(std::move(spare().growing))
{
    newest_.assign(outline.size(), nullptr);
    newest_.data()[0] = &make(0, nullptr);
}

Tree::~Tree()
{
    if (growing_.size() > kept_texts_max) growing_.resize(kept_texts_max);
    for (auto& one : growing_)
        if (one.text.capacity() > kept_text_max) one.text = {};
    spare() = {std::move(newest_), std::move(growing_)};
}

Node& Tree::add(Node& parent, ElementId element)
{
    auto& node = make(element, &parent);
    auto* const newest = std::exchange(newest_.data()[element], &node);
    std::fill(newest_.data() + element + 1, newest_.data() + outline_[element].end, nullptr);
    if (!parent.last || parent.last->element <= element) {
        (parent.last ? parent.last->next : parent.first) = &node;
        parent.last = &node;
        return node;
    }
    // Behind its equals at once: a letter may repeat one ten thousand times.
    xml::Node** link = newest && newest->parent == &parent ? &newest->next : &parent.first;
    while (static_cast<Node*>(*link)->element <= element) link = &(*link)->next;
    node.next = *link;
    *link = &node;
    return node;
}

Node* Tree::child(const Node& parent, ElementId element) const
{
    if (pinned_ && pinned_->element == element) return pinned_;
    auto* const newest = newest_.data()[element];
    if (in_order_ || (newest && newest->parent == &parent)) return newest;
    Node* found = nullptr;
    for (auto* n = parent.first_child(); n && n->element <= element; n = n->following())
        if (n->element == element) found = n;
    return found;
}

Node* Tree::nth(ElementId element, unsigned n) const
{
    const auto* parent = last(outline_[element].parent);
    for (auto* node = parent ? parent->first_child() : nullptr; node; node = node->following())
        if (node->element == element && --n == 0) return node;
    return nullptr;
}

Node* Tree::last(ElementId element) const
{
    if (in_order_ || element == 0) return newest_.data()[element];
    const auto* parent = last(outline_[element].parent);
    return parent ? child(*parent, element) : nullptr;
}

Node& Tree::find_or_make(ElementId element)
{
    auto& parent = at(outline_[element].parent);
    auto* const found = child(parent, element);
    return found ? *found : add(parent, element);
}

Node& Tree::open(ElementId element)
{
    return element == 0 ? *newest_.data()[0] : add(at(outline_[element].parent), element);
}

void Tree::set_copy(Node& node, std::string_view utf8)
{
    set(node, {});
    if (xml::holds_control(utf8)) growing(node, false) = utf8;
    else node.text = arena_.copy(utf8);
}

char* Tree::set_room(Node& node, std::size_t size)
{
    char* const room = arena_.text(size);
    set(node, {room, size});
    return room;
}

std::string& Tree::growing(Node& node, bool markup)
{
    if (!node.growing) {
        if (grown_ == growing_.size()) growing_.emplace_back();
        auto& made = growing_[grown_++];
        made.node = &node;
        made.text = node.text;
        made.markup = false;
        node.growing = static_cast<std::uint32_t>(grown_);
    }
    auto& one = growing_[node.growing - 1];
    one.markup = one.markup || markup;
    return one.text;
}

/// Into its node, as content.
bool Tree::settle(Growing& one)
{
    if (!one.node) return true;
    one.node->text = {};
    if (one.markup) return xml::put_markup(*one.node, one.text, arena_);
    if (!xml::holds_control(one.text)) {
        one.node->text = arena_.copy(one.text);
        return true;
    }
    std::string escaped;
    xml::append_escaped(escaped, one.text);
    return xml::put_markup(*one.node, escaped, arena_);
}

std::vector<std::pair<const Node*, ElementId>> Tree::lacking() const
{
    std::vector<std::pair<const Node*, ElementId>> out;
    find_lacking(*newest_.data()[0], out);
    std::erase_if(out, [&](const auto& one) { return outline_[one.second].parent == 0 && outline_[one.second].name == "Patient"; });
    return out;
}

/// Children stand in schema order, as those of the outline do.
void Tree::find_lacking(const Node& node, std::vector<std::pair<const Node*, ElementId>>& out) const
{
    const auto* child = node.first_child();
    for (const auto id : outline_[node.element].children) {
        while (child && child->element < id) child = child->following();
        if (outline_[id].needed && !(child && child->element == id)) out.emplace_back(&node, id);
        for (; child && child->element == id; child = child->following())
            if (!outline_[id].children.empty()) find_lacking(*child, out);
    }
}

bool Tree::write(xml::Builder& out)
{
    for (std::size_t i = 0; i < grown_; ++i)
        if (!settle(growing_[i])) return false;
    out.adopt(*newest_.data()[0]);
    return true;
}

bool Tree::write(xml::Writer& out)
{
    write(*newest_.data()[0], out);
    return true;
}

void Tree::write(const Node& node, xml::Writer& out) const
{
    out.open(node.name);
    const auto* const grown = node.growing ? &growing_[node.growing - 1] : nullptr;
    if (grown && grown->markup) out.markup(grown->text);
    else if (const std::string_view text = grown ? std::string_view(grown->text) : node.text; !text.empty()) out.text(text);
    for (const auto* child = node.first_child(); child; child = child->following())
        if (!outline_[child->element].beyond) write(*child, out);
    out.close(node.name);
}

} // namespace sluse::letter
