// adapters/fhir/normalise.cpp — what was sent, as a transaction under our own ids: the message's values written again, a few of them otherwise.
#include "adapters/fhir/adapter.hpp"
#include "adapters/fhir/json_write.hpp"
#include "adapters/fhir/medcom.hpp"
#include "adapters/fhir/message.hpp"
#include "adapters/fhir/names.hpp"
#include "adapters/fhir/rewrite.hpp"
#include "gateway/normalise/resource_ids.hpp"

#include <algorithm>

namespace sluse::fhir {
namespace {

class Normaliser {
public:
    Normaliser(std::string_view bytes, const Message& message, const Checked& checked, const NormaliseContext& context, Normalised& out)
        : m_(message), json_(message.json), checked_(checked), context_(context), out_(out), names_(bytes, message, checked, context), rewriter_(message, checked, context, names_, out)
    {
        out_.bundle.reserve(bytes.size() + bytes.size() / 4 + 4096);
    }

    void run()
    {
        times();
        out_.persons = checked_.persons;
        for (std::size_t i = 1; i < out_.persons.size(); ++i) out_.links.push_back({out_.persons[0], out_.persons[i], true});
        out_.bundle = "{\"resourceType\":\"Bundle\",\"type\":\"transaction\"";
        if (out_.sent_ms) ((out_.bundle += ",\"timestamp\":\"") += rfc3339(out_.sent_ms)) += '"';
        out_.bundle += ",\"entry\":[";
        if (!has("MessageHeader")) header();
        for (std::size_t i = 0; i < m_.entries.size(); ++i) entry(i);
        if (!has("Provenance")) provenance();
        out_.bundle += "]}";
    }

private:
    bool has(std::string_view type) const { return std::ranges::find(m_.entries, type, &Entry::type) != m_.entries.end(); }

    void times()
    {
        const auto instant = [&](std::uint32_t object, std::string_view name) { return parse_instant(json_.text(object, name)).value_or(0); };
        if (m_.type == "Bundle") out_.sent_ms = instant(0, "timestamp");
        for (const auto& entry : m_.entries) {
            if (entry.resource == Json::none) continue;
            if (entry.type == "Provenance") out_.recorded_ms = std::max(out_.recorded_ms, instant(entry.resource, "recorded"));
            if (entry.type == "MessageHeader") event(entry.resource);
            if (m_.type != "Bundle") out_.sent_ms = instant(json_.find(entry.resource, "meta"), "lastUpdated");
        }
        // Of a MedCom message, when what it tells took place: the Provenances of the messages before it are in it too.
        if (!m_.event.empty())
            if (const auto current = current_provenance(m_); current != Json::none)
                if (const auto occurred = instant(current, "occurredDateTime")) out_.recorded_ms = occurred;
        if (!out_.recorded_ms) out_.recorded_ms = out_.sent_ms;
    }

    void event(std::uint32_t header)
    {
        out_.event = json_.text(json_.find(header, "eventCoding"), "code");
        if (out_.event.empty()) out_.event = json_.text(header, "eventUri");
    }

    void entry(std::size_t index)
    {
        const auto& one = m_.entries[index];
        if (one.resource == Json::none) return;
        open(one.type, names_.id(index));
        append_members(json_, one.resource, rewriter_.changes_of(one), out_.bundle);
        close(one.type, names_.id(index));
    }

    void open(std::string_view type, std::string_view id)
    {
        auto& out = out_.bundle;
        if (!out.ends_with('[')) out += ',';
        (((out += "{\"fullUrl\":\"") += fhir_base) += type) += '/';
        (out += id) += "\",\"resource\":";
        out_.add_resource(type, id, out.size());
        ((((out += "{\"resourceType\":\"") += type) += "\",\"id\":\"") += id) += '"';
    }

    void close(std::string_view type, std::string_view id)
    {
        auto& out = out_.bundle;
        out += '}';
        out_.resources.back().length = out.size() - out_.resources.back().offset;
        ((((out += ",\"request\":{\"method\":\"PUT\",\"url\":\"") += type) += '/') += id) += "\"}}";
    }

    void header()
    {
        const auto id = names_.own_id("MessageHeader");
        open("MessageHeader", id);
        auto& out = out_.bundle;
        out += ",\"eventUri\":\"urn:sluse:event:fhir\",\"source\":{\"name\":";
        append_json_string(checked_.system, out);
        out += ",\"_endpoint\":{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\",\"valueCode\":\"unknown\"}]}}";
        close("MessageHeader", id);
    }

    void provenance()
    {
        const auto id = names_.own_id("Provenance");
        auto& out = out_.bundle;
        const auto told = out_.resources.size();
        open("Provenance", id);
        out += ",\"target\":[";
        for (std::size_t i = 0; i < told; ++i)
            ((((out += i ? ",{\"reference\":\"" : "{\"reference\":\"") += out_.resources[i].type) += '/') += out_.resources[i].id) += "\"}";
        const auto recorded = out_.recorded_ms ? out_.recorded_ms : context_.received_ms;
        if (recorded) ((out += "],\"recorded\":\"") += rfc3339(recorded)) += '"';
        else out += "],\"_recorded\":{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\",\"valueCode\":\"unknown\"}]}";
        out += ",\"agent\":[{\"type\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/provenance-participant-type\",\"code\":\"author\"}]},\"who\":{\"display\":";
        append_json_string(checked_.system, out);
        out += "}}]";
        entities();
        close("Provenance", id);
    }

    /// The source message under the sender's name for it and under ours.
    void entities()
    {
        auto& out = out_.bundle;
        if (checked_.control_id.empty() && context_.message_id == Ulid{}) return;
        out += ",\"entity\":[";
        if (!checked_.control_id.empty()) {
            out += "{\"role\":\"source\",\"what\":{\"identifier\":{\"value\":";
            append_json_string(checked_.control_id, out);
            out += "}}}";
        }
        if (context_.message_id != Ulid{}) {
            if (!out.ends_with('[')) out += ',';
            ((out += "{\"role\":\"source\",\"what\":{\"identifier\":{\"system\":\"urn:sluse:message\",\"value\":\"") += context_.message_id.text()) += "\"}}}";
        }
        out += ']';
    }

    const Message& m_;
    const Json& json_;
    const Checked& checked_;
    const NormaliseContext& context_;
    Normalised& out_;
    Names names_;
    Rewriter rewriter_;
};

} // namespace

Result<void> normalise(std::string_view bytes, const Checked& checked, const NormaliseContext& context, Normalised& out)
{
    out.clear();
    const auto* message = static_cast<const Message*>(checked.decoded.get());
    if (!message || message->entries.empty()) return Fault{Errc::bad_message, "Bundle: could not be decoded"};
    Normaliser(bytes, *message, checked, context, out).run();
    return {};
}

} // namespace sluse::fhir
