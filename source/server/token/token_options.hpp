#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

/// An option of `sluice token make` or `sluice token check`, of which help and manual are made.
struct token_option {
    std::string_view flag;        ///< without its leading hyphens
    std::string_view placeholder; ///< of its value; empty for a switch
    std::string_view summary;
    std::string_view details{};
    bool repeatable = false;
};

[[nodiscard]] std::span<token_option const> make_options();
[[nodiscard]] std::span<token_option const> check_options();

/// The text for `sluice token --help`.
[[nodiscard]] std::string token_help();

/// What was given to one of the two.
class token_arguments {
public:
    /// Reads the arguments. Throws `option_error` for an option that is not among the known ones or is given twice
    /// though it is not repeatable, and for a missing or needless value.
    token_arguments(std::span<token_option const> known, std::span<std::string const> arguments);

    [[nodiscard]] bool has(std::string_view flag) const { return !all(flag).empty(); }
    /// The value; empty if the option is not given.
    [[nodiscard]] std::string one(std::string_view flag) const;
    [[nodiscard]] std::vector<std::string> all(std::string_view flag) const;
    /// The arguments that are no options.
    [[nodiscard]] std::vector<std::string> const& rest() const noexcept { return rest_; }

private:
    struct given {
        std::string_view flag;
        std::string value;
    };

    std::vector<given> given_;
    std::vector<std::string> rest_;
};

} // namespace sluice::server
