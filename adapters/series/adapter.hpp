// adapters/series/adapter.hpp — the series row of the registry (contract: adapters/adapter.hpp): tables of published numbers.
#pragma once

#include "adapters/adapter.hpp"

namespace sluse::series {

bool recognises(std::string_view bytes);
/// A file is one message: its lines are checked together and taken together.
std::vector<std::string_view> split(std::string_view bytes, Issues& issues);
Checked check(std::string_view message, const SystemSettings& system);
/// Nothing: a table has no acknowledgement of its own.
std::string acknowledge(std::string_view message, const Checked& checked, Answer answer, const AckStamp& stamp);
/// As MeasureReports, one for each indicator, period and reporter.
Result<void> normalise(std::string_view message, const Checked& checked, const NormaliseContext& context, Normalised& out);

} // namespace sluse::series
