// tests/tidy/tidy_test.cpp — fails the build on an include against the direction, a library away from its home, a file without its line.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

const fs::path root = SLUSE_SOURCE_DIR;

/// What a folder may include beside itself (and the standard library). The composition root, gateway/*.cpp, may include everything.
const std::map<std::string, std::set<std::string>> directions = {
    {"gateway/base", {}},
    {"gateway/model", {"gateway/base"}},
    {"gateway/normalise", {"gateway/base", "gateway/model"}},
    {"adapters", {"gateway/base", "gateway/model", "gateway/normalise"}},
    {"gateway/journal", {"gateway/base", "gateway/model"}},
    {"gateway/timeline", {"gateway/base", "gateway/model"}},
    {"gateway/indicators", {"gateway/base", "gateway/model", "gateway/timeline"}},
    {"gateway/process",
     {"gateway/base", "gateway/model", "gateway/timeline", "gateway/indicators", "gateway/journal", "gateway/normalise", "adapters"}},
    {"gateway/track", {"gateway/base", "gateway/model", "gateway/timeline", "gateway/indicators", "gateway/journal"}},
    {"gateway/net", {"gateway/base"}},
    {"gateway/intake", {"gateway/base", "gateway/model", "gateway/journal", "gateway/net", "gateway/normalise", "adapters"}},
    {"gateway/serve",
     {"gateway/base", "gateway/model", "gateway/timeline", "gateway/indicators", "gateway/journal", "gateway/track", "gateway/net",
      "gateway/normalise", "adapters"}},
    {"gateway/tools",
     {"gateway/base", "gateway/model", "gateway/timeline", "gateway/indicators", "gateway/intake", "gateway/net", "gateway/normalise",
      "adapters"}},
    {"gateway/explain",
     {"gateway/base", "gateway/model", "gateway/timeline", "gateway/indicators", "gateway/journal", "gateway/process", "gateway/normalise",
      "gateway/tools", "adapters"}},
};

struct Home {
    std::string library;              ///< prefix of the include
    std::vector<std::string> folders; ///< prefixes of the paths that may use it
};
const std::vector<Home> homes = {
    {"boost/", {"gateway/net", "gateway/intake", "gateway/serve", "gateway/tools", "gateway/track", "gateway/indicators/steps"}}, // the last two: their containers
    {"openssl/", {"gateway/base/ids", "gateway/net", "gateway/serve/tokens"}},
    {"librdkafka/", {"gateway/journal"}},
    {"rocksdb/", {"gateway/journal"}},
    {"rapidjson/", {"gateway", "adapters"}},
    {"yaml-cpp/", {"gateway/base/yaml"}},
    {"pugixml", {}}, // the reference of the bench and of a fuzzer
    {"unicode/", {"gateway/normalise/charset"}},
    {"CLI/", {"gateway/main.cpp", "gateway/cli"}},
    {"date/", {"gateway/base/time"}},
    {"spdlog/", {"gateway/base/log"}},
    {"fmt/", {"gateway", "adapters"}},
};

std::vector<fs::path> files_below(const fs::path& folder)
{
    std::vector<fs::path> files;
    if (!fs::exists(root / folder)) return files;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
        const auto path = fs::relative(entry.path(), root).string();
        const auto foreign = path.find("node_modules") != path.npos || path.find("vendor/") != path.npos || path.find("__pycache__") != path.npos;
        if (entry.is_regular_file() && !foreign) files.push_back(path);
    }
    std::ranges::sort(files);
    return files;
}

std::string read(const fs::path& file)
{
    std::ifstream in(root / file, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::string stage_of(const std::string& path)
{
    if (path.starts_with("adapters/")) return "adapters";
    const auto slash = path.find('/', path.find('/') + 1);
    return slash == path.npos ? "gateway" : path.substr(0, slash);
}

struct Include {
    fs::path file;
    std::string name;
    bool ours;
};

std::vector<Include> includes()
{
    static const std::regex line(R"re(^#include ([<"])([^>"]+)[>"])re");
    std::vector<Include> found;
    for (const auto* folder : {"gateway", "adapters"}) {
        for (const auto& file : files_below(folder)) {
            std::istringstream text(read(file));
            std::smatch match;
            for (std::string row; std::getline(text, row);) {
                if (std::regex_search(row, match, line)) found.push_back({file, match[2], match[1] == "\""});
            }
        }
    }
    return found;
}

} // namespace

