// tests/serve/serving.hpp — a server over real sockets in front of a fake gateway, open or with tokens.
#pragma once

#include "gateway/serve/server.hpp"
#include "tests/serve/client.hpp"
#include "tests/serve/fakes.hpp"
#include "tests/temporary.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

namespace sluse::serve {

using namespace std::chrono_literals;
using testing::Test;

inline const std::string bundle = R"({"resourceType":"Bundle","type":"message","entry":[]})";
inline const Fields fhir{{"Content-Type", "application/fhir+json"}};

inline rapidjson::Document parsed(const std::string& text)
{
    rapidjson::Document document;
    document.Parse(text);
    EXPECT_FALSE(document.HasParseError()) << text;
    return document;
}

struct Serve : Test {
    void open(ServeOptions options = {}, bool start = true)
    {
        options.port = 0;
        auto opened = Server::open(std::move(options), gateway.sources());
        ASSERT_TRUE(opened) << opened.error().where;
        server = std::move(*opened);
        if (start) server->start();
    }
    Client client() { return Client(server->port()); }
    FakeGateway gateway;
    std::unique_ptr<Server> server;
};

struct Guarded : Serve {
    void SetUp() override
    {
        const auto line = [](const char* roles, const char* token, const char* name) { return std::string(roles) + " " + hex(view(sha256(token))) + " " + name + "\n"; };
        std::ofstream(file) << "# roles, hash, name\n" << line("sender", "sender-token-0000", "ward") << line("viewer", "viewer-token-0000", "leader")
                            << line("viewer,operator", "operator-token-0", "desk") << line("viewer,content-viewer", "content-token-00", "doctor");
        ServeOptions options;
        options.tokens_file = file;
        open(options);
    }
    static Fields bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }
    TemporaryDirectory folder;
    std::filesystem::path file = folder.path() / "tokens";
};

} // namespace sluse::serve
