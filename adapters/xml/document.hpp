// adapters/xml/document.hpp — the one way XML is read: no DTD, no entities but XML's own five, nothing fetched, bounded depth and size.
#pragma once

#include "adapters/xml/node.hpp"
#include "gateway/base/result.hpp"

#include <cstddef>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::xml {

/// A handle to an element; false when there is none, and then every question has an empty answer. Valid while its Document lives.
class Element {
public:
    Element() = default;
    explicit Element(const Node* node) : node_(node) {}
    explicit operator bool() const { return node_ != nullptr; }
    bool operator==(const Element&) const = default;

    /// Without its prefix: "Emessage".
    std::string_view name() const { return node_ ? node_->local() : std::string_view(); }
    /// The namespace that its prefix, or the default declaration in scope, stands for; empty: none.
    std::string_view space() const;
    /// Surely the one of its parent: it declares none, and neither name has a prefix. False only says that space() must be asked.
    bool shares_space() const
    {
        return node_ && node_->parent && node_->prefix == 0 && node_->parent->prefix == 0 && (node_->attribute_count == 0 || !declares_default());
    }
    /// The first run of text directly inside, blanks trimmed; "" when there is none.
    std::string_view text() const;
    /// Value of an attribute by its local name; "" when absent or empty. Namespace declarations are not attributes.
    std::string_view attribute(std::string_view name) const
    {
        const auto* found = find_attribute(name);
        return found ? found->value : std::string_view();
    }
    bool has_attribute(std::string_view name) const { return find_attribute(name) != nullptr; }
    /// First child element of that local name; of any name when empty.
    Element child(std::string_view name = {}) const { return node_ ? from(node_->first, name) : Element(); }
    /// Descendant by local names: "Letter/Authorisation/Date".
    Element at(std::string_view path) const;
    /// Next sibling element of that local name; of any name when empty.
    Element next(std::string_view name = {}) const { return node_ ? from(node_->next, name) : Element(); }
    Element parent() const { return Element(node_ ? node_->parent : nullptr); }
    /// "Emessage/DischargeLetter/Diagnosis[2]/Code": what a sender's own XPath tools find, namespaces left out.
    std::string path() const;
    /// The element as XML again, with the namespace it is in declared, or `otherwise` when it is in none (FHIR's narrative).
    std::string xml(std::string_view otherwise = {}) const;

    bool has_attributes() const { return node_ && node_->attribute_count; }
    /// Calls use(name, value) for every attribute but namespace declarations.
    template <class Use> void each_attribute(Use&& use) const
    {
        if (!node_) return;
        for (const auto& a : node_->all_attributes())
            if (!declares_namespace(a.name)) use(local(a.name), a.value);
    }
    /// Calls text(std::string_view) and element(Element) for the content in document order: mixed content, blanks kept.
    template <class Text, class Inner> void each_part(Text&& text, Inner&& element) const
    {
        if (!node_) return;
        if (!node_->text.empty()) text(node_->text);
        for (const auto* n = node_->first; n; n = n->next) {
            if (n->is_run()) text(n->text);
            else element(Element(n));
            if (!n->tail.empty()) text(n->tail);
        }
    }
    /// Is there nothing in it but, perhaps, one run of text?
    bool is_leaf() const { return !node_ || !node_->first; }
    /// That run as it stands.
    std::string_view leading_text() const { return node_ ? node_->text : std::string_view(); }

    class Iterator;
    /// Child elements: `for (const auto child : element)`.
    Iterator begin() const;
    Iterator end() const;

private:
    friend class Document;
    static std::string_view local(std::string_view name)
    {
        const auto colon = name.find(':');
        return colon == name.npos ? name : name.substr(colon + 1);
    }
    static bool declares_namespace(std::string_view attribute) { return attribute.starts_with("xmlns") && (attribute.size() == 5 || attribute[5] == ':'); }
    static Element from(const Node* node, std::string_view name)
    {
        while (node && (node->is_run() || (!name.empty() && node->local() != name))) node = node->next;
        return Element(node);
    }
    bool declares_default() const;
    const Attribute* find_attribute(std::string_view name) const
    {
        if (!node_) return nullptr;
        for (const auto& a : node_->all_attributes()) {
            if (a.name.size() < name.size() || !a.name.ends_with(name) || declares_namespace(a.name)) continue;
            if (a.name.size() == name.size() || local(a.name) == name) return &a;
        }
        return nullptr;
    }

    const Node* node_{};
};

class Element::Iterator {
public:
    using value_type = Element;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(Element at) : at_(at) {}
    Element operator*() const { return at_; }
    Iterator& operator++()
    {
        at_ = at_.next();
        return *this;
    }
    Iterator operator++(int)
    {
        auto was = *this;
        ++*this;
        return was;
    }
    bool operator==(const Iterator&) const = default;

private:
    Element at_;
};
inline Element::Iterator Element::begin() const { return Iterator(child()); }
inline Element::Iterator Element::end() const { return {}; }

struct Limits {
    std::size_t bytes{128 << 20}; ///< MedCom allows 100 MB in one message
    unsigned depth{200};          ///< CDA's deepest real document has some 30
    std::size_t nodes{2'000'000}; ///< elements; a letter has some hundred
};

/// A well-formed document with one root element.
class Document {
public:
    /// Decodes by byte order mark or declaration (UTF-8, UTF-16, ISO 8859-x, windows-1252 …; none: UTF-8), and parses. A refusal is an Issue
    /// whose path is "line L, column C"; the text says what to change.
    struct Parsed;
    static Parsed parse(std::string_view bytes, const Limits& limits = {});
    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    ~Document();

    Element root() const;
    /// Takes out the elements whose namespace is none of `ours`, with all that is in them; each one's path and namespace, in their order.
    struct Foreign {
        std::string path, space;
    };
    std::vector<Foreign> take_out(std::span<const std::string_view> ours);
    /// "line 12, column 3" of where an element of a document that was read begins.
    std::string place(Element element) const;
    /// As declared, in ICU's spelling; "UTF-8" when nothing was.
    const std::string& charset() const;

private:
    friend class Builder;
    struct Held;
    explicit Document(std::unique_ptr<Held> held);
    std::unique_ptr<Held> held_;
};

/// A document, or why there is none.
struct Document::Parsed {
    std::unique_ptr<Document> document;
    Issue issue;
    explicit operator bool() const { return document != nullptr; }
};

/// Appends `text` with &, <, >, " as references, and control characters that XML 1.0 cannot hold left out.
void append_escaped(std::string& out, std::string_view text);

/// Could these bytes be XML? The first visible character is '<' (after a byte order mark, in UTF-8 or UTF-16).
bool looks_like_xml(std::string_view bytes);
/// Local name and namespace of the root, read from the first bytes without parsing the rest; empty when they cannot be found there.
struct RootName {
    std::string name, space;
};
RootName peek_root(std::string_view bytes);

} // namespace sluse::xml
