// tests/xml/names_test.cpp — a name is read 16 bytes at a time as it is one by one.
#include "adapters/xml/names.hpp"

#include <gtest/gtest.h>
#include <string>

namespace sluse::xml {
namespace {

TEST(Names, EndAtTheFirstByteThatIsNoPartWhereverItStands)
{
    for (unsigned byte = 0; byte < 256; ++byte)
        for (std::size_t place = 1; place < 40; ++place) {
            std::string text(place, 'n');
            text += static_cast<char>(byte);
            text += std::string(40, 'm') + '>';
            const bool part = classes[byte] & name_part;
            std::uint32_t prefix = 7;
            ASSERT_EQ(find_name_end(text, 0, prefix), part ? text.size() - 1 : place) << byte << " at " << place;
            ASSERT_EQ(prefix, byte == ':' ? place + 1 : 0) << byte << " at " << place;
        }
}

TEST(Names, HaveThePrefixBeforeTheirFirstColon)
{
    std::uint32_t prefix = 0;
    const std::string text = "<aVeryLongPrefixOfAName:local:part attribute";
    EXPECT_EQ(find_name_end(text, 1, prefix), text.find(' '));
    EXPECT_EQ(text.substr(1, prefix), "aVeryLongPrefixOfAName:");
    EXPECT_EQ(find_name_end("ab", 0, prefix), 2u);
    EXPECT_EQ(prefix, 0u);
}

} // namespace
} // namespace sluse::xml
