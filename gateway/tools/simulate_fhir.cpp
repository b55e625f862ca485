// gateway/tools/simulate_fhir.cpp — events of the synthetic population as FHIR R4 bundles (transaction, or message with a MessageHeader).
#include "gateway/tools/simulate_write.hpp"

namespace sluse::simulated {
namespace {

constexpr std::string_view sks = "urn:oid:1.2.208.176.2.4.12", sor = "urn:oid:1.2.208.176.1.1";

/// Writes one bundle onto `out`. Every string here is ours and needs no escape.
class Writer : Sheet {
public:
    Writer(std::string& out, const Occasion& occasion, const WallClock& clock)
        : Sheet(out, occasion, clock), message_(occasion.word % 4 != 0)
    {}

    void bundle()
    {
        put(R"({"resourceType":"Bundle","identifier":{"system":"urn:sluse:simulate:)", o_.system.prefix, R"(","value":")", o_.system.prefix);
        append_number(out_, o_.control, 9);
        put(R"("},"type":")", message_ ? "message" : "transaction", R"(","timestamp":")");
        clock_.fhir(out_, o_.sent);
        put(R"(","entry":[)");
        header();
        if (about_identity()) merge();
        else person(p_, o_.unresolved, {});
        if (is_result(o_.event)) {
            if (c_.visit != 0) encounter();
            report();
        } else if (about_contact()) {
            encounter();
            condition();
        }
        put("]}");
    }

private:

    void uuid(std::uint64_t kind, std::uint64_t number) { append_uuid(out_, kind, number); }

    bool about_identity() const { return o_.event == Event::merge || o_.event == Event::merge_wrong || o_.event == Event::unmerge; }
    bool about_contact() const { return c_.visit != 0 && o_.event != Event::death && !about_identity() && !is_result(o_.event); }
    const Person& survivor() const { return !about_identity() || o_.event == Event::merge ? p_ : *o_.other; }

    enum Kind : std::uint64_t { header_id, patient_id, retired_id, encounter_id, condition_id, report_id, observation_id };

    void begin(std::string_view type, Kind kind, std::uint64_t number)
    {
        if (!first_) put(',');
        first_ = false;
        put(R"({"fullUrl":"urn:uuid:)");
        uuid(kind, number);
        put(R"(","resource":{"resourceType":")", type, R"(","id":")");
        uuid(kind, number);
        put('"');
    }

    void finish(std::string_view type, Kind kind, std::uint64_t number)
    {
        put('}');
        if (!message_) {
            put(R"(,"request":{"method":"PUT","url":")", type, '/');
            uuid(kind, number);
            put(R"("})");
        }
        put('}');
    }

    void reference(std::string_view name, Kind kind, std::uint64_t number)
    {
        put(",\"", name, R"(":{"reference":"urn:uuid:)");
        uuid(kind, number);
        put("\"}");
    }

    void time(std::string_view name, Millis at)
    {
        put('"', name, "\":\"");
        clock_.fhir(out_, at);
        put('"');
    }

    void header()
    {
        if (!message_) return;
        begin("MessageHeader", header_id, o_.word);
        put(R"(,"eventCoding":{"system":"urn:sluse:simulate:event","code":")", is_result(o_.event) ? "result" : "encounter");
        put(R"("},"source":{"name":")", o_.system.name, R"(","endpoint":"urn:sluse:simulate:)", o_.system.prefix, R"("})");
        put(R"(,"focus":[{"reference":"urn:uuid:)");
        if (is_result(o_.event)) uuid(report_id, c_.results);
        else if (about_contact()) uuid(encounter_id, c_.visit);
        else uuid(o_.unresolved && !about_identity() ? retired_id : patient_id, survivor().index);
        put("\"}]");
        finish("MessageHeader", header_id, o_.word);
    }

    void identifier(const Person& person, bool unresolved)
    {
        if (!unresolved) {
            put(R"({"use":"official","system":"urn:oid:1.2.208.176.1.2","value":")", person.cpr_text(), "\"}");
        } else {
            put(R"({"use":"temp","system":"urn:oid:1.2.208.176.1.6.1.)", person.regional_ecpr ? '3' : '1', R"(","value":")", person.ecpr_text(), "\"}");
        }
    }

