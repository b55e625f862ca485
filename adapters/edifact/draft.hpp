// adapters/edifact/draft.hpp — one segment being put together, and an object's bytes.
#pragma once

#include "adapters/edifact/syntax.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluse::edifact {

/// A segment being put together: components by element, empty ones at the ends left out when it is written.
class Draft {
public:
    void put(unsigned element, unsigned component, std::string_view text)
    {
        if (elements_.size() < element) elements_.resize(element);
        auto& components = elements_[element - 1];
        if (components.size() < component) components.resize(component);
        components[component - 1] = text;
    }

    std::string_view text(unsigned element, unsigned component) const
    {
        if (element > elements_.size() || component > elements_[element - 1].size()) return {};
        return elements_[element - 1][component - 1];
    }

    void clear(unsigned element)
    {
        if (element <= elements_.size()) elements_[element - 1].clear();
    }

    /// Appends the segment, in the standard's own marks and ISO 8859-1.
    void write(std::string_view tag, std::string& out) const;

private:
    std::vector<std::vector<std::string>> elements_;
};

/// The bytes that Base64 text stands for; nothing when it is none.
std::optional<std::string> from_base64(std::string_view text);

} // namespace sluse::edifact
