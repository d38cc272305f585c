#include <sluice/http/form.hpp>

#include <sluice/event/event.hpp>

#include <boost/url/pct_string_view.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

/// The text percent-decoded; nothing if the encoding is broken or the result is not UTF-8.
[[nodiscard]] std::optional<std::string> decode(std::string_view text, bool plus_is_space)
{
    auto const encoded = boost::urls::make_pct_string_view({text.data(), text.size()});
    if (!encoded) {
        return std::nullopt;
    }
    boost::urls::encoding_opts options;
    options.space_as_plus = plus_is_space;
    auto decoded = encoded->decode(options);
    return is_utf8(decoded) ? std::optional{std::move(decoded)} : std::nullopt;
}

/// Removes the part before the separator from the text, with the separator, and returns it.
[[nodiscard]] std::string_view take_until(std::string_view& text, char separator)
{
    auto const end = text.find(separator);
    auto const taken = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    return taken;
}

} // namespace

expected<std::optional<form_fields::value_type>> form_reader::next()
{
    rest_.remove_prefix(std::min(rest_.size(), rest_.find_first_not_of('&')));
    if (rest_.empty()) {
        return std::optional<form_fields::value_type>{};
    }
    auto value = take_until(rest_, '&');
    auto const name = take_until(value, '=');
    auto decoded_name = decode(name, true);
    if (!decoded_name) {
        return bad_request(fmt::format("a name in the {} is not percent-encoded UTF-8", where_));
    }
    auto decoded_value = decode(value, true);
    if (!decoded_value) {
        return bad_request(
            fmt::format("the value of '{}' in the {} is not percent-encoded UTF-8", *decoded_name, where_));
    }
    return std::optional{form_fields::value_type{std::move(*decoded_name), std::move(*decoded_value)}};
}

expected<form_fields> parse_form(std::string_view text, std::string_view where)
{
    form_reader reader{text, where};
    form_fields found;
    for (;;) {
        auto field = reader.next();
        if (field.has_error()) {
            return field.error();
        }
        if (!*field) {
            return found;
        }
        found.push_back(std::move(**field));
    }
}

expected<std::optional<std::string>> single_value(form_fields const& from, std::string_view name,
                                                  std::string_view where)
{
    std::optional<std::string> found;
    for (auto const& [field_name, value] : from) {
        if (field_name != name) {
            continue;
        }
        if (found) {
            return bad_request(fmt::format("'{}' is given twice in the {}", name, where));
        }
        found = value;
    }
    return found;
}

std::string_view query_of(std::string_view target)
{
    auto const mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

expected<target> parse_target(std::string_view text)
{
    if (auto const scheme = text.find("://"); !text.starts_with('/') && scheme != std::string_view::npos) {
        auto const path = text.find_first_of("/?", scheme + 3);
        text = path == std::string_view::npos ? std::string_view{"/"} : text.substr(path);
    }
    auto const path = text.substr(0, text.find('?'));
    auto decoded = decode(path.empty() ? "/" : path, false);
    if (!decoded) {
        return bad_request("the path is not percent-encoded UTF-8");
    }
    return target{.path = std::move(*decoded), .query = query_of(text)};
}

} // namespace sluice
