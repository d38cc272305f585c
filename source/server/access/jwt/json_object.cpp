#include "json_object.hpp"

#include <sluice/http/json_handler.hpp>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>

#include <utility>

namespace sluice::server::jwt {
namespace {

namespace json = boost::json;
using boost::system::error_code;

/// Counts the members of all objects in a text, those included that a parser drops for another one of the same name.
struct member_counter : json_handler {
    std::size_t members = 0;

    bool on_object_end(std::size_t n, error_code&)
    {
        members += n;
        return true;
    }
};

[[nodiscard]] json::parse_options limits()
{
    json::parse_options options;
    options.max_depth = most_json_depth;
    return options;
}

[[nodiscard]] std::size_t members_written(std::string_view text)
{
    json::basic_parser<member_counter> parser{limits()};
    error_code ec;
    parser.write_some(false, text.data(), text.size(), ec);
    return parser.handler().members;
}

[[nodiscard]] std::size_t members_kept(json::value const& value)
{
    std::size_t members = 0;
    if (auto const* const object = value.if_object()) {
        members = object->size();
        for (auto const& member : *object) {
            members += members_kept(member.value());
        }
    } else if (auto const* const array = value.if_array()) {
        for (auto const& element : *array) {
            members += members_kept(element);
        }
    }
    return members;
}

} // namespace

std::string_view to_text(json_fault fault) noexcept
{
    switch (fault) {
    case json_fault::not_an_object:
        return "no JSON object";
    case json_fault::too_deep:
        return "JSON that is nested more than 16 deep";
    case json_fault::duplicate:
        return "JSON with a member that is there twice";
    }
    return {};
}

boost::system::result<json::object, json_fault> parse_json_object(std::string_view text)
{
    error_code ec;
    auto value = json::parse(text, ec, {}, limits());
    if (ec || !value.is_object()) {
        return ec == json::error::too_deep ? json_fault::too_deep : json_fault::not_an_object;
    }
    if (members_written(text) != members_kept(value)) {
        return json_fault::duplicate;
    }
    return std::move(value.get_object());
}

} // namespace sluice::server::jwt
