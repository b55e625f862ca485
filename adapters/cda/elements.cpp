// adapters/cda/elements.cpp — walks a document once and holds each element to its row of schemas/cda/elements.tsv and each value to its type.
#include "adapters/cda/elements.hpp"

#include "adapters/xml/schema.hpp"
#include "gateway/base/ascii.hpp"
#include "gateway/base/oid.hpp"
#include "gateway/base/text_tables.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/normalise/dates.hpp"
#include "gateway/normalise/functions_hl7.hpp"

#include <algorithm>
#include <charconv>

namespace sluse {
std::string_view cda_elements_table(); // made by the build from schemas/cda/elements.tsv
} // namespace sluse

namespace sluse::cda {
namespace {

/// Data types that xsi:type may name; those of intervals and lists of them (IVL_TS) end in one of these.
constexpr std::string_view types = "ANY BL BN ED ST CD CV CE CO CS SC II TEL AD EN PN ON TN INT REAL PQ MO TS RTO";

/// Observations that say nothing without a value: PHMR's and CCD's measurements, a care plan's outcomes.
constexpr std::string_view measured = "2.16.840.1.113883.10.20.9.8 2.16.840.1.113883.10.20.1.31 1.2.208.184.15.1.10.20.4.20";

const xml::Schema& schema()
{
    static const xml::Schema loaded(cda_elements_table(), {"urn:hl7-org:v3"});
    return loaded;
}

/// An object identifier, a UUID, or a name that HL7 reserves.
bool is_uid(std::string_view text)
{
    const auto is_reserved = [](char c) { return is_letter(c) || is_digit(c) || c == '-'; };
    return is_oid(text) || is_uuid(text) || (is_letter(text.front()) && std::ranges::all_of(text, is_reserved));
}

/// "TS" of IVL_TS; what stands alone is itself.
std::string_view base_of(std::string_view type)
{
    return type.substr(type.rfind('_') + 1); // no line: from the start
}

class Elements {
public:
    explicit Elements(Issues& issues) : issues_(issues) {}

    void look(xml::Element element, const xml::Schema::Rule* rule, std::string_view type)
    {
        if (rule) schema().check(element, *rule, issues_);
        identifiers(element);
        if (element.name() == "observation") observation(element);
        const bool coded = rule != nullptr;
        for (const auto child : element) {
            if (coded && child.name() == "text") continue; // narrative
            if (coded && child.name() == "code") says_what(child);
            const auto child_type = type_of(child, type);
            value(child, child_type);
            interval(child);
            look(child, coded && schema().counts(child) ? schema().find(element.name(), child.name()) : nullptr, child_type); // a data type's parts go by other rules
        }
    }

private:
    void error(IssueKind kind, xml::Element at, std::string_view below, std::string text)
    {
        if (errors_++ < told_max) issues_.push_back({Severity::error, kind, at.path() + std::string(below), std::move(text)});
    }

    void identifiers(xml::Element element)
    {
        for (const auto* name : {"root", "codeSystem"})
            if (const auto value = element.attribute(name); !value.empty() && !is_uid(value)) error(IssueKind::wrong_type, element, std::string("/@") + name, "is no object identifier and no UUID");
    }

    /// A code says by itself, by another's or in words what is meant, or why that is not known.
    void says_what(xml::Element code)
    {
        for (const auto* name : {"code", "nullFlavor", "displayName"})
            if (!code.attribute(name).empty()) return;
        if (!code.child("originalText") && !code.child("translation")) error(IssueKind::required_missing, code, "/@code", "is missing, and no nullFlavor says why");
    }

    void observation(xml::Element observation)
    {
        const auto first = observation.child("value");
        if (!first && observation.attribute("nullFlavor").empty())
            for (auto id = observation.child("templateId"); id; id = id.next("templateId"))
                if (listed(id.attribute("root"), measured)) return error(IssueKind::required_missing, observation, "/value", "is missing: " + std::string(id.attribute("root")) + " demands one");
        for (auto one = first; one; one = one.next("value")) observed(one, one == first);
    }

