// gateway/model/normalised.hpp — one message as FHIR R4: the transaction bundle's bytes and what the stages after it need to know of them.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/base/result.hpp"
#include "gateway/model/person.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluse {

/// One resource inside Normalised::bundle: bundle.substr(offset, length) is its JSON object.
struct ResourceSpan {
    std::string type; ///< "Encounter"
    std::string id;
    std::size_t offset{};
    std::size_t length{};
};

/// An element that the message deletes explicitly (HL7 v2 `""`, or an event such as A13 that undoes one). FHIR JSON cannot say this.
struct DeletedElement {
    std::size_t resource{}; ///< index into Normalised::resources
    std::string path;       ///< below the resource: "period.end"
};

/// What the message says of identifiers being one person (A40, eCPR resolved, two identifiers in one PID-3) or not (A37).
struct IdentityLink {
    PersonIdentifier a, b;
    bool active{true};
};

/// Which fields were mapped, ignored by a named rule, or not mapped (design, decision 9). Paths such as "PV1-39", "ZBE-2".
struct Coverage {
    std::uint32_t mapped{}, ignored{};
    std::vector<std::string> unmapped;
};

/// Reused from message to message: clear() keeps the capacity.
struct Normalised {
    std::string bundle; ///< FHIR R4 Bundle (transaction), entries PUT Type/id, MessageHeader and Provenance among them; one line
    std::vector<ResourceSpan> resources;
    std::vector<DeletedElement> deleted;
    std::vector<IdentityLink> links;
    std::vector<PersonIdentifier> persons; ///< identifiers of the message's person, best first; several people: of the first
    std::string event;      ///< trigger as the format names it: "A08", "R01"
    Millis recorded_ms{};   ///< when the event was recorded at the source (EVN-2, else MSH-7, Bundle.timestamp); 0: unknown
    Millis sent_ms{};       ///< when the message was made (MSH-7, Bundle.timestamp); 0: unknown
    bool mojibake{};        ///< letters outside ASCII look read in the wrong character set
    bool partial{};         ///< the message tells of a contact only in passing (ORU's PV1): absent elements mean nothing
    Issues issues;          ///< losses and oddities; the message was converted all the same
    Coverage coverage;
    void clear();
    /// One more resource; its texts reuse those of an earlier message.
    ResourceSpan& add_resource(std::string_view type, std::string_view id, std::size_t offset);

private:
    std::vector<ResourceSpan> spare_;
};

} // namespace sluse
