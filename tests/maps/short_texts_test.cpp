// tests/maps/short_texts_test.cpp — JSON strings, character sets and code tables against what is written down a byte at a time.
#include "gateway/normalise/charset.hpp"
#include "gateway/normalise/code_tables.hpp"
#include "gateway/normalise/json_text.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>

namespace sluse {
namespace {

std::string quoted_slowly(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') (out += '\\') += c;
        else if (c == '\n') out += "\\n";
        else if (c == '\r') out += "\\r";
        else if (c == '\t') out += "\\t";
        else if (static_cast<unsigned char>(c) >= ' ' && c != '\x7f') out += c;
    }
    return out += '"';
}

TEST(ShortTexts, AreQuotedAlikeWhateverTheirLengthAndWhereverTheirMarksStand)
{
    std::mt19937 random(3);
    Bytes out;
    for (std::size_t size = 0; size <= 70; ++size)
        for (int n = 0; n < 60; ++n) {
            const std::unique_ptr<char[]> text(new char[size]); // of its own size: a sanitiser sees a byte too many
            for (std::size_t i = 0; i < size; ++i) text[i] = n < 20 ? static_cast<char>('a' + random() % 26) : static_cast<char>(random());
            if (size && n >= 10 && n < 20) text[random() % size] = "\"\\\n\x7f\x01\xc3"[n % 6];
            out.clear();
            append_quoted(out, {text.get(), size});
            EXPECT_EQ(out.view(), quoted_slowly({text.get(), size})) << size;
        }
}

TEST(ShortTexts, AreUtf8OrNotWhereverTheLetterStands)
{
    for (std::size_t size = 0; size <= 40; ++size)
        for (std::size_t at = 0; at <= size; ++at) {
            const auto with = [&](std::string_view letter) { return std::string(at, 'x').append(letter).append(size - at, 'y'); };
            EXPECT_TRUE(valid_utf8(with("\xc3\xb8")) && valid_utf8(with("\xe2\x80\xa0\xc3\xa5")));
            EXPECT_FALSE(valid_utf8(with("\xf8")) || valid_utf8(with("\xc3\xb8\xb8")) || valid_utf8(with("\xe2\x80")));
            std::string utf8;
            std::size_t lost = 0;
            EXPECT_TRUE(to_utf8(with("\xf8\xe6"), "windows-1252", utf8, lost));
            EXPECT_EQ(utf8, with("\xc3\xb8\xc3\xa6"));
            EXPECT_EQ(mojibake_in(with("a\xc3\x83\xc2\xb8")), Mojibake::encoded_twice);
            EXPECT_EQ(mojibake_in(with("a\xc3\xb8""a")), Mojibake::none);
            EXPECT_EQ(mojibake_in(with("a\xe2\x80\xa0""a")), Mojibake::dos);
        }
}

TEST(CodeTables, FindWhatWasSetLastAndElseTheStar)
{
    VocabularyMap table;
    EXPECT_EQ(table.find("A"), nullptr);
    std::map<std::string, std::string> wanted;
    for (int n = 0; n < 500; ++n) {
        const auto text = std::to_string(n * 7919 % 300) + (n % 3 ? "" : "^long enough for a heap's string");
        wanted[text] = std::to_string(n);
        table.set(text, {std::to_string(n), {}, {}});
    }
    const auto copy = table; // of a base map's table for an overlay
    for (const auto& [text, code] : wanted) {
        ASSERT_NE(copy.find(text), nullptr) << text;
        EXPECT_EQ(copy.find(text)->code, code);
    }
    EXPECT_EQ(table.find("elsewhere"), nullptr);
    table.set("*", {"any", {}, {}});
    EXPECT_EQ(table.find("elsewhere")->code, "any");
    EXPECT_EQ(table.find("")->code, "any");
}

} // namespace
} // namespace sluse
