// gateway/process/persons.hpp — the person graph over partitions: facts to their owners, owners to their roots, roots to signed deltas.
#pragma once

#include "gateway/base/metrics.hpp"
#include "gateway/indicators/packs.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/process/letter.hpp"
#include "gateway/process/packed_nodes.hpp"
#include "gateway/process/quarantine.hpp"
#include "gateway/process/signals.hpp"
#include "gateway/timeline/extract.hpp"

#include <array>
#include <deque>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

namespace sluse {

/// What settling one record showed, beside the state it changed. Cleared at the start of each.
struct Settled {
    CausedEvents events;
    std::uint64_t ties{};
    std::vector<Cause> after_tombstone; ///< causes that told more of a cancelled contact
    std::vector<Cause> impossible;      ///< causes that told what cannot come next of a stay
    std::uint64_t links_refused{};      ///< would join more identifiers than one person has
    std::uint64_t faults{};             ///< packs that failed on a timeline: a bug, counted, the rest goes on
    void clear(); ///< keeps the memory
};

/// Every identifier is a node with a home partition. Each node knows the link set of all nodes it was ever connected with (a join, so
/// it converges); from it every node finds the same root, and tells its facts to it under an epoch that grows with each change of
/// root, so that the root can drop what is stale. Only roots contribute. One instance per worker; one partition at a time.
class Persons {
public:
    Persons(std::shared_ptr<const Packs> packs, const Keys& keys, const CacheLimits& cache);
    ~Persons();

    /// What one message says, all at once: one message, one diff.
    const Settled& say(const Cause& cause, std::vector<Said>& said, std::vector<Link> links, Unit& unit);
    /// A record of Topic::facts; false when it is damaged.
    bool receive(std::string_view record, Unit& unit);
    /// Of the record settled last.
    const Settled& settled() const { return settled_; }
    const Cause& cause() const { return cause_; }
    /// Evaluates these packs for the nodes whose id starts with `slice`. Returns how many nodes it looked at.
    std::size_t refresh(std::uint8_t slice, const PartSet& parts, const Cause& cause, Unit& unit);
    /// Retracts what packs that are no more counted for those nodes.
    std::size_t retire(std::uint8_t slice, const Cause& cause, Unit& unit);
    /// It is `cause.received_ms`: limits reached by then are told.
    void tick(const Cause& cause, Unit& unit) { signals_.tick(cause, unit); }
    void forget(std::uint32_t partition);

    static constexpr std::size_t links_max = 64; ///< of one person; more is a default number that many people got

private:
    struct Node;
    struct Cache;
    Cache& cache(std::uint32_t partition);
    Node& node(const std::string& name, Unit& unit);
    void load(Node& n, const std::string& name, Unit& unit);
    void put_away(Cache& cache);
    void tell_memory();
    void take(Node& n, char section, std::string_view rest, std::string_view value);
    std::deque<Node> nodes_of(std::uint8_t slice, Unit& unit);
    void write(Node& n, Unit& unit);
    void post(Letter&& letter, Unit& unit);
    bool at_home(const std::string& name, Unit& unit);
    void handle(Letter& letter, Unit& unit);
    void on_said(Node& n, Letter& letter, Unit& unit);
    void on_guest(Node& n, const Letter& letter, Unit& unit);
    void on_links(Node& n, const Letter& letter, Unit& unit);
    void tell_root(Node& n, std::vector<Fact> facts, const Cause& cause, Unit& unit);
    void choose_root(Node& n, const Cause& cause, Unit& unit);
    const Fact* join_own(Node& n, Fact* known, Fact&& news);
    /// `kinds`: of the facts that changed, a bit each.
    PartSet& touch(Node& n, unsigned kinds);
    void settle(const Cause& cause, Unit& unit);

    // counting.cpp
    struct PackLine {
        std::string key, id, version, value_unit; ///< "G1.1@1"; what a value is counted in
        std::uint32_t hash{};                     ///< of the key, as where_counted.hpp has it
        bool steps{};                             ///< has time at risk
        bool is_step(const ContributionView& c) const { return steps && c.numerator == 0; }
    };
    static PackLine old_line(std::string_view key);
    PackLine line_of(const Pack& pack, std::size_t place) const;
    void evaluate(Node& n, const PartSet& parts, const Cause& cause, Unit& unit);
    void look_at(const Node& n);
    void signal(Node& n, const Cause& cause, Unit& unit);
    static constexpr unsigned all_kinds = ~0u;
    void publish(Node& n, std::size_t pack, Part part, const Cause& cause, Unit& unit);
    void compare(std::span<const ContributionView> before, std::span<const ContributionView> now);
    void store(const Node& n, std::size_t pack, Unit& unit);
    void take_counted(Node& n, std::size_t pack, std::string_view record);
    void begin_events(const Cause& cause);
    void begin_person(Node& n);
    std::string event_id(const IndicatorEvent& e, std::uint64_t epoch);
    const std::string& episode_outside(const Node& n, std::string_view bare);
    void emit(Node& n, const PackLine& pack, const ContributionView& c, int sign, Unit& unit);
    Lane lane(std::string_view name) const { return lane_of(keys_.lane, name); }

    struct Touched {
        Node* node{};
        PartSet parts; ///< whose inputs changed since the last evaluation
        unsigned kinds{};
    };
    std::shared_ptr<const Packs> packs_;
    std::vector<PackLine> lines_; ///< per pack
    std::unordered_map<std::string_view, std::size_t> line_by_key_;
    Keys keys_;
    Signals signals_;
    CacheLimits cache_limits_;
    std::size_t packed_bytes_{}; ///< of all partitions
    std::size_t told_bytes_{};   ///< of these, what the operator's gauge knows
    Gauge& memory_;
    std::unordered_map<std::uint32_t, std::unique_ptr<Cache>> caches_;
    std::deque<Letter> queue_;
    std::vector<Letter> letters_;
    std::vector<Touched> touched_;
    std::size_t touched_count_{};
    Touch touch_;
    PartSet before_;
    std::vector<Fact> joined_;
    Timeline timeline_;
    std::unique_ptr<PackReading> reading_;
    const Node* looked_at_{}; ///< whose timeline is in timeline_
    std::vector<ContributionView> was_, now_;
    std::vector<const ContributionView*> gone_, come_;
    IndicatorEvent event_; ///< the last one: the next differs in little
    Ulid event_cause_;
    EventText event_text_;
    HashedStart event_ids_; ///< of the person: what the ids of all its events begin with
    struct Episode {
        std::string bare, outside; ///< outside empty: none
    };
    std::array<Episode, 8> episodes_; ///< the evaluation's last few
    std::size_t next_episode_{};
    std::string id_text_;
    std::string record_, packed_;
    Settled settled_;
    Cause cause_;
    std::string buffer_;
};

} // namespace sluse
