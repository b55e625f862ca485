// gateway/explain/retell.hpp — one journalled message read again: what it said, and from which element, map row, field and bytes each value came.
#pragma once

#include "gateway/base/ids.hpp"
#include "gateway/journal/log.hpp"
#include "gateway/model/envelope.hpp"
#include "gateway/model/explanation.hpp"
#include "gateway/model/system.hpp"
#include "gateway/normalise/maps.hpp"
#include "gateway/timeline/extract.hpp"

#include <functional>
#include <map>
#include <memory>
#include <tuple>

namespace sluse {

/// With what messages are read again: the rules that hold now.
struct RetellWith {
    std::shared_ptr<const Maps> maps;
    const Keys& keys;
    std::function<const SystemSettings&(std::string_view system)> settings;
};

/// Which thing, and which attribute of it; `Attr{}` stands for its name.
struct SayingKey {
    std::string person;
    FactKind kind{};
    std::string key;
    Attr attr{};
    auto operator<=>(const SayingKey&) const = default;
};

struct Retold {
    Envelope envelope;
    std::uint64_t position{};
    std::vector<Said> said;
    std::map<SayingKey, std::vector<Origin>> origins;
    std::string told() const { return envelope.type + " from " + envelope.system; }
};

/// The record at this place of the journal. Errc::not_found: past its retention.
Result<Envelope> read_at(Log& log, std::uint64_t position);
/// Maps the message once more with a trace, and finds out what each element is for by taking it away: true of every resource's reader.
Result<Retold> retell(const RetellWith& with, Envelope envelope, std::uint64_t position);

/// Where "PV1[1]-45.1" stands in an HL7 v2 message: offset and length. Empty when it is not there.
struct FieldPlace {
    std::size_t offset{}, length{};
};
std::optional<FieldPlace> hl7_place(std::string_view message, std::string_view source);

} // namespace sluse
