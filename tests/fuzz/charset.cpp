// tests/fuzz/charset.cpp — any bytes in any character set: valid UTF-8 comes out, no question marks are invented, repair keeps it valid.
#include "gateway/normalise/charset.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

constexpr std::string_view names[] = {"ASCII",   "8859/2",  "8859/3",   "8859/4",   "8859/5",    "8859/6",        "8859/7",    "8859/8",         "8859/9",
                                      "8859/10", "8859/11", "8859/13",  "8859/14",  "8859/15",   "ISO IR87",      "ISO IR159", "GB 18030-2000",  "KS X 1001",
                                      "BIG-5",   "UNICODE", "CNS 11643-1992", "UNICODE UTF-16", "UNICODE UTF-32", "CP865", "Shift_JIS", "windows-1252"};

void require(bool holds)
{
    if (!holds) std::abort();
}

long marks(std::string_view text)
{
    return std::ranges::count(text, '?');
}

void there_and_back(std::string_view bytes, const std::string& charset)
{
    using namespace sluse;
    std::string text, back, again;
    std::size_t lost = 0;
    if (!to_utf8(bytes, charset, text, lost)) return;
    require(valid_utf8(text));
    from_utf8(text, charset, back);
    require(to_utf8(back, charset, again, lost) && valid_utf8(again));
    require(marks(again) <= marks(text)); // what a set lacks is left out or spelt, never a question mark
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using namespace sluse;
    if (size < 1) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto charset = canonical_charset(names[data[0] % std::size(names)]);
    require(!charset.empty());
    there_and_back(bytes, charset);
    const auto name = bytes.substr(0, bytes.find('\n')); // a name out of a message's MSH-18
    if (const auto named = canonical_charset(name); !named.empty()) there_and_back(bytes, named);
    std::string mended;
    mend_utf8(bytes, mended);
    require(valid_utf8(mended));
    for (const auto kind : {mojibake_in(mended), Mojibake::encoded_twice, Mojibake::dos, Mojibake::macintosh}) require(valid_utf8(repaired(mended, kind)));
    return 0;
}
