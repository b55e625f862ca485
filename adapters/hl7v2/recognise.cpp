// adapters/hl7v2/recognise.cpp — a look at the first bytes.
#include "adapters/hl7v2/adapter.hpp"
#include "adapters/hl7v2/message_marks.hpp"

namespace sluse::hl7v2 {

bool recognises(std::string_view bytes)
{
    std::string narrow; // a byte order mark stands before XML as well
    if (!utf16_flavour(bytes).empty()) narrow = utf16_narrowed(bytes.substr(0, 128));
    const auto text = without_lead(narrow.empty() ? bytes : std::string_view(narrow));
    return begins_with_header(text, "MSH") || begins_with_header(text, "FHS") || begins_with_header(text, "BHS");
}

} // namespace sluse::hl7v2
