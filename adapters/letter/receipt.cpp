// adapters/letter/receipt.cpp — XCTL: a PositiveReceipt when it was asked for, a NegativeReceipt with the reason always.
#include "adapters/letter/letter.hpp"
#include "adapters/xml/source.hpp"
#include "gateway/base/ids.hpp"
#include "gateway/base/time.hpp"

namespace sluse::letter {
namespace {

constexpr std::size_t identifier_max = 14; // characters of a letter's or envelope's Identifier

class Writer {
public:
    void open(std::string_view name) { ((out_ += '<') += name) += '>'; }
    void close(std::string_view name) { ((out_ += "</") += name) += '>'; }
    void leaf(std::string_view name, std::string_view text)
    {
        open(name);
        xml::append_escaped(out_, text);
        close(name);
    }
    /// <Sender><EANIdentifier>…</EANIdentifier></Sender>
    void party(std::string_view name, std::string_view gln)
    {
        open(name);
        leaf("EANIdentifier", gln);
        close(name);
    }
    std::string take() { return std::move(out_); }

private:
    std::string out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Emessage xmlns=\"http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2005/08/07/\">";
};

void two(std::string& out, std::int64_t value)
{
    out += static_cast<char>('0' + value / 10 % 10);
    out += static_cast<char>('0' + value % 10);
}

void envelope(Writer& out, std::string_view id, Millis now)
{
    const auto zone = Zone::copenhagen();
    const auto date = date_of(zone.day_at(now));
    const auto rest = zone.ms_of_day_at(now);
    std::string day = std::to_string(date.year) + '-', clock;
    two(day, date.month);
    day += '-';
    two(day, date.day);
    two(clock, rest / hour_ms);
    clock += ':';
    two(clock, rest / minute_ms % 60);
    out.open("Envelope");
    out.open("Sent");
    out.leaf("Date", day);
    out.leaf("Time", clock);
    out.close("Sent");
    out.leaf("Identifier", id);
    out.leaf("AcknowledgementCode", "minuspositivkvitt");
    out.close("Envelope");
}

void reason(Writer& out, const Refused& refused)
{
    out.leaf("RefuseCode", oioxml_code(refused.code));
    out.leaf("RefuseText", refused.text);
}

// The reason stands at the letter when a letter is at fault, at the message when none could be read.
void original(Writer& out, const Letter& message, const Refused* refused)
{
    const auto first = message.letter();
    out.open("OriginalEmessage");
    out.leaf("OriginalEnvelopeIdentifier", message.envelope().child("Identifier").text());
    out.party("OriginalSender", first.at("Sender/EANIdentifier").text());
    out.party("OriginalReceiver", first.at("Receiver/EANIdentifier").text());
    if (refused && !first) reason(out, *refused);
    for (auto letter = first; letter; letter = Letter::after(letter)) {
        out.open("OriginalLetter");
        out.leaf("OriginalLetterIdentifier", letter.at("Letter/Identifier").text());
        out.leaf("OriginalVersionCode", letter.at("Letter/VersionCode").text());
        if (refused) reason(out, *refused);
        out.close("OriginalLetter");
    }
    out.close("OriginalEmessage");
}

} // namespace

std::string receipt_number(const Checked& checked, Answer answer, std::string_view message)
{
    static const HmacKey names("sluse.letter.receipt"); // no secret: only a name
    constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const auto number = [&](std::initializer_list<std::string_view> parts) {
        const auto signature = names.sign(parts);
        std::string out;
        for (std::size_t i = 0; i < identifier_max; ++i) out += digits[signature[i] % digits.size()];
        return out;
    };
    const auto* letter = dynamic_cast<const Letter*>(checked.decoded.get());
    if (!letter || checked.control_id.empty()) return number({message});
    // A number that is used again for another letter gets a receipt of its own: the time tells them apart, to the minute, as EDIFACT may.
    std::string time;
    for (const char c : xml::time_text(letter->letter().at("Letter/Authorisation")))
        if (c >= '0' && c <= '9' && time.size() < 12) time += c;
    return number({checked.system, checked.control_id, checked.type, time, answer == Answer::accepted ? "+" : "-"});
}

std::string receipt(const Checked& checked, Answer answer, const AckStamp& stamp)
{
    const auto* message = dynamic_cast<const Letter*>(checked.decoded.get());
    // Without a readable message there is nobody to answer, and what could not be stored is sent again by the network.
    if (!message || answer == Answer::store_failed || message->root().name() != "Emessage") return {};
    const auto first = message->letter();
    const bool positive = answer == Answer::accepted;
    if (first.name().ends_with("Receipt") || (positive && !checked.expects_answer)) return {};
    if (first.at("Sender/EANIdentifier").text().empty()) return {}; // a receipt goes to a location
    const std::string_view root = positive ? "PositiveReceipt" : "NegativeReceipt";
    const auto id = std::string_view(stamp.id).substr(stamp.id.size() > identifier_max ? stamp.id.size() - identifier_max : 0);
    const auto refused = refused_of(checked);
    Writer out;
    envelope(out, id, stamp.now);
    out.open(root);
    out.open("Letter");
    out.leaf("Identifier", id);
    out.leaf("VersionCode", positive ? "XC0330Q" : "XC0230Q");
    out.leaf("StatisticalCode", positive ? "XCTL03" : "XCTL02");
    out.close("Letter");
    out.party("Sender", first.at("Receiver/EANIdentifier").text());
    out.party("Receiver", first.at("Sender/EANIdentifier").text());
    original(out, *message, positive ? nullptr : &refused);
    out.close(root);
    out.close("Emessage");
    return out.take();
}

} // namespace sluse::letter
