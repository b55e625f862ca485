// gateway/normalise/elements.cpp — reads the element table; choices are unfolded to one entry per type.
#include "gateway/normalise/elements.hpp"

#include "gateway/base/files.hpp"
#include "gateway/base/text_tables.hpp"

#include <algorithm>
#include <optional>

namespace sluse {
namespace {

std::string child_type(std::string_view path, std::string_view type)
{
    if (type == "BackboneElement" || type == "Element") return std::string(path);
    return std::string(type.starts_with('#') ? type.substr(1) : type);
}

} // namespace

Primitive primitive_of(std::string_view type)
{
    struct Known {
        std::string_view type;
        Primitive primitive;
    };
    static constexpr Known known[] = {
        {"string",       Primitive::string   },
        {"markdown",     Primitive::string   },
        {"xhtml",        Primitive::string   },
        {"code",         Primitive::code     },
        {"id",           Primitive::code     },
        {"uri",          Primitive::uri      },
        {"url",          Primitive::uri      },
        {"canonical",    Primitive::uri      },
        {"oid",          Primitive::uri      },
        {"uuid",         Primitive::uri      },
        {"boolean",      Primitive::boolean  },
        {"integer",      Primitive::integer  },
        {"positiveInt",  Primitive::integer  },
        {"unsignedInt",  Primitive::integer  },
        {"decimal",      Primitive::decimal  },
        {"date",         Primitive::date     },
        {"dateTime",     Primitive::date_time},
        {"instant",      Primitive::instant  },
        {"time",         Primitive::time     },
        {"base64Binary", Primitive::base64   },
    };
    const auto* found = std::ranges::find(known, type, &Known::type);
    return found == std::end(known) ? Primitive::none : found->primitive;
}

Result<Elements> Elements::load(const std::filesystem::path& file)
{
    const auto text = bytes_of(file);
    if (text.empty()) return Fault{Errc::bad_config, file.string() + ": cannot be read or is empty"};
    Elements out;
    std::optional<Fault> bad;
    each_numbered_row(text, [&](std::size_t line, const std::vector<std::string_view>& cells) {
        const auto dot = cells[0].rfind('.');
        if (cells.size() != 4 || dot == std::string_view::npos) {
            bad = Fault{Errc::bad_config, file.string() + ':' + std::to_string(line) + ": is not path, min, max, types"};
            return;
        }
        const auto owner = cells[0].substr(0, dot), name = cells[0].substr(dot + 1);
        ElementRule element;
        element.repeats = cells[2] == "*";
        element.required = cells[1] != "0";
        const bool choice = name.ends_with("[x]");
        each_cell(cells[3], ',', [&](std::string_view type) {
            if (type.empty()) return;
            element.type = child_type(cells[0], type);
            element.primitive = primitive_of(type);
            element.name = name;
            if (choice) {
                element.choice = name.substr(0, name.size() - 3);
                element.name = element.choice + std::string(type);
                element.name[element.choice.size()] = static_cast<char>(element.name[element.choice.size()] & ~32);
            }
            out.by_type_[std::string(owner)].emplace(element.name, element);
        });
    });
    if (bad) return *bad;
    return out;
}

const ElementRule* Elements::find(std::string_view type, std::string_view name) const
{
    const auto children = by_type_.find(type);
    if (children == by_type_.end()) return nullptr;
    const auto found = children->second.find(name);
    return found == children->second.end() ? nullptr : &found->second;
}

std::vector<std::string_view> Elements::names(std::string_view type) const
{
    std::vector<std::string_view> out;
    if (const auto children = by_type_.find(type); children != by_type_.end())
        for (const auto& [name, element] : children->second) out.push_back(name);
    return out;
}

std::vector<std::string_view> Elements::types() const
{
    std::vector<std::string_view> out;
    for (const auto& [type, children] : by_type_)
        if (type.find('.') == type.npos) out.push_back(type);
    return out;
}

} // namespace sluse
