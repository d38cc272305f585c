#include "hub.hpp"

#include "virtual_clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::model {

namespace asio = boost::asio;

namespace {

/// The list in the header; nothing where it says `all`.
[[nodiscard]] std::optional<std::vector<std::string>> list_in(boost::beast::string_view said)
{
    if (said == "all") {
        return std::nullopt;
    }
    std::vector<std::string> all;
    std::string_view list{said.data(), said.size()};
    while (!list.empty()) {
        auto const one = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), one.size() + 1));
        all.emplace_back(one);
    }
    return all;
}

/// The headers `X-Allowed` and `X-Private` say which types the stream may have, and private events of which topics.
[[nodiscard]] grant authorize(subscribe_request const& /*wanted*/, boost::beast::http::request_header<> const& request)
{
    auto granted = grant::of_everything();
    if (auto types = list_in(request["X-Allowed"])) {
        granted.may_subscribe = selection::of_types(std::move(*types));
    }
    if (auto topics = list_in(request["X-Private"])) {
        auto const names = std::ranges::partition(*topics, [](std::string const& name) { return name.ends_with('*'); });
        std::vector<std::string> const patterns{topics->begin(), names.begin()};
        granted.private_topics = topic_selection::of({names.begin(), names.end()}, patterns);
    }
    return granted;
}

} // namespace

hub::hub(settings const& s)
{
    std::vector<asio::any_io_executor> executors;
    for (std::size_t i = 0; i != s.shards; ++i) {
        contexts_.push_back(std::make_unique<asio::io_context>());
        work_.push_back(asio::make_work_guard(*contexts_.back()));
        executors.emplace_back(contexts_.back()->get_executor());
    }
    broker_ = std::make_unique<sluice::broker>(std::move(executors), s.config);
    handler_options options;
    options.authorize = authorize;
    handler_ = std::make_unique<handler>(*broker_, std::move(options));
    settle();
}

hub::~hub()
{
    try {
        for (auto& c : connections_) {
            c->peer.leave();
        }
        stop();
    } catch (std::exception const&) { // NOLINT(bugprone-empty-catch)
        // The failure that ends the run is told already.
    }
}

bool hub::work_once(random& r)
{
    auto const first = r.below(contexts_.size());
    for (std::size_t i = 0; i != contexts_.size(); ++i) {
        if (contexts_[(first + i) % contexts_.size()]->poll_one() != 0) {
            return true;
        }
    }
    return false;
}

void hub::work(random& r, std::size_t handlers)
{
    while (handlers != 0 && work_once(r)) {
        --handlers;
    }
}

void hub::settle()
{
    for (std::size_t ran = 1; ran != 0;) {
        ran = 0;
        for (auto const& c : contexts_) {
            ran += c->poll();
        }
    }
    for (auto& c : connections_) {
        c->peer.note_idle();
    }
    std::erase_if(connections_, [](auto const& c) { return c->served; });
}

void hub::move_clock(std::chrono::milliseconds by)
{
    model::move_clock(by);
    // Asio looks at its timers when the kernel's, which knows nothing of this clock, fires: one that is overdue does.
    for (auto const& c : contexts_) {
        asio::steady_timer overdue{*c, asio::steady_timer::time_point::min()};
        bool fired = false;
        overdue.async_wait([&fired](error_code) { fired = true; });
        while (!fired) {
            c->poll_one();
        }
    }
}

asio::awaitable<void> hub::serve(std::shared_ptr<connection> c, asio::any_io_executor executor)
{
    connected_function const on_connected = [&c](session_id id) { c->session = to_string(id); };
    std::optional<problem> refused;
    if (c->request.asynchronous) {
        asynchronous_stream stream{std::move(executor), c->peer};
        refused = co_await handler_->serve(stream, c->request.header, "192.0.2.1", on_connected);
    } else {
        ready_stream stream{std::move(executor), c->peer};
        refused = co_await handler_->serve(stream, c->request.header, "192.0.2.1", on_connected);
    }
    c->refused = refused ? refused->status : 0;
}

std::shared_ptr<connection> hub::open(random& r, stream_request request)
{
    auto const& c = connections_.emplace_back(std::make_shared<connection>(std::move(request)));
    auto const here = executor(r.below(contexts_.size()));
    asio::co_spawn(here, serve(c, here), [c](std::exception_ptr const& thrown) {
        c->served = true;
        if (thrown) {
            std::rethrow_exception(thrown);
        }
    });
    work_until(r, [&c] { return !c->session.empty() || c->served; });
    return c;
}

void hub::stop()
{
    if (!std::exchange(stopped_, true)) {
        random r{0};
        (void)run<>(r, [this](auto h) { broker_->async_stop(std::chrono::milliseconds{0}, std::move(h)); });
        settle();
    }
}

} // namespace sluice::model
