// gateway/cli.cpp — the command line, one function per subcommand.
#include "gateway/cli.hpp"

#include "gateway/app.hpp"
#include "gateway/base/exit_codes.hpp"
#include "gateway/base/nearest.hpp"
#include "gateway/commands.hpp"
#include "gateway/replay.hpp"
#include "gateway/setup.hpp"
#include "gateway/tools/convert.hpp"
#include "gateway/tools/maps.hpp"
#include "gateway/tools/send.hpp"
#include "gateway/tools/simulate.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluse {
namespace {

/// CLI::NonNegativeNumber would name the largest double there is in its refusal.
CLI::Validator from_zero()
{
    const auto check = [](const std::string& text) {
        double number = 0;
        return CLI::detail::lexical_cast(text, number) && number >= 0 ? std::string() : text + " is no number from 0 up";
    };
    return {check, "NUMBER"};
}

/// How messages of a file are read: as the gateway with this configuration would, or by the defaults.
struct Reading {
    std::string config, schemas;

    void add_to(CLI::App& command)
    {
        command.add_option("-c,--config", config, "Configuration: each system's overlay, character set, zone, identifiers");
        command.add_option("--schemas", schemas, "Folder with maps and codes; not given: the configuration's, else the one that came with the program");
    }
    /// False after the mistakes were told.
    template <class Options> bool apply(Options& options) const
    {
        Issues issues;
        Config read;
        if (!config.empty()) read = load_config(config, issues);
        options.schemas = find_schemas(schemas.empty() ? read.schemas : schemas, issues);
        check_overlays(read, options.schemas, issues, Severity::warning); // maps to compare with may have it
        if (!report(issues)) return false;
        if (!config.empty()) options.systems = std::make_shared<Systems>(systems_of(read));
        if constexpr (requires { options.codes; }) options.codes = read.codes;
        return true;
    }
};

void add_serve(CLI::App& app, int& code)
{
    auto* command = app.add_subcommand("serve", "Run the gateway; with no configuration: embedded log, loopback, ./data");
    auto file = std::make_shared<std::string>();
    command->add_option("-c,--config", *file, "Configuration (default: built in; see config/sluse.yaml)");
    command->footer("Example: sluse serve -c sluse.yaml\nSIGTERM drains, a second one forces; SIGHUP loads maps, indicators and systems again.");
    command->callback([&code, file] { code = run_serve(*file); });
}

void add_check(CLI::App& app, int& code)
{
    auto* command = app.add_subcommand("check", "Check configuration, maps, code tables, indicators and goals (exit 78 on error)");
    auto file = std::make_shared<std::string>();
    command->add_option("-c,--config", *file, "Configuration");
    command->footer("Example: sluse check -c sluse.yaml");
    command->callback([&code, file] { code = run_check(*file); });
}

void add_convert(CLI::App& app, int& code)
{
    auto* command = app.add_subcommand("convert", "Any supported message to FHIR R4 bundles: NDJSON on stdout, errors on stderr");
    auto options = std::make_shared<ConvertOptions>();
    auto reading = std::make_shared<Reading>();
    command->add_option("files", options->files, "Files of one or many messages; - or none: standard input");
    command->add_option("--threads", options->threads, "Threads, 0: one a core; the order of output is kept")->check(CLI::Range(0, 1024));
    command->add_flag("--coverage", options->coverage, "Instead of bundles, which fields were mapped, ignored by a rule, or not mapped");
    command->add_option("--overlay", options->system.overlay, "Overlay under maps/systems for systems that the configuration does not name");
    reading->add_to(*command);
    command->add_option("--to", options->to, "MedCom letters in another form instead of R4 bundles")->check(CLI::IsMember({"edifact", "oioxml", "medcom-fhir"}));
    command->footer("Example: sluse convert adt.hl7 > bundles.ndjson");
    command->callback([&code, options, reading] { code = reading->apply(*options) ? run_convert(*options) : exit_config; });
}

void add_maps(CLI::App& app, int& code)
{
    auto* command = app.add_subcommand("maps", "What the maps make of messages: explain, test, diff");
    command->require_subcommand(1);
    command->footer("Example: sluse maps explain adt.hl7\n         sluse maps diff --with changed-schemas *.hl7");
    const auto add = [&](const char* name, const char* what, const char* files, int (*act)(const MapsOptions&), const char* example, auto&& more) {
        auto* sub = command->add_subcommand(name, what);
        auto options = std::make_shared<MapsOptions>();
        auto reading = std::make_shared<Reading>();
        auto output = std::make_shared<std::string>("table");
        sub->add_option("files", options->files, files);
        sub->add_option("--overlay", options->overlay, "Overlay under maps/systems for systems that the configuration does not name");
        sub->add_option("--output", *output, "table or json")->check(CLI::IsMember({"table", "json"}));
        reading->add_to(*sub);
        sub->footer(example);
        more(*sub, *options);
        sub->callback([&code, options, reading, output, act] {
            options->json = *output == "json";
            code = reading->apply(*options) ? act(*options) : exit_config;
        });
    };
    add("explain", "Every element: its value, source field, bytes and map row; every field that no row took", "Files of messages; - or none: standard input",
        run_maps_explain, "Example: sluse maps explain -c sluse.yaml adt.hl7", [](CLI::App&, MapsOptions&) {});
    add("test", "The examples beside the maps (exit 2 when one becomes something else)", "Folder to look below; none: the maps' own", run_maps_test,
        "Example: sluse maps test --schemas schemas\n         sluse maps test --schemas schemas --update schemas/maps/systems/epj   (writes what comes now; read it, then keep it)",
        [](CLI::App& sub, MapsOptions& options) { sub.add_flag("--update", options.update, "Write what comes now as what is expected"); });
    add("diff", "What other maps would change in the output (exit 2 when anything)", "Files of messages; - or none: standard input", run_maps_diff,
        "Example: sluse maps diff --with changed-schemas *.hl7\n         sluse maps diff --with schemas/maps/systems/epj *.hl7   (what an overlay changes)",
        [](CLI::App& sub, MapsOptions& options) { sub.add_option("--with", options.with, "A folder like schemas, or one overlay's folder")->required(); });
}

/// Options of whoever connects to another system.
void add_client_certificate(CLI::App& command, TlsOptions& tls)
{
    command.add_option("--certificate", tls.certificate_file, "Client certificate (PEM), for mTLS");
    command.add_option("--key", tls.key_file, "Its key (PEM)");
    command.add_option("--ca", tls.client_ca_file, "Trust only certificates signed by this one (PEM)");
}

void add_send(CLI::App& app, int& code)
{
    auto* command = app.add_subcommand("send", "Send messages, check acknowledgements, show rate and latency");
    auto options = std::make_shared<SendOptions>();
    auto output = std::make_shared<std::string>("table");
    auto token_file = std::make_shared<std::string>();
    command->add_option("files", options->files, "Files of one or many messages; -: standard input")->required();
    command->add_option("--to", options->load.to, "mllp[s]://host:port or http[s]://host:port; two: HL7 v2 goes to MLLP, all else to HTTP")->required();
    command->add_option("--connections", options->load.connections, "Connections to each address")->check(CLI::Range(1, 10'000));
    command->add_option("--pipeline", options->load.pipeline, "Messages under way on an MLLP connection")->check(CLI::Range(1, 10'000));
    command->add_option("--rate", options->load.rate, "Messages per second over all, 0: as fast as they are acknowledged")->check(from_zero());
    add_client_certificate(*command, options->load.tls);
    command->add_option("--token-file", *token_file, "File with the bearer token for HTTP");
    command->add_flag("-q,--quiet", options->quiet, "No progress");
    command->add_option("--output", *output, "table or json")->check(CLI::IsMember({"table", "json"}));
    command->footer("Example: sluse send adt.hl7 --to mllp://127.0.0.1:2575");
    command->callback([&code, options, output, token_file] {
        options->json = *output == "json";
        if (!token_file->empty()) std::getline(std::ifstream(*token_file) >> std::ws, options->load.token);
        code = run_send(*options);
    });
}

void add_simulate(CLI::App& app, int& code)
{
    auto* command = app.add_subcommand("simulate", "A synthetic Danish population's feed, reproducible by its seed");
    auto options = std::make_shared<SimulateOptions>();
    auto start = std::make_shared<std::string>(), formats = std::make_shared<std::string>("all");
    command->add_option("--seed", options->seed, "Same seed, same bytes")->check(from_zero());
    command->add_option("--messages", options->messages, "How many messages")->check(CLI::Range(1, 1'000'000'000));
    command->add_option("--people", options->people, "How many people; 0: one for every four messages")->check(CLI::Range(0, 100'000'000));
    command->add_option("--start", *start, "First day, YYYY-MM-DD");
    command->add_option("--months", options->months, "Months that the feed covers")->check(CLI::Range(1, 120));
    command->add_option("--formats,--format", *formats, "Some of hl7v2,fhir,medcom,edifact,oioxml,cda,vans, or all (the default)");
    command->add_option("--truth", options->truth, "Write what really happened to this file, a table");
    command->add_option("--systems", options->systems, "Sending systems")->check(CLI::Range(1, 999));
    command->add_option("--duplicates", options->duplicates, "Sent again byte for byte, per 10,000")->check(CLI::Range(0, 10'000));
    command->add_option("--late", options->late, "Delivered late, per 10,000")->check(CLI::Range(0, 10'000));
    command->add_option("--to", options->to, "Send instead of write: mllp://host:port and http://host:port, repeatable");
    command->add_option("--connections", options->connections, "Connections to each address")->check(CLI::Range(1, 10'000));
    command->add_option("--out", options->out, "Folder to write to, one file per system and format; -: standard output");
    command->footer("Example: sluse simulate --seed 7 --messages 1000 > feed.hl7");
    command->callback([&code, options, start, formats] {
        const auto wanted = SimulateFormats::parse(*formats);
        if (!wanted) throw CLI::ValidationError("--formats", "must be some of hl7v2, fhir, medcom, edifact, oioxml, cda and vans, or all");
        options->formats = *wanted;
        if (!start->empty()) {
            const auto day = parse_day(*start);
            if (!day) throw CLI::ValidationError("--start", "must be a date such as 2026-01-01");
            options->start = *day;
        }
        code = run_simulate(*options);
    });
}

/// Options that every question to a running gateway takes.
std::shared_ptr<ApiOptions> add_api_options(CLI::App& command)
{
    auto api = std::make_shared<ApiOptions>();
    command.add_option("--api", api->base, "Address of the running gateway (default http://127.0.0.1:8080)");
    command.add_option("--token-file", api->token_file, "File with the bearer token");
    command.add_option("--output", api->output, "table or json")->check(CLI::IsMember({"table", "json"}));
    return api;
}

void add_goals(CLI::App& app, int& code)
{
    auto* command = app.add_subcommand("goals", "The eight national goals: list, show, open, explain, recompute");
    command->require_subcommand(1);
    command->footer("Example: sluse goals show G8.1 --by region\n         sluse goals recompute --verify");
    auto* list = command->add_subcommand("list", "Goals with their indicators' newest numbers");
    list->callback([&code, api = add_api_options(*list)] { code = run_goals_list(*api); });
    auto* show = command->add_subcommand("show", "One indicator by period and dimension");
    auto query = std::make_shared<GoalQuery>();
    show->add_option("indicator", query->indicator, "G1.1, G8.1, PAN, …")->required();
    show->add_option("--by", query->by, "region, municipality, unit, sex or age_band");
    show->add_option("--period", query->period, "day, week, month, quarter, year or all");
    show->add_option("--from", query->from, "First day");
    show->add_option("--to", query->to, "Day after the last");
    show->add_option("--as-known-on", query->as_known_on, "As published at the end of that day");
    show->add_flag("--revisions", query->revisions, "Each number with how it was known before");
    show->add_option("--standardise", query->standardise, "Also by sex and age: direct, or indirect (observed over expected); with --period year, in total or --by region")->check(CLI::IsMember({"direct", "indirect"}));
    show->add_option("--standard", query->standard, "Of direct: esp2013, or own (the country's distribution; default)");
    show->add_flag("--exact", query->exact, "Nothing hidden or held; needs the role content-viewer, and is logged");
    show->callback([&code, query, api = add_api_options(*show)] { code = run_goals_show(*api, *query); });
    auto* open = command->add_subcommand("open", "Courses that are open now and near or have passed a limit");
    auto watch = std::make_shared<std::string>();
    open->add_option("--watch", *watch, "belt, cancer-package, diagnosis-right, finished or rehabilitation (schemas/signals); default: all");
    auto courses = std::make_shared<unsigned>(100);
    open->add_option("--limit", *courses, "Courses to list; which they are needs the role content-viewer, and is logged")->check(CLI::Range(1, 1000));
    open->callback([&code, watch, courses, api = add_api_options(*open)] { code = run_goals_open(*api, *watch, *courses); });
    auto* explain = command->add_subcommand("explain", "Lead a number down: goal, indicator, contributions, facts, elements, bytes");
    auto asked = std::make_shared<ExplainQuery>();
    explain->add_option("what", asked->what, "A goal (1), an indicator (G1.1) or a contribution as listed")->required();
    explain->add_option("--at", asked->at, "Period of the number: 2026, 2026-Q1, 2026-03, 2026-W10, 2026-03-01");
    explain->add_option("--by", asked->by, "region, municipality, unit, sex or age_band");
    explain->add_option("--group", asked->group, "Its code");
    explain->add_option("--message", asked->message, "Why what this message told of counts in the indicator, or not");
    explain->add_option("--limit", asked->limit, "Contributions to list")->check(CLI::Range(1, 500));
    explain->footer("Leads to identities: needs a token with the role content-viewer, and is logged.\nExample: sluse goals explain G1.1 --at 2026-03");
    explain->callback([&code, asked, api = add_api_options(*explain)] { code = run_goals_explain(*api, *asked); });
    auto* recompute = command->add_subcommand("recompute", "Recompute all cells from the stored facts in another way");
    auto options = std::make_shared<RecomputeOptions>();
    recompute->add_flag("--verify", options->verify, "Compare with the gateway's cells: exit 2 on a difference");
    recompute->add_option("-c,--config", options->config_file, "Its configuration: read the data itself, or ask the gateway when it runs");
    recompute->add_option("--as-known-on", options->as_known_on, "As known at the end of that day, from the messages received until then; with --config of a stopped gateway");
    recompute->callback([&code, options, api = add_api_options(*recompute)] { code = run_goals_recompute(*api, *options); });
}

void add_messages(CLI::App& app, int& code)
{
    auto* command = app.add_subcommand("messages", "Messages in the journal: list, show, resend, quarantine, retry, discard");
    command->require_subcommand(1);
    command->footer("Example: sluse messages list --system LABKA --status quarantined");
    auto* list = command->add_subcommand("list", "The newest messages: from whom, what, what became of them");
    auto filter = std::make_shared<MessageFilter>();
    list->add_option("--system", filter->system, "Only from this system");
    list->add_option("--type", filter->type, "Only types that begin so: ADT, ADT^A01, DIS20");
    list->add_option("--status", filter->status, "pending, processed, filtered, duplicate, quarantined or refused")
        ->check(CLI::IsMember({"pending", "processed", "filtered", "duplicate", "quarantined", "refused"}));
    list->add_option("--before", filter->before, "Only older than the message with this id");
    list->add_option("--limit", filter->limit, "How many")->check(CLI::Range(1, 500));
    list->callback([&code, filter, api = add_api_options(*list)] { code = run_messages_list(*api, *filter); });
    auto* show = command->add_subcommand("show", "One message: where it came from, what became of it");
    auto id = std::make_shared<std::string>();
    show->add_option("id", *id, "The message's id (26 characters)")->required();
    auto changes = std::make_shared<bool>(false);
    show->add_flag("--explain", *changes, "Also every fact it told, what of it holds, and each contribution it changed (role content-viewer; logged)");
    show->callback([&code, id, changes, api = add_api_options(*show)] {
        code = *changes ? run_messages_explain(*api, *id, "") : run_messages_show(*api, *id);
    });
    auto* resend = command->add_subcommand("resend", "Send a message's bytes, as they came, to another system (role content-viewer; logged)");
    resend->add_option("id", *id, "The message's id")->required();
    auto to = std::make_shared<LoadOptions>();
    resend->add_option("--to", to->to, "mllp[s]://host:port or http[s]://host:port")->required()->expected(1);
    add_client_certificate(*resend, to->tls);
    resend->callback([&code, id, to, api = add_api_options(*resend)] { code = run_messages_resend(*api, *id, *to); });
    auto* quarantine = command->add_subcommand("quarantine", "What could not be processed, what waits behind it, and what was refused");
    quarantine->callback([&code, api = add_api_options(*quarantine)] { code = run_messages_quarantine(*api); });
    auto* retry = command->add_subcommand("retry", "Process a quarantined message and what is parked behind it again");
    retry->add_option("id", *id, "The message's id")->required();
    retry->callback([&code, id, api = add_api_options(*retry)] { code = run_messages_repair(*api, *id, "retry"); });
    auto* discard = command->add_subcommand("discard", "Give a quarantined message up and process what is parked behind it");
    discard->add_option("id", *id, "The message's id")->required();
    discard->callback([&code, id, api = add_api_options(*discard)] { code = run_messages_repair(*api, *id, "discard"); });
}

void add_replay(CLI::App& journal, int& code)
{
    auto* command = journal.add_subcommand("replay", "Write the messages again into a new data directory, from which the gateway rebuilds everything under today's maps");
    auto file = std::make_shared<std::string>(), to = std::make_shared<std::string>(), from = std::make_shared<std::string>(), until = std::make_shared<std::string>();
    auto filter = std::make_shared<ReplayFilter>();
    command->add_option("-c,--config", *file, "Configuration of the stopped gateway");
    command->add_option("--to", *to, "The new data directory; must not exist, or be empty")->required();
    command->add_option("--system", filter->system, "Only from this system");
    command->add_option("--type", filter->type, "Only types that begin so: ADT, ADT^A01, DIS20");
    command->add_option("--from", *from, "Only received at or after this time, such as 2026-03-01T00:00:00+01:00");
    command->add_option("--until", *until, "Only received before this time");
    command->add_flag("--same-rules", filter->same_rules, "Each message under the maps and indicators it was processed under, not today's");
    command->footer("Example: sluse journal replay -c sluse.yaml --to data-new");
    command->callback([&code, file, to, from, until, filter] {
        const auto read = [](const std::string& text, const char* option, Millis& into) {
            if (text.empty()) return;
            const auto at = parse_instant(text);
            if (!at) throw CLI::ValidationError(option, "must be a time such as 2026-03-01T00:00:00+01:00");
            into = *at;
        };
        read(*from, "--from", filter->from);
        read(*until, "--until", filter->until);
        code = run_journal_replay(*file, *to, *filter);
    });
}

void add_journal(CLI::App& app, int& code)
{
    auto* command = app.add_subcommand("journal", "The embedded log of a stopped gateway: stats, verify, export, replay");
    command->require_subcommand(1);
    command->footer("Example: sluse journal stats -c sluse.yaml");
    auto file = std::make_shared<std::string>();
    const auto add = [&](const char* name, const char* what, int (*act)(const std::string&)) {
        auto* sub = command->add_subcommand(name, what);
        sub->add_option("-c,--config", *file, "Configuration");
        sub->callback([&code, file, act] { code = act(*file); });
    };
    add("stats", "Records, offsets and what is pending, per partition", run_journal_stats);
    add("verify", "Read every record and check it (exit 2 when one is damaged)", run_journal_verify);
    add("export", "Every raw message as NDJSON on stdout; holds identities", run_journal_export);
    add_replay(*command, code);
}

/// A word where a command belongs, and the command that may have been meant; nothing when all words are known.
std::optional<std::string> unknown_command(const CLI::App& app)
{
    if (const auto inner = app.get_subcommands(); !inner.empty()) return unknown_command(*inner.back());
    const auto left = app.remaining();
    const auto commands = app.get_subcommands({});
    if (left.empty() || left.front().starts_with('-') || commands.empty()) return std::nullopt;
    std::vector<std::string> names;
    for (const auto* command : commands) names.push_back(command->get_name());
    const auto meant = nearest(left.front(), names);
    return fmt::format("there is no command '{}'{}", left.front(), meant.empty() ? "" : "; did you mean '" + meant + "'?");
}

} // namespace

int run(int argc, char** argv)
{
    CLI::App app{"Sluse: a message gateway for Danish healthcare"};
    app.set_version_flag("--version", "sluse 0.1.0");
    app.require_subcommand(1);
    app.footer("Data goes to stdout, diagnostics to stderr. `sluse COMMAND --help` shows an example.");
    int code = 0;
    for (const auto add : {add_serve, add_convert, add_maps, add_send, add_simulate, add_check, add_goals, add_messages, add_journal}) add(app, code);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (const auto unknown = unknown_command(app)) {
            fmt::print(stderr, "{}\nRun with --help for more information.\n", *unknown);
            return exit_usage;
        }
        return app.exit(error) == 0 ? 0 : exit_usage;
    }
    return code;
}

} // namespace sluse
