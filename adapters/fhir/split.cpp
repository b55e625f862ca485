// adapters/fhir/split.cpp — recognising FHIR JSON and XML; files of one resource, one a line (NDJSON) or several one after another.
#include "adapters/fhir/adapter.hpp"
#include "adapters/fhir/json.hpp"
#include "adapters/fhir/xml.hpp"
#include "adapters/xml/document.hpp"
#include "adapters/xml/split.hpp"

#include <algorithm>

namespace sluse::fhir {
namespace {

std::string_view without_lead(std::string_view bytes)
{
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
    bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
    return bytes;
}

/// KL Gateway's incremental delivery holds a report for each citizen, Bundles in a Bundle: each is a message, or the citizens would be
/// mixed. Nothing of the outer Bundle is lost with it: it says only what it is.
void reports_in(std::string_view delivery, std::vector<std::string_view>& pieces)
{
    const auto parsed = Json::parse(delivery);
    const auto entries = parsed ? parsed->find(0, "entry") : Json::none;
    std::vector<std::string_view> reports;
    if (entries != Json::none)
        for (auto entry = parsed->first_child(entries); entry != Json::none; entry = parsed->next_child(entries, entry)) {
            const auto resource = parsed->find(entry, "resource");
            if (resource == Json::none || parsed->text(resource, "resourceType") != "Bundle") return pieces.push_back(delivery);
            reports.push_back((*parsed)[resource].text);
        }
    if (reports.empty()) reports.push_back(delivery);
    pieces.insert(pieces.end(), reports.begin(), reports.end());
}

} // namespace

bool recognises(std::string_view bytes)
{
    if (is_fhir_xml(bytes)) return true;
    const auto text = without_lead(bytes);
    if (!text.starts_with('{')) return false;
    const auto inside = without_lead(text.substr(1));
    return inside.starts_with('"') || inside.starts_with('}') || inside.empty();
}

bool holds_reports(std::string_view bytes)
{
    return without_lead(bytes).starts_with('{') && bytes.find("klgateway-care-incremental-delivery") != bytes.npos;
}

std::vector<std::string_view> split(std::string_view bytes, Issues&)
{
    if (xml::looks_like_xml(bytes)) return xml::split_documents(bytes); // each is one resource
    std::vector<std::string_view> pieces;
    for (auto rest = without_lead(bytes); !rest.empty(); rest = without_lead(rest)) {
        // A value that does not end, or text between values, goes on as it is: check() says what is wrong with it.
        auto end = rest.starts_with('{') || rest.starts_with('[') ? end_of_value(rest) : rest.find('\n');
        // A broken line must not swallow the lines after it.
        if (end == rest.npos)
            if (const auto line = rest.find("\n{"); line != rest.npos) end = line;
        const auto piece = rest.substr(0, end);
        if (!holds_reports(piece)) pieces.push_back(piece);
        else reports_in(piece, pieces);
        if (end == rest.npos) break;
        rest.remove_prefix(end);
    }
    return pieces;
}

} // namespace sluse::fhir
