// tests/fuzz/oioxml.cpp — any bytes as a MedCom letter through check, receipt and FHIR: no crash, valid JSON, a receipt that can be read.
#include "adapters/oioxml/adapter.hpp"
#include "adapters/xml/document.hpp"
#include "gateway/normalise/maps.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace sluse;

const Maps& maps()
{
    static const auto loaded = [] {
        const auto* given = std::getenv("SLUSE_SCHEMAS");
        const std::string here = __FILE__; // tests/fuzz/oioxml.cpp
        Issues issues;
        auto out = Maps::load(given ? std::string(given) : here.substr(0, here.rfind("tests/fuzz")) + "schemas", issues);
        if (!out) std::abort();
        return out;
    }();
    return *loaded;
}

void require(bool holds)
{
    if (!holds) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    static const SystemSettings system;
    static const auto keys = Keys::demonstration();
    const auto checked = oioxml::check(bytes, system);
    oioxml::identity(bytes);
    const auto receipt = oioxml::acknowledge(bytes, checked, checked.answer, {1772440200000, "01HZZZZZZZZZZZZZZZZZZZZZZZ", {}});
    if (!receipt.empty()) require(static_cast<bool>(xml::Document::parse(receipt)));
    if (checked.answer == Answer::accepted) require(checked.decoded != nullptr);
    if (!checked.decoded) return 0;
    Normalised out;
    if (!oioxml::normalise(bytes, checked, {maps(), system, keys.resource, {}, 0}, out)) return 0;
    rapidjson::MemoryStream stream(out.bundle.data(), out.bundle.size());
    rapidjson::Reader reader;
    rapidjson::BaseReaderHandler<> handler;
    require(static_cast<bool>(reader.Parse<rapidjson::kParseNumbersAsStringsFlag>(stream, handler)));
    for (const auto& span : out.resources)
        require(span.offset + span.length <= out.bundle.size() && out.bundle[span.offset] == '{' && out.bundle[span.offset + span.length - 1] == '}');
    return 0;
}
