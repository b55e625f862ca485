// adapters/cda/check.cpp — what a document must have to be taken: the header of CDA R2 and MedCom's profiles, one patient, its sections.
#include "adapters/cda/adapter.hpp"
#include "adapters/cda/document.hpp"
#include "adapters/cda/elements.hpp"
#include "adapters/xml/split.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/issues.hpp"
#include "gateway/base/text_tables.hpp"
#include "gateway/normalise/dates.hpp"
#include "gateway/normalise/identifiers.hpp"

#include <algorithm>
#include <array>

namespace sluse::cda {
namespace {

constexpr std::string_view space = "urn:hl7-org:v3";
constexpr std::string_view cpr_root = "1.2.208.176.1.2";

constexpr std::array kinds{
    Kind{"PHMR", "1.2.208.184.11.1 1.2.208.184.11.2 1.2.208.184.11.3 2.16.840.1.113883.10.20.9 2.16.840.1.113883.3.4208.11.1", "53576-5"},
    Kind{"QRD",  "1.2.208.184.13.1",                                                                                           "74465-6"},
    Kind{"QFDD", "1.2.208.184.12.1",                                                                                           "74468-0", false},
    Kind{"APD",  "1.2.208.184.14.1",                                                                                           "39289-4"},
    Kind{"CPD",  "1.2.208.184.15.1",                                                                                           "81215-6"},
    Kind{"PDC",  "1.2.208.184.16.1",                                                                                           "PDC PCD"},
};

// PHMR: HL7's implementation guide, as MedCom profiles it; CPD and APD: HL7 Denmark's profiles.
constexpr std::array sections{
    RequiredSection{"PHMR", "46264-8", "Medical Equipment",    "",                             false},
    RequiredSection{"APD",  "18776-5", "Plan of care",         "1.2.208.184.14.11.1",          false},
    RequiredSection{"CPD",  "75310-3", "Health Concerns",      "1.2.208.184.15.1.10.20.1",     true },
    RequiredSection{"CPD",  "61146-7", "Goals",                "1.2.208.184.15.1.10.20.2",     true },
    RequiredSection{"CPD",  "62387-6", "Interventions",        "1.2.208.184.15.1.10.20.3",     true },
};

/// What each section of such a document has: of a CPD's parts of sections a few have no code, a PDC has no headings at all.
struct SectionShape {
    std::string_view kind;
    bool title, text, code;
};
constexpr std::array shapes{
    SectionShape{"PHMR", true,  false, true }, SectionShape{"QRD", true, false, false}, SectionShape{"QFDD", false, false, false},
    SectionShape{"APD",  true,  true,  true }, SectionShape{"CPD", true, true,  true }, SectionShape{"PDC",  false, true,  false},
};

/// CDA's own elements, and the extensions that HL7 shares among its guides.
constexpr std::array<std::string_view, 2> spaces{space, "urn:hl7-org:sdtc"};

bool has_template(xml::Element element, std::string_view roots)
{
    for (auto id = element.child("templateId"); id; id = id.next("templateId"))
        if (listed(id.attribute("root"), roots)) return true;
    return false;
}

class Check {
public:
    Check(xml::Element root, const SystemSettings& system, Checked& out) : root_(root), system_(system), out_(out) {}

    const Kind* run()
    {
        if (root_.name() != "ClinicalDocument") {
            error(IssueKind::unsupported_type, "", "must be the root element, not " + std::string(root_.name()));
            return nullptr;
        }
        if (root_.space() != space) {
            error(IssueKind::unsupported_version, "@xmlns", (root_.space().empty() ? "is missing" : "is not CDA's namespace") + std::string(": send ") + std::string(space));
            return nullptr;
        }
        const auto* kind = kind_of(root_);
        if (!kind) {
            error(IssueKind::unsupported_type, "templateId", "names none of the documents taken here: PHMR, QRD, QFDD, APD, CPD and PDC by HL7 Denmark's templates");
            return nullptr;
        }
        out_.type = kind->name;
        header(*kind);
        if (kind->about_a_patient) patient();
        body(*kind);
        check_elements(root_, out_.issues);
        return kind;
    }

private:
    void error(IssueKind kind, std::string_view path, std::string text)
    {
        out_.issues.push_back({Severity::error, kind, path.empty() ? "ClinicalDocument" : "ClinicalDocument/" + std::string(path), std::move(text)});
    }
    void warning(IssueKind kind, std::string_view path, std::string text)
    {
        out_.issues.push_back({Severity::warning, kind, "ClinicalDocument/" + std::string(path), std::move(text)});
    }

