// tests/xml/split_test.cpp — files of several XML documents.
#include "adapters/xml/split.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluse::xml {
namespace {

using testing::ElementsAre;

TEST(XmlSplit, CutsAfterEachRoot)
{
    EXPECT_THAT(split_documents("<?xml version=\"1.0\"?><a><b/></a>\n<?xml version=\"1.0\"?>\n<c/> <d></d>\n"),
                ElementsAre("<?xml version=\"1.0\"?><a><b/></a>", "<?xml version=\"1.0\"?>\n<c/>", "<d></d>"));
}

TEST(XmlSplit, LeavesOneDocumentAsItIs)
{
    EXPECT_THAT(split_documents("\n<a/>\n"), ElementsAre("\n<a/>\n"));
    EXPECT_THAT(split_documents("<a/><!-- the end --><?sort x?>\n"), ElementsAre("<a/><!-- the end --><?sort x?>\n"));
    EXPECT_THAT(split_documents("<a/> and more"), ElementsAre("<a/> and more"));
}

TEST(XmlSplit, LooksNotIntoCommentsQuotesAndCharacterData)
{
    const std::string_view first = "<a x=\"</a>\" y='>'><!-- </a> --><![CDATA[</a><?xml ]]><?p </a>?></a>";
    EXPECT_THAT(split_documents(std::string(first) + "<b/>"), ElementsAre(first, "<b/>"));
}

TEST(XmlSplit, StopsABrokenDocumentAtTheNextDeclaration)
{
    EXPECT_THAT(split_documents("<?xml version='1.0'?><a><b>\n<?xml version='1.0'?><c/>"), ElementsAre("<?xml version='1.0'?><a><b>", "<?xml version='1.0'?><c/>"));
}

TEST(XmlSplit, SaysWhenADocumentIsNotWholeYet)
{
    EXPECT_EQ(end_of_document("<a><b></b>"), std::string_view::npos);
    EXPECT_EQ(end_of_document("<a><b></b></a>"), 14u);
    EXPECT_EQ(end_of_document("<a"), std::string_view::npos);
    EXPECT_EQ(end_of_document(""), std::string_view::npos);
    EXPECT_EQ(end_of_document("<"), std::string_view::npos);
    EXPECT_EQ(end_of_document("</"), std::string_view::npos);
}

} // namespace
} // namespace sluse::xml
