// gateway/normalise/registers/registers.hpp — the national registers' own files that a user supplies: SKS, NPU, ATC, ICPC-2, SOR and SHAK.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/model/normalised.hpp"

#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluse {

/// A register's words for a code, in force on [from, to).
struct RegisterEntry {
    std::string code, text;
    Day from{}, to{};
};

/// A unit as SOR or SHAK has it, in force on [from, to). What the file does not say is empty.
struct RegisterUnit {
    std::string name, sor, shak, gln, yder;
    std::string municipality; ///< four digits
    std::string phone;
    Day from{}, to{};
    bool gln_of_another{}; ///< inherited: the number leads to the unit that it belongs to
};

/// Which file holds which register, for the log and for `sluse check`.
struct RegisterFile {
    std::string file, name;
    std::size_t rows{};
    std::string sha256; ///< hex
};

/// How a large XML file's units are read, one at a time: `use` gets the text at a path within the unit, how deep the unit stands and its line.
/// Returns line and words of what is wrong; empty: nothing. It is xml::each_unit, which this library lies below.
using UnitsInXml = std::optional<std::pair<std::size_t, std::string>> (*)(
    std::string_view bytes, const std::vector<std::string>& names, const std::function<void(const std::function<std::string_view(std::string_view)>& at, std::size_t depth, std::size_t line)>& use);

/// Immutable once loaded; shared between threads.
class Registers {
public:
    /// Reads every file of `folder` by the forms in `forms` (schemas/codes/registers.tsv). Each mistake is an Issue at file:line with what to
    /// do; null when one is an error, or when the folder holds no register. Files are mapped, XML is walked through: memory holds what is taken.
    static std::shared_ptr<const Registers> load(const std::filesystem::path& forms, const std::filesystem::path& folder, Issues& issues, UnitsInXml units);

    /// Is the system one whose register was supplied? Then a code that it lacks is none.
    bool covers(std::string_view system) const;
    /// The entry in force on the day, else the last one before it, else the first; null: no such code, or not covered.
    const RegisterEntry* entry(std::string_view system, std::string_view code, Day day) const;
    /// The unit of that number; as entry() where it changed over time.
    const RegisterUnit* unit(std::string_view system, std::string_view value, Day day) const;
    /// Adds what the bundle leaves out: a Coding's display, an Organization's or Location's name, the display of a reference to a unit. What is
    /// said stays as it is. A code that its register lacks, or that was not in force on `day`, becomes a warning.
    void complete(Normalised& message, Day day) const;

    const std::vector<RegisterFile>& files() const { return files_; }
    /// SHA-256 over the files' names and bytes and the forms, hex.
    const std::string& hash() const { return hash_; }

private:
    friend class RegisterLoader;
    struct Place {
        std::string name, prefix; ///< the register; what stands before a code of this system there
    };
    static constexpr std::array<std::string_view, 4> numbers{"sor", "shak", "gln", "yder"};
    void index();

    std::map<std::string, std::vector<RegisterEntry>, std::less<>> entries_;  ///< by register; sorted by code, then from
    std::multimap<std::string, Place, std::less<>> systems_;                  ///< by URI
    std::map<std::string, std::size_t, std::less<>> unit_systems_;            ///< by URI; which of numbers
    std::vector<RegisterUnit> units_;
    std::array<std::vector<std::pair<std::string_view, std::size_t>>, 4> by_number_; ///< sorted by number, then from
    std::vector<RegisterFile> files_;
    std::string hash_;
};

/// The day written as 20260301, 2026-03-01, 01-03-2026 or 01.03.2026; a time after it is not looked at.
std::optional<Day> register_day(std::string_view text);

} // namespace sluse
