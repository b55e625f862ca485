// tests/serve/fakes.hpp — a gateway without a gateway: what the HTTP surface is tested against, and what the page is drawn from.
#pragma once

#include "gateway/indicators/watches.hpp"
#include "gateway/serve/sources.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <map>
#include <mutex>
#include <stdexcept>

namespace sluse::serve {

class ManualClock : public Clock {
public:
    Millis now() const override { return at; }
    std::atomic<Millis> at{1'793'000'000'000}; // 2026-10-26
};

/// Takes what it is told to take, from the calling thread, and remembers what it was given.
class FakeReceiver : public Receiver {
public:
    void receive(Delivery delivery, std::function<void(Receipt)> done) override
    {
        Receipt receipt;
        {
            const std::lock_guard lock(mutex);
            deliveries.push_back(delivery);
            if (silent) return held.push_back(std::move(done));
            receipt = next;
            if (receipt.answer == Answer::accepted) issued.push_back(receipt.id = ids.next(1'793'000'000'000));
        }
        ++received;
        if (receipt.answer == Answer::accepted) ++accepted;
        receipt.format = delivery.format.empty() ? "fhir" : delivery.format;
        receipt.system = "EPJ|RH";
        done(std::move(receipt));
    }
    std::mutex mutex;
    std::vector<Delivery> deliveries;
    std::vector<std::function<void(Receipt)>> held;
    std::vector<Ulid> issued;
    Receipt next;
    bool silent{};
    std::atomic<std::uint64_t> received{0}, accepted{0};
    UlidSource ids;
};

class FakePacks : public Packs {
public:
    FakePacks()
    {
        Pack readmission{"G1.1", "1", "1", {"Akutte genindlæggelser inden for 30 dage", "Acute readmissions within 30 days"}, {}, "proportion", "%", 1, "lower", 10.0, "eSundhed", "V", {}, 0, 40'000};
        readmission.description = {"Andel af somatiske indlæggelser, der følges af en akut indlæggelse inden for 30 dage efter udskrivning.",
                                   "Share of somatic admissions followed by an acute admission within 30 days of discharge."};
        Pack stay{"G8.1", "1", "8", {"Liggetid pr. indlæggelse", "Length of stay per admission"}, {}, "duration", "days", 1440, "lower", {}, "regionsjaelland.dk NKP8", "GK", {}, 0, 40'000};
        stay.description = {"Gennemsnitlig tid fra første kontakts start til sidste kontakts slutning.", "Mean time from the first contact's start to the last contact's end."};
        Pack positive{"PAN.1", "1", "", {"Andel positive test", "Test positivity"}, {}, "proportion", "%", 1, "", {}, "covid19.ssi.dk", "GK", {}, 0, 40'000};
        positive.description = {"Positive prøver af alle besvarede.", "Positive samples of all answered."};
        packs_ = {readmission, stay, positive};
        watches_.resize(3);
        watches_[0].id = "belt", watches_[0].title = {"Bælte stadig i brug", "Belt still in use"}, watches_[0].at_words = {"2 h", "24 h", "48 h"};
        watches_[1].id = "diagnosis-right", watches_[1].title = {"Udredningsretten nærmer sig", "The right to a diagnosis nears"}, watches_[1].at_words = {"20 d", "25 d", "30 d"};
        watches_[2].id = "run-chart", watches_[2].kind = Watch::Kind::chart;
    }
    std::span<const Pack> packs() const override { return packs_; }
    std::span<const Watch> watches() const override { return watches_; }
    const std::string& hash() const override { return hash_; }
    const Definition& definition(std::size_t) const override { throw std::logic_error("not asked for over HTTP"); }
    const Regions& regions() const override { throw std::logic_error("not asked for over HTTP"); }
    std::vector<Contribution> evaluate(std::size_t, const Timeline&) const override { return {}; }

private:
    std::vector<Pack> packs_;
    std::vector<Watch> watches_;
    std::string hash_ = "test";
};

/// Eighteen months of plausible numbers; each accepted message adds to the newest month.
class FakeTracker : public Tracker {
public:
    explicit FakeTracker(const FakeReceiver* receiver = nullptr) : receiver_(receiver) {}
    void start() override {}
    void stop() override {}
    Result<std::vector<CellRow>> query(const CellQuery& query) override
    {
        if (fail) return Fault{Errc::storage, "test"};
        asked = query;
        std::vector<CellRow> rows;
        static const std::map<std::string, std::vector<std::string>> groups{
            {"", {""}}, {"region", {"DK-81", "DK-82", "DK-83", "DK-84", "DK-85"}}, {"sex", {"female", "male"}},
            {"age_band", {"0-4", "20-24", "45-49", "65-69", "70-74", "80-84", "90+"}}, {"unit", {"331006016", "608631000016005", "EPJ|MED1"}},
            {"municipality", {"0101", "0751", "0461", "0851", "0265", "0563"}}, {"stratum", {"DK-81|female|65-69", "DK-81|male|65-69", "DK-82|female|65-69", "DK-84|male|80-84", "DK-85|female|90+"}}};
        const auto found = groups.find(query.by);
        for (int month = 0; month < 18; ++month) {
            const int year = 2025 + (month + 4) / 12, number = (month + 4) % 12 + 1;
            char text[40];
            std::snprintf(text, sizeof text, "%04d-%02d", year, number);
            for (std::size_t g = 0; g < found->second.size(); ++g) rows.push_back(row(query, text, found->second[g], month, static_cast<int>(g), found->second.size()));
        }
        if (query.period == PeriodKind::all) return std::vector<CellRow>{sum(rows)};
        return rows;
    }
    void dump(const std::function<void(std::string_view, std::string_view)>&) override {}
    std::vector<FollowedSource> progress() override { return {}; }
    TrackerCounts counts() override { return {0, 0, 13, 0}; }
    std::vector<IndicatorSource> sources(const std::string&) override { return {{"EPJ|RH", 1'792'990'000'000, day_of({2026, 10, 25})}, {"PAS|NY", 1'792'000'000'000, day_of({2026, 10, 14})}}; }
    DailyMessages messages(const std::string& system, Day today, Day days) override
    {
        DailyMessages out; // the second system was heard last eleven days ago
        for (Day day = today - days + 1; day <= today; ++day)
            if (system == "EPJ|RH" || day <= today - 10) out.emplace_back(day, 100);
        return out;
    }
    void on_change(std::function<void(const std::vector<std::string>&)> listener) override
    {
        const std::lock_guard lock(mutex_);
        listener_ = std::move(listener);
    }
    void change()
    {
        const std::lock_guard lock(mutex_);
        if (listener_) listener_({"G1.1"});
    }
    bool fail{};
    CellQuery asked;

private:
    CellRow row(const CellQuery& query, const char* period, const std::string& group, int month, int g, std::size_t groups) const
    {
        CellRow row;
        row.period = period;
        row.group = group;
        row.begin = parse_day(std::string(period) + "-01");
        row.denominator = (820 + 37 * ((month * 7 + g * 3) % 11)) / static_cast<std::int64_t>(groups);
        if (month == 17 && receiver_) row.denominator += static_cast<std::int64_t>(receiver_->accepted.load());
        row.numerator = row.denominator * (104 + (month * 5 + g * 2) % 17 - month / 2) / 1000;
        row.persons = row.denominator - 20;
        row.provisional = month >= 16;
        row.matured = month >= 17 ? row.denominator / 5 : month == 16 ? row.denominator * 4 / 5 : row.denominator;
        row.value = query.indicator == "G8.1" ? 4.2 - 0.03 * month + 0.2 * std::sin(month + g) : 100.0 * static_cast<double>(row.numerator) / static_cast<double>(row.denominator);
        if (query.indicator == "G8.1") row.median = *row.value - 1.1, row.p90 = *row.value * 2.2, row.values = row.denominator, row.deviation = 2.1;
        row.state = row.provisional ? CellState::provisional : month == 11 ? CellState::restated : month < 6 ? CellState::frozen : CellState::stable;
        row.final_on = day_of({2025, 9, 30}) + 30 * month;
        row.changed_on = day_of({2025, 6, 20}) + 30 * month + (month == 11 ? 150 : 0);
        row.held = month == 17 ? 5 : 0;
        if (query.revisions) row.revisions = {{*row.changed_on - 20, row.numerator - 3, row.denominator - 9, *row.value - 0.4}, {*row.changed_on, row.numerator, row.denominator, row.value}};
        if (groups > 2 && g == 1 && month % 5 == 0) {
            CellRow hidden;
            hidden.period = row.period, hidden.group = row.group, hidden.suppressed = true;
            return hidden;
        }
        return row;
    }
    static CellRow sum(const std::vector<CellRow>& rows)
    {
        CellRow all;
        for (std::size_t i = rows.size() < 12 ? 0 : rows.size() - 12; i < rows.size(); ++i) {
            all.numerator += rows[i].numerator;
            all.denominator += rows[i].denominator;
            all.persons += rows[i].persons;
            all.matured += rows[i].matured;
            all.provisional |= rows[i].provisional;
            if (rows[i].median) all.value = rows[i].value, all.median = rows[i].median, all.p90 = rows[i].p90;
        }
        if (!all.value) all.value = 100.0 * static_cast<double>(all.numerator) / static_cast<double>(all.denominator);
        all.period = "all";
        return all;
    }
    const FakeReceiver* receiver_;
    std::mutex mutex_;
    std::function<void(const std::vector<std::string>&)> listener_;
};

inline Goal goal(const char* id, const char* da, const char* en, std::vector<std::string> live, std::vector<std::array<const char*, 3>> planned)
{
    Goal goal;
    goal.id = id, goal.name = {da, en};
    goal.indicators = std::move(live);
    for (const auto& [key, title_da, title_en] : planned) {
        goal.planned.emplace_back(key);
        goal.planned_indicators.push_back({key, {title_da, title_en}, {"venter på data", "waits for data"}});
    }
    return goal;
}

inline std::vector<Goal> eight_goals()
{
    return {goal("1", "Bedre sammenhængende patientforløb", "Better continuity of care", {"G1.1"}, {{"G1.2", "Akutte psykiatriske genindlæggelser", "Acute psychiatric readmissions"}, {"G1.3", "Ventetid til genoptræning", "Waiting time to rehabilitation"}}),
            goal("2", "Styrket indsats for kronikere og ældre patienter", "Stronger effort for chronic and elderly patients", {}, {{"G2.1", "Akutte indlæggelser blandt borgere med KOL", "Acute admissions, COPD"}, {"G2.3", "Forebyggelige indlæggelser blandt ældre", "Preventable admissions among the elderly"}}),
            goal("3", "Forbedret overlevelse og patientsikkerhed", "Improved survival and patient safety", {}, {{"G3.5", "Sygehuserhvervede bakteriæmier", "Hospital-acquired bacteraemia"}}),
            goal("4", "Behandling af høj kvalitet", "High-quality treatment", {}, {{"G4.2", "Bæltefiksering", "Belt restraint"}}),
            goal("5", "Hurtig udredning og behandling", "Rapid diagnosis and treatment", {}, {{"G5.3", "Overholdelse af udredningsretten", "Diagnosis within 30 days"}, {"G5.4", "Kræftpakkeforløb inden for standardforløbstid", "Cancer packages on time"}}),
            goal("6", "Øget patientinddragelse", "Greater patient involvement", {}, {{"G6.1", "Patienttilfredshed", "Patient satisfaction"}}),
            goal("7", "Mere lighed og flere sunde leveår", "More equality and more healthy life years", {}, {{"G7.1", "Middellevetid", "Life expectancy"}}),
            goal("8", "Mere effektivt sundhedsvæsen", "More efficient healthcare", {"G8.1"}, {{"G8.2", "Produktivitet", "Hospital productivity"}})};
}

constexpr const char* known_message = "01K8H9ZQ4M0000000000000000";

/// Everything filled; the fakes live in the struct, so it must outlive the server.
struct FakeGateway {
    ManualClock clock;
    FakeReceiver receiver;
    FakeTracker tracker{&receiver};
    std::shared_ptr<const Packs> packs = std::make_shared<FakePacks>();
    std::atomic<CheckState> kafka{CheckState::ok}, journal{CheckState::ok};
    bool busy{}; ///< no quiet moment to compare in

    ApiSources sources()
    {
        ApiSources out;
        out.receiver = &receiver;
        out.tracker = &tracker;
        out.clock = &clock;
        out.standards = [] { return std::make_shared<const std::vector<StandardPopulation>>(1, StandardPopulation{"esp2013", {"Standard", "Standard"}, "test", {{"65-69", 3}, {"80-84", 2}, {"90+", 1}}}); };
        out.split = [](std::string_view body, std::string_view format) { // messages start with MSH, one a line
            SplitBody parts;
            if (body.starts_with("<VANSEnvelope")) {
                parts.format = "vans";
                parts.messages.push_back(body);
                return parts;
            }
            if (!format.empty() && format != "hl7v2") return parts;
            for (std::size_t at = 0; at < body.size();) {
                const auto end = std::min(body.find('\n', at), body.size());
                if (body.substr(at, 3) == "BTS") parts.issues.push_back({Severity::error, IssueKind::sequence, "BTS-1", "says more"});
                if (body.substr(at, 3) == "MSH") parts.messages.push_back(body.substr(at, end - at));
                at = end + 1;
            }
            if (!parts.messages.empty()) parts.format = "hl7v2";
            return parts;
        };
        out.packs = [this] { return packs; };
        out.goals = [goals = std::make_shared<const std::vector<Goal>>(eight_goals())] { return goals; };
        out.systems = [this] { return systems(); };
        out.balance = [this] {
            const auto n = receiver.accepted.load();
            return BalanceCounts{receiver.received.load(), n, receiver.received.load() - n, n, n, 0, 0, 0, 0, 0};
        };
        out.message = [this](const Ulid& id) -> Result<std::optional<MessageView>> {
            const std::lock_guard lock(receiver.mutex);
            if (id.text() != known_message && std::ranges::find(receiver.issued, id) == receiver.issued.end()) return std::optional<MessageView>();
            return std::optional(message(id));
        };
        out.messages = [](const MessageQuestion& question) -> Result<MessageList> {
            MessageList list{{{*Ulid::parse(known_message), 1'772'323'200'000, "EPJ", "hl7v2", "ADT^A01", "C1", "processed", 90}}, 1, question.before.has_value(), {}};
            if (!question.system.empty() && question.system != "EPJ") list.messages.clear();
            return list;
        };
        out.quarantine = [this](std::size_t) -> Result<std::vector<QuarantinedMessage>> {
            return std::vector{QuarantinedMessage{*Ulid::parse(known_message), clock.now() - 90'000, clock.now() - 80'000, "LAB|SUH", "hl7v2", "ORU^R01",
                                                  "OBX-5: is no number though OBX-2 says NM", 3}};
        };
        out.retry = [](const Ulid& id) -> Result<RepairView> {
            if (id.text() != known_message) return Fault{Errc::not_found, "not held"};
            return RepairView{2, 1, "OBX-5: is no number though OBX-2 says NM"};
        };
        out.discard = [](const Ulid& id) -> Result<RepairView> {
            if (id.text() != known_message) return Fault{Errc::not_found, "not held"};
            return Fault{Errc::refused, "it waits"};
        };
        out.recompute = [this]() -> Result<RecomputeView> {
            if (busy) return Fault{Errc::timed_out, "messages kept coming"};
            return RecomputeView{12, 3, {"G1.1 2026-03: stream 2, batch 3"}};
        };
        out.explain_cell = [](const CellQuestion& question) -> Result<CellExplanation> {
            if (question.indicator != "G1.1") return Fault{Errc::not_found, "there is no such indicator or version"};
            return CellExplanation{"G1.1", "1", "indicators/G1.1.yaml", {{"indicators/G1.1.yaml:21", "specialty: somatic", false}}, {standing()}, "", 1, 1};
        };
        out.explain_contribution = [](const std::string& ref) -> Result<ContributionExplanation> {
            if (ref != standing().ref) return Fault{Errc::not_found, "this contribution stands no more"};
            return explained();
        };
        out.explain_message = [](const Ulid& id, const std::string& indicator) -> Result<MessageExplanation> {
            if (id.time() == 0) return Fault{Errc::not_found, "no message"};
            auto all = explained();
            MessageExplanation out{all.facts, all.events, {}};
            if (!indicator.empty()) out.accounts.emplace_back("G1.1", all.accounts.front());
            return out;
        };
        out.signals = [] {
            Signal chart;
            chart.id = "c1", chart.kind = "chart", chart.watch = "run-chart", chart.what = "shift", chart.sign = 1, chart.on = 20'700, chart.indicator = "G1.1", chart.version = "1", chart.period = "2026-09";
            auto breach = chart;
            breach.id = "b1", breach.kind = "breach", breach.watch = "diagnosis-right", breach.what = "25 d", breach.person = "a3f0", breach.episode = "e1", breach.indicator = breach.version = breach.period = "";
            return std::vector<Signal>{chart, breach};
        };
        out.open = [] { // seven wait for a diagnosis, four of them for 20 days; one belt has passed every limit
            std::vector<OpenCourse> all;
            for (int i = 0; i < 7; ++i)
                all.push_back({"diagnosis-right", "person" + std::to_string(i), "e" + std::to_string(i), "331006016", 1'790'000'000'000 + i, {}, "20 d", 1'793'100'000'000 - i});
            for (std::size_t i = 0; i < 4; ++i) all[i].passed = {"20 d"}, all[i].next = "25 d", all[i].next_at += 432'000'000;
            all.push_back({"belt", "person0", "b", "EPJ|PSY", 1'792'000'000'000, {"2 h", "24 h", "48 h"}, "", 0});
            return all;
        };
        out.journal = [] { return JournalView{"embedded", "", {{0, 0, 1200, 1200, 800, 800, true}, {1, 0, 900, 880, 640, 640, true}}}; };
        out.health = [this] { return std::vector<HealthCheck>{{"journal", journal, ""}, {"kafka", kafka, kafka == CheckState::ok ? "" : "no broker answers"}}; };
        out.metrics = [] { return std::string("# TYPE sluse_received_total counter\nsluse_received_total{system=\"EPJ|RH\"} 12\n"); };
        return out;
    }

    std::vector<SystemCounts> systems()
    {
        const auto n = receiver.received.load();
        return {{"EPJ|RH", 480'211 + n, 480'190 + n, 21, 480'002 + n, 0, 180, 8, 0, 0, 2, clock.now() - 800, {{"ZBE-9", 4412}, {"PV1-39", 210}}},
                {"LAB|SUH", 91'002, 90'970, 32, 90'800, 0, 100, 61, 9, 120, 0, clock.now() - 4'000, {{"OBX-18", 90'800}}},
                {"KOMMUNE|0461", 2'140, 2'140, 0, 2'140, 0, 0, 0, 0, 0, 0, clock.now() - 7'400'000, {}}};
    }

    static Contribution part()
    {
        Contribution part;
        part.episode = "e1", part.counts_day = 20'700, part.matures_day = 20'730, part.numerator = 1, part.denominator = 1;
        part.dims = {"DK-84", "0101", "331006016", "female", "65-69"};
        return part;
    }
    static StandingContribution standing() { return {"0~5c0e~G1.1@1~77", "a3f0", "e1", part()}; }
    static ContributionExplanation explained()
    {
        ContributionExplanation out{"G1.1", "1", "indicators/G1.1.yaml", standing(), {}, {}, {}};
        Account account{"EPJ|RH|V1", "e1", 1'788'500'000'000, 1'788'600'000'000, "331006016", {{"indicators/G1.1.yaml:21", "specialty: somatic", true}}, {}, "", {part()}};
        account.outcomes.push_back({"EPJ|RH|V2", 1'789'000'000'000, {{"indicators/G1.1.yaml:23", "outcome: within 30 d", true}}, true});
        out.accounts.push_back(account);
        ExplainedAttribute start;
        start.name = "start", start.value = "2026-09-04T12:00:00Z", start.needed = true, start.message = Ulid::parse("01K00000000000000000000001"), start.told = "ADT^A01 from EPJ|RH", start.recorded_ms = 1'788'500'000'000;
        start.origins = {{"Encounter/1: period.start", "2026-09-04T12:00:00Z", "PV1[1]-44.1", "20260904140000", 312, "maps/hl7v2/resources/Encounter.tsv:14", {}, false}};
        out.facts = {{"contact", "EPJ|RH|V1", {start}, {}}};
        out.events = {{Ulid::parse("01K00000000000000000000001"), "G1.1", "1", "a3f0", 1, 4, part()}};
        return out;
    }

    MessageView message(const Ulid& id)
    {
        MessageView view;
        view.id = id;
        view.received_ms = clock.now() - 60'000;
        view.system = "EPJ|RH", view.format = "hl7v2", view.type = "ADT^A03", view.control_id = "MSG00042", view.via = "mllp", view.status = "processed";
        view.partition = 3, view.offset = 4711;
        view.issues = {{Severity::warning, IssueKind::unmapped, "ZBE-9", "is not mapped"}};
        view.resources = {{"Patient", "5c0e0a3e-0000-8000-8000-000000000001"}, {"Encounter", "5c0e0a3e-0000-8000-8000-000000000002"}};
        auto stay = part();
        stay.has_value = true, stay.value = 2'160; // minutes
        view.changes = {{"G1.1", "1", 1, part(), "readmission"}, {"G8.1", "1", 1, stay, "stay"}};
        view.bytes = "MSH|^~\\&|EPJ|RH|SLUSE|DK|20261026||ADT^A03|MSG00042|P|2.5\rPID|||0101010000^^^CPR||S\xf8rensen^Bj\xf8rn\r";
        view.fhir = R"({"resourceType":"Bundle","type":"transaction","entry":[]})";
        return view;
    }
};

} // namespace sluse::serve