    void header(const Kind& kind)
    {
        const auto type = root_.child("typeId");
        if (type.attribute("root") != "2.16.840.1.113883.1.3" || type.attribute("extension") != "POCD_HD000040")
            error(IssueKind::required_missing, "typeId", "must be 2.16.840.1.113883.1.3, POCD_HD000040: it says that this is CDA R2");
        if (type.next("typeId")) error(IssueKind::sequence, "typeId[2]", "stands twice: there is one at most");
        if (!listed(root_.child("code").attribute("code"), kind.codes))
            error(IssueKind::unknown_code, "code/@code", "must be " + std::string(kind.codes.substr(0, kind.codes.find(' '))) + " in a document of this template");
        const auto id = root_.child("id");
        if (id.attribute("root").empty()) error(IssueKind::required_missing, "id/@root", "is missing");
        out_.control_id = id.attribute("extension").empty() ? id.attribute("root") : id.attribute("extension");
        if (const auto version = root_.at("versionNumber").attribute("value"); !version.empty()) (out_.control_id += '/') += version;
        const auto time = root_.child("effectiveTime").attribute("value");
        if (time.empty()) error(IssueKind::required_missing, "effectiveTime/@value", "is missing");
        else if (!wrong_with_time(time) && !instant_of(time, system_.zone)) error(IssueKind::wrong_type, "effectiveTime/@value", "is no time with a day: YYYYMMDDHHMMSS+ZZZZ");
        const auto custodian = root_.at("custodian/assignedCustodian/representedCustodianOrganization");
        present(root_, "title");
        access_and_language();
        out_.system = custodian.child("id").attribute("extension");
        if (out_.system.empty()) out_.system = custodian.child("name").text();
    }

    /// `path` below `from`, wherever that is.
    void present(xml::Element from, std::string_view path)
    {
        if (from.at(path)) return;
        const auto place = place_of(from);
        error(IssueKind::required_missing, (place.empty() ? place : place + '/') + std::string(path), "is missing");
    }

    /// Who may read it, and its language, of which Danish profiles know one.
    void access_and_language()
    {
        if (const auto access = root_.child("confidentialityCode"); access.attribute("codeSystem") == "2.16.840.1.113883.5.25" && !listed(access.attribute("code"), "U L M N R V"))
            error(IssueKind::unknown_code, "confidentialityCode/@code", "must be one of U L M N R V");
        present(root_, "languageCode");
        const auto language = root_.child("languageCode").attribute("code");
        if (language.size() > 17 || !std::ranges::all_of(language, [](char c) { return is_letter(c) || c == '-'; }))
            error(IssueKind::wrong_type, "languageCode/@code", "is no language: da-DK");
    }

    /// One patient; the numbers that name a person, the CPR number first.
    void patient()
    {
        const auto target = root_.child("recordTarget");
        if (!target) return error(IssueKind::required_missing, "recordTarget", "is missing: the document is about no patient");
        if (target.next("recordTarget")) error(IssueKind::sequence, "recordTarget[2]", "is a second patient: a document is about one");
        const auto role = target.child("patientRole");
        if (role.child("id").attribute("extension").empty()) return error(IssueKind::required_missing, "recordTarget/patientRole/id/@extension", "is missing: the patient has no number");
        const auto id = role.child("id");
        auto other = id.next("id");
        while (other && other.attribute("root") != cpr_root) other = other.next("id");
        if (other && id.attribute("root") == cpr_root) error(IssueKind::sequence, place_of(other) + "/@extension", "is a second CPR number: a person has one");
        for (const auto* known : {"patient/name", "patient/administrativeGenderCode", "patient/birthTime"}) present(role, known);
        const auto root = id.attribute("root");
        const auto value = id.attribute("extension");
        const bool danish = root == cpr_root || root == "2.16.840.1.113883.3.4208.100.2";
        if (danish && !looks_like_person_number(value))
            error(IssueKind::wrong_type, "recordTarget/patientRole/id/@extension", "is no CPR number: ten digits beginning with a date, or a replacement number");
        PersonIdentifier person;
        person_identifier(system_, out_.system, {{}, danish ? cpr_root : root, "ISO"}, {}, value, person);
        if (!person.value.empty()) out_.persons.push_back(std::move(person));
    }

    /// As errors name places: below the document, whose own place is empty.
    static std::string place_of(xml::Element element)
    {
        const auto path = element.path();
        return path.substr(std::min(path.find('/'), path.size() - 1) + 1);
    }

    /// DDMMYY of some century, then digits or a replacement number's letters.
    static bool looks_like_person_number(std::string_view value)
    {
        if (value.size() != 10 || !all_digits(value.substr(0, 6))) return false;
        const auto day = (value[0] - '0') * 10 + value[1] - '0', month = (value[2] - '0') * 10 + value[3] - '0';
        const bool digits = all_digits(value);
        return month >= 1 && month <= 12 && day >= 1 && (day <= 31 || !digits);
    }

