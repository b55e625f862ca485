// gateway/model/envelope.hpp — one received message as it stands in the raw log: what intake knows of it, and its bytes untouched.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/base/result.hpp"
#include "gateway/model/person.hpp"

#include <string>
#include <string_view>

namespace sluse {

/// Plain value, made once at the socket; everything after it is a function of it. `bytes` hold identities.
struct Envelope {
    Ulid id;             ///< our name for the message; its time part is received_ms
    Millis received_ms{};
    std::string system;     ///< sending system: its configured name, else what the message says ("EPJ|RH" from MSH-3|MSH-4)
    std::string format;     ///< adapter that checked it: "hl7v2", "fhir"
    std::string type;       ///< "ADT^A01", "Bundle"
    std::string control_id; ///< MSH-10, Bundle.identifier.value; may be empty
    std::string via;        ///< how it came: "mllp", "http", "file"
    Lane lane;
    std::string bytes;      ///< exactly as received
};

/// Record format 1: see envelope.cpp. Decoding never throws; damage is a Fault that names the part.
void encode(const Envelope& envelope, std::string& out);
/// As if `bytes` were the envelope's.
void encode(const Envelope& envelope, std::string_view bytes, std::string& out);
Result<Envelope> decode_envelope(std::string_view record);

} // namespace sluse
