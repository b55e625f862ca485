// tests/fuzz/envelope.cpp — any bytes as a VANS envelope or a Standard Business Document, with what lies in them.
#include "tests/fuzz/adapter_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    sluse::fuzz::one_message("vans", bytes);
    sluse::fuzz::one_message("sbdh", bytes);
    return 0;
}
