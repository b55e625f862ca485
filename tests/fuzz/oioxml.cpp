// tests/fuzz/oioxml.cpp — any bytes as a MedCom letter through check, receipt and FHIR: no crash, valid JSON, a receipt that can be read.
#include "adapters/letter/letter.hpp"
#include "adapters/oioxml/adapter.hpp"
#include "adapters/xml/document.hpp"
#include "tests/fuzz/adapter_target.hpp"

using namespace sluse;
using fuzz::maps;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    static const SystemSettings system;
    static const auto keys = Keys::demonstration();
    const auto checked = oioxml::check(bytes, system);
    letter::identity(bytes, checked);
    const auto receipt = oioxml::acknowledge(bytes, checked, checked.answer, {1772440200000, "01HZZZZZZZZZZZZZZZZZZZZZZZ", {}});
    if (!receipt.empty()) require(static_cast<bool>(xml::Document::parse(receipt)));
    if (checked.answer == Answer::accepted) require(checked.decoded != nullptr);
    if (!checked.decoded) return 0;
    Normalised out;
    if (oioxml::normalise(bytes, checked, {maps(), system, keys.resource, {}, 0}, out)) fuzz::require_bundle(out);
    return 0;
}
