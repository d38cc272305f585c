#include "manual.hpp"
#include "options/declaration.hpp"
#include "options/layout.hpp"
#include "token/token_options.hpp"
#include <sluice/version.hpp>

#include <boost/algorithm/string/replace.hpp>

#include <fmt/format.h>

namespace sluice::server {
namespace {

constexpr std::size_t page_width = 80;

/// Escapes the text so that roff prints it unchanged, with hyphens as in code.
[[nodiscard]] std::string verbatim(std::string_view text)
{
    std::string out;
    for (char const c : text) {
        out += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
    }
    return out;
}

/// Prose in lines, none of which roff takes for a request.
[[nodiscard]] std::string prose(std::string_view text)
{
    std::string out;
    for (auto const& line : wrap(boost::replace_all_copy(std::string{text}, "\\", "\\e"), page_width)) {
        out += fmt::format("{}{}\n", line.starts_with('.') || line.starts_with('\'') ? "\\&" : "", line);
    }
    return out;
}

/// A paragraph with a hanging term: `--flag PLACEHOLDER` or `key = PLACEHOLDER`.
[[nodiscard]] std::string paragraph(std::string_view name, std::string_view between, std::string_view placeholder,
                                    std::string_view text)
{
    auto const value = placeholder.empty() ? "" : fmt::format("{}\\fI{}\\fR", between, verbatim(placeholder));
    return fmt::format(".TP\n\\fB{}\\fR{}\n{}", verbatim(name), value, prose(text));
}

[[nodiscard]] std::string default_of(declaration const& d)
{
    static options const defaults;
    auto const value = d.value_text(defaults);
    return value.empty() ? "" : fmt::format("Default: {}.\n", verbatim(value));
}

/// `entry(d)` for every option, under the heading of its group.
template <class Entry>
[[nodiscard]] std::string by_group(Entry entry)
{
    std::string out;
    for (auto const group : option_groups) {
        out += fmt::format(".SS {}\n", title(group));
        for (auto const& d : declarations()) {
            out += d.group == group ? entry(d) : "";
        }
    }
    return out;
}

[[nodiscard]] std::string command_paragraphs()
{
    std::string out;
    for (auto const& c : commands()) {
        auto const text = fmt::format("{}.{}{}", c.summary, c.details.empty() ? "" : " ", c.details);
        out += paragraph(fmt::format("--{}", c.flag), " ", c.placeholder, text);
    }
    return out;
}

[[nodiscard]] std::string option_paragraphs()
{
    return by_group(
        [](declaration const& d) { return paragraph(d.flag(), " ", d.placeholder, d.description()) + default_of(d); });
}

[[nodiscard]] std::string key_paragraphs()
{
    return by_group([](declaration const& d) {
        auto const value = d.is_switch() ? "true|false" : d.repeatable ? "[" + d.placeholder + ", ...]" : d.placeholder;
        return paragraph(d.key(), " = ", value, d.description()) + default_of(d);
    });
}

[[nodiscard]] std::string token_paragraphs(std::span<token_option const> options)
{
    std::string out;
    for (auto const& o : options) {
        auto const text = fmt::format("{}.{}{}", o.summary, o.details.empty() ? "" : " ", o.details);
        out += paragraph(fmt::format("--{}", o.flag), " ", o.placeholder, text);
    }
    return out;
}

[[nodiscard]] std::string reloadable_flags()
{
    std::vector<std::string> flags;
    for (auto const& d : declarations()) {
        if (d.reloadable) {
            flags.push_back(fmt::format("\\fB{}\\fR", verbatim(d.flag())));
        }
    }
    return fmt::format("{}.\n", fmt::join(wrap(fmt::format("{}", fmt::join(flags, ", ")), page_width), "\n"));
}

} // namespace

std::string manual_page(std::string_view source)
{
    std::string page{source};
    boost::replace_all(page, "@COMMANDS@\n", command_paragraphs());
    boost::replace_all(page, "@OPTIONS@\n", option_paragraphs());
    boost::replace_all(page, "@KEYS@\n", key_paragraphs());
    boost::replace_all(page, "@RELOADABLE@\n", reloadable_flags());
    boost::replace_all(page, "@TOKEN_MAKE@\n", token_paragraphs(make_options()));
    boost::replace_all(page, "@TOKEN_CHECK@\n", token_paragraphs(check_options()));
    boost::replace_all(page, "@VERSION@", version_string);
    return page;
}

} // namespace sluice::server