    /// The patient under the number they are known by; an eCPR is a Patient of its own. `link`: replaces, replaced-by or nothing.
    void person(const Person& person, bool unresolved, std::string_view link, const Person* linked = nullptr)
    {
        const auto kind = unresolved ? retired_id : patient_id;
        begin("Patient", kind, person.index);
        put(R"(,"identifier":[)");
        identifier(person, unresolved);
        put(R"(],"active":)", link == "replaced-by" ? "false" : "true", R"(,"name":[{"use":"official","family":")", person.family);
        put(R"(","given":[")", person.given, '"');
        if (!person.middle.empty()) put(",\"", person.middle, '"');
        put(R"(]}],"telecom":[{"system":"phone","value":"+45)", std::uint64_t{person.phone}, R"(","use":"home"}])");
        put(R"(,"gender":")", person.male ? "male" : "female", R"(","birthDate":")", iso(person.birth), '"');
        if (o_.event == Event::death) {
            put(',');
            time("deceasedDateTime", end_of(o_));
        }
        address(person);
        if (linked != nullptr) {
            put(R"(,"link":[{"other":{"reference":"urn:uuid:)");
            uuid(unresolved ? patient_id : retired_id, linked->index);
            put(R"("},"type":")", link, R"("}])");
        }
        finish("Patient", kind, person.index);
    }

    void address(const Person& person)
    {
        const auto& home = Population::municipality(person.municipality);
        put(R"(,"address":[{"extension":[{"url":"http://hl7.dk/fhir/core/StructureDefinition/dk-core-municipalityCodes",)");
        put(R"("valueCodeableConcept":{"coding":[{"system":"http://hl7.dk/fhir/core/CodeSystem/dk-core-municipality-codes","code":")", home.code);
        put(R"("}]}}],"use":"home","line":[")", person.street, ' ', std::uint64_t{person.house}, R"("],"city":")", home.city);
        put(R"(","postalCode":")", home.postal, R"(","country":"DK","period":{"start":")", iso(o_.address_from), R"("}}])");
    }

    void merge()
    {
        const auto linked = o_.event != Event::unmerge;
        person(survivor(), false, linked ? "replaces" : "", linked ? &p_ : nullptr);
        person(p_, true, linked ? "replaced-by" : "", linked ? &survivor() : nullptr);
    }

    std::string_view status() const
    {
        if (o_.event == Event::preadmit) return "planned";
        if (o_.event == Event::cancel_admit) return "entered-in-error";
        return shows_end(o_) ? "finished" : "in-progress";
    }

    void encounter()
    {
        begin("Encounter", encounter_id, c_.visit);
        put(R"(,"identifier":[{"system":"urn:sluse:simulate:visit:)", hospitals[c_.hospital].code, R"(","value":"V)", c_.visit, "\"}");
        if (o_.episode) {
            put(R"(,{"system":"https://www.esundhed.dk/Registre/Landspatientregisteret","value":"urn:uuid:)");
            append_episode(out_, c_);
            put("\"}");
        }
        put(']');
        const std::string_view klass = c_.patient_class == 'I' ? "IMP" : c_.patient_class == 'E' ? "EMER" : c_.patient_class == 'P' ? "PRENC" : "AMB";
        put(R"(,"status":")", status(), R"(","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":")", klass);
        put(R"("},"serviceType":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0069","code":")", unit_kinds[c_.unit].service);
        put(R"("}]},"priority":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActPriority","code":")", c_.acute ? "A" : "EL", "\"}]}");
        reference("subject", o_.unresolved ? retired_id : patient_id, p_.index);
        put(R"(,"period":{)");
        time("start", c_.begin);
        if (shows_end(o_)) {
            put(',');
            time("end", end_of(o_));
        }
        put(R"(},"serviceProvider":{"identifier":{"system":")", sor, R"(","value":")");
        append_unit_code(out_, c_.hospital, c_.unit);
        put(R"("},"display":")", unit_kinds[c_.unit].name, ", ", hospitals[c_.hospital].name, "\"}");
        finish("Encounter", encounter_id, c_.visit);
    }

    void condition()
    {
        begin("Condition", condition_id, c_.visit);
        put(R"(,"identifier":[{"system":"urn:sluse:simulate:diagnosis","value":"D)", c_.visit, R"(-1"}])");
        put(R"(,"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]})");
        put(R"(,"code":{"coding":[{"system":")", sks, R"(","code":")", c_.diagnosis->code, R"(","display":")", c_.diagnosis->text, "\"}]}");
        reference("subject", o_.unresolved ? retired_id : patient_id, p_.index);
        reference("encounter", encounter_id, c_.visit);
        put(',');
        time("recordedDate", o_.recorded);
        finish("Condition", condition_id, c_.visit);
    }

    std::string_view result_status() const
    {
        return o_.event == Event::result_preliminary ? "preliminary" : o_.event == Event::result_final ? "final" : "corrected";
    }

    void result_head(std::string_view category)
    {
        put(R"(,"status":")", result_status(), R"(","category":[{"coding":[{"system":)", category, "}]}]");
    }

    void result_times()
    {
        reference("subject", o_.unresolved ? retired_id : patient_id, p_.index);
        if (c_.visit != 0) reference("encounter", encounter_id, c_.visit);
        put(',');
        time("effectiveDateTime", o_.occurred);
        put(',');
        time("issued", o_.recorded);
    }

    void coded(std::string_view code, std::string_view text)
    {
        put(R"(,"code":{"coding":[{"system":"http://npu-terminology.org","code":")", code, R"(","display":")", text, "\"}]}");
    }

    void report()
    {
        const auto count = c_.pcr ? 1u : measurements(c_.results);
        begin("DiagnosticReport", report_id, c_.results);
        put(R"(,"identifier":[{"system":"urn:sluse:simulate:report","value":"L)", std::uint64_t{c_.results}, "\"}]");
        result_head(c_.pcr ? R"("http://terminology.hl7.org/CodeSystem/v2-0074","code":"MB")" : R"("http://terminology.hl7.org/CodeSystem/v2-0074","code":"CH")");
        if (c_.pcr) coded(pcr_code, pcr_text);
        else put(R"(,"code":{"text":"Blodprøver"})");
        result_times();
        put(R"(,"result":[)");
        for (unsigned i = 0; i < count; ++i) {
            put(i == 0 ? "" : ",", R"({"reference":"urn:uuid:)");
            uuid(observation_id, std::uint64_t{c_.results} * 16 + i);
            put("\"}");
        }
        put(']');
        finish("DiagnosticReport", report_id, c_.results);
        for (unsigned i = 0; i < count; ++i) observation(i);
    }

    void observation(unsigned n)
    {
        const auto number = std::uint64_t{c_.results} * 16 + n;
        begin("Observation", observation_id, number);
        put(R"(,"identifier":[{"system":"urn:sluse:simulate:observation","value":"L)", std::uint64_t{c_.results}, '-', std::uint64_t{n + 1}, "\"}]");
        result_head(R"("http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory")");
        if (c_.pcr) {
            coded(pcr_code, pcr_text);
            result_times();
            put(R"(,"valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":")", c_.positive ? "260373001" : "260415000");
            put(R"(","display":")", c_.positive ? "Påvist" : "Ikke påvist", "\"}]}");
        } else {
            const auto [test, value] = measured(c_.results, n, o_.event == Event::result_corrected);
            coded(test->npu, test->text);
            result_times();
            put(R"(,"valueQuantity":{"value":)");
            append_scaled(out_, value, test->decimals);
            put(R"(,"unit":")", test->unit, R"(","system":"http://unitsofmeasure.org","code":")", test->ucum, "\"}");
        }
        finish("Observation", observation_id, number);
    }

    bool message_, first_{true};
};

} // namespace

void write_fhir(std::string& out, const Occasion& occasion, const WallClock& clock)
{
    Writer(out, occasion, clock).bundle();
}

} // namespace sluse::simulated
