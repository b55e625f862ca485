// gateway/process/rules.cpp — loading, archiving and switching sets of rules.
#include "gateway/process/rules.hpp"
#include "adapters/xml/fragments.hpp"

#include "gateway/base/codec.hpp"
#include "gateway/base/issues.hpp"
#include "gateway/base/log_lines.hpp"
#include "gateway/model/envelope.hpp"
#include "gateway/process/inspect.hpp"
#include "gateway/process/own_records.hpp"
#include "gateway/process/refusals.hpp"
#include "gateway/process/signals.hpp"

#include <algorithm>

namespace sluse {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view active_key = "rules/active", count_key = "rules/count";

class RuledProcessor final : public Processor {
public:
    explicit RuledProcessor(RuledOptions options) : options_(std::move(options)) {}

    void process(Topic topic, const Record& record, Unit& unit) override
    {
        if (topic == Topic::raw && record.key == activation_key) return activate(record, unit);
        if (topic == Topic::raw && record.key == refusal_key) return keep_refusal(record, unit);
        if (topic == Topic::raw && record.key == tick_key) return tick(record, unit);
        current(unit).process(topic, record, unit);
    }

    void flush(Unit& unit) override { current(unit).flush(unit); }

    void forget(std::uint32_t partition) override
    {
        active_.erase(partition);
        for (auto& [hash, processor] : processors_) processor->forget(partition);
    }

    /// The processor of the set that is active in the unit's partition.
    Processor& current(Unit& unit)
    {
        const auto known = active_.find(unit.partition());
        if (known != active_.end()) return *known->second;
        return *(active_[unit.partition()] = &processor_of(active_rules(unit)));
    }

private:

    Processor& processor_of(const std::string& hash)
    {
        auto rules = hash.empty() || hash == options_.fallback->hash ? options_.fallback : options_.archive->find(hash);
        if (!rules) {
            log_lines().error("process.rules_lost", {{"hash", hash}, {"used", options_.fallback->hash}});
            rules = options_.fallback;
        }
        auto& processor = processors_[rules->hash];
        if (!processor) processor = options_.make(*rules);
        return *processor;
    }

    void activate(const Record& record, Unit& unit)
    {
        const auto envelope = decode_envelope(record.value);
        const auto before = active_rules(unit);
        unit.put(count_key, std::to_string(activations(unit) + 1));
        if (!envelope || envelope->bytes == before) return;
        auto& old = current(unit);
        old.flush(unit);
        old.forget(unit.partition());
        unit.put(active_key, envelope->bytes);
        auto& now = processor_of(envelope->bytes);
        active_[unit.partition()] = &now;
        if (options_.back_fill) options_.back_fill(now, unit, envelope->id, envelope->received_ms, before.empty());
    }

    void tick(const Record& record, Unit& unit)
    {
        const auto envelope = decode_envelope(record.value);
        if (auto* repairs = repairs_of(current(unit)); repairs && envelope) repairs->tick(unit, envelope->id, envelope->received_ms);
        else count_tick(unit);
    }

    RuledOptions options_;
    std::map<std::string, std::unique_ptr<Processor>> processors_;
    std::map<std::uint32_t, Processor*> active_;
};

} // namespace

std::shared_ptr<const Rules> load_rules(const fs::path& schemas, Issues& issues, const fs::path& codes)
{
    Issues found;
    auto rules = std::make_shared<Rules>();
    rules->maps = Maps::load(schemas, found);
    rules->packs = Packs::load(schemas, found);
    const auto registers = codes.empty() ? schemas / "codes" / "registers" : codes;
    std::error_code unreadable;
    if (!codes.empty() || fs::exists(registers, unreadable)) rules->registers = Registers::load(schemas / "codes" / "registers.tsv", registers, found, xml::each_unit);
    issues.insert(issues.end(), found.begin(), found.end());
    if (!rules->maps || !rules->packs || has_error(found)) return nullptr;
    rules->hash = hex(view(sha256(rules->maps->hash() + rules->packs->hash() + (rules->registers ? rules->registers->hash() : std::string()))));
    return rules;
}

Result<void> RulesArchive::keep(const fs::path& schemas, std::shared_ptr<const Rules> rules, const fs::path& codes)
{
    const auto target = folder_ / rules->hash, partial = folder_ / (rules->hash + ".partial");
    std::error_code error;
    if (!fs::exists(target, error)) {
        fs::remove_all(partial, error);
        fs::create_directories(folder_, error);
        fs::copy(schemas, partial, fs::copy_options::recursive, error);
        if (!error && !codes.empty()) {
            fs::remove_all(partial / "codes" / "registers", error);
            fs::copy(codes, partial / "codes" / "registers", error); // files only, as they are read
        }
        if (!error) fs::rename(partial, target, error);
        if (error) return Fault{Errc::storage, "rules archive: " + error.message()};
    }
    const std::lock_guard lock(mutex_);
    compiled_[rules->hash] = std::move(rules);
    return {};
}

std::shared_ptr<const Rules> RulesArchive::find(const std::string& hash)
{
    const std::lock_guard lock(mutex_);
    const auto known = compiled_.find(hash);
    if (known != compiled_.end()) return known->second;
    // A hash is 64 hexadecimal digits; anything else must not become a path.
    if (hash.size() != 64 || hash.find_first_not_of("0123456789abcdef") != std::string::npos) return nullptr;
    Issues issues;
    auto rules = load_rules(folder_ / hash, issues);
    if (rules && rules->hash != hash) rules = nullptr; // files were changed by hand
    return compiled_[hash] = rules;
}

std::string activation_record(const std::string& hash, const Ulid& id, Millis at)
{
    return own_record(activation_key, "configuration", id, at, hash);
}

std::string active_rules(State& state)
{
    return state.get(active_key).value_or("");
}

std::uint64_t activations(State& state)
{
    return std::stoull(state.get(count_key).value_or("0"));
}

Processor& active_processor(Processor& processor, Unit& unit)
{
    auto* ruled = dynamic_cast<RuledProcessor*>(&processor);
    return ruled ? ruled->current(unit) : processor;
}

std::unique_ptr<Processor> make_ruled_processor(RuledOptions options)
{
    return std::make_unique<RuledProcessor>(std::move(options));
}

} // namespace sluse
