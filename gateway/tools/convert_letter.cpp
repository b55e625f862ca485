// gateway/tools/convert_letter.cpp — the two syntaxes of a MedCom letter.
#include "gateway/tools/convert_letter.hpp"

#include "adapters/edifact/adapter.hpp"
#include "adapters/fhir/care_communication.hpp"
#include "adapters/fhir/letter_hold.hpp"
#include "adapters/fhir/receipts.hpp"
#include "adapters/xml/document.hpp"
#include "gateway/base/exit_codes.hpp"
#include "gateway/tools/convert_files.hpp"
#include "gateway/tools/descriptor.hpp"

#include <algorithm>
#include <chrono>
#include <unistd.h>

namespace sluse {
namespace {

/// With what letters are converted: local time, and SOR when it was supplied.
struct With {
    const Zone& zone;
    const Registers* registers{};
};

/// Why nothing was made of a message; what is wrong with the message itself in the words that its sender gets.
std::string told(const Fault& fault)
{
    return fault.code == Errc::bad_message ? fhir::conversion_failed(fault.where) : fault.where;
}

/// A CareCommunication as its letters, one document after another.
Result<std::string> letters_of(std::string_view to, std::string_view message, const With& with)
{
    auto letters = fhir::correspondence(message, with.zone, with.registers);
    if (!letters) return Fault{letters.error().code, told(letters.error())};
    if (to == "oioxml") return letters->letter + letters->files;
    auto letter = edifact::from_oioxml(letters->letter);
    if (!letter || letters->files.empty()) return letter;
    const auto files = edifact::from_oioxml(letters->files);
    return files ? Result<std::string>(*letter + '\n' + *files) : files;
}

/// `left_out`, where it is wanted: what the letter says that the other form has no place for.
Result<std::string> letter_as(std::string_view to, const Adapter* adapter, std::string_view message, const With& with, Issues* left_out = nullptr)
{
    const auto format = adapter ? adapter->name : std::string_view();
    if (format == "fhir") return letters_of(to, message, with);
    if (format != "edifact" && format != "oioxml") return Fault{Errc::unsupported, "message: is no MedCom letter or CareCommunication; only they have another form"};
    auto xml = format == "edifact" ? edifact::to_oioxml(message) : Result<std::string>(std::string(message));
    if (!xml || to == "oioxml") return xml;
    return edifact::from_oioxml(*xml, left_out);
}

Millis now()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// All letters of all files, as OIOXML, before any is converted: a correspondence letter and its files come as two letters, a message is
/// acknowledged by the receipts of both.
class Correspondence {
public:
    Result<void> add(const Adapter* adapter, std::string_view message)
    {
        if (adapter && adapter->name == "fhir") {
            messages_.emplace_back(message);
            return {};
        }
        const auto xml = letter_as("oioxml", adapter, message, {Zone::copenhagen()});
        if (!xml) return xml.error();
        auto parsed = xml::Document::parse(*xml);
        if (!parsed) return Fault{Errc::bad_message, parsed.issue.path + ": " + parsed.issue.text};
        const auto root = parsed.document->root();
        // An invalid letter is refused; invalid files are as if they had not come.
        if (const auto* oioxml = adapter_named("oioxml"))
            if (const auto checked = oioxml->check(*xml, {}); checked.answer != Answer::accepted)
                return Fault{Errc::bad_message, checked.issues.front().path + ": " + checked.issues.front().text};
        const bool receipt = std::ranges::any_of(root, [](xml::Element letter) { return letter.name().ends_with("Receipt"); });
        if (!receipt && !root.child("ClinicalEmail") && !root.child("BinaryLetter"))
            return Fault{Errc::unsupported, "Emessage: only XDIS91 with its XBIN01, and their receipts, have a MedCom FHIR message"};
        roots_.push_back(root);
        receipts_ = receipts_ || receipt;
        letters_.push_back(std::move(parsed.document));
        return {};
    }

    /// Calls use(Result) with each CareCommunication, or why a letter became none.
    template <class Use> void each(const With& with, Use&& use) const
    {
        for (const auto& message : messages_) use(fhir::acknowledgement_of(message, roots_, with.zone, now()));
        if (receipts_ && messages_.empty()) return use(Result<std::string>(Fault{Errc::unsupported, "Emessage: a receipt becomes an Acknowledgement beside the CareCommunication that it is for"}));
        if (receipts_) return;
        // What the files say of when they were sent is the time: who waits longer than an hour goes without the other.
        fhir::LetterHold hold;
        Millis clock = 0;
        const auto go = [&](const std::vector<fhir::Ready>& ready) {
            for (const auto& one : ready)
                if (one.letter) use(fhir::care_communication(one.letter, one.files, with.zone, with.registers));
                else use(Result<std::string>(Fault{Errc::unsupported, "Emessage/BinaryLetter: no XDIS91 came with it; it is forwarded as it is"}));
        };
        for (const auto& letter : letters_) {
            clock = std::max(clock, sent(letter->root(), with.zone));
            hold.add(letter->root(), clock);
            go(hold.due(clock));
        }
        go(hold.rest());
    }

