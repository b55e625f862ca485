// gateway/normalise/script.cpp — the table of scripts, and the notes that they are made of.
#include "gateway/normalise/script.hpp"

#include <algorithm>
#include <utility>

namespace sluse {

void Notes::touch(Slot slot, std::uint64_t fields)
{
    const auto known = std::ranges::find(touched, slot, &Needs::Fields::slot);
    if (known == touched.end()) touched.push_back({slot, fields});
    else known->mask |= fields;
}

void Notes::cut(std::size_t size)
{
    for (auto step = steps.rbegin(); step != steps.rend() && step->size > size; ++step) {
        if (step->kind == Step::Kind::forward) lost = true; // what it looks at is gone when the way is gone again
        if (step->text < step->size) {
            lost = lost || step->text < size; // of what one step wrote a part: nothing does so
            step->dropped = true;
        }
        step->text = std::min(step->text, static_cast<std::uint32_t>(size));
        step->size = static_cast<std::uint32_t>(size);
    }
}

namespace {

std::unique_ptr<Script> script_of(const Notes& notes, std::string_view written, std::size_t mark)
{
    auto out = std::make_unique<Script>();
    out->steps = notes.steps;
    out->states = notes.states;
    out->touched = notes.touched;
    std::size_t end = 0;
    const auto take = [&](std::size_t to, std::uint32_t& text, std::uint32_t& size) {
        text = static_cast<std::uint32_t>(out->text.size());
        size = static_cast<std::uint32_t>(to - end);
        out->text += written.substr(end, size);
    };
    for (auto& step : out->steps) {
        const auto after = step.size - mark;
        take(step.text - mark, step.text, step.size);
        end = after;
    }
    take(written.size(), out->end, out->end_size);
    out->text.append(32, '\0');
    return out;
}

} // namespace

std::uint64_t hash_of(std::span<const std::uint64_t> words)
{
    std::uint64_t hash = 0x2545F4914F6CDD1D;
    for (const auto word : words) {
        const auto product = static_cast<unsigned __int128>(hash ^ word) * 0x9E3779B97F4A7C15u;
        hash = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    }
    return hash;
}

const Script* Scripts::find(const Key& key)
{
    if (pairs_.empty()) return nullptr;
    auto& pair = pair_of(key);
    if (pair.back.hash == key.hash) std::swap(pair.front, pair.back);
    const auto* script = pair.front.script.get();
    if (pair.front.hash != key.hash || !script) return nullptr;
    __builtin_prefetch(script->steps.data()); // gone next, and seldom in the nearest cache
    __builtin_prefetch(script->text.data());
    return std::ranges::equal(script->key, key.view()) ? script : nullptr;
}

bool Scripts::worth(const Key& key)
{
    if (pairs_.empty()) pairs_.resize(pairs_max);
    auto& pair = pair_of(key);
    if (pair.front.hash == key.hash && !pair.front.script) return false;
    return std::exchange(pair.candidate, key.hash) == key.hash;
}

void Scripts::keep(const Key& key, const Notes& notes, std::string_view written, std::size_t mark, Emitted emitted)
{
    auto& pair = pair_of(key);
    if (pair.front.hash != key.hash) std::swap(pair.front, pair.back);
    give_way(pair.front);
    pair.front.hash = key.hash;
    if (notes.lost || notes.steps.size() > steps_max || written.size() > text_max || left_bytes_ > room) return;
    auto script = script_of(notes, written, mark);
    script->key.assign(key.view().begin(), key.view().end());
    script->emitted = emitted;
    if (bytes_ + script->size() > room)
        for (auto& other : pairs_) {
            give_way(other.front);
            give_way(other.back);
        }
    bytes_ += script->size();
    pair.front.script = std::move(script);
}

void Scripts::give_way(Place& place)
{
    if (!place.script) return;
    bytes_ -= place.script->size();
    left_bytes_ += place.script->size();
    left_.push_back(std::move(place.script));
}

void Scripts::settle()
{
    if (left_.empty()) return;
    left_.clear();
    left_bytes_ = 0;
}

} // namespace sluse
