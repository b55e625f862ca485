// gateway/tools/simulate_write.hpp — one event of the synthetic population, and what the writers of its formats share.
#pragma once

#include "gateway/tools/simulate_people.hpp"
#include "gateway/tools/simulate_world.hpp"

#include <array>
#include <string>
#include <string_view>

namespace sluse::simulated {

enum class Event : std::uint8_t {
    preadmit, admit, register_visit, transfer, cancel_transfer, update, update_again, to_inpatient, to_outpatient, discharge,
    cancel_discharge, discharge_again, update_after, cancel_admit, stale_update, result_preliminary, result_final, result_corrected,
    merge, merge_wrong, unmerge, add_person, update_person, death,
    // What is told beside the hospitals' own feeds: see simulate_mix.cpp.
    tell_admission, tell_emergency, tell_discharge, tell_reopened, tell_cancelled, tell_transfer, tell_leave, tell_return, discharge_letter, clinic_letter,
    laboratory_request, referral, prescription, correspondence, home_measurement,
};
constexpr unsigned event_bits = 6;
constexpr bool is_told_beside(Event event) { return event >= Event::tell_admission; }

/// A contact with a hospital, or a course of results without one. Offsets are seconds after `begin`.
struct Contact {
    std::uint32_t person{}, other{};      ///< other: the one wrongly merged
    Millis begin{}, sampled{};            ///< sampled: of the present result course
    std::uint64_t visit{};
    std::int32_t end{}, new_end{};        ///< seconds after begin; new_end by the correction after discharge
    std::int32_t lead{};                  ///< seconds between the booking and begin
    char patient_class{'I'};              ///< PV1-2 now
    bool acute{}, inpatient{}, psychiatric{}, updated{}, closed{}, dead{}, pcr{}, positive{}, awaits_final{};
    std::uint8_t hospital{}, unit{}, ward{}, before{};
    std::uint16_t system{}, results_system{};
    const DiagnosisCode* diagnosis{};
    std::uint32_t results{};              ///< number of the result course, 0: none
    Millis comes_back_after{};            ///< seconds after begin; 0: does not
    bool told{};                          ///< the municipality knows of it
    Millis letter{};                      ///< when its discharge letter was sent; 0: none was
    std::uint8_t steps{}, step{};
    std::array<std::uint32_t, 28> plan{}; ///< seconds after begin - lead << event_bits | Event, in order
    Event event(unsigned n) const { return static_cast<Event>(plan[n] & ((1u << event_bits) - 1)); }
    Millis at(unsigned n) const { return begin + (Millis{plan[n] >> event_bits} - lead) * second_ms; }
    bool plans(Event wanted) const;
};

/// Copenhagen's wall clock from the European rule alone (last Sundays of March and October, 01:00 UTC), without a zone database;
/// for times from twenty years before the feed's start to twenty after.
class WallClock {
public:
    explicit WallClock(Day start);
    int offset_s(Millis at) const;
    /// Appends "20260301101500+0100" (or to the minute, or without offset), as HL7 v2 writes it.
    void hl7(std::string& out, Millis at, bool offset, bool minutes) const;
    void fhir(std::string& out, Millis at) const; ///< "2026-03-01T10:15:00+01:00"
    Day day(Millis at) const;

private:
    int first_year_;
    std::array<std::array<Millis, 2>, 40> summers_{};
};

/// What the writers need to know of one event.
struct Occasion {
    Event event{};
    const SendingSystem& system;
    const Contact& contact;
    const Person& person;
    const Person* other{};      ///< unmerge and wrong merge
    bool unresolved{};          ///< the person is known by the eCPR only
    Millis occurred{};          ///< EVN-6
    Millis recorded{};          ///< EVN-2
    Millis sent{};              ///< MSH-7
    Day address_from{};
    std::uint64_t control{};
    std::uint64_t word{};       ///< randomness of this message
    bool episode{};             ///< contacts carry their LPR3 number, by which other senders know them too
};

/// What the writers of all formats stand on: where it goes, what is told, and by which clock.
class Sheet {
protected:
    Sheet(std::string& out, const Occasion& occasion, const WallClock& clock) : out_(out), o_(occasion), c_(occasion.contact), p_(occasion.person), clock_(clock) {}

    template <class... Parts> void put(const Parts&... parts) { (add(parts), ...); }
    void add(std::string_view text) { out_.append(text); }
    void add(char c) { out_ += c; }
    void add(std::uint64_t number);

    std::string& out_;
    const Occasion& o_;
    const Contact& c_;
    const Person& p_;
    const WallClock& clock_;
};

/// When an inpatient is on leave, if at all; nothing for short stays and most of the long ones. The same in every message about it.
struct Leave {
    Millis start{}, end{};
};
Leave leave_of(const Contact& contact);

/// Each format is a file simulate_FORMAT.cpp with one of these. All append; the text is UTF-8 but where the sender's set is another.
void write_hl7(std::string& out, const Occasion& occasion, const WallClock& clock);
void write_fhir(std::string& out, const Occasion& occasion, const WallClock& clock);
void write_medcom(std::string& out, const Occasion& occasion, const WallClock& clock);  ///< HospitalNotification, CareCommunication; some in XML
void write_edifact(std::string& out, const Occasion& occasion, const WallClock& clock);
void write_oioxml(std::string& out, const Occasion& occasion, const WallClock& clock);
void write_cda(std::string& out, const Occasion& occasion, const WallClock& clock);     ///< PHMR
/// Puts a letter into a VANSEnvelope.
void wrap_vans(std::string& message, const Occasion& occasion, const WallClock& clock);

/// UTF-8 to ISO 8859-1 in place; the texts here hold nothing else.
void to_latin1(std::string& text);
void append_number(std::string& out, std::uint64_t number, int width = 0);
void append_day(std::string& out, Day day); ///< "20260301"
/// A UUID-like text of what the sender calls the thing: the same in each of its messages.
void append_uuid(std::string& out, std::uint64_t kind, std::uint64_t number, char version = '8');
/// The contact's number in the national patient register (LPR3).
void append_episode(std::string& out, const Contact& contact);
/// "7.3" for 73 with one decimal.
void append_scaled(std::string& out, int value, int decimals);
/// The n-th test of a result course and its value; the same course gives the same values in each of its messages.
struct Measured {
    const TestCode* test;
    int value;
};
Measured measured(std::uint32_t course, unsigned n, bool corrected);
/// How many tests a course has.
unsigned measurements(std::uint32_t course);
bool is_result(Event event);
/// True when the contact's period is closed at this event.
bool shows_end(const Occasion& occasion);
Millis end_of(const Occasion& occasion);

} // namespace sluse::simulated
