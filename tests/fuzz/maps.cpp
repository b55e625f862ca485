// tests/fuzz/maps.cpp — any bytes as a message through check and normalise: no crash, valid JSON; any bytes as a map: told, never fatal.
#include "adapters/hl7v2/adapter.hpp"
#include "gateway/normalise/compile.hpp"
#include "gateway/normalise/maps.hpp"

#include <rapidjson/reader.h>
#include <rapidjson/memorystream.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace sluse;

std::string schemas()
{
    const auto* given = std::getenv("SLUSE_SCHEMAS");
    if (given) return given;
    const std::string here = __FILE__; // tests/fuzz/maps.cpp
    return here.substr(0, here.rfind("tests/fuzz")) + "schemas";
}

const Maps& maps()
{
    static const auto loaded = [] {
        Issues issues;
        auto out = Maps::load(schemas(), issues);
        if (!out) std::abort();
        return out;
    }();
    return *loaded;
}

void as_message(std::string_view bytes)
{
    const SystemSettings system;
    const auto checked = hl7v2::check(bytes, system);
    if (!checked.decoded) return;
    static const auto keys = Keys::demonstration();
    Normalised out;
    const NormaliseContext context{maps(), system, keys.resource, {}, 0};
    if (!hl7v2::normalise(bytes, checked, context, out)) return;
    rapidjson::MemoryStream stream(out.bundle.data(), out.bundle.size());
    rapidjson::Reader reader;
    rapidjson::BaseReaderHandler<> handler;
    if (!reader.Parse<rapidjson::kParseNumbersAsStringsFlag>(stream, handler)) std::abort();
    for (const auto& span : out.resources)
        if (span.offset + span.length > out.bundle.size() || out.bundle[span.offset] != '{' || out.bundle[span.offset + span.length - 1] != '}') std::abort();
}

void as_map(std::string_view bytes)
{
    static const auto elements = Elements::load(schemas() + "/maps/fhir-r4.tsv");
    Plan plan;
    Issues issues;
    Compiler compiler(*elements, plan, issues);
    const auto file = parse_map_file("fuzz.tsv", bytes);
    compiler.codes(file, "fuzz");
    compiler.code_systems(file);
    compiler.declare(file);
    compiler.rows(file, false);
    compiler.rows(file, true);
    compiler.messages(file);
    compiler.ignores(file);
    compiler.finish();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (bytes.starts_with("MSH")) as_message(bytes);
    else as_map(bytes);
    return 0;
}
