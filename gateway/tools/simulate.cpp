// gateway/tools/simulate.cpp — the clockwork of the synthetic population: who falls ill when, and which message leaves when.
#include "gateway/tools/simulate.hpp"

#include "gateway/tools/simulate_letters.hpp"
#include "gateway/tools/simulate_mix.hpp"
#include "gateway/tools/simulate_plan.hpp"
#include "gateway/tools/simulate_receipts.hpp"
#include "gateway/tools/simulate_truth.hpp"
#include "gateway/tools/simulate_write.hpp"

#include <algorithm>
#include <utility>

namespace sluse {

using namespace simulated;

namespace {

/// Something that will happen: a contact's next event, a return of a person, or a message that is on its way.
struct Due {
    Millis at;
    std::uint64_t order; ///< of two at the same time the one planned first goes first: the same everywhere
    std::uint32_t index;
    enum class What : std::uint8_t { contact, comes_back, comes_back_to_psychiatry, delivery } what;
};
constexpr auto later = [](const Due& a, const Due& b) { return a.at != b.at ? a.at > b.at : a.order > b.order; };

struct Residency {
    std::int16_t moved_day{-32768}; ///< after the start; -32768: lives where they always lived
    std::uint8_t moves{};
    bool resolved{}, dead{}, inside{};
};

/// Slots that are used again, so that memory follows what is under way and not the length of the feed.
template <class T> class Slots {
public:
    std::uint32_t take()
    {
        if (free_.empty()) {
            items_.emplace_back();
            return static_cast<std::uint32_t>(items_.size() - 1);
        }
        const auto index = free_.back();
        free_.pop_back();
        return index;
    }
    void give(std::uint32_t index) { free_.push_back(index); }
    T& operator[](std::uint32_t index) { return items_[index]; }

private:
    std::vector<T> items_;
    std::vector<std::uint32_t> free_;
};

constexpr Millis start_of(Day day)
{
    return Millis{day} * 24 * hour_ms - hour_ms;
}

} // namespace

struct Simulator::Feed {
    explicit Feed(const SimulateOptions& given)
        : options(given), people(given.people != 0 ? given.people : people_for(given.messages)), random(given.seed * 2 + 1),
          population(given.seed, people, given.start), clock(given.start), mix(given.formats), plans(random, mix.letters()), senders(make_senders(given)),
          residents(people), now(start_of(given.start)), next_arrival(now)
    {
        const auto span = Millis{std::max(1, given.months)} * 30 * 24 * hour_ms;
        if (!options.truth.empty()) truth = truth_header;
        gap = std::max<Millis>(1, span * messages_per_arrivals(given.formats) / 1000 / static_cast<Millis>(std::max<std::uint64_t>(1, given.messages)));
    }

    static std::uint32_t people_for(std::uint64_t messages)
    {
        return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(messages / 4, 1000, 6'000'000));
    }

    bool next(SimulatedMessage& out)
    {
        if (made >= options.messages) return false;
        for (;;) {
            if (due.empty() || next_arrival <= due.front().at) {
                arrive();
                continue;
            }
            std::pop_heap(due.begin(), due.end(), later);
            const auto head = due.back();
            due.pop_back();
            now = head.at;
            if (happen(head, out)) {
                ++made;
                return true;
            }
        }
    }

    void arrive()
    {
        now = next_arrival;
        next_arrival += random.between(0, 2 * gap);
        const auto scenario = plans.scenario();
        const auto person = choose(scenario);
        if (residents[person].dead || (residents[person].inside && is_stay(scenario))) return;
        begin(person, scenario, now);
    }

    /// Older people come more often; births and first years too.
    std::uint32_t choose(Scenario scenario)
    {
        for (unsigned tries = 0; tries < 8; ++tries) {
            const auto index = random.below(people);
            const auto age = static_cast<unsigned>(clock.day(now) - population.birth(index)) / 365;
            if (random.below(100) < weight_at(scenario, age)) return index;
        }
        return random.below(people);
    }

    void begin(std::uint32_t person, Scenario scenario, Millis at)
    {
        auto& resident = residents[person];
        const auto known = population.person(person, resident.moves);
        const auto index = contacts.take();
        auto& contact = contacts[index];
        contact = Contact{};
        contact.person = person;
        const auto foreign = person % 293 == 7 && !resident.resolved && !resident.inside;
        plans.make(contact, scenario, at, Population::municipality(known.municipality).region, foreign);
        if (foreign && plans.wrongly_merged(contact)) contact.other = random.below(people);
        if (contact.other == person) contact.other = (person + 1) % people;
        route(contact);
        if (contact.inpatient) resident.inside = true;
        if (contact.comes_back_after != 0) {
            push({contact.begin + contact.comes_back_after * second_ms, ++order, person,
                  contact.psychiatric ? Due::What::comes_back_to_psychiatry : Due::What::comes_back});
        }
        wait(index);
    }

