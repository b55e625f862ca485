// gateway/tools/simulate_plan.hpp — courses of illness: what happens in a contact, and when; and who sends word of it.
#pragma once

#include "gateway/tools/simulate.hpp"
#include "gateway/tools/simulate_random.hpp"
#include "gateway/tools/simulate_write.hpp"

#include <vector>

namespace sluse::simulated {

enum class Scenario : std::uint8_t { acute, emergency, planned, clinic, psychiatric, practice_test, pcr_test, moves, appears, medicine, message, telemedicine };

/// So many messages follow from a thousand arrivals, measured over a long feed; sets the pace so that the messages fill the months asked for.
Millis messages_per_arrivals(SimulateFormats formats);

/// Of a hundred, how many of that age are taken: children and the old come to hospital more often.
unsigned weight_at(Scenario scenario, unsigned age);
bool is_stay(Scenario scenario);
/// Changes the contact as its event does: class, ward, open or closed. True when a new sample's course begins.
bool advance(Event event, Contact& contact);

/// Draws courses. One per feed: it numbers the visits and the results.
class Plans {
public:
    /// `letters`: with practices, municipalities and pharmacies beside the hospitals.
    Plans(Random& random, bool letters) : random_(random), letters_(letters) {}
    Scenario scenario();
    /// Fills `contact`; `foreign` people are known by a replacement number that is resolved days later.
    void make(Contact& contact, Scenario scenario, Millis at, std::uint8_t region, bool foreign);
    bool wrongly_merged(const Contact& contact) const;

private:
    void stay(Contact& contact, Scenario scenario);
    void admission(Contact& contact);
    void during(Contact& contact);
    void after(Contact& contact);
    void resolve(Contact& contact);
    void results(Contact& contact, std::int64_t at);
    void add(Contact& contact, std::int64_t seconds, Event event);

    void practice_test(Contact& contact, Millis at);
    void telemedicine(Contact& contact);
    void referral(Contact& contact, Scenario scenario);

    Random& random_;
    const bool letters_;
    std::uint64_t visits_{};
    std::uint32_t courses_{};
};

struct Senders {
    std::vector<SendingSystem> all;
    std::vector<std::uint16_t> people, hospitals, laboratories, practices, microbiology; ///< indices into all, none empty
};
Senders make_senders(const SimulateOptions& options);

} // namespace sluse::simulated
