// adapters/hl7v2/recognise.cpp — a look at the first bytes.
#include "adapters/hl7v2/adapter.hpp"
#include "adapters/hl7v2/message_marks.hpp"

namespace sluse::hl7v2 {

bool recognises(std::string_view bytes)
{
    if (!utf16_flavour(bytes).empty()) return true;
    const auto text = without_lead(bytes);
    return begins_with_header(text, "MSH") || begins_with_header(text, "FHS") || begins_with_header(text, "BHS");
}

} // namespace sluse::hl7v2
