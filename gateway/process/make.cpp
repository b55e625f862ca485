// gateway/process/make.cpp — the processor with the formats that are built in.
#include "gateway/process/processor.hpp"

namespace sluse {

std::unique_ptr<Processor> make_gateway_processor(const ProcessOptions& options)
{
    return std::make_unique<GatewayProcessor>(options, adapter_named);
}

} // namespace sluse
