#include "declaration.hpp"

#include <sluice/http/problem.hpp>

#include <boost/algorithm/string/case_conv.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::server {
namespace {

[[nodiscard]] bool is_number(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// The text as a TOML string, whose escapes are those of JSON.
[[nodiscard]] std::string in_toml(declaration const& d, std::string const& value)
{
    bool const has_quotes = d.form == toml_form::text || !(d.is_switch() || is_number(value));
    return has_quotes ? json_string(value) : value;
}

/// `key = value`, as in the file.
[[nodiscard]] std::string toml_line(declaration const& d, std::vector<std::string> values)
{
    for (auto& value : values) {
        value = in_toml(d, value);
    }
    auto const list = fmt::format("{}", fmt::join(values, ", "));
    return fmt::format("{} = {}", d.key(), d.repeatable ? "[" + list + "]" : list);
}

} // namespace

std::string_view title(option_group group) noexcept
{
    switch (group) {
    case option_group::server:
        return "Server";
    case option_group::access:
        return "Access";
    case option_group::sessions:
        return "Sessions";
    case option_group::streams:
        return "Streams";
    case option_group::events:
        return "Events";
    case option_group::logging:
        return "Logging";
    }
    return {};
}

std::string declaration::variable() const { return "SLUICE_" + boost::algorithm::to_upper_copy(key()); }

std::string declaration::key() const
{
    auto with_underscores = name;
    std::ranges::replace(with_underscores, '-', '_');
    return with_underscores;
}

std::string declaration::value_text(options const& o) const
{
    auto const values = get(o);
    if (values.empty()) {
        return when_unset;
    }
    return secret ? "***" : fmt::format("{}", fmt::join(values, ", "));
}

std::optional<std::string> declaration::line(options const& o) const
{
    auto values = get(o);
    if (values.empty()) {
        return std::nullopt;
    }
    return toml_line(*this, secret ? std::vector<std::string>{"***"} : std::move(values));
}

std::string declaration::example_line() const { return toml_line(*this, {example}); }

std::string declaration::description() const
{
    return fmt::format("{}.{}{}{}", summary, details.empty() ? "" : " ", details,
                       reloadable ? " SIGHUP changes it." : "");
}

} // namespace sluice::server
