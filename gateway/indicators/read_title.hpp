// gateway/indicators/read_title.hpp — a text in both languages, {da: …, en: …}, as every file below schemas/ writes it.
#pragma once

#include "gateway/base/yaml.hpp"
#include "gateway/indicators/packs.hpp"

namespace sluse {

/// Both must be there; of a section that is absent, nothing.
inline Title read_title(yaml::Section in)
{
    Title title;
    if (!in.valid()) return title;
    title.da = in.need_text("da");
    title.en = in.need_text("en");
    in.done();
    return title;
}

} // namespace sluse