    void route(Contact& contact) const
    {
        const auto among = [](const std::vector<std::uint16_t>& systems, unsigned n) {
            return systems[n % systems.size()];
        };
        if (contact.visit != 0) contact.system = among(senders.hospitals, contact.hospital);
        else if (contact.results != 0 && !contact.pcr) contact.system = among(senders.practices, contact.person);
        else contact.system = among(senders.people, 0);
        const auto& laboratories = contact.pcr ? senders.microbiology : senders.laboratories;
        contact.results_system = contact.visit == 0 && !contact.pcr ? contact.system : among(laboratories, contact.hospital);
    }

    void wait(std::uint32_t index)
    {
        auto& contact = contacts[index];
        if (contact.step == contact.steps) {
            if (contact.inpatient) residents[contact.person].inside = false;
            if (contact.visit != 0 && !options.truth.empty()) append_stay(truth, contact, living(contact.person), clock);
            contacts.give(index);
            return;
        }
        push({contact.at(contact.step), ++order, index, Due::What::contact});
    }

    void push(Due item)
    {
        due.push_back(item);
        std::push_heap(due.begin(), due.end(), later);
    }

    bool happen(const Due& head, SimulatedMessage& out)
    {
        switch (head.what) {
        case Due::What::comes_back:
        case Due::What::comes_back_to_psychiatry:
            if (!residents[head.index].dead && !residents[head.index].inside) {
                begin(head.index, head.what == Due::What::comes_back ? Scenario::acute : Scenario::psychiatric, head.at);
            }
            return false;
        case Due::What::delivery:
            std::swap(out, deliveries[head.index]);
            deliveries.give(head.index);
            return true;
        case Due::What::contact: break;
        }
        const bool told = happens(contacts[head.index], out);
        ++contacts[head.index].step;
        wait(head.index);
        return told && deliver(out);
    }

    /// The contact's next event. True when it is told in a format that was asked for.
    bool happens(Contact& contact, SimulatedMessage& out)
    {
        const auto event = contact.event(contact.step);
        live(event, contact, residents[contact.person]);
        const auto told = is_told_beside(event) ? tell(event, contact, 0, out) : write(event, contact, out);
        note(event, contact);
        if (!mix.letters()) return told;
        SimulatedMessage letter;
        for (const auto& beside : mix.beside(event, contact, random)) {
            if (beside.what == Event::tell_admission || beside.what == Event::tell_emergency) contact.told = true;
            if (!tell(beside.what, contact, beside.after, letter)) continue;
            if (beside.what == Event::discharge_letter || beside.what == Event::clinic_letter) contact.letter = now + beside.after;
            send_later(std::exchange(letter, {}), beside.after);
        }
        return told;
    }

    /// What the truth's table says of single events.
    void note(Event event, const Contact& contact)
    {
        if (options.truth.empty()) return;
        const auto person = living(contact.person);
        if (event == Event::result_final) append_result(truth, contact, person, now, clock);
        if (is_told_beside(event)) append_letter(truth, event, contact, person, now, clock);
    }

    Person living(std::uint32_t index) const { return population.person(index, residents[index].moves); }

    /// An event as its own system tells it.
    bool write(Event event, Contact& contact, SimulatedMessage& out)
    {
        auto& resident = residents[contact.person];
        auto& system = senders.all[sender_of(event, contact)];
        const auto person = living(contact.person);
        Person other;
        if (event == Event::merge_wrong || event == Event::unmerge) other = living(contact.other);
        const auto foreign = contact.person % 293 == 7;
        const auto again = event == Event::update_again && random.per_myriad(options.same_time * 10);
        const auto recorded = again ? previous : now;
        previous = recorded;
        const auto word = random.word();
        // A laboratory sometimes begins its numbers anew; the same control id then comes with other bytes.
        const auto control = word % 4096 == 0 && system.sent > 1 ? system.sent : ++system.sent;
        const Occasion occasion{event, system, contact, person, &other, foreign && !resident.resolved,
                                is_result(event) ? contact.sampled : recorded - recorded % minute_ms, recorded,
                                recorded + (again ? 0 : static_cast<Millis>(word >> 32) % 40 * second_ms), address_from(contact.person, resident),
                                control, word >> 12, mix.letters()};
        const auto format = mix.format(event, contact, system, occasion.word);
        if (is_letter(format)) return tell(event, contact, 0, out);
        if (!format) return false;
        put(*format, occasion, out);
        out.system = system.name;
        return true;
    }

    static bool is_letter(std::optional<SimulateFormat> format) { return format && *format != SimulateFormat::hl7v2 && *format != SimulateFormat::fhir; }

