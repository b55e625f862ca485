// adapters/fhir/reports.cpp — KL Gateway's incremental delivery: the report of each citizen in it, in JSON or XML, as a message of its own.
#include "adapters/fhir/reports.hpp"

#include "adapters/fhir/adapter.hpp"
#include "adapters/fhir/json.hpp"
#include "adapters/xml/document.hpp"
#include "adapters/xml/split.hpp"

namespace sluse::fhir {
namespace {

constexpr std::string_view profile = "klgateway-care-incremental-delivery";

/// After the '>' of the tag at the front, which may stand within quotes too; npos: it does not end.
std::size_t end_of_tag(std::string_view text)
{
    char quote = 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (quote) quote = text[i] == quote ? '\0' : quote;
        else if (text[i] == '"' || text[i] == '\'') quote = text[i];
        else if (text[i] == '>') return i + 1;
    }
    return text.npos;
}

/// Local name of the element at the front; empty at an end tag.
std::string_view name_at(std::string_view text)
{
    const auto name = text.substr(1, text.find_first_of(" \t\r\n/>", 1) - 1);
    return name.substr(name.find(':') + 1);
}

/// What follows, from the next tag of an element on; empty: none does.
std::string_view next_element(std::string_view text)
{
    for (;;) {
        const auto at = text.find('<');
        if (at == text.npos) return {};
        text.remove_prefix(at);
        const auto end = text.starts_with("<!--") ? text.find("-->") : text.starts_with("<?") ? text.find("?>") : 0;
        if (end == 0) return text;
        if (end == text.npos) return {};
        text.remove_prefix(end + 1);
    }
}

/// Inside the element at the front.
std::string_view within(std::string_view text)
{
    const auto end = end_of_tag(text);
    return end == text.npos || text[end - 2] == '/' ? std::string_view() : next_element(text.substr(end));
}

/// Behind the element at the front.
std::string_view behind(std::string_view text)
{
    const auto end = xml::end_of_document(text);
    return end == text.npos ? std::string_view() : next_element(text.substr(end));
}

bool begins(std::string_view text) { return text.size() > 1 && text[1] != '/'; }

/// The Bundles that the entries of the Bundle at the front hold. False: another resource is among them.
bool bundles_in(std::string_view delivery, std::vector<std::string_view>& reports)
{
    for (auto entry = within(delivery); begins(entry); entry = behind(entry)) {
        if (name_at(entry) != "entry") continue;
        for (auto part = within(entry); begins(part); part = behind(part)) {
            if (name_at(part) != "resource") continue;
            const auto resource = within(part);
            if (!begins(resource) || name_at(resource) != "Bundle") return false;
            const auto whole = resource.substr(0, xml::end_of_document(resource));
            reports.push_back(whole.substr(0, whole.rfind('>') + 1));
        }
    }
    return true;
}

std::vector<std::string_view> reports_in_json(std::string_view delivery)
{
    const auto parsed = Json::parse(delivery);
    const auto entries = parsed ? parsed->find(0, "entry") : Json::none;
    std::vector<std::string_view> reports;
    if (entries == Json::none) return reports;
    for (auto entry = parsed->first_child(entries); entry != Json::none; entry = parsed->next_child(entries, entry)) {
        const auto resource = parsed->find(entry, "resource");
        if (resource == Json::none || parsed->text(resource, "resourceType") != "Bundle") return {};
        reports.push_back((*parsed)[resource].text);
    }
    return reports;
}

} // namespace

bool holds_reports(std::string_view bytes)
{
    const auto first = bytes.find_first_not_of("\xef\xbb\xbf \t\r\n");
    return first != bytes.npos && (bytes[first] == '{' || bytes[first] == '<') && bytes.find(profile) != bytes.npos;
}

void reports_in(std::string_view delivery, std::vector<std::string_view>& pieces)
{
    std::vector<std::string_view> reports;
    if (!xml::looks_like_xml(delivery)) reports = reports_in_json(delivery);
    else if (!bundles_in(next_element(delivery), reports)) reports.clear();
    if (reports.empty()) reports.push_back(delivery);
    pieces.insert(pieces.end(), reports.begin(), reports.end());
}

std::string alone(std::string_view bytes, std::string_view piece)
{
    const bool inner = piece.size() < bytes.size() && piece.starts_with('<') && !piece.starts_with("<?") && holds_reports(bytes);
    if (!inner) return {};
    std::string out;
    const auto lead = bytes.find("<?xml ");
    if (lead != bytes.npos && lead < 4) (out += bytes.substr(lead, bytes.find("?>") + 2 - lead)) += '\n';
    const auto root = next_element(bytes);
    const auto tag = piece.substr(0, end_of_tag(piece)), declared = root.substr(0, end_of_tag(root));
    const auto name = piece.substr(0, piece.find_first_of(" \t\r\n/>"));
    out += name;
    // The namespaces that the delivery declares for all that is in it, but those that the report declares itself.
    for (auto at = declared.find("xmlns"); at != declared.npos; at = declared.find("xmlns", at + 1)) {
        const auto value = declared.find_first_of("\"'", at);
        const auto end = value == declared.npos ? value : declared.find(declared[value], value + 1);
        if (end == declared.npos) break;
        const auto key = declared.substr(at, declared.find_first_of("= \t\r\n", at) - at);
        if (tag.find(std::string(key) + '=') == tag.npos) (out += ' ') += declared.substr(at, end + 1 - at);
    }
    return out += piece.substr(name.size());
}

} // namespace sluse::fhir
