// adapters/xml/held.hpp — what a Document owns; for those who make documents.
#pragma once

#include "adapters/xml/document.hpp"

#include <optional>
#include <string>

namespace sluse::xml {

struct Document::Held {
    std::string text, charset{"UTF-8"};
    std::optional<Arena> arena;
    Node* root{};
};

} // namespace sluse::xml
