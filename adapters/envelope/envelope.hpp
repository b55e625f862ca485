// adapters/envelope/envelope.hpp — what the two transport envelopes of Danish healthcare have in common: one message of another format inside.
#pragma once

#include "adapters/adapter.hpp"
#include "adapters/xml/document.hpp"
#include "adapters/xml/schema.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluse::envelope {

/// An endpoint as the envelope names it: "5790000121526", "EAN".
struct Endpoint {
    std::string id, type;
};

/// What an envelope says of itself and of the message in it. Texts are trimmed; what the envelope lacks is empty.
struct Wrapper {
    Endpoint sender, receiver;
    std::string id;              ///< of this sending: EnvelopeIdentifier; SBDH's DocumentIdentification/InstanceIdentifier
    std::string message_id;      ///< of what is inside: MetaInformation/Identifier; SBDH's scope MESSAGEIDENTIFIER
    std::string message_envelope_id; ///< SBDH's MESSAGEENVELOPEIDENTIFIER (the Bundle's id)
    std::string sent;            ///< xs:dateTime as written
    std::string document, version, statistics; ///< "MCM:XDIS91", "XD9134L", …
    std::string original_id, original_envelope_id; ///< of a receipt, or of an acknowledgement on its way
    std::string metadata;        ///< VANS: MetaInformation as XML, to be repeated in receipts
    enum class Kind { message, positive_receipt, negative_receipt } kind{Kind::message};
    std::string error;           ///< a negative receipt's description
};

/// A checked envelope: its wrapper, and the message in it as its own format checked it.
struct Enveloped : Decoded {
    Wrapper wrapper;
    std::string payload;
    const Adapter* inner{};
    Checked checked;
};

/// Reads the elements of one envelope kind into wrapper and payload as far as they are there; what is wrong goes to the issues.
using Read = void (*)(const xml::Document& document, Wrapper& wrapper, std::string& payload, Issues& issues);

/// Envelopes in one file, one after another.
std::vector<std::string_view> split(std::string_view bytes, Issues& issues);
/// The whole check: XML, envelope, base64 and size, then the inner format's own check, whose answer, type, control id and persons become
/// the envelope's. A receipt is accepted as it is. A nested envelope is refused.
/// Elements of namespaces other than `spaces` are refused: neither envelope has a place for them.
Checked check(std::string_view message, const SystemSettings& system, Read read, const xml::Schema& schema, std::span<const std::string_view> spaces);
/// The inner message's bundle with the envelope's delivery status (AuditEvent) appended; of a receipt, the delivery status alone.
Result<void> normalise(std::string_view message, const Checked& checked, const NormaliseContext& context, Normalised& out);
/// The inner message's identity: the same letter in a new envelope is the same message.
std::string identity(std::string_view message, const Checked& checked);
/// What an envelope is answered with, whatever kind it is: the ids are the same when it comes again.
struct Reply {
    const Wrapper& to;
    bool positive{};
    std::string acknowledgement;              ///< of the message inside, by its own format; empty: the envelope's own receipt says it
    std::string envelope_id, message_id;
};
/// Empty when nothing is to be sent: for a receipt, for what names no envelope, and when the store failed (it is sent again).
std::optional<Reply> reply_to(const Checked& checked, Answer answer, const AckStamp& stamp);

/// Of a receipt, what it says of an earlier envelope; else what the message inside says or may be named by, and the envelope's own ids.
Receipts receipts(const Checked& checked);

/// The message inside by its own format, then the envelope's own receiver when that is a location number.
void addressed(Checked& checked, const Locations& own);

/// Appends the AuditEvent that tells of this envelope's arrival, in the shape of MedCom's EHMI Delivery Status (EdsBasic-/EdsPatientDeliveryStatus 1.0).
void append_delivery_status(const Enveloped& enveloped, const Checked& checked, const NormaliseContext& context, Normalised& out);

/// A UUID made of the parts, the same each time: an envelope's answer is the same when it is asked for again.
std::string uuid_of(std::string_view purpose, std::string_view a, std::string_view b);
/// xs:dateTime with a zone or none: YYYY-MM-DDThh:mm:ss and more.
bool is_date_time(std::string_view text);
Issue error(IssueKind kind, std::string path, std::string text);
Issue warning(IssueKind kind, std::string path, std::string text);
/// "path: text" of the first error, at most `size` bytes and not cut inside a character.
std::string first_error(const Issues& issues, std::size_t size);

} // namespace sluse::envelope
