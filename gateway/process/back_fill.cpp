// gateway/process/back_fill.cpp — which packs are new, and the walk over 256 slices of persons, twice when packs are gone.
#include "gateway/process/back_fill.hpp"

#include "gateway/base/codec.hpp"
#include "gateway/indicators/fingerprint.hpp"
#include "gateway/indicators/packs.hpp"
#include "gateway/process/rules.hpp"
#include "gateway/process/where_counted.hpp"

#include <algorithm>
#include <map>

namespace sluse {
namespace {

// rules/filled: for each pack whose numbers are whole, its key and fingerprint. rules/fill: the next step, and the cause of it all.
constexpr std::string_view filled_key = "rules/filled", fill_key = "rules/fill";
constexpr unsigned slices = 256;

using Prints = std::map<std::string, std::string, std::less<>>;

Prints prints_of(const Packs& packs)
{
    Prints out;
    for (std::size_t i = 0; i < packs.packs().size(); ++i)
        out.emplace(packs.packs()[i].id + '@' + packs.packs()[i].version, fingerprint_of(packs.definition(i), packs.regions()));
    return out;
}

void put_filled(Unit& unit, const Prints& prints)
{
    std::string bytes;
    Writer w(bytes);
    w.uint(prints.size());
    for (const auto& [key, print] : prints) {
        w.bytes(key);
        w.bytes(print);
    }
    unit.put(filled_key, bytes);
}

Prints filled(State& state)
{
    Prints out;
    const auto stored = state.get(filled_key);
    if (!stored) return out; // written before there was such a record: everything counts as new
    Reader r(*stored);
    for (auto left = r.uint(); left > 0 && r.ok(); --left) {
        auto key = std::string(r.bytes());
        out[std::move(key)] = r.bytes();
    }
    return out;
}

struct Fill {
    unsigned step{}; ///< below `slices`: counts that slice; from there on: takes back
    Ulid cause;
    Millis at{};
};

void put(Unit& unit, const Fill& fill)
{
    std::string bytes;
    Writer w(bytes);
    w.uint(fill.step);
    w.raw(fill.cause.bytes);
    w.sint(fill.at);
    unit.put(fill_key, bytes);
}

std::optional<Fill> fill_of(State& state)
{
    const auto stored = state.get(fill_key);
    if (!stored) return {};
    Reader r(*stored);
    Fill fill;
    fill.step = static_cast<unsigned>(r.uint());
    r.raw(fill.cause.bytes);
    fill.at = r.sint();
    return fill;
}

PartSet new_ones(const Packs& packs, const Prints& now, const Prints& before)
{
    PartSet parts(packs.packs().size());
    for (std::size_t i = 0; i < packs.packs().size(); ++i) {
        const auto key = packs.packs()[i].id + '@' + packs.packs()[i].version;
        const auto known = before.find(key);
        if (known != before.end() && known->second == now.find(key)->second) continue;
        for (const auto part : {Part::counted, Part::steps}) parts.add(i, part);
    }
    return parts;
}

} // namespace

void begin_back_fill(Unit& unit, Processor& processor, const Ulid& cause, Millis at, bool first)
{
    auto* repairs = repairs_of(processor);
    if (!repairs) return;
    if (!first) return put(unit, {0, cause, at});
    put_filled(unit, prints_of(repairs->packs()));
    begin_where_counted(unit);
}

Filling filling_of(State& state)
{
    const auto fill = fill_of(state);
    if (!fill) return Filling::done;
    return fill->step < slices ? Filling::going_on : Filling::filled;
}

Filling fill_some(Unit& unit, Processor& processor, bool everywhere_filled, std::size_t persons_some)
{
    auto fill = fill_of(unit);
    auto* repairs = repairs_of(active_processor(processor, unit));
    if (!fill || !repairs) return Filling::done;
    if (fill->step >= slices && !everywhere_filled) return Filling::filled;
    const auto now = prints_of(repairs->packs()), before = filled(unit);
    const auto parts = new_ones(repairs->packs(), now, before);
    const bool none_gone = std::ranges::all_of(before, [&](const auto& b) { return now.contains(b.first); }) && !before.empty();
    if (fill->step < slices && parts.empty()) fill->step = slices;
    if (fill->step >= slices && none_gone) fill->step = 2 * slices;
    for (std::size_t persons = 0; persons < persons_some && fill->step < 2 * slices; ++fill->step) {
        if (fill->step == slices && !everywhere_filled) break;
        const auto slice = static_cast<std::uint8_t>(fill->step % slices);
        persons += fill->step < slices ? repairs->refresh(unit, slice, parts, fill->cause, fill->at) : repairs->retire(unit, slice, fill->cause, fill->at);
    }
    if (fill->step < 2 * slices) {
        put(unit, *fill);
        return fill->step < slices ? Filling::going_on : Filling::filled;
    }
    if (!everywhere_filled) {
        fill->step = slices; // the others first
        put(unit, *fill);
        return Filling::filled;
    }
    put_filled(unit, now);
    unit.erase(fill_key);
    return Filling::done;
}

} // namespace sluse
