// tests/fhir/cases.hpp — the invented messages of tests/fhir/cases, and what the adapter makes of them.
#pragma once

#include "adapters/fhir/adapter.hpp"
#include "adapters/fhir/json.hpp"
#include "adapters/fhir/xml.hpp"
#include "gateway/normalise/maps.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace sluse::fhir {

struct NoCaseMaps : Maps {
    const std::string& hash() const override { return none; }
    std::string none;
};

inline const SystemSettings& case_settings()
{
    static const SystemSettings settings;
    return settings;
}

inline std::string case_text(const std::string& name)
{
    std::ifstream in(std::string(SLUSE_SOURCE_DIR "/tests/fhir/cases/") + name + ".json");
    std::ostringstream text;
    text << in.rdbuf();
    EXPECT_FALSE(text.str().empty()) << name;
    return text.str();
}

/// `text` with the first `from` replaced; it must be there.
inline std::string changed(std::string text, std::string_view from, std::string_view to)
{
    const auto at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return at == text.npos ? text : text.replace(at, from.size(), to);
}

inline std::size_t count(std::string_view text, std::string_view part)
{
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
}

inline std::string acknowledged(const std::string& text)
{
    const auto checked = check(text, case_settings());
    return acknowledge(text, checked, checked.answer, {1'772'442'000'000, "01ACK", "01MESSAGE"});
}

inline Normalised normalised_case(const std::string& text)
{
    static const Keys keys = Keys::demonstration();
    const auto checked = check(text, case_settings());
    EXPECT_EQ(checked.answer, Answer::accepted) << (checked.issues.empty() ? "" : checked.issues[0].path + ": " + checked.issues[0].text);
    const NoCaseMaps maps;
    Normalised out;
    EXPECT_TRUE(normalise(text, checked, {maps, case_settings(), keys.resource, {}, 0}, out));
    EXPECT_TRUE(Json::parse(out.bundle)) << out.bundle;
    return out;
}

} // namespace sluse::fhir
