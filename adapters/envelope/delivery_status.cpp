// adapters/envelope/delivery_status.cpp — the AuditEvent of an envelope's arrival, as MedCom's EHMI Delivery Status guide shapes it.
#include "adapters/envelope/envelope.hpp"

#include "gateway/normalise/resource_ids.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace sluse::envelope {
namespace {

constexpr std::string_view terminology = "http://medcomehmi.dk/ig/terminology/CodeSystem/ehmi-delivery-status-";
constexpr std::string_view other_id = "http://medcomehmi.dk/ig/eds/StructureDefinition/eds-otherId";
constexpr std::string_view gln_system = "https://www.gs1.org/gln";

/// Few calls to write a resource with.
class Out {
public:
    explicit Out(rapidjson::StringBuffer& buffer) : writer_(buffer) {}
    Out& begin() { writer_.StartObject(); return *this; }
    Out& end() { writer_.EndObject(); return *this; }
    Out& list() { writer_.StartArray(); return *this; }
    Out& end_list() { writer_.EndArray(); return *this; }
    Out& key(std::string_view name) { writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())); return *this; }
    Out& text(std::string_view value) { writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size())); return *this; }
    Out& flag(bool value) { writer_.Bool(value); return *this; }
    Out& field(std::string_view name, std::string_view value) { return key(name).text(value); }
    Out& coding(std::string_view part, std::string_view code, std::string_view display)
    {
        return begin().field("system", std::string(terminology) + std::string(part)).field("code", code).field("display", display).end();
    }

private:
    rapidjson::Writer<rapidjson::StringBuffer> writer_;
};

void agent(Out& out, const Endpoint& endpoint, std::string_view role, std::string_view display, bool requestor)
{
    out.begin();
    if (endpoint.type == "EAN") {
        out.key("extension").list().begin().field("url", other_id).key("valueIdentifier").begin();
        out.key("type").begin().key("coding").list().coding("agent-who-identifier-types", "GLN", "GLN").end_list().end();
        out.field("system", gln_system).field("value", endpoint.id).end().end().end_list();
    }
    out.key("type").begin().key("coding").list().coding("participationroletype", role, display).end_list().end();
    out.key("who").begin().key("identifier").begin();
    if (endpoint.type == "EAN") out.field("system", gln_system);
    else if (endpoint.type == "CVR") out.field("system", "http://cvr.dk");
    out.field("value", endpoint.id).end().end();
    out.field("name", endpoint.id).key("requestor").flag(requestor).end();
}

void detail(Out& out, std::string_view type, std::string_view value)
{
    if (!value.empty()) out.begin().field("type", type).field("valueString", value).end();
}

void entity(Out& out, std::string_view type, std::string_view display, std::string_view id, std::initializer_list<std::pair<std::string_view, std::string_view>> details)
{
    if (id.empty()) return;
    out.begin().key("what").begin().key("identifier").begin().field("value", id).end().end();
    out.key("type").coding("entity-type", type, display);
    bool any = false;
    for (const auto& [name, value] : details) any |= !value.empty();
    if (any) {
        out.key("detail").list();
        for (const auto& [name, value] : details) detail(out, name, value);
        out.end_list();
    }
    out.end();
}

void entities(Out& out, const Enveloped& e, const Checked& checked)
{
    const auto& w = e.wrapper;
    const auto message = w.kind == Wrapper::Kind::message ? (w.message_id.empty() ? checked.control_id : w.message_id) : w.id;
    out.key("entity").list();
    if (!checked.persons.empty()) {
        const auto& person = checked.persons.front();
        out.begin().key("what").begin().key("identifier").begin().field("system", person.system).field("value", person.value).end().end();
        out.key("type").coding("entity-type", "ehmiPatient", "Patient").end();
    }
    entity(out, "ehmiMessage", "Message", message, {{"ehmiMessageType", w.document.empty() ? std::string_view("receipt") : w.document}, {"ehmiMessageVersion", w.version.empty() ? std::string_view("1.0") : w.version}, {"ehmiStatisticalInfo", w.statistics}});
    entity(out, "ehmiMessageEnvelope", "Message Envelope", w.message_envelope_id, {});
    entity(out, "ehmiTransportEnvelope", "Transport Envelope", w.id, {{"ehmiTransportEnvelopeType", w.metadata.empty() && w.kind == Wrapper::Kind::message ? "SBDH" : "VANSEnvelope"}});
    entity(out, "ehmiOrigMessage", "Original Message", w.original_id, {{"ehmiMessageType", w.document}, {"ehmiMessageVersion", w.version}});
    entity(out, "ehmiOrigTransportEnvelope", "Original Transport Envelope", w.original_envelope_id, {});
    out.end_list();
}

} // namespace

void append_delivery_status(const Enveloped& e, const Checked& checked, const NormaliseContext& context, Normalised& out)
{
    const auto& w = e.wrapper;
    const auto id = resource_id(context.ids, "AuditEvent", "urn:ietf:rfc:3986", w.sender.id + '/' + w.id);
    const auto recorded = context.received_ms ? rfc3339(context.received_ms) : w.sent.find_first_of("Z+", 10) != w.sent.npos ? w.sent : std::string();
    rapidjson::StringBuffer buffer;
    Out o(buffer);
    o.begin().field("resourceType", "AuditEvent").field("id", id);
    o.key("type").coding("types", "ehmiMessaging", "EHMI messaging event");
    o.key("subtype").list().coding("sub-types", "msg-received-and-finalized", "Message received and finalized").end_list();
    o.field("action", "C");
    if (!recorded.empty()) o.field("recorded", recorded);
    else o.key("_recorded").begin().key("extension").list().begin().field("url", "http://hl7.org/fhir/StructureDefinition/data-absent-reason").field("valueCode", "unknown").end().end_list().end();
    o.field("outcome", w.kind == Wrapper::Kind::negative_receipt ? "8" : "0");
    if (!w.error.empty()) o.field("outcomeDesc", w.error);
    o.key("agent").list();
    agent(o, w.sender, "ehmiSender", "Sender", true);
    agent(o, w.receiver, "ehmiReceiver", "Receiver", false);
    o.end_list();
    o.key("source").begin().key("observer").begin().field("display", "Sluse").end();
    o.key("type").list().coding("source-type", "EUA", "EUA (End-user Application)").end_list().end();
    entities(o, e, checked);
    o.end();

    auto& bundle = out.bundle;
    bundle.resize(bundle.rfind("]}"));
    if (!bundle.ends_with('[')) bundle += ',';
    (((bundle += "{\"fullUrl\":\"") += fhir_base) += "AuditEvent/") += id;
    bundle += "\",\"resource\":";
    out.resources.push_back({"AuditEvent", id, bundle.size(), buffer.GetSize()});
    bundle.append(buffer.GetString(), buffer.GetSize());
    ((bundle += ",\"request\":{\"method\":\"PUT\",\"url\":\"AuditEvent/") += id) += "\"}}]}";
}

} // namespace sluse::envelope
