// tests/process/documents_test.cpp — reports and documents of municipalities and practices as facts: each file of documents/ beside the facts it tells.
#include "gateway/base/files.hpp"
#include "gateway/timeline/extract.hpp"
#include "tests/process/message_log.hpp"

#include <algorithm>
#include <cstdlib>

namespace sluse {
namespace {

using namespace message_log;

/// A line a fact, "plan id|… code=H1.1 start=2026-02-21 …"; under the person they are about.
std::string facts_of(const std::string& body)
{
    static const SystemSettings settings;
    const auto* adapter = adapter_for(body);
    Issues issues;
    std::string out;
    int number = 0;
    for (const auto piece : adapter->split(body, issues)) {
        const auto checked = adapter->check(piece, settings);
        EXPECT_EQ(checked.answer, Answer::accepted) << (checked.issues.empty() ? "" : checked.issues[0].path + ' ' + checked.issues[0].text);
        Normalised n;
        const auto keys = Keys::demonstration();
        EXPECT_TRUE(adapter->normalise(piece, checked, {*options().maps, settings, keys.resource, {}, 0}, n));
        Extractor extractor;
        std::vector<Said> said;
        extractor.extract(n, {checked.system, &settings.zone, 1, n.sent_ms}, said);
        out += "message " + std::to_string(++number) + '\n';
        std::vector<std::string> lines;
        for (const auto& s : said) {
            const bool by_id = s.fact.key.starts_with("id|"); // ours, made under a key: not for a reader
            std::string line = "  " + s.person.value + ' ' + std::string(name(s.fact.kind)) + ' ' + (by_id ? "(by id)" : s.fact.key);
            for (const auto& a : s.fact.attributes) line += ' ' + std::string(name(a.attr)) + '=' + text_of(a.attr, a.value);
            lines.push_back(line + '\n');
        }
        std::ranges::sort(lines);
        for (const auto& line : lines) out += line;
    }
    return out;
}

TEST(Documents, become_the_facts_beside_them)
{
    std::size_t cases = 0;
    for (const auto& entry : fs::directory_iterator(SLUSE_SOURCE_DIR "/tests/process/documents")) {
        if (entry.path().extension() != ".json") continue;
        ++cases;
        auto golden = entry.path();
        golden.replace_extension(".facts");
        const auto facts = facts_of(bytes_of(entry.path()));
        if (std::getenv("GOLDEN_UPDATE")) std::ofstream(golden, std::ios::binary) << facts;
        EXPECT_EQ(facts, bytes_of(golden)) << entry.path().filename();
    }
    EXPECT_GE(cases, 4u);
}

} // namespace
} // namespace sluse
