// tests/serve/openapi_test.cpp — the description says what the server does: the same routes, the same roles, every answer by its schema.
#include "gateway/serve/assets.hpp"
#include "gateway/serve/routes.hpp"
#include "gateway/serve/server.hpp"
#include "tests/serve/fakes.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <sstream>

namespace sluse::serve {
namespace {

std::string sorted(std::vector<std::string> words)
{
    std::ranges::sort(words);
    std::string out;
    for (const auto& word : words) out += " " + word;
    return out;
}

std::string sorted_words(std::string_view text)
{
    std::istringstream words{std::string(text)};
    return sorted({std::istream_iterator<std::string>(words), {}});
}

/// The names of an operation's parameters in the query.
std::string parameters_of(const rapidjson::Document& document, const rapidjson::Value& operation)
{
    std::vector<std::string> names;
    if (!operation.HasMember("parameters")) return {};
    for (const auto& parameter : operation["parameters"].GetArray()) {
        const auto* told = &parameter;
        if (parameter.HasMember("$ref")) told = rapidjson::Pointer(parameter["$ref"].GetString()).Get(document);
        if (std::string_view((*told)["in"].GetString()) == "query") names.emplace_back((*told)["name"].GetString());
    }
    return sorted(std::move(names));
}

TEST(OpenApi, describes_every_route_with_its_role_and_parameters_and_no_other)
{
    rapidjson::Document document;
    document.Parse(std::string(asset("/openapi.json")->bytes));
    ASSERT_FALSE(document.HasParseError());
    std::vector<std::string> described, served;
    for (const auto& path : document["paths"].GetObject())
        for (const auto& operation : path.value.GetObject()) {
            std::string method = operation.name.GetString();
            std::ranges::transform(method, method.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
            described.push_back(method + " " + path.name.GetString() + " " + operation.value["x-role"].GetString() + parameters_of(document, operation.value));
        }
    for (const auto& route : routes())
        if (route.pattern != "/*") served.push_back(std::string(route.method) + " " + std::string(route.pattern) + " " + std::string(name(route.role)) + sorted_words(route.parameters));
    std::ranges::sort(described);
    std::ranges::sort(served);
    EXPECT_EQ(described, served);
}

TEST(OpenApi, every_answer_is_as_described)
{
    FakeGateway gateway;
    ServeOptions options;
    options.port = 0;
    auto server = Server::open(options, gateway.sources());
    ASSERT_TRUE(server);
    (*server)->start();
    const auto command = std::string("/usr/bin/python3 " SLUSE_SOURCE_DIR "/tests/serve/check_openapi.py http://127.0.0.1:") + std::to_string((*server)->port()) + " " + known_message;
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

} // namespace
} // namespace sluse::serve
