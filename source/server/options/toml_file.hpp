#pragma once

#include <CLI/CLI.hpp>

#include <istream>
#include <string>
#include <vector>

namespace sluice::server {

/// Reads the file that `--config` names, by a parser that holds it to the standard of TOML. Keys are the names of flags
/// with underscores for hyphens; values are strings, integers, booleans, or arrays of strings.
class toml_config final : public CLI::Config {
public:
    /// `app` declares the options, and outlives this.
    explicit toml_config(CLI::App const& app) : app_{app} {}

    /// The keys as options. Throws `CLI::ParseError` that names the line or the key.
    std::vector<CLI::ConfigItem> from_config(std::istream& in) const override;
    /// Not used: the server does not write its options.
    std::string to_config(CLI::App const*, bool, bool, std::string) const override { return {}; }

private:
    CLI::App const& app_;
};

} // namespace sluice::server
