// tests/fuzz/adapter_target.hpp — any bytes as a message of one format, through all that the gateway does with it: no crash, valid JSON out.
#pragma once

#include "adapters/adapter.hpp"
#include "gateway/normalise/maps.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace sluse::fuzz {

inline void require(bool holds)
{
    if (!holds) std::abort();
}

inline const Maps& maps()
{
    static const auto loaded = [] {
        const auto* given = std::getenv("SLUSE_SCHEMAS");
        const std::string here = __FILE__;
        Issues issues;
        auto out = Maps::load(given ? std::string(given) : here.substr(0, here.rfind("tests/fuzz")) + "schemas", issues);
        require(out != nullptr);
        return out;
    }();
    return *loaded;
}

inline void require_bundle(const Normalised& out)
{
    rapidjson::MemoryStream stream(out.bundle.data(), out.bundle.size());
    rapidjson::Reader reader;
    rapidjson::BaseReaderHandler<> handler;
    require(static_cast<bool>(reader.Parse<rapidjson::kParseNumbersAsStringsFlag>(stream, handler)));
    for (const auto& span : out.resources)
        require(span.offset + span.length <= out.bundle.size() && out.bundle[span.offset] == '{' && out.bundle[span.offset + span.length - 1] == '}');
}

/// As the receiver and the lane do: recognise, check, answer, and make FHIR of what was accepted.
inline void one_message(std::string_view format, std::string_view bytes)
{
    static const SystemSettings system;
    static const auto keys = Keys::demonstration();
    const auto* adapter = adapter_named(format);
    require(adapter != nullptr);
    static_cast<void>(adapter->recognises(bytes));
    const auto checked = adapter->check(bytes, system);
    for (const auto answer : {checked.answer, Answer::store_failed})
        static_cast<void>(adapter->acknowledge(bytes, checked, answer, {1'772'440'200'000, "01HZZZZZZZZZZZZZZZZZZZZZZZ", "01HZZZZZZZZZZZZZZZZZZZZZZZ"}));
    if (checked.answer == Answer::accepted) require(checked.decoded != nullptr);
    if (!checked.decoded) return;
    Normalised out;
    if (adapter->normalise(bytes, checked, {maps(), system, keys.resource, {}, 0}, out)) require_bundle(out);
}

} // namespace sluse::fuzz
