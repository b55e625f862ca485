// gateway/normalise/elements.cpp — reads the element table; choices are unfolded to one entry per type.
#include "gateway/normalise/elements.hpp"

#include <algorithm>
#include <fstream>

namespace sluse {
namespace {

std::vector<std::string> split(const std::string& line, char separator)
{
    std::vector<std::string> parts(1);
    for (const char c : line) {
        if (c == separator) parts.emplace_back();
        else parts.back() += c;
    }
    return parts;
}

std::string child_type(const std::string& path, const std::string& type)
{
    if (type == "BackboneElement" || type == "Element") return path;
    return type.starts_with('#') ? type.substr(1) : type;
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
    std::ifstream in(file);
    if (!in) return Fault{Errc::bad_config, file.string() + ": cannot be read"};
    Elements out;
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        if (line.empty() || line[0] == '#') continue;
        const auto cells = split(line, '\t');
        const auto dot = cells[0].rfind('.');
        if (cells.size() != 4 || dot == std::string::npos)
            return Fault{Errc::bad_config, file.string() + ':' + std::to_string(number) + ": is not path, min, max, types"};
        const auto owner = cells[0].substr(0, dot);
        const auto name = cells[0].substr(dot + 1);
        ElementRule element;
        element.repeats = cells[2] == "*";
        element.required = cells[1] != "0";
        const bool choice = name.ends_with("[x]");
        for (const auto& type : split(cells[3], ',')) {
            if (type.empty()) continue;
            element.type = child_type(cells[0], type);
            element.primitive = primitive_of(type);
            element.name = name;
            if (choice) {
                element.choice = name.substr(0, name.size() - 3);
                element.name = element.choice + type;
                element.name[element.choice.size()] = static_cast<char>(element.name[element.choice.size()] & ~32);
            }
            out.by_type_[owner].emplace(element.name, element);
        }
    }
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
