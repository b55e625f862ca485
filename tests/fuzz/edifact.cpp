// tests/fuzz/edifact.cpp — any bytes through splitting, checking, both syntaxes and answering: views stay inside, what comes out reads again.
#include "adapters/edifact/adapter.hpp"
#include "adapters/edifact/syntax.hpp"

#include <cstdlib>

namespace {

void require(bool holds)
{
    if (!holds) std::abort();
}

bool inside(std::string_view part, std::string_view whole)
{
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void one_message(std::string_view bytes)
{
    using namespace sluse::edifact;
    const auto read = read_interchange(bytes);
    require(read.end <= bytes.size());
    std::string scratch;
    for (const auto& s : read.text.segments) {
        const bool untold = s.tag == no_tag; // the one tag that stands for none in the message
        require((untold || inside(s.tag, bytes)) && inside(s.binary, bytes));
        for (unsigned e = untold ? 1 : 0; e <= read.text.elements(s) + 1; ++e)
            for (unsigned c = 1; c <= read.text.components_of(s, e) + 1; ++c) require(inside(read.text.raw(s, e, c), bytes) && read.text.value(s, e, c, scratch).size() <= bytes.size());
    }
    const auto checked = check(bytes, {});
    for (const auto answer : {sluse::Answer::accepted, sluse::Answer::content_error, sluse::Answer::store_failed}) {
        const auto reply = acknowledge(bytes, checked, answer, {1'772'360'130'000, "1", "1"});
        // What the sender wrote in its own header comes back in ours; the frame around it must hold all the same.
        if (!reply.empty()) require(!read_interchange(reply).text.segments.empty());
    }
    // Once read, a letter's two forms say the same.
    const auto xml = to_oioxml(bytes);
    if (!xml) return;
    const auto back = from_oioxml(*xml);
    if (!back) return;
    const auto again = to_oioxml(*back);
    if (again) require(from_oioxml(*again).has_value());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    sluse::Issues issues;
    for (const auto piece : sluse::edifact::split(bytes, issues)) {
        require(inside(piece, bytes));
        const auto own = sluse::edifact::alone(bytes, piece);
        one_message(own.empty() ? piece : std::string_view(own));
    }
    one_message(bytes);
    return 0;
}
