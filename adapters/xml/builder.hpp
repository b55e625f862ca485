// adapters/xml/builder.hpp — a document put together element by element: as a tree, or as text. Both take the same calls.
#pragma once

#include "adapters/xml/document.hpp"
#include "adapters/xml/held.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sluse::xml {

/// Is there a character that XML has no place for?
bool holds_control(std::string_view text);
/// Text with tags and references in it below `node`, before what is there; false when it is not well-formed.
bool put_markup(Node& node, std::string_view xml, Arena& arena);

/// Makes a Document, as if what Writer writes had been read. Names and namespaces are viewed and must outlive it; texts are copied.
class Builder {
public:
    /// `expected`: about how many bytes of nodes and text.
    explicit Builder(std::size_t expected);
    ~Builder();
    /// An element in `space`, which is declared on it when it is given.
    void open(std::string_view name, std::string_view space = {});
    void close(std::string_view = {}) { cursor_.close(); }
    /// UTF-8; control characters that XML does not have are left out.
    void text(std::string_view utf8);
    /// Text with tags and references in it, well-formed; false, and nothing more is added, when it is not.
    bool markup(std::string_view xml);
    /// What the document is made of, for elements that are put together elsewhere.
    Arena& arena() { return *held_->arena; }
    /// Such an element, with all below it; it lies in arena().
    void adopt(Node& element);
    /// The document, when an element was opened; once.
    std::unique_ptr<Document> finish();

private:
    std::unique_ptr<Document::Held> held_;
    Cursor cursor_;
};

/// Writes XML, all on one line.
class Writer {
public:
    explicit Writer(std::string& out) : out_(out) {}
    void open(std::string_view name, std::string_view space = {});
    void close(std::string_view name) { ((out_ += "</") += name) += '>'; }
    void text(std::string_view utf8) { append_escaped(out_, utf8); }
    bool markup(std::string_view xml)
    {
        out_ += xml;
        return true;
    }

private:
    std::string& out_;
};

} // namespace sluse::xml
