// gateway/normalise/identifiers.hpp — identifier systems in one spelling each, whatever format and alias a sender used (CPR, eCPR, SOR, LPR3 …).
#pragma once

#include "gateway/model/person.hpp"
#include "gateway/model/system.hpp"

#include <string>
#include <string_view>

namespace sluse {

constexpr std::string_view lpr3_system = "https://www.esundhed.dk/Registre/Landspatientregisteret";
constexpr std::string_view sor_system = "urn:oid:1.2.208.176.1.1";
constexpr std::string_view gln_system = "http://www.gs1.org/gln"; ///< dk-core since 3.5; MedCom's profiles still fix https://
constexpr std::string_view shak_system = "urn:oid:1.2.208.176.1.8";

/// An assigning authority as a message names it (HL7 v2 HD: namespace, universal id, type of that id). Views; any part may be empty.
struct Authority {
    std::string_view name, universal_id, universal_type;
};

/// The one spelling of a system that is known under several (LPR3's two URLs, bare OIDs, `oid:`); other systems come back as they are.
std::string_view canonical_system(std::string_view system);

/// FHIR identifier system for an authority: the sending system's configured one, else the Danish national ones by name or OID, else
/// urn:oid:/urn:uuid:/URI from the universal id, else a URI scoped to the sender ("urn:sluse:id:EPJ:RH:MRN"; `kind`, such as "patient"
/// or "visit", takes the name's place when there is none). `sender` is Checked::system ("EPJ|RH"). Replaces `out`, keeps its capacity.
void identifier_system(const SystemSettings& settings, std::string_view sender, const Authority& authority, std::string_view kind, std::string& out);

/// URI of a universal id that is one (an OID of four arcs, a UUID, a URI, a DNS name); false and `out` unchanged for what only claims to be.
bool universal_uri(const Authority& authority, std::string& out);

/// A person's number: the system as above, with HL7 v2's type code (CX.5; NNDNK is a CPR number); CPR without dash or blanks; a
/// replacement number under the CPR authority gets its own system; what is neither becomes the sender's own number. A number without an
/// authority is read by its form.
void person_identifier(const SystemSettings& settings, std::string_view sender, const Authority& authority, std::string_view type,
                       std::string_view value, PersonIdentifier& out);

/// Ten digits whose first four are a day and a month. The check digit says nothing: valid numbers without it exist since 2007.
bool looks_like_cpr(std::string_view value);

/// System of a replacement number by its form (DDMMYY, then 1 or 7: national; 0, 5 or 6: regional; two letters, one digit); empty: none.
std::string_view ecpr_system_of(std::string_view value);

} // namespace sluse
