// gateway/tools/simulate_edifact.cpp — events of the synthetic population as MedCom's EDIFACT letters, in ISO 8859-1.
#include "gateway/tools/simulate_letters.hpp"

namespace sluse::simulated {
namespace {

/// One interchange of one letter onto `out`. Counts its segments; escapes what people wrote.
class Writer : Sheet {
public:
    Writer(std::string& out, const Occasion& occasion, const WallClock& clock)
        : Sheet(out, occasion, clock), parties_(parties_of(occasion)), type_(letter_type(occasion)),
          lines_(occasion.contact.hospital % 2 == 0), letter_(letter_number(occasion, 'B')), sent_(local_minutes(clock, occasion.sent))
    {
    }

    void interchange()
    {
        const auto reference = letter_number(o_, 'K');
        segment("UNA:+.? ");
        segment("UNB+UNOC:3+", parties_.sender.gln, ":14+", parties_.receiver.gln, ":14+", sent_.substr(2, 6), ':', sent_.substr(8, 4), '+', reference, "++++", o_.word % 4 == 0 ? '1' : '0');
        count_ = 0;
        segment("UNH+", letter_, '+', message(), type_.version, '+', type_.type);
        body();
        const auto counted = std::to_string(count_ + 1);
        segment("UNT+", counted, '+', letter_);
        segment("UNZ+1+", reference);
    }

private:
    template <class... Parts> void segment(const Parts&... parts)
    {
        (add(parts), ...);
        out_ += '\'';
        if (lines_) out_ += '\n';
        ++count_;
    }

    static std::string escaped(std::string_view text)
    {
        std::string out;
        for (const char c : text) {
            if (c == '+' || c == ':' || c == '\'' || c == '?') out += '?';
            out += c;
        }
        return out;
    }
    std::string time(Millis at) const { return local_minutes(clock_, at) + ":203"; }
    std::string seconds(Millis at) const
    {
        std::string text;
        clock_.hl7(text, at, false, false);
        return text + ":204";
    }

    std::string_view message() const
    {
        switch (o_.event) {
        case Event::laboratory_request: return "MEDREQ:D:93A:UN:";
        case Event::referral: return "MEDREF:D:93A:UN:";
        case Event::prescription: return "MEDPRE:0:962:RT:";
        default: return is_result(o_.event) ? "MEDRPT:D:93A:UN:" : "MEDDIS:D:93A:UN:";
        }
    }

    void body()
    {
        if (is_result(o_.event)) return report();
        switch (o_.event) {
        case Event::laboratory_request: return request();
        case Event::referral: return referral();
        case Event::prescription: return prescription();
        case Event::discharge_letter:
        case Event::clinic_letter: return letter();
        case Event::correspondence: return correspondence();
        default: return advice();
        }
    }

    void head(std::string_view kind)
    {
        segment("BGM+", kind, "++9+NA");
        segment("DTM+137:", o_.event == Event::tell_admission || o_.event == Event::tell_discharge || o_.event == Event::tell_cancelled ? seconds(o_.sent) : time(o_.sent));
    }

    void party(const Party& party, std::string_view role, int number, bool speciality)
    {
        constexpr std::string_view lists[] = {"", ":SOR:SST", ":SOR:SST", ":YNR:SFU", ":KOM:IM", ":EAN:9"};
        segment("S01+01");
        segment("NAD+", role, '+', party.code, lists[static_cast<std::size_t>(party.kind)], "++", escaped(party.organisation), ':', escaped(party.department), "::::US");
        segment("SEQ++", static_cast<std::uint64_t>(number));
        if (speciality) segment("SPR+ORG+", party.kind == Party::Kind::laboratory ? "60" : party.kind == Party::Kind::practice ? "580" : "99", ":SKS:SST+", type_.type, ":SKS:SST");
    }

    void patient(std::string_view group, bool named)
    {
        segment(group, '+', group.substr(1));
        if (named) segment("PNA+PAT+", p_.cpr_text(), ":::CPR:IM+++SU:", escaped(p_.family), "+FO:", escaped(p_.given));
        else segment("PNA+PAT+", p_.cpr_text(), ":::CPR:IM");
    }

    void address() { segment("ADR++US:", escaped(p_.street), ' ', std::uint64_t{p_.house}, '+', escaped(home().city), '+', home().postal); }
    const Municipality& home() const { return Population::municipality(p_.municipality); }

    std::string episode() const
    {
        std::string text;
        append_episode(text, c_);
        std::erase(text, '-');
        return text;
    }

