// adapters/fhir/letter_hold.cpp — pairing by sender and object names, within the window.
#include "adapters/fhir/letter_hold.hpp"

#include <algorithm>

namespace sluse::fhir {

std::string object_id(std::string_view text)
{
    std::string digits;
    for (const char c : text)
        if (c != '-') digits += c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
    if (digits.size() != 32) return std::string(text);
    for (const std::size_t at : {8u, 13u, 18u, 23u}) digits.insert(at, 1, '-');
    return digits;
}

bool LetterHold::add(xml::Element emessage, Millis at)
{
    const auto email = emessage.child("ClinicalEmail"), binary = emessage.child("BinaryLetter");
    const auto letter = email ? email : binary;
    if (!letter) return false;
    Held held{emessage, at, std::string(letter.at("Sender/EANIdentifier").text()), {}, bool(email), false};
    auto key = held.sender + '#' + std::string(letter.name()) + '#' + std::string(letter.at("Letter/Identifier").text());
    if (std::ranges::find(seen_, key) != seen_.end()) return false;
    seen_.push_back(std::move(key));
    if (email)
        for (auto each = email.child("Reference"); each; each = each.next("Reference")) {
            if (const auto object = each.child("BIN")) held.objects.push_back(object_id(object.child("ObjectIdentifier").text()));
        }
    else
        for (auto each = binary.child("BinaryObject"); each; each = each.next("BinaryObject")) held.objects.push_back(object_id(each.child("ObjectIdentifier").text()));
    held_.push_back(std::move(held));
    return true;
}

Ready LetterHold::joined(Held& letter, bool& whole)
{
    Ready out{letter.emessage, {}, {}};
    std::vector<Held*> from;
    for (const auto& wanted : letter.objects) {
        bool found = false;
        for (auto& other : held_) {
            if (other.letter || other.sender != letter.sender || std::max(other.at, letter.at) - std::min(other.at, letter.at) > window_) continue;
            for (auto file = other.emessage.at("BinaryLetter/BinaryObject"); file && !found; file = file.next("BinaryObject"))
                if (object_id(file.child("ObjectIdentifier").text()) == wanted) {
                    out.files.push_back(file);
                    from.push_back(&other);
                    found = true;
                }
            if (found) break;
        }
        whole = whole && found;
    }
    if (whole)
        for (auto* used : from) used->used = true;
    return out;
}

std::vector<Ready> LetterHold::take(Millis now, bool all)
{
    std::vector<Ready> out;
    const auto waited = [&](const Held& held) { return all || now - held.at > window_; };
    std::vector<bool> gone(held_.size());
    for (std::size_t i = 0; i < held_.size(); ++i) {
        auto& held = held_[i];
        if (!held.letter) continue;
        bool whole = true;
        auto ready = joined(held, whole);
        if (!whole && !waited(held)) continue;
        for (auto& other : held_) // what a letter goes without, it takes along all the same: no second letter names it
            if (!other.letter && std::ranges::any_of(ready.files, [&](xml::Element file) { return file.parent() == other.emessage.child("BinaryLetter"); })) other.used = true;
        out.push_back(std::move(ready));
        gone[i] = true;
    }
    for (std::size_t i = 0; i < held_.size(); ++i) {
        const auto& held = held_[i];
        if (held.letter || gone[i]) continue;
        if (!held.used && waited(held)) out.push_back({{}, {}, held.emessage});
        gone[i] = held.used || waited(held);
    }
    std::size_t i = 0;
    std::erase_if(held_, [&](const Held&) { return gone[i++]; });
    return out;
}

std::vector<Ready> LetterHold::due(Millis now)
{
    return take(now, false);
}

std::vector<Ready> LetterHold::rest()
{
    return take(0, true);
}

} // namespace sluse::fhir