    /// A letter, sent so long from now. Those known by a replacement number have neither a practice nor a municipality yet.
    bool tell(Event event, const Contact& contact, Millis after, SimulatedMessage& out)
    {
        auto& resident = residents[contact.person];
        if (contact.person % 293 == 7 && !resident.resolved) return false;
        const auto word = random.word() >> 12;
        const auto format = mix.format(event, contact, post, word);
        if (!format) return false;
        const auto person = living(contact.person);
        const Occasion occasion{event, post, contact, person, nullptr, false, is_result(event) ? contact.sampled : now - now % minute_ms, now, now + after,
                                address_from(contact.person, resident), ++post.sent, word, true};
        put(*format, occasion, out);
        out.system = sender_gln(occasion);
        if (mix.wrapped(*format, word)) {
            wrap_vans(out.bytes, occasion, clock);
            out.format = name(SimulateFormat::vans);
        }
        if (auto receipt = receipt_of(out, parties_of(occasion).receiver.gln, word); !receipt.bytes.empty()) keep(std::move(receipt), after + receipt.sent - occasion.sent);
        return true;
    }

    void put(SimulateFormat format, const Occasion& occasion, SimulatedMessage& out) const
    {
        out.bytes.clear();
        Mix::write(format, out.bytes, occasion, clock);
        out.format = name(format);
        out.sent = occasion.sent;
        out.duplicate = false;
    }

    /// What the event changes in the truth, before it is written down.
    void live(Event event, Contact& contact, Residency& resident)
    {
        if (advance(event, contact)) {
            const auto since = contact.pcr ? random.between(4 * 60, 30 * 60) : random.between(20, 180);
            contact.sampled = now - now % minute_ms - since * minute_ms;
            if (contact.plans(Event::laboratory_request)) contact.sampled = std::max(contact.sampled, contact.begin + 5 * minute_ms);
        }
        if (event == Event::merge) resident.resolved = true;
        if (event == Event::death) resident.dead = true;
        if (event == Event::update_person) {
            ++resident.moves; // told up to three weeks after they moved
            resident.moved_day = static_cast<std::int16_t>(clock.day(now) - options.start - static_cast<Day>(random.below(22)));
        }
    }

    std::uint16_t sender_of(Event event, const Contact& contact) const
    {
        if (is_result(event)) return contact.results_system;
        if (event == Event::merge || event == Event::merge_wrong || event == Event::unmerge || event == Event::death) return senders.people.front();
        return contact.system;
    }

    Day address_from(std::uint32_t person, const Residency& resident) const
    {
        if (resident.moved_day != -32768) return options.start + resident.moved_day;
        const auto since = options.start - 30 - static_cast<Day>(simulated::mix(person + options.seed) % 4000);
        return std::max(since, population.birth(person));
    }

    /// Now, later, or twice. Returns false when the message is still on its way.
    bool deliver(SimulatedMessage& out)
    {
        if (random.per_myriad(options.duplicates)) {
            auto copy = out;
            copy.duplicate = true;
            keep(std::move(copy), random.per_mille(700) ? random.between(1, 120) * second_ms : random.between(1, 72) * hour_ms);
        }
        if (!random.per_myriad(options.late)) return true;
        keep(std::move(out), random.per_mille(800) ? random.between(1, 90) * minute_ms : random.between(2, 240) * hour_ms);
        return false;
    }

    /// A letter on its way, sometimes twice, sometimes late.
    void send_later(SimulatedMessage letter, Millis after)
    {
        if (random.per_myriad(options.duplicates)) {
            auto copy = letter;
            copy.duplicate = true;
            keep(std::move(copy), after + random.between(1, 72) * hour_ms);
        }
        if (random.per_myriad(options.late)) after += random.between(10, 48 * 60) * minute_ms;
        keep(std::move(letter), after);
    }

    void keep(SimulatedMessage message, Millis delay)
    {
        const auto index = deliveries.take();
        deliveries[index] = std::move(message);
        push({now + delay, ++order, index, Due::What::delivery});
    }

    SimulateOptions options;
    std::uint32_t people;
    Random random;
    Population population;
    WallClock clock;
    Mix mix;
    Plans plans;
    Senders senders;
    SendingSystem post; ///< numbers the letters
    std::string truth;
    std::vector<Residency> residents;
    std::vector<Due> due; ///< heap, soonest first
    Slots<Contact> contacts;
    Slots<SimulatedMessage> deliveries;
    Millis now, next_arrival, gap{}, previous{};
    std::uint64_t order{}, made{};
};

Simulator::Simulator(const SimulateOptions& options) : feed_(std::make_unique<Feed>(options)) {}
Simulator::~Simulator() = default;
Simulator::Simulator(Simulator&&) noexcept = default;

bool Simulator::next(SimulatedMessage& out)
{
    return feed_->next(out);
}

std::string Simulator::take_truth()
{
    return std::exchange(feed_->truth, {});
}

std::vector<std::string> Simulator::systems() const
{
    std::vector<std::string> names;
    for (const auto& system : feed_->senders.all) names.push_back(system.name);
    return names;
}

} // namespace sluse
