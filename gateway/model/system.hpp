// gateway/model/system.hpp — what is configured about one sending system: how to read its messages and what to hold it to.
#pragma once

#include "gateway/base/time.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace sluse {

/// Settings of one sending system; the defaults serve a system that nobody has configured.
struct SystemSettings {
    std::string name;                       ///< operator's name for it; empty: what the message says
    Zone zone = Zone::copenhagen();         ///< for times without an offset
    std::string charset = "windows-1252";   ///< when MSH-18 is empty and the bytes are not UTF-8
    bool repair_mojibake = false;           ///< repair double-encoded Danish text; otherwise it is only counted
    bool take_local_events = false;         ///< HL7 v2 types and events that begin with Z: read by their segments instead of refused
    bool refuse_reused_control_id = false;  ///< control id used again with other bytes: refuse instead of count
    bool spool = false;                     ///< with Kafka: while the brokers are away, "durable on this machine" is answer enough
    /// Assigning authority (PID-3.4 as sent: namespace id or OID) → FHIR identifier system, beside the built-in Danish ones.
    std::map<std::string, std::string, std::less<>> identifier_systems;
    /// Coding system name (CWE.3 as sent) → FHIR code system, beside table 0396's.
    std::map<std::string, std::string, std::less<>> code_systems;
    /// Map overlay under schemas/maps/systems/, empty for none.
    std::string overlay;
};

} // namespace sluse