    /// DIS20 and DIS17: the municipality is told of an admission, or of its end.
    void advice()
    {
        const auto status = o_.event == Event::tell_cancelled ? "C" : "N";
        const auto ended = o_.event == Event::tell_discharge;
        head("EPI");
        party(parties_.sender, "SOR", 1, true);
        party(parties_.receiver, "ROR", 2, false);
        segment("S02+02");
        segment("GIS+", status);
        segment("RFF+SRI:", letter_);
        segment("DTM+182:", seconds(o_.sent));
        patient("S07", false);
        segment("S11+11");
        segment("GIS+", status);
        segment("GIS+P");
        segment("RFF+REI:", episode());
        segment("SEQ++1");
        segment("DTM+90:", time(ended ? end_of(o_) : c_.begin));
        segment("PAS+", ended ? (c_.dead ? "DE" : "DH") : "HS");
    }

    void stay()
    {
        segment("S11+11");
        segment("GIS+N");
        segment("RFF+REI:", episode());
        segment("SEQ++1");
        segment("DTM+90:", time(c_.begin));
        segment("DTM+91:", time(end_of(o_)));
        segment("PAS+", o_.event == Event::clinic_letter ? "HA" : "HS");
        segment("CIN+A+", c_.diagnosis->code, ":SKS:SST:", escaped(c_.diagnosis->text));
        if (c_.visit % 4 != 0) return;
        segment("S14+14");
        segment("CIN+B+DI109:SKS:SST:Essentiel hypertension");
        segment("DTM+CIS:", time(c_.begin));
    }

    void text(std::string_view code)
    {
        const auto lines = letter_lines(o_);
        segment("FTX+", code, "+P00++", escaped(lines[0]), ':', escaped(lines[1]), ':', escaped(lines[2]));
    }

    void numbered()
    {
        segment("S02+02");
        segment("GIS+N");
        segment("RFF+SRI:", letter_);
        if (o_.event == Event::correspondence) segment("RFF+NO:NC");
        segment("DTM+182:", time(o_.sent));
    }

    /// DIS01 and DIS02.
    void letter()
    {
        head("EPI");
        party(parties_.sender, "SSP", 1, true);
        party(parties_.receiver, "PO", 2, false);
        numbered();
        patient("S07", true);
        address();
        stay();
        segment("S14+14");
        text("NC");
    }

    /// DIS91.
    void correspondence()
    {
        head("EPI");
        party(parties_.sender, "SSP", 1, true);
        party(parties_.receiver, "PO", 2, false);
        numbered();
        patient("S07", true);
        segment("S11+11");
        segment("GIS+N");
        segment("RFF+AHI:1");
        segment("SEQ++1");
        segment("PAS+POT");
        segment("S14+14");
        segment("FTX+OE+P00++", o_.word % 2 == 0 ? "Medicin" : "Svar");
        text("NC");
    }

    /// RPT01.
    void report()
    {
        const auto requisition = report_number(o_);
        head("LRP");
        party(parties_.sender, "SLA", 1, true);
        party(parties_.receiver, "PO", 2, false);
        segment("S02+02");
        segment("GIS+N");
        segment("RFF+SRI:", requisition);
        segment("STS+", o_.event == Event::result_preliminary ? 'D' : 'K');
        segment("DTM+ISR:", time(o_.recorded));
        segment("S04+04");
        segment("RFF+ROI:R", requisition.substr(1));
        segment("RFF+SOI:L", requisition.substr(1));
        segment("DTM+4:", time(o_.occurred));
        segment("S06+06");
        patient("S07", true);
        segment("S16+16");
        segment("SPC+SCI+ATT");
        const auto count = measurements(c_.results);
        for (unsigned n = 0; n < count; ++n) result(measured(c_.results, n, o_.event == Event::result_corrected));
    }

    void result(const Measured& m)
    {
        segment("GIS+", o_.event == Event::result_corrected ? 'M' : 'N');
        segment("INV+MQ+", m.test->npu, ":CQU:SST:", escaped(m.test->text.substr(0, m.test->text.find(' '))));
        std::string value;
        append_scaled(value, m.value, m.test->decimals);
        const auto validation = validation_of(m);
        segment("RSL+NV+", value, "++:::", escaped(m.test->unit), validation.empty() ? "" : "+", validation);
        segment("STS++", o_.event == Event::result_preliminary ? "PR" : "FR");
        segment("FTX+ACM+P00++", escaped(m.test->text));
        segment("REL+PRF+POR:91:KBA:", parties_.sender.code);
        segment("S20+20");
        std::string low, high;
        append_scaled(low, m.test->from, m.test->decimals);
        append_scaled(high, m.test->to, m.test->decimals);
        segment("RND+U+", m.test->from == 0 ? std::string() : low, '+', high);
    }

