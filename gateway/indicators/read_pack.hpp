// gateway/indicators/read_pack.hpp — one indicator file into descriptions and rules, every mistake with its line.
#pragma once

#include "gateway/base/yaml.hpp"
#include "gateway/indicators/definition.hpp"
#include "gateway/indicators/packs.hpp"

#include <map>
#include <utility>

namespace sluse {

/// Code tables by name, read once each.
class CodeTables {
public:
    explicit CodeTables(std::filesystem::path folder) : folder_(std::move(folder)) {}
    /// Null, and an issue at `at`, when there is no such file; the issue names the nearest.
    std::shared_ptr<const CodeTable> get(const std::string& name, const YAML::Node& at, const yaml::Place& place);

private:
    std::filesystem::path folder_;
    std::map<std::string, std::shared_ptr<const CodeTable>> loaded_;
};

/// Groups of persons by name, read once each. A group may be made of others, but not of itself.
class Cohorts {
public:
    Cohorts(std::filesystem::path folder, CodeTables& tables) : folder_(std::move(folder)), tables_(tables) {}
    std::shared_ptr<const Cohort> get(const std::string& name, const YAML::Node& at, const yaml::Place& place);
    void load(const std::string& name, Issues& issues);
    CodeTables& tables() { return tables_; }

private:
    std::filesystem::path folder_;
    CodeTables& tables_;
    std::map<std::string, std::shared_ptr<const Cohort>> loaded_; ///< null while it is being read
};

/// What a cohort's file says, for `sluse check` and the loader.
std::shared_ptr<const Cohort> read_cohort(const std::string& text, const std::string& name, Cohorts& cohorts, Issues& issues);

using ReadPack = std::pair<Pack, Definition>;

/// A file is one indicator, or, with `for_each`, one for each of its lines, `{name}` replaced by that line's value everywhere.
std::vector<ReadPack> read_packs(const std::string& text, const std::string& name, CodeTables& tables, Cohorts& cohorts, Issues& issues);

} // namespace sluse