    void body(const Kind& kind)
    {
        const auto body = root_.at("component/structuredBody");
        if (!body) return error(IssueKind::required_missing, "component/structuredBody", "is missing");
        for (const auto& wanted : sections)
            if (wanted.kind == kind.name) section(body, wanted);
        for (const auto& shape : shapes)
            if (shape.kind == kind.name) shaped(body, shape, true);
        if (kind.name == "PHMR" && !find(body, "8716-3") && !find(body, "30954-2"))
            error(IssueKind::required_missing, "component/structuredBody/component/section", "neither the section Vital signs (code 8716-3) nor Results (code 30954-2) is there");
        if (kind.name == "APD") appointment(body);
        if (kind.name == "QFDD") named(body);
    }

    /// The sections below `parent`, and theirs.
    void shaped(xml::Element parent, const SectionShape& shape, bool top)
    {
        for (auto part = parent.child("component"); part; part = part.next("component")) {
            const auto section = part.child("section");
            if (!section) continue;
            present(section, "templateId");
            if (shape.title) present(section, "title");
            if (shape.text) present(section, "text");
            if (shape.code && top) present(section, "code");
            shaped(section, shape, false);
        }
    }

    /// A questionnaire's section is known by its title or its code.
    void named(xml::Element body)
    {
        for (auto part = body.child("component"); part; part = part.next("component"))
            if (const auto found = part.child("section"); found && found.child("title").text().empty() && found.child("code").attribute("code").empty())
                error(IssueKind::required_missing, place_of(found) + "/title", "is missing, and so is the code");
    }

    xml::Element find(xml::Element body, std::string_view code) const
    {
        for (auto part = body.child("component"); part; part = part.next("component"))
            if (part.at("section/code").attribute("code") == code) return part.child("section");
        return {};
    }

    void section(xml::Element body, const RequiredSection& wanted)
    {
        const auto found = find(body, wanted.code);
        if (!found) return error(IssueKind::required_missing, "component/structuredBody/component/section", "the section " + std::string(wanted.name) + " (code " + std::string(wanted.code) + ") is missing or has no code");
        const auto path = place_of(found);
        if (!wanted.templates.empty() && !has_template(found, wanted.templates)) error(IssueKind::required_missing, path + "/templateId", "must be " + std::string(wanted.templates));
        if (wanted.parts && !found.at("component/section")) error(IssueKind::required_missing, path + "/component", "is missing: the section " + std::string(wanted.name) + " holds no part");
    }

    /// The header's and the body's time must agree; a receiver shows either.
    void appointment(xml::Element body)
    {
        const auto encounter = find(body, "18776-5").at("entry/encounter");
        if (!encounter) return error(IssueKind::required_missing, "component/structuredBody/component/section/entry/encounter", "is missing");
        const auto path = place_of(encounter);
        const auto start = encounter.at("effectiveTime/low").attribute("value");
        if (!instant_of(start, system_.zone)) error(IssueKind::required_missing, path + "/effectiveTime/low/@value", "is missing or no time");
        const auto told = root_.at("documentationOf/serviceEvent/effectiveTime/low").attribute("value");
        if (!told.empty() && instant_of(told, system_.zone) != instant_of(start, system_.zone))
            error(IssueKind::wrong_type, path + "/effectiveTime/low/@value", "is another time than the header's (documentationOf/serviceEvent/effectiveTime/low)");
    }

    xml::Element root_;
    const SystemSettings& system_;
    Checked& out_;
};

} // namespace

std::span<const RequiredSection> required_sections() { return sections; }

const Kind* kind_of(xml::Element root)
{
    const auto found = std::ranges::find_if(kinds, [&](const Kind& kind) { return has_template(root, kind.templates); });
    return found == kinds.end() ? nullptr : &*found;
}

bool recognises(std::string_view bytes)
{
    return xml::looks_like_xml(bytes) && xml::peek_root(bytes).name == "ClinicalDocument";
}

std::vector<std::string_view> split(std::string_view bytes, Issues&)
{
    return xml::split_documents(bytes);
}

Checked check(std::string_view message, const SystemSettings& system)
{
    Checked checked;
    checked.expects_answer = false;
    auto parsed = xml::Document::parse(message);
    if (!parsed) {
        checked.answer = Answer::content_error;
        checked.issues.push_back(std::move(parsed.issue));
        return checked;
    }
    auto decoded = std::make_unique<Document>();
    decoded->document = std::move(parsed.document);
    for (const auto& [path, where] : decoded->document->take_out(spaces))
        checked.issues.push_back(where.empty() ? Issue{Severity::error, IssueKind::wrong_type, path, "stands in no namespace: CDA's elements stand in " + std::string(space)}
                                               : Issue{Severity::warning, IssueKind::unsupported_type, path, "stands in a namespace that is not CDA's: it is left out"});
    decoded->kind = Check(decoded->document->root(), system, checked).run();
    if (has_error(checked.issues)) checked.answer = decoded->kind ? Answer::content_error : Answer::refused;
    checked.decoded = std::move(decoded);
    return checked;
}

std::string acknowledge(std::string_view, const Checked&, Answer, const AckStamp&)
{
    return {};
}

} // namespace sluse::cda
