#include "fetch.hpp"

#include "as_result.hpp"
#include <sluice/client/asio_stream.hpp>
#include <sluice/event_source_tls.hpp>
#include <sluice/version.hpp>

#include <boost/asio/connect.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/scheme.hpp>
#include <boost/url/url_view.hpp>

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace sluice::server {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace urls = boost::urls;
using boost::system::error_code;

namespace {

constexpr std::size_t bytes_at_once = std::size_t{16} << 10U;

[[nodiscard]] std::string text_of(urls::string_view part) { return {part.data(), part.size()}; }

[[nodiscard]] std::string request_for(urls::url_view const& url)
{
    auto const target = text_of(url.encoded_resource());
    return fmt::format("GET {}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: sluice/{}\r\nAccept: application/json, "
                       "application/jwk-set+json\r\nConnection: close\r\n\r\n",
                       target.starts_with('/') ? "" : "/", target, text_of(url.encoded_host_and_port()),
                       version_string);
}

/// Reads the response to its end.
[[nodiscard]] asio::awaitable<error_code> read_response(byte_stream& from, http::response_parser<http::string_body>& to)
{
    boost::beast::flat_buffer buffer;
    while (!to.is_done()) {
        auto const room = buffer.prepare(bytes_at_once);
        auto const [ec, size] = co_await from.read_some(room);
        error_code wrong;
        if (ec == asio::error::eof && to.got_some()) {
            to.put_eof(wrong);
            co_return wrong;
        }
        if (ec) {
            co_return ec;
        }
        buffer.commit(size);
        buffer.consume(to.put(buffer.data(), wrong));
        if (wrong && wrong != http::error::need_more) {
            co_return wrong;
        }
    }
    co_return error_code{};
}

} // namespace

fetch::fetch(asio::any_io_executor const& executor) : resolver_{executor}, socket_{executor}, timer_{executor} {}

fetch::~fetch() = default;

void fetch::cancel() noexcept
{
    resolver_.cancel();
    error_code ignored;
    socket_.close(ignored);
    if (stream_) {
        stream_->close();
    }
}

asio::awaitable<fetch::result> fetch::run(std::string const& url, std::size_t most_bytes,
                                          std::chrono::milliseconds time)
{
    late_ = false;
    timer_.expires_after(time);
    timer_.async_wait([this](error_code ec) {
        if (!ec) {
            late_ = true;
            cancel();
        }
    });
    auto got = co_await get(url, most_bytes);
    stream_ = nullptr;
    timer_.cancel();
    if (got.has_error() && late_) {
        co_return fetch_failure{fmt::format("there was no whole answer within {} s", time.count() / 1000)};
    }
    co_return got;
}

asio::awaitable<error_code> fetch::connect(std::string const& host, std::string const& port, bool tls)
{
    auto const [unresolved, found] = co_await resolver_.async_resolve(host, port, as_result);
    if (unresolved) {
        co_return unresolved;
    }
    auto const [unreachable, where] = co_await asio::async_connect(socket_, found, as_result);
    if (unreachable) {
        co_return unreachable;
    }
    client_socket connected{std::move(socket_)};
    if (tls) {
        if (!tls_) {
            tls_ = make_tls_layer();
        }
        stream_ = tls_->wrap(std::move(connected), host);
    } else {
        stream_ = std::make_unique<plain_stream>(std::move(connected));
    }
    co_return co_await stream_->handshake();
}

asio::awaitable<fetch::result> fetch::get(std::string const& text, std::size_t most_bytes)
{
    auto const url = *urls::parse_uri(text);
    bool const tls = url.scheme_id() == urls::scheme::https;
    auto const host = text_of(url.encoded_host_name());
    auto const port = url.has_port() ? text_of(url.port()) : std::string{tls ? "443" : "80"};
    if (auto const ec = co_await connect(host, port, tls)) {
        auto const more = stream_ ? stream_->detail() : std::string{};
        co_return fetch_failure{more.empty() ? ec.message() : fmt::format("{}: {}", ec.message(), more)};
    }
    auto const request = request_for(url);
    if (auto const ec = co_await stream_->write(request)) {
        co_return fetch_failure{ec.message()};
    }
    http::response_parser<http::string_body> response;
    response.body_limit(most_bytes);
    response.eager(true);
    if (auto const ec = co_await read_response(*stream_, response)) {
        co_return fetch_failure{ec.message()};
    }
    if (auto const status = response.get().result_int(); status != 200) {
        co_return fetch_failure{fmt::format("the answer has the status {}", status)};
    }
    co_return result{boost::system::in_place_value, std::move(response.get().body())};
}

bool is_web_url(std::string const& text)
{
    auto const url = urls::parse_uri(text);
    return url && (url->scheme_id() == urls::scheme::http || url->scheme_id() == urls::scheme::https) &&
           !url->host().empty() && !url->has_userinfo() && !url->has_fragment();
}

} // namespace sluice::server
