// tests/journal/embedded_rig.cpp — the embedded log in a temporary directory.
#include "tests/journal/rig.hpp"
#include "tests/temporary.hpp"

namespace sluse {
namespace {

class EmbeddedRig final : public Rig {
public:
    Result<std::unique_ptr<Log>> open(std::size_t append_bytes_max) override
    {
        EmbeddedOptions options;
        options.path = directory_.path();
        options.partitions = 2;
        options.append_bytes_max = append_bytes_max;
        options.unit_records_max = 64;
        return open_embedded_log(options);
    }

private:
    TemporaryDirectory directory_;
};

} // namespace

std::unique_ptr<Rig> make_embedded_rig()
{
    return std::make_unique<EmbeddedRig>();
}

} // namespace sluse
