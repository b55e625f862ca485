// adapters/cda/normalise.cpp — hands a document to the map interpreter (schemas/maps/cda) and adds persons, times and coverage.
#include "adapters/cda/adapter.hpp"
#include "adapters/cda/document.hpp"
#include "adapters/xml/source.hpp"
#include "gateway/normalise/dates.hpp"
#include "gateway/normalise/identifiers.hpp"
#include "gateway/normalise/render.hpp"

#include <algorithm>
#include <array>

namespace sluse::cda {
namespace {

/// Attributes that CDA R2 fixes or that only repeat in words what stands beside them: no map need read them.
constexpr std::array<std::string_view, 17> structural{"classCode", "typeCode", "moodCode", "contextControlCode", "contextConductionInd", "determinerCode", "inversionInd", "negationInd",
                                                      "schemaLocation", "assigningAuthorityName", "codeSystemName", "nullFlavor", "type", "mediaType", "representation", "independentInd", "displayable"};

/// A party's address and number are those of its work (the header profile), and are written so.
bool is_structural(std::string_view path)
{
    if (path.ends_with("addr/@use") || path.ends_with("telecom/@use")) return true;
    const auto at = path.rfind('@');
    return at != path.npos && std::ranges::find(structural, path.substr(at + 1)) != structural.end();
}

} // namespace

Result<void> normalise(std::string_view, const Checked& checked, const NormaliseContext& context, Normalised& out)
{
    out.clear();
    const auto* document = static_cast<const Document*>(checked.decoded.get());
    if (!document) return Fault{Errc::bad_message, "ClinicalDocument: could not be decoded"};
    if (!document->kind) return Fault{Errc::unsupported, "ClinicalDocument/templateId: is none of the Danish documents that are read here (PHMR, QRD, QFDD, APD, CPD, PDC)"};
    const auto* plan = static_cast<const CompiledMaps&>(context.maps).plan("cda", context.system.overlay);
    if (!plan || !plan->shape) return Fault{Errc::bad_config, "maps: none for CDA"};
    struct Scratch {
        Renderer renderer;
        xml::Source source;
    };
    thread_local Scratch scratch;
    const auto root = document->document->root();
    if (!scratch.source.read(*plan->shape, std::span(&root, 1))) return Fault{Errc::bad_message, "ClinicalDocument: more elements than a document may have"};
    auto message = scratch.source.message();
    message.type = document->kind->name;
    message.event = document->kind->name;
    message.sender = checked.system;
    RenderContext into;
    into.plan = plan;
    into.system = &context.system;
    into.ids = &context.ids;
    into.trace = context.trace;
    const auto message_id = context.message_id == Ulid{} ? std::string() : context.message_id.text();
    into.message_id = message_id;
    out.event = document->kind->name;
    out.sent_ms = instant_of(root.child("effectiveTime").attribute("value"), context.system.zone).value_or(0);
    out.recorded_ms = out.sent_ms;
    into.sent_ms = out.sent_ms;
    into.bundle_identifier = checked.control_id;
    thread_local std::string system;
    identifier_system(context.system, checked.system, {}, "message", system);
    into.bundle_identifier_system = system;
    if (!scratch.renderer.render(message, into, out)) return Fault{Errc::unsupported, "ClinicalDocument: no map for this document"};
    for (const auto& path : scratch.source.unknown())
        if (!is_structural(path)) out.coverage.unmapped.push_back(path);
    out.persons = checked.persons;
    return {};
}

} // namespace sluse::cda
