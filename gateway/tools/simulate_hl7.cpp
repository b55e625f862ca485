// gateway/tools/simulate_hl7.cpp — events of the synthetic population as HL7 v2.5.1 messages.
#include "gateway/tools/simulate_write.hpp"

namespace sluse::simulated {
namespace {

struct Trigger {
    std::string_view code, structure;
};

Trigger trigger(Event event)
{
    switch (event) {
    case Event::preadmit: return {"ADT^A05", "ADT_A05"};
    case Event::admit: return {"ADT^A01", "ADT_A01"};
    case Event::register_visit: return {"ADT^A04", "ADT_A01"};
    case Event::transfer: return {"ADT^A02", "ADT_A02"};
    case Event::cancel_transfer: return {"ADT^A12", "ADT_A12"};
    case Event::to_inpatient: return {"ADT^A06", "ADT_A06"};
    case Event::to_outpatient: return {"ADT^A07", "ADT_A06"};
    case Event::discharge:
    case Event::discharge_again: return {"ADT^A03", "ADT_A03"};
    case Event::cancel_discharge: return {"ADT^A13", "ADT_A01"};
    case Event::cancel_admit: return {"ADT^A11", "ADT_A09"};
    case Event::merge:
    case Event::merge_wrong: return {"ADT^A40", "ADT_A39"};
    case Event::unmerge: return {"ADT^A37", "ADT_A37"};
    case Event::add_person: return {"ADT^A28", "ADT_A05"};
    case Event::update_person:
    case Event::death: return {"ADT^A31", "ADT_A05"};
    case Event::result_preliminary:
    case Event::result_final:
    case Event::result_corrected: return {"ORU^R01", "ORU_R01"};
    default: return {"ADT^A08", "ADT_A01"};
    }
}

/// Writes one message onto `out`; segments in the order of its structure.
class Writer : Sheet {
public:
    Writer(std::string& out, const Occasion& occasion, const WallClock& clock)
        : Sheet(out, occasion, clock)
    {}

    void message()
    {
        header();
        switch (o_.event) {
        case Event::merge:
        case Event::merge_wrong: return merge();
        case Event::unmerge:
            person(*o_.other, false);
            put("PV1|1|N\r");
            person(p_, true);
            put("PV1|1|N\r");
            return;
        case Event::add_person:
        case Event::update_person:
        case Event::death:
            person(p_, o_.unresolved);
            practice();
            put("PV1|1|N\r");
            return;
        default: break;
        }
        person(p_, o_.unresolved);
        if (is_result(o_.event)) return result();
        practice();
        relative();
        visit();
        if (o_.event != Event::cancel_admit && o_.event != Event::cancel_transfer && o_.event != Event::transfer) clinical();
    }

private:
    void time(Millis at) { clock_.hl7(out_, at, o_.system.offsets, o_.system.minutes); }

    void header()
    {
        const auto type = trigger(o_.event);
        put("MSH|^~\\&|", o_.system.application, '|', o_.system.facility, "|SLUSE|DK|");
        clock_.hl7(out_, o_.sent, o_.system.offsets, false);
        put("||", type.code, '^', type.structure, '|', o_.system.prefix);
        append_number(out_, o_.control, 9);
        put("|P|2.5.1|||", o_.system.enhanced ? "AL|NE" : "|", "|DNK|");
        if (o_.system.declares_charset) put(o_.system.latin1 ? "8859/1" : "UNICODE UTF-8");
        put("\r");
        if (is_result(o_.event)) return;
        put("EVN|", type.code.substr(4), '|');
        time(o_.recorded);
        put("|||SK", o_.word % 900 + 100, '|');
        time(o_.occurred);
        put('\r');
    }

    void number(const Person& person, bool unresolved)
    {
        if (!unresolved) {
            put(person.cpr_text(), "^^^CPR&1.2.208.176.1.2&ISO^NNDNK");
        } else if (person.regional_ecpr) {
            put(person.ecpr_text(), "^^^DECPR&1.2.208.176.1.6.1.3&ISO^NI");
        } else {
            put(person.ecpr_text(), "^^^XECPR&1.2.208.176.1.6.1.1&ISO^NI");
        }
    }

    void person(const Person& person, bool unresolved)
    {
        put("PID|1||");
        number(person, unresolved);
        put("||", person.family, '^', person.given, '^', person.middle, "^^^^L||");
        append_day(out_, person.birth);
        put('|', person.male ? 'M' : 'F', "|||");
        address(person);
        put("||^PRN^PH^^45^^", std::uint64_t{person.phone});
        if (o_.event == Event::death) {
            put("||||||||||||||||");
            time(end_of(o_));
            put("|Y");
        }
        put('\r');
    }

    void address(const Person& person)
    {
        const auto& home = Population::municipality(person.municipality);
        put(person.street, ' ', std::uint64_t{person.house}, "^^", home.city, "^^", home.postal, "^DNK^H^^", home.code, "^^^^");
        append_day(out_, o_.address_from);
    }

    void practice()
    {
        put("PD1|||Lægehuset ", p_.street, "^^", std::uint64_t{p_.practice}, "^^^YDER|", std::uint64_t{p_.practice}, "^Lund^Karen^^^Læge\r");
    }

    void relative()
    {
        if (p_.index % 3 != 0) return;
        const auto child = clock_.day(o_.sent) - p_.birth < 18 * 365;
        put("NK1|1|", p_.family, '^', child || p_.male ? "Anne" : "Peter", child ? "|MTH^Mor" : "|SPO^Ægtefælle", "^HL70063||^PRN^PH^^45^^");
        put(std::uint64_t{p_.phone} + 1, '\r');
    }

