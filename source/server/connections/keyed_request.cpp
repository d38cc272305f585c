#include "keyed_request.hpp"

#include "access/given_token.hpp"
#include <sluice/http/field_value.hpp>
#include <sluice/http/form.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/beast/http/field.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>

namespace sluice::server {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr auto key_field = "Idempotency-Key";
constexpr std::size_t longest_key = 255;

[[nodiscard]] expected<std::string_view> key_of(http_request const& request)
{
    auto const key = view(request[key_field]);
    bool const is_visible = std::ranges::all_of(key, [](char c) { return c > ' ' && c < '\x7f'; });
    if (request.count(key_field) != 1 || key.empty() || key.size() > longest_key || !is_visible) {
        return bad_request("'Idempotency-Key' is not 1 to 255 visible ASCII characters, given once");
    }
    return key;
}

/// A text that requests with another token do not have; empty without a token.
[[nodiscard]] std::string publisher_of(http_request const& request, destination const& to, settings const& in_force)
{
    if (!to.who.token) {
        return to.who.subject;
    }
    auto const token = given_token(request, query_of(view(request.target())), token_places::cookie, in_force.cors);
    return token.has_value() ? token->value_or("") : "";
}

[[nodiscard]] jwt::sha256_digest digest_of(http_request const& request)
{
    return jwt::sha256_of({view(request.method_string()), view(request.target()),
                           view(request[http::field::content_type]), request.body()});
}

[[nodiscard]] asio::awaitable<jwt::sha256_digest> digest_aside(http_request const& request)
{
    co_return digest_of(request);
}

} // namespace

bool is_keyed(http_request const& request, destination const& to, service const& s)
{
    return to.route->publishes && s.keys.are_used() && request.find(key_field) != request.end();
}

task<std::variant<idempotency_keys::first_use, reply>> begin_keyed(http_request const& request, destination const& to,
                                                                   service& s, worker& by)
{
    auto const key = key_of(request);
    if (key.has_error()) {
        co_return problem_reply(key.error());
    }
    auto const whose = jwt::sha256_of({publisher_of(request, to, by.settings()), *key});
    if (request.body().size() <= most_bytes_on_worker) {
        co_return s.keys.begin(whose, digest_of(request));
    }
    auto aside = digest_aside(request);
    auto const digest = co_await asio::co_spawn(s.side_thread.executor(), std::move(aside), use_task);
    co_return s.keys.begin(whose, digest);
}

} // namespace sluice::server
