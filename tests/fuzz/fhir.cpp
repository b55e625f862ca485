// tests/fuzz/fhir.cpp — any bytes (JSON or XML) through splitting, checking, answering and normalising: what is accepted comes out as JSON.
#include "adapters/fhir/adapter.hpp"
#include "adapters/fhir/json.hpp"
#include "adapters/fhir/xml.hpp"
#include "adapters/xml/document.hpp"
#include "gateway/normalise/maps.hpp"

#include <cstdlib>

namespace {

struct NoMaps : sluse::Maps {
    const std::string& hash() const override { return none; }
    std::string none;
};

void require(bool holds)
{
    if (!holds) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    static const sluse::SystemSettings settings;
    static const sluse::Keys keys = sluse::Keys::demonstration();
    static const NoMaps maps;
    sluse::Issues issues;
    sluse::Normalised out;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    for (const auto piece : sluse::fhir::split(bytes, issues)) {
        sluse::fhir::alone(bytes, piece);
        const auto checked = sluse::fhir::check(piece, settings);
        const auto reply = sluse::fhir::acknowledge(piece, checked, checked.answer, {0, "1", "1"});
        if (sluse::xml::looks_like_xml(reply)) require(!sluse::fhir::json_of_xml(reply, issues).empty());
        else require(reply.empty() || sluse::fhir::Json::parse(reply).has_value());
        sluse::fhir::identity(piece, checked);
        if (checked.answer != sluse::Answer::accepted) continue;
        require(sluse::fhir::normalise(piece, checked, {maps, settings, keys.resource, {}, 0}, out).has_value());
        const auto bundle = sluse::fhir::Json::parse(out.bundle);
        require(bundle.has_value() || bundle.error().where.find("nested deeper") != std::string::npos || bundle.error().where.find("stands twice") != std::string::npos);
        // What is written can be said in XML and comes back as it was.
        if (const auto xml = bundle.has_value() ? sluse::fhir::xml_of_json(out.bundle) : std::string(); !xml.empty()) {
            sluse::Issues lost;
            const auto back = sluse::fhir::json_of_xml(xml, lost);
            require(sluse::fhir::xml_of_json(back) == xml || !lost.empty());
        }
        require(out.bundle.find('\n') == std::string::npos);
        for (const auto& span : out.resources) require(span.offset + span.length <= out.bundle.size() && out.bundle[span.offset] == '{');
    }
    return 0;
}
