// gateway/serve/number_json.hpp — how an indicator, a published number and the sources behind it are written as JSON.
#pragma once

#include "gateway/serve/reply.hpp"
#include "gateway/serve/sources.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluse::serve {

void write_title(Json& json, std::string_view key, const Title& title);
/// Members of an object that is open.
void write_pack(Json& json, const Pack& pack);
void write_optional_day(Json& json, std::string_view name, const std::optional<Day>& day);
void write_optional_time(Json& json, std::string_view name, const std::optional<Millis>& at);
/// The pack of an indicator's version; null when it is no longer counted.
const Pack* pack_in(const Packs* packs, std::string_view indicator, std::string_view version);
/// `value` of one contribution in the indicator's unit, and `valueUnit`; null and "" when it has none, or its scale is not known any more.
void write_value(Json& json, const Contribution& part, const Pack* pack);
/// A published number's members in an object that is open; none of what waits behind it.
void write_number(Json& json, const CellRow& row);
void write_row(Json& json, const CellRow& row, bool revisions = false);
/// Each system behind the indicator: the newest it told, and whether it sends as much as it usually does.
void write_sources(Json& json, Tracker& tracker, const std::string& indicator, Day today);

} // namespace sluse::serve
