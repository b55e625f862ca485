// adapters/hl7v2/events.cpp — tables of message types and trigger events.
#include "adapters/hl7v2/events.hpp"

#include <algorithm>
#include <iterator>

namespace sluse::hl7v2 {
namespace {

constexpr Events supported[] = {
    {"ADT", 'A', 1,  18, true,  true },
    {"ADT", 'A', 20, 20, false, true },
    {"ADT", 'A', 21, 62, true,  true },
    {"ORU", 'R', 1,  1,  false, false},
    {"ORU", 'R', 3,  3,  false, false},
    {"ORU", 'R', 30, 32, false, false},
    {"ORU", 'R', 40, 43, false, false},
    {"ORU", 'W', 1,  1,  false, false},
    {"OUL", 'R', 20, 24, false, false},
    {"ORM", 'O', 1,  1,  false, true },
    {"OML", 'O', 21, 59, false, false},
    {"OMG", 'O', 19, 19, false, false},
    {"OMI", 'O', 23, 23, false, false},
    {"OMP", 'O', 9,  9,  false, false},
    {"OMD", 'O', 3,  3,  false, false},
    {"ORR", 'O', 2,  2,  false, false},
    {"ORL", 'O', 22, 60, false, false},
    {"ORG", 'O', 20, 20, false, false},
    {"ORI", 'O', 24, 24, false, false},
    {"ORP", 'O', 10, 10, false, false},
    {"ORD", 'O', 4,  4,  false, false},
    {"OMS", 'O', 5,  5,  false, false},
    {"OMN", 'O', 7,  7,  false, false},
    {"OMB", 'O', 27, 27, false, false},
    {"BPS", 'O', 29, 29, false, false},
    {"BRP", 'O', 30, 30, false, false},
    {"BTS", 'O', 31, 31, false, false},
    {"BRT", 'O', 32, 32, false, false},
    {"OSU", 'O', 41, 52, false, false},
    {"OMC", 'O', 1,  60, false, false},
    {"OMQ", 'O', 1,  60, false, false},
    {"OPL", 'O', 37, 37, false, false},
    {"OPU", 'R', 25, 25, false, false},
    {"OSM", 'R', 26, 26, false, false},
    {"SSU", 'U', 3,  3,  false, false},
    {"ORS", 'O', 6,  6,  false, false},
    {"ORN", 'O', 8,  8,  false, false},
    {"ORB", 'O', 28, 28, false, false},
    {"RRE", 'O', 12, 12, false, false},
    {"RRD", 'O', 14, 14, false, false},
    {"RRA", 'O', 18, 18, false, false},
    {"RRG", 'O', 16, 16, false, false},
    {"RDE", 'O', 1,  1,  false, false},
    {"RDE", 'O', 11, 11, false, false},
    {"RDE", 'O', 25, 25, false, false},
    {"RDE", 'O', 49, 49, false, false},
    {"RDS", 'O', 1,  1,  false, false},
    {"RDS", 'O', 13, 13, false, false},
    {"RAS", 'O', 1,  1,  false, false},
    {"RAS", 'O', 17, 17, false, false},
    {"RGV", 'O', 1,  1,  false, false},
    {"RGV", 'O', 15, 15, false, false},
    {"VXU", 'V', 4,  4,  true,  true },
    {"SIU", 'S', 12, 27, false, false},
    {"MDM", 'T', 1,  11, true,  true },
    {"DFT", 'P', 3,  3,  true,  true },
    {"DFT", 'P', 11, 11, true,  true },
    {"BAR", 'P', 1,  1,  true,  true },
    {"BAR", 'P', 2,  2,  true,  false},
    {"BAR", 'P', 5,  5,  true,  true },
    {"BAR", 'P', 6,  6,  true,  false},
    {"BAR", 'P', 10, 12, true,  true },
    {"REF", 'I', 12, 15, true,  false},
    {"RRI", 'I', 12, 15, true,  false},
    {"CCM", 'I', 20, 22, true,  false},
    {"CCR", 'I', 16, 18, true,  false},
    {"MFN", 'M', 1,  20, false, false},
    {"PMU", 'B', 1,  8,  false, false}, // of staff
    {"CRM", 'C', 1,  8,  true,  true },
    {"CSU", 'C', 9,  12, true,  true },
    {"PPR", 'C', 1,  3,  false, false}, // PC1: see event_number
    {"PGL", 'C', 6,  8,  false, false},
    {"PPP", 'C', 11, 15, false, false},
    {"PPG", 'C', 16, 21, false, false},
    {"PEX", 'P', 7,  8,  false, false},
    {"SRM", 'S', 1,  11, false, false},
    {"SRR", 'S', 1,  11, false, false},
    {"DOC", 'T', 12, 12, false, false},
    // Answers to queries: what they say of patients is as true as what comes unasked. Several patients may be the candidates for one.
    {"ADR", '*', 0,  0,  false, false},
    {"ORF", '*', 0,  0,  false, false},
    {"OSR", '*', 0,  0,  false, false},
    {"RSP", '*', 0,  0,  false, false},
    {"VXR", '*', 0,  0,  false, false},
    {"VXX", '*', 0,  0,  false, false},
    {"RDR", '*', 0,  0,  false, false},
    {"RER", '*', 0,  0,  false, false},
    {"RAR", '*', 0,  0,  false, false},
    {"RGR", '*', 0,  0,  false, false},
    {"ROR", '*', 0,  0,  false, false},
    {"PRR", '*', 0,  0,  false, false},
    {"PPV", '*', 0,  0,  false, false},
    {"PTR", '*', 0,  0,  false, false},
    {"PPT", '*', 0,  0,  false, false},
    {"SQR", '*', 0,  0,  false, false},
    {"RPI", '*', 0,  0,  false, false},
    {"RCI", '*', 0,  0,  false, false},
    {"RPA", '*', 0,  0,  false, false},
    {"CCI", '*', 0,  0,  false, false},
    {"CCU", '*', 0,  0,  false, false},
    {"CQU", '*', 0,  0,  false, false},
    {"MFR", '*', 0,  0,  false, false},
    {"ACK", '*', 0,  0,  false, false},
};

constexpr std::string_view queries[] = {"QBP", "QRY", "QSB", "QVR", "QCN", "QSX", "VXQ", "OSQ", "SQM", "SPQ", "EQQ", "VQQ", "EQL", "MFQ",
                                        "NMQ", "CCQ", "CCF", "RQI", "RQC", "RQP", "RQQ"};

/// 'A' 8 of "A08", 'C' 1 of "PC1", 'C' 11 of "PCB"; 0 when it is no event.
int event_number(std::string_view event, char& letter)
{
    if (event.size() == 3 && event.starts_with("PC")) {
        letter = 'C';
        const char last = event[2];
        return last >= 'A' && last <= 'L' ? last - 'A' + 10 : last >= '1' && last <= '9' ? last - '0' : 0;
    }
    if (event.size() < 2 || event.size() > 3) return 0;
    letter = event[0];
    int number = 0;
    for (const char c : event.substr(1)) {
        if (c < '0' || c > '9') return 0;
        number = number * 10 + (c - '0');
    }
    return number;
}

} // namespace

const Events local_rules{"Z", '*', 0, 0, false, false};

FoundEvents rules_of(std::string_view type, std::string_view event)
{
    char letter = 0;
    const int number = event_number(event, letter);
    FoundEvents found;
    for (const auto& row : supported) {
        if (row.type != type) continue;
        if (!found.rules) found.rules = &row;
        if (row.letter == '*' || (row.letter == letter && number >= row.from && number <= row.to)) return {&row, true};
    }
    return found;
}

bool is_query(std::string_view type)
{
    return std::ranges::find(queries, type) != std::end(queries);
}

bool is_event(std::string_view event)
{
    char letter = 0;
    return event_number(event, letter) != 0;
}

bool several_people(std::string_view event)
{
    static constexpr std::string_view events[] = {"A17", "A18", "A24", "A30", "A34", "A35", "A36", "A37", "A39", "A40", "A41",
                                                  "A42", "A43", "A44", "A45", "A46", "A47", "A48", "A49", "A50", "A51", "A54"};
    return std::ranges::find(events, event) != std::end(events);
}

bool about_a_contact(std::string_view event)
{
    static constexpr std::string_view events[] = {"A01", "A02", "A03", "A04", "A05", "A06", "A07", "A09", "A10", "A11", "A12", "A13",
                                                  "A15", "A16", "A21", "A22", "A25", "A26", "A27", "A32", "A33", "A38", "A52", "A53"};
    return std::ranges::find(events, event) != std::end(events);
}

std::string_view default_event(std::string_view type)
{
    struct Default {
        std::string_view type, event;
    };
    static constexpr Default defaults[] = {{"ORU", "R01"}, {"ORM", "O01"}, {"ORR", "O02"}, {"RDE", "O01"}, {"RDS", "O01"}, {"RAS", "O01"},
                                           {"RGV", "O01"}, {"VXU", "V04"}, {"DFT", "P03"}, {"BAR", "P01"}};
    const auto* found = std::ranges::find(defaults, type, &Default::type);
    return found == std::end(defaults) ? std::string_view() : found->event;
}

} // namespace sluse::hl7v2
