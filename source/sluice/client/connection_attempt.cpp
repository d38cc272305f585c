#include <sluice/client/asio_stream.hpp>
#include <sluice/client/connection_loop.hpp>
#include <sluice/client/error.hpp>
#include <sluice/client/request.hpp>
#include <sluice/client/target.hpp>
#include <sluice/client/verdict.hpp>

#include <boost/system/system_error.hpp>
#include <boost/url/scheme.hpp>

#include <utility>

namespace sluice {

namespace asio = boost::asio;
namespace urls = boost::urls;

namespace {

constexpr int unauthorized = 401;

} // namespace

/// Requests a stream, follows redirections, and reads the stream to its end.
asio::awaitable<ending> connection_loop::attempt()
{
    if (auto end = co_await get_token()) {
        co_return std::move(*end);
    }
    if (auto end = begin_attempt()) {
        co_return std::move(*end);
    }
    auto url = url_;
    bool permanent = true;
    for (std::size_t redirects = 0;; ++redirects) {
        auto asked = co_await ask(url);
        if (asked.error || core_->ended()) {
            co_return asked;
        }
        auto const where = std::string{url.buffer()};
        auto const& head = core_->reader().response().head();
        switch (judge(head, core_->options().strict)) {
        case verdict::open:
            is_token_fresh_ = false;
            core_->open_stream(origin_of(url));
            co_return co_await read_stream(where);
        case verdict::redirect:
            if (auto end = follow(url, redirects, permanent)) {
                co_return std::move(*end);
            }
            continue;
        case verdict::end:
            co_return failed(where, event_source_errc::no_content, true);
        case verdict::no_stream:
            co_return failed(where, event_source_errc::not_an_event_stream, true);
        case verdict::retry:
            co_return answered(where, head, false);
        case verdict::fail:
            if (head.status != unauthorized || is_token_fresh_ || !core_->options().fetch_token) {
                co_return answered(where, head, true);
            }
            if (auto end = co_await renew_token()) {
                co_return std::move(*end);
            }
            url = url_;
            continue;
        }
    }
}

/// Gets the token, unless the one that is there counts. Returns an ending if there is none for now, or the event source
/// has ended meanwhile.
asio::awaitable<std::optional<ending>> connection_loop::get_token()
{
    // A copy, because the event source may be destroyed while the coroutine runs.
    auto const fetch = core_->options().fetch_token;
    if (!fetch) {
        token_ = core_->options().token;
        co_return std::nullopt;
    }
    if (!needs_token_) {
        co_return std::nullopt;
    }
    try {
        token_ = co_await fetch();
    } catch (boost::system::system_error const& e) {
        co_return failed(url_.buffer(), e.code(), "no token", false);
    }
    needs_token_ = false;
    is_token_fresh_ = true;
    co_return core_->ended() ? std::optional{ending{}} : std::nullopt;
}

/// Begins the attempt again with another token, because the server has refused the one in use.
asio::awaitable<std::optional<ending>> connection_loop::renew_token()
{
    needs_token_ = true;
    if (auto end = co_await get_token()) {
        co_return end;
    }
    co_return begin_attempt();
}

/// Gets what may differ at each attempt. Returns an ending if it is wrong or if the caller's function has ended the
/// event source.
std::optional<ending> connection_loop::begin_attempt()
{
    core_->set_status(0);
    headers_ = core_->headers();
    if (!token_.empty()) {
        headers_ = merge_headers({{"Authorization", "Bearer " + token_}}, std::move(headers_));
    }
    with_body_ = core_->options().body.has_value();
    if (core_->ended()) {
        return ending{};
    }
    if (auto const ec = validate_headers(headers_)) {
        return failed(url_.buffer(), ec, true);
    }
    return std::nullopt;
}

/// Sets the URL to where the response leads, or returns why it cannot. A permanent redirection (RFC 9110,
/// sections 15.4.2 and 15.4.9) holds for later attempts too, any other for this attempt only. 307 and 308 keep the
/// method and the body; after any other the request is a GET (Fetch, "HTTP-redirect fetch"), and if that drops a body,
/// the redirection holds for this attempt only.
std::optional<ending> connection_loop::follow(urls::url& url, std::size_t redirects, bool& permanent)
{
    auto const where = std::string{url.buffer()};
    if (redirects == core_->options().max_redirects) {
        return failed(where, event_source_errc::too_many_redirects, true);
    }
    auto const& head = core_->reader().response().head();
    auto to = redirection(url, head.location, core_->options().tls != nullptr);
    if (!to) {
        return failed(where, to.error(), true);
    }
    url = std::move(*to);
    permanent = permanent && ((head.status == 301 && !with_body_) || head.status == 308);
    with_body_ = with_body_ && (head.status == 307 || head.status == 308);
    if (permanent) {
        url_ = url;
    }
    return std::nullopt;
}

/// Connects, sends the request and reads the response's head. Returns an error if no head arrives.
asio::awaitable<ending> connection_loop::ask(urls::url const& url)
{
    auto const where = std::string{url.buffer()};
    auto& reader = core_->reader();
    reader.begin_response();
    stream_ = nullptr;
    timed_out_ = false;
    watchdog_->arm(core_->options().connect_timeout);
    error_code ec = co_await connect(url);
    if (!ec) {
        ec = co_await stream_->handshake();
    }
    if (!ec) {
        ec = co_await send_request(url);
    }
    while (!ec && !reader.read_head()) {
        ec = reader.response().error();
        if (!ec) {
            ec = co_await read_some();
        }
    }
    watchdog_->disarm();
    if (!ec) {
        core_->set_status(reader.response().head().status);
        co_return ending{};
    }
    if (stream_ && !timed_out_ && stream_->is_final(ec)) {
        co_return failed(where, ec, stream_->detail(), true);
    }
    co_return lost(where, ec, false);
}

asio::awaitable<error_code> connection_loop::send_request(urls::url const& url)
{
    auto const& body = core_->options().body;
    auto const request = make_request({.url = url,
                                       .own_origin = own_origin_,
                                       .last_event_id = core_->reader().parser().last_event_id(),
                                       .headers = headers_,
                                       .memory = core_->memory(),
                                       .body = with_body_ ? &*body : nullptr});
    co_return co_await stream_->write(request);
}

asio::awaitable<error_code> connection_loop::connect(urls::url const& url)
{
    auto const& options = core_->options();
    auto const ec = co_await dialer_.dial(url, options.unix_socket);
    if (ec) {
        co_return ec;
    }
    auto socket = dialer_.release();
    if (url.scheme_id() == urls::scheme::https) {
        stream_ = options.tls->wrap(std::move(socket), url.host_address());
    } else {
        stream_ = std::make_unique<plain_stream>(std::move(socket));
    }
    co_return error_code{};
}

} // namespace sluice
