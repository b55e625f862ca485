// tests/serve/openapi_test.cpp — the description says what the server does: the same routes, the same roles, every answer by its schema.
#include "gateway/serve/assets.hpp"
#include "gateway/serve/routes.hpp"
#include "gateway/serve/server.hpp"
#include "tests/serve/fakes.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <cstdlib>

namespace sluse::serve {
namespace {

TEST(OpenApi, describes_every_route_with_its_role_and_no_other)
{
    rapidjson::Document document;
    document.Parse(std::string(asset("/openapi.json")->bytes));
    ASSERT_FALSE(document.HasParseError());
    std::vector<std::string> described, served;
    for (const auto& path : document["paths"].GetObject())
        for (const auto& operation : path.value.GetObject()) {
            std::string method = operation.name.GetString();
            std::ranges::transform(method, method.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
            described.push_back(method + " " + path.name.GetString() + " " + operation.value["x-role"].GetString());
        }
    for (const auto& route : routes())
        if (route.pattern != "/*") served.push_back(std::string(route.method) + " " + std::string(route.pattern) + " " + std::string(name(route.role)));
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
