// adapters/oioxml/check.cpp — recognises and reads OIOXML; what its letters must hold is the same in every syntax (adapters/letter).
#include "adapters/letter/conform.hpp"
#include "adapters/letter/letter.hpp"
#include "adapters/oioxml/adapter.hpp"
#include "adapters/xml/split.hpp"

namespace sluse::oioxml {
namespace {

constexpr std::string_view schemas = "medcom.dk/xml/schemas/";

} // namespace

bool recognises(std::string_view bytes)
{
    if (!xml::looks_like_xml(bytes)) return false;
    const auto root = xml::peek_root(bytes);
    // What is none of its letters is told so by name, too.
    return root.space.find(schemas) != std::string::npos || (root.name == "Emessage" && root.space.empty());
}

// Exactly one Emessage in a file.
std::vector<std::string_view> split(std::string_view bytes, Issues&)
{
    return xml::split_documents(bytes);
}

Checked check(std::string_view message, const SystemSettings& settings)
{
    Checked out;
    auto parsed = xml::Document::parse(message);
    if (!parsed) {
        parsed.issue.severity = Severity::error;
        out.issues.push_back(std::move(parsed.issue));
        out.answer = Answer::refused;
        return out;
    }
    letter::hold_to_outline(parsed.document->root(), out);
    letter::check(std::move(parsed.document), settings, out);
    const auto space = static_cast<const letter::Letter&>(*out.decoded).root().space();
    if (space.find(schemas) == space.npos) out.issues.push_back({Severity::warning, IssueKind::unsupported_version, "Emessage", "has no namespace of MedCom's OIOXML schemas; read by its element names"});
    return out;
}

std::string acknowledge(std::string_view message, const Checked& checked, Answer answer, const AckStamp& stamp)
{
    return letter::receipt(checked, answer, {stamp.now, letter::receipt_number(checked, answer, message), stamp.message});
}

Result<void> normalise(std::string_view, const Checked& checked, const NormaliseContext& context, Normalised& out)
{
    return letter::normalise(checked, context, out);
}

} // namespace sluse::oioxml
