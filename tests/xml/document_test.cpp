// tests/xml/document_test.cpp — the hardened reader: what it reads, what it refuses, and where it says the fault is.
#include "adapters/xml/builder.hpp"

#include <gtest/gtest.h>

namespace sluse::xml {
namespace {

std::string refusal(std::string_view bytes, Limits limits = {})
{
    const auto parsed = Document::parse(bytes, limits);
    return parsed ? "" : parsed.issue.path + ": " + parsed.issue.text;
}

TEST(Xml, FindsElementsByLocalNameAndKnowsTheirNamespaces)
{
    const auto parsed = Document::parse(R"(<?xml version="1.0"?><e:Emessage xmlns:e="urn:one" xmlns="urn:two"><Letter kind="a"><Id> 7 </Id><Id>8</Id></Letter></e:Emessage>)");
    ASSERT_TRUE(parsed) << parsed.issue.text;
    const auto root = parsed.document->root();
    EXPECT_EQ(root.name(), "Emessage");
    EXPECT_EQ(root.space(), "urn:one");
    EXPECT_EQ(root.child("Letter").space(), "urn:two");
    EXPECT_EQ(root.child("Letter").attribute("kind"), "a");
    EXPECT_EQ(root.at("Letter/Id").text(), "7");
    EXPECT_EQ(root.at("Letter/Id").next("Id").path(), "Emessage/Letter/Id[2]");
    EXPECT_FALSE(root.at("Letter/Missing"));
    EXPECT_EQ(root.at("Letter/Missing").text(), "");
}

TEST(Xml, KeepsMixedContentInOrder)
{
    const auto parsed = Document::parse("<t>En <Bold>to</Bold> <Bold>tre</Bold><Break/>fire</t>");
    ASSERT_TRUE(parsed);
    std::string seen;
    parsed.document->root().each_part([&](std::string_view text) { seen += text; },
                                      [&](Element inner) { (seen += '[') += inner.name(); (seen += inner.text()) += ']'; });
    EXPECT_EQ(seen, "En [Boldto] [Boldtre][Break]fire");
}

TEST(Xml, ReadsDeclaredCharacterSets)
{
    const auto latin = Document::parse("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><n>S\xF8ren</n>");
    ASSERT_TRUE(latin) << latin.issue.text;
    EXPECT_EQ(latin.document->root().text(), "Søren");
    const auto wide = Document::parse(std::string_view("\xFF\xFE<\0n\0>\0\xF8\0<\0/\0n\0>\0", 18));
    ASSERT_TRUE(wide) << wide.issue.text;
    EXPECT_EQ(wide.document->root().text(), "ø");
}

TEST(Xml, SaysWhereTheTextIsBroken)
{
    EXPECT_EQ(refusal("<a>\n  <b></a>").substr(0, 16), "line 2, column 8");
    EXPECT_NE(refusal("<a>\xF8</a>").find("not valid UTF-8"), std::string::npos);
    EXPECT_NE(refusal("<a/><b/>").find("second root"), std::string::npos);
    EXPECT_NE(refusal("").find("not well-formed"), std::string::npos);
}

TEST(Xml, RefusesWhatCouldFetchOrGrow)
{
    EXPECT_NE(refusal("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>"), "");
    EXPECT_NE(refusal("<!DOCTYPE a><a/>").find("document type declaration"), std::string::npos);
    EXPECT_NE(refusal("<a>&lol;</a>").find("DTD"), std::string::npos);
    EXPECT_EQ(refusal("<a><![CDATA[R&D; & more]]>&amp;&#248;</a>"), "");
    std::string deep;
    for (int i = 0; i < 100000; ++i) deep += "<a>";
    for (int i = 0; i < 100000; ++i) deep += "</a>";
    EXPECT_NE(refusal(deep).find("nested"), std::string::npos);
    EXPECT_NE(refusal("<a>0123456789</a>", {.bytes = 10}).find("larger"), std::string::npos);
}

TEST(Xml, ReadsReferencesAndLineEndsAsXmlSays)
{
    const auto parsed = Document::parse("<a b='1&#9;2\t3\r\n4' c=\"'&quot;\">x\r\ny\rz &lt;&#248;&#xF8;&#x10FFFF;&gt;<![CDATA[\r\n&amp;]]></a>");
    ASSERT_TRUE(parsed) << parsed.issue.text;
    const auto root = parsed.document->root();
    EXPECT_EQ(root.attribute("b"), "1\t2 3 4");
    EXPECT_EQ(root.attribute("c"), "'\"");
    std::string text;
    root.each_part([&](std::string_view part) { text += part; }, [](Element) {});
    EXPECT_EQ(text, "x\ny\nz <øø\xF4\x8F\xBF\xBF>\n&amp;");
}

TEST(Xml, RefusesWhatIsNotWellFormed)
{
    for (const auto* text : {"<a", "<a>", "<a b>", "<a b=1/>", "<a b='1'c='2'/>", "<a b='1' b='2'/>", "<a b='<'/>", "<a></b>", "</a>", "<a><b></a></b>", "<1/>", "< a/>", "<a>&#0;</a>",
                             "<a>&#xD800;</a>", "<a>&#x110000;</a>", "<a>&#;</a>", "<a>&#12</a>", "<a><!-- </a>", "<a><![CDATA[ </a>", "<a><? x?></a>", "<a><!ELEMENT b></a>", "<a:/>", "x<a/>", "<a/>x",
                             "<a b='&#1;'/>", "<![CDATA[x]]><a/>", "   "})
        EXPECT_NE(refusal(text), "") << text;
    EXPECT_EQ(refusal("<a b = '1' ></a >\n<!-- after --><?end?>"), "");
    EXPECT_EQ(refusal("<a>R & D</a>"), "line 1, column 6: an entity that only a DTD could define, or a bare '&': write &amp; for the character");
}

TEST(Xml, BoundsElementsAndAttributes)
{
    std::string many = "<a>";
    for (int i = 0; i < 100; ++i) many += "<b/>";
    EXPECT_NE(refusal(many + "</a>", {.nodes = 50}).find("more than 50 elements"), std::string::npos);
    EXPECT_EQ(refusal(many + "</a>"), "");
    std::string wide = "<a";
    for (int i = 0; i < 300; ++i) wide += " x" + std::to_string(i) + "='1'";
    EXPECT_NE(refusal(wide + "/>").find("attributes"), std::string::npos);
}

TEST(Xml, BuildsWhatItsWriterWrites)
{
    const auto make = [](auto& out) {
        out.open("Emessage", "urn:x");
        out.open("Name");
        out.text("Søren <& \x01\"Sø\"");
        out.close("Name");
        out.open("Text");
        EXPECT_TRUE(out.markup("a<Break/><Bold>b &amp; c</Bold>"));
        out.close("Text");
        out.open("Empty");
        out.close("Empty");
        out.close("Emessage");
    };
    std::string text;
    Writer writer(text);
    make(writer);
    EXPECT_EQ(text, "<Emessage xmlns=\"urn:x\"><Name>Søren &lt;&amp; &quot;Sø&quot;</Name><Text>a<Break/><Bold>b &amp; c</Bold></Text><Empty></Empty></Emessage>");
    Builder builder(100);
    make(builder);
    const auto built = builder.finish();
    const auto read = Document::parse(text);
    ASSERT_TRUE(built && read);
    EXPECT_EQ(built->root().xml(), read.document->root().xml());
    EXPECT_EQ(built->root().child("Text").space(), "urn:x");
    EXPECT_EQ(built->root().at("Text/Bold").path(), "Emessage/Text/Bold");
}

TEST(Xml, WritesAnElementBackWithItsNamespace)
{
    const auto parsed = Document::parse("<r xmlns=\"urn:f\"><div class=\"x\">a &lt; b<br/></div></r>");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed.document->root().child("div").xml(), "<div xmlns=\"urn:f\" class=\"x\">a &lt; b<br/></div>");
}

TEST(Xml, PeeksAtTheRootWithoutParsing)
{
    const auto root = peek_root("\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<!-- <not/> -->\n<ns2:Emessage xmlns:ns2='urn:x'><broken");
    EXPECT_EQ(root.name, "Emessage");
    EXPECT_EQ(root.space, "urn:x");
    EXPECT_EQ(peek_root("MSH|^~\\&|").name, "");
    EXPECT_TRUE(looks_like_xml("  <a/>"));
    EXPECT_FALSE(looks_like_xml("UNA:+.? '"));
}

} // namespace
} // namespace sluse::xml
