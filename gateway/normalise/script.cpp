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
        lost = lost || step->text < step->size;
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

const Script* Scripts::find(const Key& key) const
{
    if (places_.empty()) return nullptr;
    const auto& place = places_[key.hash % slots];
    if (place.hash != key.hash || !place.script || !std::ranges::equal(place.script->key, key.view())) return nullptr;
    return place.script.get();
}

bool Scripts::worth(const Key& key)
{
    if (places_.empty()) places_.resize(slots);
    auto& place = places_[key.hash % slots];
    if (place.hash == key.hash && !place.script) return false; // there is no script of this way
    return std::exchange(place.candidate, key.hash) == key.hash;
}

void Scripts::keep(const Key& key, const Notes& notes, std::string_view written, std::size_t mark, Emitted emitted)
{
    auto& place = places_[key.hash % slots];
    give_way(place);
    place.hash = key.hash;
    if (notes.lost || notes.steps.size() > steps_max || written.size() > text_max || left_bytes_ > room) return;
    auto script = script_of(notes, written, mark);
    script->key.assign(key.view().begin(), key.view().end());
    script->emitted = emitted;
    if (bytes_ + script->size() > room)
        for (auto& other : places_) give_way(other);
    bytes_ += script->size();
    place.script = std::move(script);
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