    /// REQ01.
    void request()
    {
        const auto requisition = report_number(o_);
        head("LRE");
        party(parties_.sender, "PO", 1, true);
        party(parties_.receiver, "SLA", 2, false);
        segment("S02+02");
        segment("FCA+PPI");
        segment("GIS+N");
        segment("RFF+ROI:R", requisition.substr(1));
        segment("DTM+4:", time(o_.sent));
        segment("PAC+1");
        segment("S05+05");
        segment("S06+06");
        segment("PNA+PAT+", p_.cpr_text(), ":::CPR:IM+++SU:", escaped(p_.family), "+FO:", escaped(p_.given));
        segment("S09+09");
        segment("FTX+CO+P00++Kontrol.");
        segment("S15+15");
        segment("SPC+SCI+ATT");
        segment("RFF+RTI:R", requisition.substr(1));
        segment("DTM+SCO:", time(o_.recorded));
        const auto count = measurements(c_.results);
        for (unsigned n = 0; n < count; ++n) {
            const auto& test = *measured(c_.results, n, false).test;
            segment("GIS+N");
            segment("PTY+REP+NO");
            segment("INV+MQ+", test.npu, ":CQU:SST:", escaped(test.text.substr(0, test.text.find(' '))));
        }
    }

    /// REF01.
    void referral()
    {
        head("HNV");
        party(parties_.sender, "PO", 1, true);
        party(parties_.receiver, "SSP", 2, false);
        segment("S01+01");
        segment("NAD+BV+++Læge:Karen Lund::::US");
        segment("RFF+AHL:1");
        segment("SEQ++3");
        segment("S02+02");
        segment("GIS+N");
        segment("RFF+ROI:", episode());
        segment("DTM+4:", time(o_.sent));
        segment("CIN+H+", c_.diagnosis->code, ":SKS::", escaped(c_.diagnosis->text));
        segment("FTX+DI+P00++", escaped(letter_lines(o_)[0]));
        segment("S06+06");
        segment("STS++NR");
        patient("S07", true);
        address();
        segment("S12+12");
        text("NC");
        segment("S18+18");
        segment("GIS+N");
        segment("PTY+PRI+", c_.acute ? "AC" : "WA");
        segment("PAS+", c_.inpatient ? "HS" : "HA");
        segment("S19+19");
        segment("STS++NR");
        segment("TDT+PHL++", c_.acute ? "SI" : "TX");
    }

    /// PRE01.
    void prescription()
    {
        const auto& drug = prescribed(o_);
        const auto day = sent_.substr(0, 8);
        segment("BGM+PRS:SKL:SST++9");
        segment("DTM+137:", seconds(o_.sent));
        segment("PNA+PO+ZZZ", std::uint64_t{10u + p_.practice % 90}, ":AUT+", parties_.sender.code, ":YNR:SFU+++US:Karen Lund+US:", escaped(parties_.sender.organisation));
        segment("EMP+4+PHY:SKL:SST");
        segment("PNA+SE++", parties_.receiver.gln, "::9");
        segment("DTM+97:", day, ":102");
        segment("RFF+CH:", day.substr(0, 6));
        segment("RFF+SYS:SIMULERET");
        segment("GIS+ZZZ:SKL:SST");
        segment("PNA+PAT+", p_.cpr_text(), ":CPR++++SCC:", escaped(p_.family), ',', escaped(p_.given));
        segment("ADR+1+1:", escaped(p_.street), ' ', std::uint64_t{p_.house}, "++", home().postal);
        segment("LIN+1++", drug.package, ":AK:NVN:LMS");
        segment("IMD+A+DNM+:::", escaped(drug.name));
        segment("IMD+A+DDP+:::", escaped(drug.form));
        segment("MEA+AAU+CT:::", escaped(drug.size));
        segment("MEA+DEN+S:::", escaped(drug.strength));
        segment("QTY+189:1:NMB");
        segment("CIN+9+", drug.indication_code, ":LDD:LMS:", escaped(drug.indication));
        segment("DSG+5+15:LDD:LMS:", escaped(drug.dosage));
    }

    const Parties parties_;
    const LetterType type_;
    bool lines_;
    const std::string letter_, sent_;
    std::uint64_t count_{};
};

} // namespace

void write_edifact(std::string& out, const Occasion& occasion, const WallClock& clock)
{
    Writer(out, occasion, clock).interchange();
    to_latin1(out);
}

} // namespace sluse::simulated
