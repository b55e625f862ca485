// tests/fuzz/config.cpp — any bytes as sluse.yaml: mistakes are told, each with its place; the rules that span settings hold their own.
#include "gateway/config.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    sluse::Issues issues;
    const auto config = sluse::parse_config({reinterpret_cast<const char*>(data), size}, "fuzz.yaml", issues);
    sluse::check_config(config, issues);
    for (const auto& issue : issues)
        if (issue.path.empty() || issue.text.empty()) std::abort();
    return 0;
}
