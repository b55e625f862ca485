// gateway/tools/simulate_vans.cpp — letters of the synthetic population in a VANSEnvelope, as a VANS operator hands them over.
#include "gateway/base/base64.hpp"
#include "gateway/tools/simulate_letters.hpp"

namespace sluse::simulated {

void wrap_vans(std::string& message, const Occasion& occasion, const WallClock& clock)
{
    const auto parties = parties_of(occasion);
    const auto type = letter_type(occasion);
    const auto edifact = message.starts_with("UNA");
    const std::string_view x = edifact ? "" : "X";
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><VANSEnvelope xmlns=\"urn:oio:medcom:vans-envelope:1.0.4\"><SenderID EndPointType=\"EAN\">";
    const auto put = [&out](const auto&... parts) { ((out += parts), ...); };
    put(parties.sender.gln, "</SenderID><ReceiverID EndPointType=\"EAN\">", parties.receiver.gln, "</ReceiverID><EnvelopeIdentifier>");
    append_uuid(out, 1, occasion.word, '4');
    put("</EnvelopeIdentifier><SentDateTime>");
    std::string sent;
    clock.fhir(sent, occasion.sent);
    put(sent.substr(0, 19), "</SentDateTime><Message><MetaInformation><Identifier>");
    append_uuid(out, 2, occasion.word, '4');
    put("</Identifier><Document><Format>", edifact ? "EDIFACT" : "XML", "</Format><Name>MCM:", x, type.type, "</Name><Version>", x, type.version, "</Version><SizeInBytes>");
    append_number(out, message.size());
    put("</SizeInBytes></Document></MetaInformation><Data>");
    append_base64(out, message);
    put("</Data></Message></VANSEnvelope>");
    message.swap(out);
}

} // namespace sluse::simulated
