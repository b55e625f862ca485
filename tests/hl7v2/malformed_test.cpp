// tests/hl7v2/malformed_test.cpp — what senders get wrong, and what they are told: malformed.txt, which anybody can read.
#include "adapters/hl7v2/adapter.hpp"
#include "adapters/hl7v2/normalise.hpp"
#include "tests/shipped_maps.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

namespace sluse::hl7v2 {
namespace {

constexpr const char* file = SLUSE_SOURCE_DIR "/tests/hl7v2/malformed.txt";

/// "{D8}" that byte, "{200*x}" x 200 times, "{ack}" the fields MSH-13 to MSH-16.
std::string unfolded(std::string_view text, std::string_view answer_fields)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto end = text[i] == '{' ? text.find('}', i) : text.npos;
        const auto inner = end == text.npos ? std::string_view() : text.substr(i + 1, end - i - 1);
        unsigned number = 0;
        if (const auto star = inner.find('*'); star != inner.npos && star + 2 == inner.size()) {
            std::from_chars(inner.data(), inner.data() + star, number);
            out.append(number, inner.back());
            i = end;
        } else if (inner.size() == 2) {
            std::from_chars(inner.data(), inner.data() + 2, number, 16);
            out += static_cast<char>(number);
            i = end;
        } else if (inner == "ack") {
            out += answer_fields;
            i = end;
        } else {
            out += text[i] == '\n' ? '\r' : text[i];
        }
    }
    return out;
}

std::string answer(const std::string& message, const Checked& checked)
{
    auto reply = acknowledge(message, checked, checked.answer, {1'772'360'130'000, "A1", ""}); // 2026-03-01T10:15:30Z
    for (auto& c : reply)
        if (c == '\r') c = '\n';
    const auto header = reply.find('\n');
    return header == reply.npos ? "none\n" : reply.substr(header + 1); // the header says nothing of the fault
}

/// What the sender is not told, but its operator is.
std::string noted(const std::string& message, const Checked& checked)
{
    std::string out;
    const auto line = [&](const Issue& issue) { out += "noted " + issue.path + ": " + issue.text + '\n'; };
    for (const auto& issue : checked.issues)
        if (issue.severity == Severity::warning) line(issue);
    if (checked.answer != Answer::accepted) return out;
    const SystemSettings system;
    const auto keys = Keys::demonstration();
    Normalised normalised;
    if (const auto done = normalise(message, checked, {shipped_maps(), system, keys.resource, {}, 0}, normalised); !done) return out + "not mapped: " + done.error().where + '\n';
    for (const auto& issue : normalised.issues) line(issue);
    for (const auto& path : normalised.coverage.unmapped) out += "noted " + path + ": no map takes it\n";
    return out;
}

std::string judged(std::string_view text)
{
    const SystemSettings system;
    const auto original = unfolded(text, "||||");
    const auto checked = check(original, system);
    std::string out = "original\n" + answer(original, checked);
    const auto enhanced = unfolded(text, "|||AL|NE");
    if (enhanced != original) {
        const auto reply = answer(enhanced, check(enhanced, system));
        out += "enhanced\n" + reply.substr(0, reply.find('\n') + 1);
    }
    return out + noted(original, checked);
}

TEST(Malformed, is_answered_as_recorded)
{
    std::ifstream in(file);
    const std::string recorded{std::istreambuf_iterator<char>(in), {}};
    std::string actual, name, message;
    const auto finish = [&] {
        if (name.empty()) return;
        actual += name + '\n' + message + judged(message);
        message.clear();
    };
    std::istringstream lines(recorded);
    bool answers = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("= ")) {
            finish();
            name = line;
            answers = false;
        } else if (name.empty()) {
            actual += line + '\n';
        } else {
            answers = answers || line == "original";
            if (!answers) message += line + '\n';
        }
    }
    finish();
    EXPECT_EQ(recorded, actual);
    if (recorded != actual && std::getenv("GOLDEN_UPDATE")) std::ofstream(file) << actual; // a run that rewrites it still fails
}

} // namespace
} // namespace sluse::hl7v2
