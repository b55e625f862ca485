// tests/fuzz/cda.cpp — any bytes as a CDA document.
#include "tests/fuzz/adapter_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    sluse::fuzz::one_message("cda", {reinterpret_cast<const char*>(data), size});
    return 0;
}