    void place(std::uint8_t unit)
    {
        append_unit_code(out_, c_.hospital, unit);
        put('^', std::uint64_t{10u + c_.visit % 30}, '^', std::uint64_t{1u + c_.visit % 4}, '^', hospitals[c_.hospital].code);
    }

    void visit()
    {
        const auto& unit = unit_kinds[c_.unit];
        put("PV1|1|", c_.patient_class, '|');
        place(c_.unit);
        put('|', c_.acute ? 'E' : 'R', "||");
        if (o_.event == Event::transfer) place(emergency_unit);
        put("|BL", c_.visit % 90 + 10, "^Holm^Lise^^^Overlæge|||", unit.service, "|||||||||");
        put('V', c_.visit, "^^^", hospitals[c_.hospital].code, "^VN|||||||||||||||||");
        if (shows_end(o_)) put(c_.dead ? "20" : "01");
        put("||||||||");
        time(c_.begin);
        if (shows_end(o_)) {
            put('|');
            time(end_of(o_));
        }
        if (o_.episode) episode(shows_end(o_) ? "|||||" : "||||||");
        put("\rPV2|||", c_.diagnosis->code, '^', c_.diagnosis->text, "^SKS||||||||||||||||||||||", c_.acute ? "A" : "EL", '\r');
    }

    /// PV1-50: the contact's number in the national patient register.
    void episode(std::string_view bars)
    {
        put(bars);
        append_episode(out_, c_);
        put("^^^LPR3");
    }

    void clinical()
    {
        put("DG1|1||", c_.diagnosis->code, '^', c_.diagnosis->text, "^SKS||");
        time(c_.begin);
        put("|A|||||||||1|||||D", c_.visit, "-1\r");
        if (c_.visit % 4 == 0 && (c_.closed || shows_end(o_))) {
            put("DG1|2||DI109^Essentiel hypertension^SKS||");
            time(c_.begin);
            put("|A|||||||||2|||||D", c_.visit, "-2\r");
        }
        put("IN1|1|1^Sygesikringsgruppe 1^L|", std::uint64_t{1081u + hospitals[c_.hospital].region}, "^^^^^REG|Offentlig sygesikring");
        put("||||||||20000101|||SOC^Offentlig^L|", p_.family, '^', p_.given, "|SEL\r");
        if (p_.index % 16 == 5) put("AL1|1|DA|J01CE^Penicilliner^ATC|MO|Udslæt\r");
    }

    void merge()
    {
        person(o_.event == Event::merge_wrong ? *o_.other : p_, false);
        put("MRG|");
        number(p_, true);
        put("||||||", p_.family, '^', p_.given, "\r");
    }

    void result()
    {
        const auto status = o_.event == Event::result_preliminary ? 'P' : o_.event == Event::result_final ? 'F' : 'C';
        if (c_.visit != 0) {
            put("PV1|1|", c_.patient_class, '|');
            place(c_.unit);
            put("||||||||||||||||V", c_.visit, "^^^", hospitals[c_.hospital].code, "^VN");
            if (o_.episode) episode("|||||||||||||||||||||||||||||||");
            put('\r');
        }
        put("ORC|SC|R", std::uint64_t{c_.results}, "|L", std::uint64_t{c_.results}, "||", status == 'P' ? "IP" : "CM");
        put("\rOBR|1|R", std::uint64_t{c_.results}, "|L", std::uint64_t{c_.results}, '|');
        if (c_.pcr) put(pcr_code, '^', pcr_text, "^NPU|||");
        else put("BLODPRØVER^Blodprøver^L|||");
        time(o_.occurred);
        put("|||||||||", std::uint64_t{p_.practice}, "^Lund^Karen^^^Læge||||||");
        time(o_.recorded);
        put("||", c_.pcr ? "MB" : "CH", '|', status, '\r');
        if (c_.pcr) return pcr(status);
        const auto count = measurements(c_.results);
        for (unsigned i = 0; i < count; ++i) observation(i, status);
    }

    void observation(unsigned n, char status)
    {
        const auto [test, value] = measured(c_.results, n, status == 'C');
        put("OBX|", std::uint64_t{n + 1}, "|NM|", test->npu, '^', test->text, "^NPU||");
        append_scaled(out_, value, test->decimals);
        put('|', test->ucum, '^', test->unit == "10^9/L" ? "10\\S\\9/L" : test->unit, "^UCUM|", test->range, '|', value > test->to ? "H" : value < test->from ? "L" : "");
        put("|||", status, "|||");
        time(o_.occurred);
        put("||", std::uint64_t{c_.results % 40 + 10}, "^Bang^Mads^^^Bioanalytiker||||||||Klinisk Biokemi, ", hospitals[c_.hospital].name);
        put("^^^^^SOR^^^^99", std::uint64_t{c_.hospital + 10u}, "991000016009\r");
    }

    void pcr(char status)
    {
        put("OBX|1|CWE|", pcr_code, '^', pcr_text, "^NPU||");
        put(c_.positive ? "260373001^Påvist^SCT" : "260415000^Ikke påvist^SCT", "|||", c_.positive ? "A" : "N", "|||", status, "|||");
        time(o_.occurred);
        put("\rSPM|1|P", std::uint64_t{c_.results}, "||258500001^Svælgpodning^SCT|||||||||||||");
        time(o_.occurred);
        put('\r');
    }

};

} // namespace

void write_hl7(std::string& out, const Occasion& occasion, const WallClock& clock)
{
    Writer(out, occasion, clock).message();
    if (occasion.system.latin1) to_latin1(out);
}

} // namespace sluse::simulated
