// adapters/fhir/split.cpp — recognising FHIR JSON and XML; files of one resource, one a line (NDJSON) or several one after another.
#include "adapters/fhir/adapter.hpp"
#include "adapters/fhir/json.hpp"
#include "adapters/fhir/reports.hpp"
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

} // namespace

bool recognises(std::string_view bytes)
{
    if (is_fhir_xml(bytes)) return true;
    const auto text = without_lead(bytes);
    if (!text.starts_with('{')) return false;
    const auto inside = without_lead(text.substr(1));
    return inside.starts_with('"') || inside.starts_with('}') || inside.empty();
}

std::vector<std::string_view> split(std::string_view bytes, Issues&)
{
    std::vector<std::string_view> pieces;
    if (xml::looks_like_xml(bytes)) { // each is one resource
        auto documents = xml::split_documents(bytes);
        if (!holds_reports(bytes)) return documents;
        for (const auto document : documents)
            if (holds_reports(document)) reports_in(document, pieces);
            else pieces.push_back(document);
        return pieces;
    }
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
