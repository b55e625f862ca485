// adapters/fhir/letter_hold.hpp — correspondence letters and their files wait for each other, by MedCom's conversion rules at most 60 minutes. Pure: the caller says what time it is.
#pragma once

#include "adapters/xml/document.hpp"
#include "gateway/base/time.hpp"

#include <string>
#include <vector>

namespace sluse::fhir {

/// What has waited enough: a letter with the files that came, or files whose letter did not come.
struct Ready {
    xml::Element letter;             ///< Emessage of an XDIS91; false: none came, the files go on as they are
    std::vector<xml::Element> files; ///< BinaryObject of the XBIN01
    xml::Element files_letter;       ///< Emessage of the XBIN01 that has no letter
};

/// Elements are views: their documents must outlive it.
class LetterHold {
public:
    explicit LetterHold(Millis window = 60 * minute_ms) : window_(window) {}
    /// Takes the Emessage of an XDIS91 or XBIN01 that came at `at`. A letter that came before (same sender and number) is left out: false.
    bool add(xml::Element emessage, Millis at);
    /// Letters that are whole, and those and files that have waited for longer than the window, in the order they came.
    std::vector<Ready> due(Millis now);
    /// Whatever still waits: nothing more will come.
    std::vector<Ready> rest();
    /// How many letters and XBIN01 wait.
    std::size_t waiting() const { return held_.size(); }

private:
    struct Held {
        xml::Element emessage;
        Millis at{};
        std::string sender;
        std::vector<std::string> objects; ///< a letter's: those it names; an XBIN01's: those it holds
        bool letter{}, used{};
    };
    Ready joined(Held& letter, bool& whole);
    std::vector<Ready> take(Millis now, bool all);

    Millis window_;
    std::vector<Held> held_;
    std::vector<std::string> seen_;
};

/// 32 hexadecimal digits with hyphens, in small letters: letters and files write one object's name in several ways. Other names stay.
std::string object_id(std::string_view text);

} // namespace sluse::fhir
