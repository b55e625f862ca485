// adapters/xml/schema.hpp — how often elements stand and which attributes they have, as a table of schemas/*/ counts them.
#pragma once

#include "adapters/xml/document.hpp"

#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluse::xml {

/// Rows "element<tab>attributes<tab>children". An attribute may say its values, name=a,b. A child's sign: ! one, ? at most one, + one or more,
/// * any number; a|b! is one of them. An element goes by its name, or by parent/name where two of one name differ.
class Schema {
public:
    /// `table` and `spaces` must outlive it. Elements of other namespaces than `spaces` are not counted.
    Schema(std::string_view table, std::vector<std::string_view> spaces);

    struct Rule;
    /// Null: what such an element holds is not looked into.
    const Rule* find(std::string_view parent, std::string_view name) const;
    bool counts(Element element) const;
    /// Appends what is wrong with this element's own children and attributes.
    void check(Element element, const Rule& rule, Issues& issues) const;
    /// The same of `root` and all below it that have a rule.
    void check(Element root, Issues& issues) const;

    struct Attribute {
        std::string_view name, values; ///< separated by commas; empty: any
    };
    struct Child {
        std::vector<std::string_view> names; ///< one of them
        bool needed{}, once{};
    };
    struct Rule {
        std::vector<Attribute> attributes;
        std::vector<Child> children;
    };

private:
    void below(Element element, const Rule& rule, Issues& issues) const;

    std::unordered_map<std::string_view, Rule> rules_;
    std::vector<std::string_view> spaces_;
};

} // namespace sluse::xml
