// adapters/hl7v2/split.cpp — files of messages one after another, with or without FHS/BHS/BTS/FTS around them (HL7 v2.9 §2.10.3).
#include "adapters/hl7v2/adapter.hpp"
#include "adapters/hl7v2/message.hpp"
#include "adapters/hl7v2/message_marks.hpp"

#include <charconv>

namespace sluse::hl7v2 {
namespace {

class FileSplitter {
public:
    FileSplitter(std::string_view bytes, Issues& issues) : bytes_(bytes), issues_(issues) {}

    std::vector<std::string_view> run()
    {
        line(bytes_.size() - without_lead(bytes_).size());
        each_mark(bytes_, '\n', [&](std::size_t at) {
            line(at + 1);
            return true;
        });
        end_piece(bytes_.size());
        // What broke off between two messages looks like this and like nothing else.
        if (in_batch_) missing("BTS", "is missing: the batch has no trailer and may have been cut short; ask the sender for the rest");
        if (in_file_) missing("FTS", "is missing: the file has no trailer and may have been cut short; ask the sender for the rest");
        return std::move(pieces_);
    }

private:
    /// A line begins at `at`.
    void line(std::size_t at)
    {
        while (at < bytes_.size() && blanks.find(bytes_[at]) != blanks.npos && bytes_[at] != '\r' && bytes_[at] != '\n') ++at;
        const auto text = bytes_.substr(at);
        // The first letters decide for nearly every line.
        if (text.size() < 3 || (text[1] != 'S' && text[1] != 'H' && text[1] != 'T')) return;
        if (begins_with_header(text, "MSH")) {
            end_piece(at);
            piece_ = at;
            ++messages_;
        } else if (begins_with_header(text, "FHS")) {
            control(at);
            in_file_ = true;
        } else if (begins_with_header(text, "BHS")) {
            control(at);
            in_batch_ = true;
            messages_ = 0;
            ++batches_;
        } else if (is_trailer(text, "BTS")) {
            control(at);
            expect(text, "BTS-1", messages_, "messages are in the batch");
            in_batch_ = false;
        } else if (is_trailer(text, "FTS")) {
            control(at);
            expect(text, "FTS-1", batches_ ? batches_ : pieces_.empty() ? 0 : 1, "batches are in the file");
            in_file_ = false;
        }
    }

    static bool is_trailer(std::string_view text, std::string_view id)
    {
        return text.starts_with(id) && (text.size() == 3 || begins_with_header(text, id));
    }

    /// A batch's own segment at `at`: what came before is complete, and the segment is part of no message.
    void control(std::size_t at)
    {
        end_piece(at);
        const auto end = bytes_.find_first_of("\r\n", at);
        piece_ = end == bytes_.npos ? bytes_.size() : end;
    }

    /// Text that is no message is handed out as well, so that it is refused by name and not lost in silence.
    void end_piece(std::size_t end)
    {
        const auto piece = bytes_.substr(piece_, end - piece_);
        if (!without_lead(piece).empty()) pieces_.push_back(piece);
        piece_ = end;
    }

    void expect(std::string_view trailer, const char* place, std::uint64_t found, const char* what)
    {
        std::string_view said = trailer.substr(3, trailer.find_first_of("\r\n") - 3);
        if (!said.empty()) said = part(said.substr(1), said[0], 1);
        std::uint64_t count = 0;
        const auto [end, error] = std::from_chars(said.data(), said.data() + said.size(), count);
        if (said.empty()) return;
        if (error != std::errc() || count == found) return;
        issues_.push_back({Severity::error, IssueKind::sequence, place,
                           "says " + std::to_string(count) + ", but " + std::to_string(found) + " " + what + "; ask the sender whether some were lost"});
    }

    void missing(const char* place, const char* text) { issues_.push_back({Severity::error, IssueKind::sequence, place, text}); }

    std::string_view bytes_;
    Issues& issues_;
    std::vector<std::string_view> pieces_;
    std::size_t piece_{};
    std::uint64_t messages_{}, batches_{};
    bool in_batch_{}, in_file_{};
};

} // namespace

// UTF-16 cannot be cut at single bytes, but at its units: where the lines are is found in a text of one byte a unit, and the pieces are cut
// out of the file as it came, so that each is decoded by itself.
std::vector<std::string_view> split(std::string_view bytes, Issues& issues)
{
    if (utf16_flavour(bytes).empty()) return FileSplitter(bytes, issues).run();
    const auto narrow = utf16_narrowed(bytes);
    auto pieces = FileSplitter(narrow, issues).run();
    const auto mark = bytes.size() / 2 - narrow.size();
    for (auto& piece : pieces) {
        const auto at = (mark + static_cast<std::size_t>(piece.data() - narrow.data())) * 2;
        const auto end = at + piece.size() * 2;
        piece = bytes.substr(at, end + 1 == bytes.size() ? bytes.npos : end - at); // half a unit at the end stays with the last
    }
    return pieces;
}

} // namespace sluse::hl7v2