    /// The other way: calls use(Result) with each receipt that the letters get for the Acknowledgements.
    template <class Use> void each_receipt(std::string_view to, const Zone& zone, Use&& use) const
    {
        for (const auto& message : messages_) {
            if (!fhir::is_acknowledgement(message)) continue;
            const auto receipts = fhir::receipts_of(message, roots_, messages_, zone, now());
            if (!receipts) use(Result<std::string>(receipts.error()));
            else
                for (const auto& one : *receipts) use(to == "edifact" ? edifact::from_oioxml(one) : Result<std::string>(one));
        }
    }

private:
    static Millis sent(xml::Element emessage, const Zone& zone)
    {
        const auto at = emessage.at("Envelope/Sent");
        const auto day = parse_day(at.child("Date").text());
        const auto time = at.child("Time").text();
        const auto two = [&](std::size_t i) { return time.size() >= i + 2 ? (time[i] - '0') * 10 + (time[i + 1] - '0') : 0; };
        return day ? zone.to_instant(*day, two(0) * hour_ms + two(3) * minute_ms).value_or(0) : 0;
    }

    std::vector<std::unique_ptr<xml::Document>> letters_;
    std::vector<xml::Element> roots_;
    std::vector<std::string> messages_; ///< FHIR: a CareCommunication, or an Acknowledgement
    bool receipts_{};
};

int convert_correspondence(const ConvertOptions& options, const With& with)
{
    Correspondence all;
    bool failed = false, unwritable = false;
    const auto wrong = [&](const Fault& fault) {
        failed = true;
        unwritable = unwritable || !write_all(options.err, fault.where + '\n');
    };
    for (const auto& file : options.files.empty() ? std::vector<std::string>{"-"} : options.files) {
        const auto read = each_block(file, [&](MessageBlock& block) {
            for (const auto message : block.messages)
                if (const auto added = all.add(block.adapter, message); !added) wrong({added.error().code, file + ": " + told(added.error())});
            return true;
        });
        if (!read) wrong(read.error());
    }
    const auto write_one = [&](const Result<std::string>& message) {
        if (message) unwritable = unwritable || !write_all(options.out, *message + '\n');
        else wrong({message.error().code, told(message.error())});
    };
    if (options.to == "medcom-fhir") all.each(with, write_one);
    else all.each_receipt(options.to, options.system.zone, write_one);
    return unwritable ? exit_io : failed ? exit_refused : exit_ok;
}

/// An Acknowledgement among a few files becomes receipts of the letters beside it.
bool holds_acknowledgement(const ConvertOptions& options)
{
    constexpr std::size_t files_max = 16;
    bool found = false;
    if (options.files.size() < 2 || options.files.size() > files_max) return false;
    for (const auto& file : options.files)
        if (const auto read = each_block(file, [&](MessageBlock& block) {
                found = found || (block.adapter && block.adapter->name == "fhir" && std::ranges::any_of(block.messages, fhir::is_acknowledgement));
                return !found;
            });
            !read) return false;
    return found;
}

} // namespace

int convert_letters(const ConvertOptions& options)
{
    std::shared_ptr<const Registers> registers;
    if (!options.codes.empty() && !(registers = load_registers(options))) return exit_config;
    const With with{options.system.zone, registers.get()};
    if (options.to == "medcom-fhir" || holds_acknowledgement(options)) return convert_correspondence(options, with);
    bool failed = false, unwritable = false;
    for (const auto& file : options.files.empty() ? std::vector<std::string>{"-"} : options.files) {
        std::size_t number = 0;
        const auto read = each_block(file, [&](MessageBlock& block) {
            for (const auto message : block.messages) {
                ++number;
                Issues left_out;
                auto letter = letter_as(options.to, block.adapter, message, with, &left_out);
                if (letter && !letter->ends_with('\n')) *letter += '\n';
                failed = failed || !letter;
                const auto tell = [&](const std::string& text) { return write_all(options.err, file + ':' + std::to_string(number) + ": " + text + '\n'); };
                unwritable = unwritable || !(letter ? write_all(options.out, *letter) : tell(letter.error().where));
                for (const auto& issue : left_out) unwritable = unwritable || !tell(issue.path + ": " + issue.text);
            }
            return !unwritable;
        });
        if (read) continue;
        write_all(options.err, read.error().where + '\n');
        unwritable = true;
    }
    return unwritable ? exit_io : failed ? exit_refused : exit_ok;
}

} // namespace sluse