TEST(Tidy, no_stage_includes_a_later_one)
{
    for (const auto& include : includes()) {
        const auto from = stage_of(include.file.string());
        if (!include.ours || from == "gateway") continue;
        ASSERT_TRUE(directions.contains(from)) << include.file << ": a new stage needs a row in tests/tidy/tidy_test.cpp";
        const auto to = stage_of(include.name);
        EXPECT_TRUE(to == from || directions.at(from).contains(to)) << include.file << " includes " << include.name << " against the direction";
    }
}

TEST(Tidy, adapters_do_not_include_each_other)
{
    const auto format = [](const std::string& path) {
        const auto slash = path.find('/', std::string_view("adapters/").size());
        return slash == path.npos ? std::string() : path.substr(0, slash);
    };
    for (const auto& include : includes()) {
        const auto from = format(include.file.string()), to = format(include.name);
        if (stage_of(include.file.string()) != "adapters" || stage_of(include.name) != "adapters" || from.empty() || to.empty()) continue;
        EXPECT_TRUE(from == to || to == "adapters/xml" || to == "adapters/letter") << include.file << " includes " << include.name;
    }
}

TEST(Tidy, every_library_stays_in_its_home)
{
    for (const auto& include : includes()) {
        if (include.ours) continue;
        for (const auto& home : homes) {
            if (!include.name.starts_with(home.library)) continue;
            const auto path = include.file.string();
            const auto allowed = stage_of(path) == "gateway" ||
                                 std::ranges::any_of(home.folders, [&path](const auto& folder) { return path.starts_with(folder); });
            EXPECT_TRUE(allowed) << path << " includes <" << include.name << ">";
        }
    }
}

TEST(Tidy, every_include_is_ours_the_languages_or_a_library_with_a_home)
{
    for (const auto& include : includes()) {
        if (include.ours) {
            EXPECT_TRUE(fs::exists(root / include.name)) << include.file << ": write the whole path of \"" << include.name << '"';
            continue;
        }
        const auto standard = include.name.find('/') == include.name.npos || include.name.starts_with("sys/") || include.name.starts_with("netinet/") || include.name.starts_with("arpa/");
        const auto known = std::ranges::any_of(homes, [&include](const auto& home) { return include.name.starts_with(home.library); });
        EXPECT_TRUE(standard || known) << include.file << " includes <" << include.name << ">, which has no home in tests/tidy/tidy_test.cpp";
        EXPECT_NE(include.name, "boost/asio.hpp") << include.file << ": include the specific header";
        EXPECT_NE(include.name, "boost/beast.hpp") << include.file << ": include the specific header";
    }
}

TEST(Tidy, every_file_starts_with_its_path_and_what_it_is_for)
{
    const std::set<std::string> commented = {".cpp", ".hpp", ".c", ".py", ".yaml", ".yml", ".js", ".css", ".cmake"};
    for (const auto* folder : {"gateway", "adapters", "tests", "bench", "scripts", "config", "schemas", "web", "cmake"}) {
        for (const auto& file : files_below(folder)) {
            const auto path = file.string();
            const auto script = path.starts_with("scripts/") && file.extension().empty();
            if (!script && !commented.contains(file.extension().string())) continue;
            if (path.find("/cases/") != path.npos || path.find("/corpus/") != path.npos) continue;
            std::istringstream text(read(file));
            std::string line;
            std::getline(text, line);
            if (line.starts_with("#!")) std::getline(text, line);
            EXPECT_TRUE(line.find(path + " — ") != line.npos || line.find(path + " - ") != line.npos) << path << " starts with: " << line;
        }
    }
}

TEST(Tidy, no_file_names_a_path_of_somebodys_machine)
{
    const std::vector<std::string> private_paths = {std::string("/wo") + "rk/", std::string("/ho") + "me/", std::string("/ro") + "ot/"};
    for (const auto* folder : {"gateway", "adapters", "tests", "bench", "scripts", "config", "docs", "schemas", "web"}) {
        for (const auto& file : files_below(folder)) {
            if (file.string().find("/corpus/") != std::string::npos) continue;
            const auto text = read(file);
            for (const auto& path : private_paths) EXPECT_EQ(text.find(path), text.npos) << file << " names " << path;
        }
    }
}

TEST(Tidy, headers_are_included_once)
{
    for (const auto* folder : {"gateway", "adapters"}) {
        for (const auto& file : files_below(folder)) {
            if (file.extension() != ".hpp") continue;
            EXPECT_NE(read(file).find("#pragma once"), std::string::npos) << file;
        }
    }
}
