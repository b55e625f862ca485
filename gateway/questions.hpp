// gateway/questions.hpp — what every question to a running gateway shares: one request, its answer parsed, members as text.
#pragma once

#include "gateway/base/exit_codes.hpp"
#include "gateway/commands.hpp"
#include "gateway/tools/table.hpp"

#include <rapidjson/document.h>

#include <optional>
#include <string>

namespace sluse {

void print(const Table& table);
/// The parsed answer, or nothing after the reason was said; `code` is then what to exit with.
std::optional<rapidjson::Document> ask(const ApiOptions& api, const std::string& method, const std::string& target, int& code);
/// A member as text; empty when there is none.
std::string text(const rapidjson::Value& object, const char* name);
/// Percent-encoded for a path or a query.
std::string encoded(const std::string& value);

} // namespace sluse
