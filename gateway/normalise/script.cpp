// gateway/normalise/script.cpp — the table of scripts, and the notes that they are made of.
#include "gateway/normalise/script.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <type_traits>
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

std::uint64_t hash_of(std::span<const std::uint64_t> words)
{
    std::uint64_t hash = 0x2545F4914F6CDD1D;
    for (const auto word : words) {
        const auto product = static_cast<unsigned __int128>(hash ^ word) * 0x9E3779B97F4A7C15u;
        hash = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    }
    return hash;
}

template <class T> std::span<const T> put(char*& at, std::span<const T> from)
{
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= alignof(std::uint64_t) && sizeof(T) % alignof(std::uint64_t) == 0);
    auto* const to = reinterpret_cast<T*>(at);
    if (!from.empty()) std::memcpy(at, from.data(), from.size_bytes());
    at += from.size_bytes();
    return {to, from.size()};
}

std::unique_ptr<Script, Script::Free> script_of(std::span<const std::uint64_t> key, const Notes& notes, std::string_view written, std::size_t mark)
{
    constexpr std::size_t slack = 32;
    auto steps = notes.steps;
    std::string text;
    std::size_t end = 0;
    const auto take = [&](std::size_t to, std::uint32_t& from, std::uint32_t& size) {
        from = static_cast<std::uint32_t>(text.size());
        size = static_cast<std::uint32_t>(to - end);
        text += written.substr(end, size);
    };
    for (auto& step : steps) {
        const auto after = step.size - mark;
        take(step.text - mark, step.text, step.size);
        end = after;
    }
    const std::span states(notes.states);
    const std::span touched(notes.touched);
    const auto size = sizeof(Script) + key.size_bytes() + steps.size() * sizeof(Step) + states.size_bytes() + touched.size_bytes() + text.size() + (written.size() - end) + slack;
    std::unique_ptr<Script, Script::Free> out(new (::operator new(size)) Script);
    take(written.size(), out->end, out->end_size);
    text.append(slack, '\0');
    auto* at = reinterpret_cast<char*>(out.get() + 1);
    out->size = static_cast<std::uint32_t>(size);
    out->key = put(at, key);
    out->steps = put(at, std::span<const Step>(steps));
    out->states = put(at, std::span<const FrameState>(states));
    out->touched = put(at, std::span<const Needs::Fields>(touched));
    out->text = at;
    text.copy(at, text.size());
    return out;
}

} // namespace

// What was gone after this one the last time is fetched while this one is gone.
const Script* Scripts::gone(std::size_t pair)
{
    auto* const script = pairs_[pair].front.script.get();
    if (last_) last_->next = static_cast<std::uint32_t>(pair);
    last_ = script;
    if (const auto* next = reinterpret_cast<const char*>(pairs_[script->next].front.script.get()))
        for (const auto line : {0, 64, 128, 192}) __builtin_prefetch(next + line);
    return script;
}

const Script* Scripts::find(Key& key)
{
    key.hash = hash_of(key.view());
    if (pairs_.empty()) return nullptr;
    auto& pair = pair_of(key);
    if (pair.back.hash == key.hash) std::swap(pair.front, pair.back);
    const auto* script = pair.front.script.get();
    if (pair.front.hash != key.hash || !script || !std::ranges::equal(script->key, key.view())) return nullptr;
    return gone(static_cast<std::size_t>(&pair - pairs_.data()));
}

bool Scripts::worth(const Key& key)
{
    if (pairs_.empty()) pairs_.resize(pairs_max);
    auto& pair = pair_of(key);
    if (pair.front.hash == key.hash && !pair.front.script) return false;
    return std::exchange(pair.candidate, key.hash) == key.hash;
}

void Scripts::keep(Key& key, const Notes& notes, std::string_view written, std::size_t mark, Emitted emitted)
{
    key.hash = hash_of(key.view());
    auto& pair = pair_of(key);
    if (pair.front.hash != key.hash) std::swap(pair.front, pair.back);
    give_way(pair.front);
    pair.front.hash = key.hash;
    if (notes.lost || notes.steps.size() > steps_max || written.size() > text_max || left_bytes_ > room) return;
    auto script = script_of(key.view(), notes, written, mark);
    script->emitted = emitted;
    if (bytes_ + script->size > room)
        for (auto& other : pairs_) {
            give_way(other.front);
            give_way(other.back);
        }
    bytes_ += script->size;
    pair.front.script = std::move(script);
}

void Scripts::give_way(Place& place)
{
    if (!place.script) return;
    bytes_ -= place.script->size;
    left_bytes_ += place.script->size;
    left_.push_back(std::move(place.script));
}

void Scripts::settle()
{
    if (left_.empty()) return;
    left_.clear();
    left_bytes_ = 0;
    last_ = nullptr;
}

} // namespace sluse
