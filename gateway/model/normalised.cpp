// gateway/model/normalised.cpp — reuse between messages.
#include "gateway/model/normalised.hpp"

namespace sluse {

void Normalised::clear()
{
    bundle.clear();
    resources.clear();
    deleted.clear();
    links.clear();
    persons.clear();
    event.clear();
    recorded_ms = sent_ms = 0;
    partial = mojibake = false;
    issues.clear();
    coverage.mapped = coverage.ignored = 0;
    coverage.unmapped.clear();
}

} // namespace sluse
