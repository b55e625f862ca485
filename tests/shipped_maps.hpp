// tests/shipped_maps.hpp — the maps that come with the program, loaded once.
#pragma once

#include "gateway/normalise/maps.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace sluse {

inline const Maps& shipped_maps()
{
    static const auto loaded = [] {
        Issues issues;
        auto out = Maps::load(SLUSE_SOURCE_DIR "/schemas", issues);
        for (const auto& issue : issues) ADD_FAILURE() << issue.path << ": " << issue.text;
        return out;
    }();
    if (!loaded) std::abort(); // its reasons have been told
    return *loaded;
}

} // namespace sluse
