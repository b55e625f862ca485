// adapters/xml/document.hpp — the one way XML is read: no DTD, no entities but XML's own five, nothing fetched, bounded depth and size.
#pragma once

#include "gateway/base/result.hpp"

#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

namespace pugi {
struct xml_node_struct;
}

namespace sluse::xml {

/// A handle to an element; false when there is none, and then every question has an empty answer. Valid while its Document lives.
class Element {
public:
    Element() = default;
    explicit Element(pugi::xml_node_struct* node) : node_(node) {}
    explicit operator bool() const { return node_ != nullptr; }
    bool operator==(const Element&) const = default;

    /// Without its prefix: "Emessage".
    std::string_view name() const;
    /// The namespace that its prefix, or the default declaration in scope, stands for; empty: none.
    std::string_view space() const;
    /// The first run of text directly inside, blanks trimmed; "" when there is none.
    std::string_view text() const;
    /// Value of an attribute by its local name; "" when absent or empty. Namespace declarations are not attributes.
    std::string_view attribute(std::string_view name) const;
    bool has_attribute(std::string_view name) const;
    /// First child element of that local name; of any name when empty.
    Element child(std::string_view name = {}) const;
    /// Descendant by local names: "Letter/Authorisation/Date".
    Element at(std::string_view path) const;
    /// Next sibling element of that local name; of any name when empty.
    Element next(std::string_view name = {}) const;
    Element parent() const;
    /// Where it begins, in bytes of the document's UTF-8 text.
    std::size_t offset() const;
    /// "Emessage/DischargeLetter/Diagnosis[2]/Code": what a sender's own XPath tools find, namespaces left out.
    std::string path() const;
    /// The element as XML again, with the namespace it is in declared (FHIR's narrative).
    std::string xml() const;

    /// Calls use(name, value) for every attribute but namespace declarations.
    template <class Use> void each_attribute(Use&& use) const
    {
        for (auto a = first_attribute(); a.more; a = next_attribute(a)) use(a.name, a.value);
    }
    /// Calls text(std::string_view) and element(Element) for the content in document order: mixed content, blanks kept.
    template <class Text, class Inner> void each_part(Text&& text, Inner&& element) const
    {
        for (auto p = first_part(); p.at; p = next_part(p)) {
            if (p.is_text) text(p.text);
            else element(Element(p.at));
        }
    }

    class Iterator;
    /// Child elements: `for (const auto child : element)`.
    Iterator begin() const;
    Iterator end() const;

private:
    struct Attribute {
        bool more{};
        void* at{};
        std::string_view name, value;
    };
    struct Part {
        pugi::xml_node_struct* at{};
        bool is_text{};
        std::string_view text;
    };
    Attribute first_attribute() const;
    static Attribute next_attribute(const Attribute& attribute);
    static Attribute attribute_at(void* attribute);
    Part first_part() const;
    static Part next_part(const Part& part);
    static Part part_at(pugi::xml_node_struct* node);

    pugi::xml_node_struct* node_{};
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
    /// "line 12, column 3" of a byte of the UTF-8 text.
    std::string place(std::size_t offset) const;
    /// As declared, in ICU's spelling; "UTF-8" when nothing was.
    const std::string& charset() const;

private:
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
