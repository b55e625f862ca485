// gateway/tools/simulate_truth.cpp — what really happened in the synthetic population, a line each.
#include "gateway/tools/simulate_truth.hpp"

namespace sluse::simulated {
namespace {

/// A line's cells in order; what a kind has not stays empty.
struct Line {
    std::string_view kind;
    std::uint64_t id{};
    Millis from{}, to{};
    std::string_view contact_class;
    bool acute{}, psychiatric{}, cancelled{}, died{}, positive{};
    std::string_view diagnosis{};
    Millis letter{};
};

void append(std::string& out, const Line& line, const Person& person, const WallClock& clock)
{
    const auto cell = [&out](std::string_view text) { (out += '\t') += text; };
    const auto time = [&](Millis at) {
        out += '\t';
        if (at != 0) clock.fhir(out, at);
    };
    out += line.kind;
    out += '\t';
    append_number(out, line.id);
    out += '\t';
    append_number(out, person.index);
    time(line.from);
    time(line.to);
    cell(line.contact_class);
    for (const bool yes : {line.acute, line.psychiatric, line.cancelled, line.died}) cell(yes ? "1" : "0");
    cell(line.diagnosis);
    cell(Population::municipality(person.municipality).code);
    cell(line.positive ? "1" : "0");
    time(line.letter);
    out += '\n';
}

} // namespace

void append_stay(std::string& out, const Contact& c, const Person& person, const WallClock& clock)
{
    Line line{"contact", c.visit, c.begin, c.begin + Millis{c.updated ? c.new_end : c.end} * second_ms, c.inpatient ? "IMP" : c.acute ? "EMER" : "AMB"};
    line.acute = c.acute;
    line.psychiatric = unit_kinds[c.unit].psychiatric;
    line.cancelled = c.plans(Event::cancel_admit);
    line.died = c.dead;
    line.diagnosis = c.diagnosis->code;
    line.letter = c.letter;
    append(out, line, person, clock);
}

void append_result(std::string& out, const Contact& c, const Person& person, Millis answered, const WallClock& clock)
{
    Line line{c.pcr ? "pcr" : "test", c.results, c.sampled, answered, {}};
    line.positive = c.pcr && c.positive;
    append(out, line, person, clock);
}

void append_letter(std::string& out, Event event, const Contact& c, const Person& person, Millis sent, const WallClock& clock)
{
    const std::string_view kind = event == Event::prescription ? "prescription" : event == Event::referral ? "referral" : event == Event::laboratory_request ? "request" : "letter";
    append(out, {kind, c.visit, sent, sent, {}}, person, clock);
}

} // namespace sluse::simulated