    /// A value may be of any type: without xsi:type no one can tell what it says. Of two measurements one would be lost.
    void observed(xml::Element value, bool first)
    {
        if (!value.attribute("nullFlavor").empty()) return;
        const auto type = value.attribute("type");
        if (type.empty()) error(IssueKind::required_missing, value, "/@xsi:type", "is missing");
        else if (!listed(base_of(type), types)) error(IssueKind::unknown_code, value, "/@xsi:type", "is no data type of CDA");
        else if (listed(type, "PQ INT REAL MO TS BL") && value.attribute("value").empty()) error(IssueKind::required_missing, value, "/@value", "is missing, and no nullFlavor says why");
        else if (listed(type, "CD CE CV CO")) says_what(value);
        if (type.starts_with("GLIST_") || type.starts_with("SLIST_")) warning(IssueKind::unmapped, value, {}, "is a curve, which is not written; the document keeps it");
        if (!first && type == "PQ") error(IssueKind::sequence, value, {}, "is a second measurement in one observation");
    }

    static std::string_view type_of(xml::Element element, std::string_view parents)
    {
        const auto name = element.name();
        if (name == "value") return element.attribute("type");
        if (listed(name, "effectiveTime time expectedUseTime birthTime copyTime")) return "TS";
        if (listed(name, "low high center head")) return base_of(parents);
        return listed(name, "origin scale increment width period") ? "PQ" : std::string_view();
    }

    /// What is no number or no time would be left out of what it is made into.
    void value(xml::Element element, std::string_view type)
    {
        const auto text = element.attribute("value");
        if (text.empty()) return;
        if (type == "TS") {
            if (const auto* wrong = wrong_with_time(text)) error(IssueKind::wrong_type, element, "/@value", wrong);
        } else if (listed(type, "PQ REAL MO")) {
            if (!is_number(text)) error(IssueKind::wrong_type, element, "/@value", "is no number");
        } else if (type == "INT") {
            if (!all_digits(text.substr(text.starts_with('-') ? 1 : 0)) || text == "-") error(IssueKind::wrong_type, element, "/@value", "is no whole number");
        } else if (type == "BL" && text != "true" && text != "false") {
            error(IssueKind::wrong_type, element, "/@value", "must be true or false");
        }
    }

    void warning(IssueKind kind, xml::Element at, std::string_view below, std::string text)
    {
        if (warnings_++ < told_max) issues_.push_back({Severity::warning, kind, at.path() + std::string(below), std::move(text)});
    }

    /// An interval's ends are in order, and of one unit: FHIR has no range or period that is otherwise.
    void interval(xml::Element element)
    {
        const auto low = element.child("low"), high = element.child("high");
        const auto from = low.attribute("value"), to = high.attribute("value");
        if (from.empty() || to.empty()) return;
        if (element.name() == "value" && low.attribute("unit") != high.attribute("unit")) return error(IssueKind::sequence, high, "/@unit", "is another unit than the low end's: send both in one");
        const auto type = type_of(low, type_of(element, {}));
        const bool numbers = is_number(from) && is_number(to) && listed(type, "PQ INT REAL MO");
        if (numbers ? number(from) > number(to) : type == "TS" && after(from, to)) error(IssueKind::sequence, high, "/@value", "is before the low end");
    }

    static double number(std::string_view text)
    {
        double out = 0;
        std::from_chars(text.data() + text.starts_with('+'), text.data() + text.size(), out);
        return out;
    }

    /// As far as both are told; the zones may differ, so that between times of neighbouring days nothing can be said without them.
    static bool after(std::string_view first, std::string_view second)
    {
        const auto zone = [](std::string_view text) { return text.substr(std::min(text.find_first_of("+-"), text.size())); };
        const auto digits = [](std::string_view text) { return std::min(text.find_first_not_of("0123456789"), text.size()); };
        const auto told = std::min({digits(first), digits(second), zone(first) == zone(second) ? std::size_t{14} : std::size_t{6}});
        return first.substr(0, told) > second.substr(0, told);
    }

    static constexpr std::size_t told_max = 100; ///< of each; to say where one stands takes the longer the more there are
    Issues& issues_;
    std::size_t errors_{}, warnings_{};
};

} // namespace

void check_elements(xml::Element root, Issues& issues)
{
    Elements(issues).look(root, schema().find({}, root.name()), {});
}

} // namespace sluse::cda
