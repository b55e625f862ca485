// adapters/series/adapter.cpp — a table of published numbers as MeasureReports, which then go the way of every FHIR message.
#include "adapters/series/adapter.hpp"

#include "adapters/series/table.hpp"
#include "gateway/base/ids.hpp"
#include "gateway/normalise/charset.hpp"
#include "gateway/normalise/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace sluse::series {
namespace {

/// The table as a Bundle, and what the FHIR adapter makes of that.
struct Table : Decoded {
    std::string bundle;
    Checked checked;
};

using ReportKey = std::tuple<std::string, Day, Day, std::string>;

std::string text_of(std::string_view text)
{
    return quoted(text);
}

void append_numbers(const Row& row, std::string& out)
{
    if (row.numerator || row.denominator) {
        out += "\"population\":[";
        const auto one = [&](std::string_view code, std::int64_t count) {
            if (out.back() != '[') out += ',';
            out += fmt::format(R"({{"code":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/measure-population","code":"{}"}}]}},"count":{}}})", code, count);
        };
        if (row.numerator) one("numerator", *row.numerator);
        if (row.denominator) one("denominator", *row.denominator);
        out += ']';
        if (!row.value.empty()) out += ',';
    }
    if (!row.value.empty()) out += fmt::format(R"("measureScore":{{"value":{}}})", row.value);
}

void append_strata(const std::vector<Row>& rows, std::string_view dimension, std::string& out)
{
    out += fmt::format(R"({{"code":[{{"text":"{}"}}],"stratum":[)", dimension);
    for (const auto& row : rows) {
        if (row.dimension != dimension) continue;
        if (out.back() != '[') out += ',';
        out += R"({"value":{"text":)" + text_of(row.code) + "},";
        append_numbers(row, out);
        out += '}';
    }
    out += "]}";
}

/// The numbers and their strata; nothing when a report is only taken back.
void append_group(const std::vector<Row>& rows, std::string& out)
{
    const auto begin = out.size();
    out += R"(,"group":[{)";
    const auto empty = out.size();
    const auto total = std::ranges::find(rows, std::string(), &Row::dimension);
    if (total != rows.end()) append_numbers(*total, out);
    std::vector<std::string_view> dimensions;
    for (const auto& row : rows)
        if (!row.dimension.empty() && std::ranges::find(dimensions, row.dimension) == dimensions.end()) dimensions.push_back(row.dimension);
    if (!dimensions.empty()) {
        if (out.back() != '{') out += ',';
        out += "\"stratifier\":[";
        for (const auto dimension : dimensions) {
            if (out.back() != '[') out += ',';
            append_strata(rows, dimension, out);
        }
        out += ']';
    }
    if (out.size() == empty) out.resize(begin); // FHIR has no empty group
    else out += "}]";
}

void append_report(const ReportKey& key, const std::vector<Row>& rows, std::string& out)
{
    const auto& [indicator, from, last, reporter] = key;
    auto id = fmt::format("{}-{}-{}", indicator.substr(0, 30), iso(from), iso(last));
    if (!reporter.empty()) {
        const auto digest = sha256(reporter);
        id += '-' + hex(view(digest).substr(0, 4));
    }
    std::ranges::replace(id, '_', '-');
    if (out.back() != '[') out += ',';
    out += fmt::format(R"({{"fullUrl":"urn:sluse:series:{0}","resource":{{"resourceType":"MeasureReport","id":"{0}","status":"{1}","type":"summary","measure":"http://sluse.internal/fhir/Measure/{2}","period":{{"start":"{3}","end":"{4}"}})",
                       id, std::ranges::any_of(rows, &Row::error) ? "error" : "complete", indicator, iso(from), iso(last));
    if (!reporter.empty()) out += R"(,"reporter":{"display":)" + text_of(reporter) + '}';
    append_group(rows, out);
    out += fmt::format(R"(}},"request":{{"method":"PUT","url":"MeasureReport/{}"}}}})", id);
}

std::string bundle_of(std::vector<Row> rows)
{
    std::map<ReportKey, std::vector<Row>> reports;
    for (auto& row : rows) {
        auto& list = reports[{row.indicator, row.from, row.last, row.reporter}];
        list.push_back(std::move(row));
    }
    std::string out = R"({"resourceType":"Bundle","meta":{"source":"series"},"type":"transaction","entry":[)";
    for (const auto& [key, list] : reports) append_report(key, list, out);
    return out + "]}";
}

/// Names of columns may be Danish, in whichever set the spreadsheet wrote.
std::string as_utf8(std::string_view bytes)
{
    std::string text;
    mend_utf8(bytes, text);
    return text;
}

} // namespace

bool recognises(std::string_view bytes)
{
    return has_header(bytes);
}

std::vector<std::string_view> split(std::string_view bytes, Issues&)
{
    return {bytes};
}

Checked check(std::string_view message, const SystemSettings& settings)
{
    Checked out;
    out.system = "series";
    out.type = "series";
    out.expects_answer = false;
    auto rows = read_table(as_utf8(message), out.issues);
    if (!out.issues.empty()) {
        out.answer = Answer::content_error;
        return out;
    }
    auto table = std::make_unique<Table>();
    table->bundle = bundle_of(std::move(rows));
    table->checked = adapter_named("fhir")->check(table->bundle, settings);
    out.answer = table->checked.answer;
    out.issues = table->checked.issues;
    out.decoded = std::move(table);
    return out;
}

std::string acknowledge(std::string_view, const Checked&, Answer, const AckStamp&)
{
    return {};
}

Result<void> normalise(std::string_view, const Checked& checked, const NormaliseContext& context, Normalised& out)
{
    const auto* table = static_cast<const Table*>(checked.decoded.get());
    if (!table) return Fault{Errc::bad_message, "series: could not be decoded"};
    return adapter_named("fhir")->normalise(table->bundle, table->checked, context, out);
}

} // namespace sluse::series
