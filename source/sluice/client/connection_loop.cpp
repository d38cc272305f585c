#include <sluice/client/connection_loop.hpp>

#include <sluice/client/target.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <fmt/format.h>

#include <exception>
#include <random>
#include <utility>

namespace sluice {

namespace asio = boost::asio;

namespace {

/// Adds what a sluice server is asked for to the query.
void add_interest(boost::urls::url& url, event_source_options const& options)
{
    auto const add = [&url](std::string_view name, std::string const& value) {
        // All that is not unreserved, because a form reads a plus sign as a space.
        using text = boost::urls::string_view;
        auto const encoded = boost::urls::encode(text{value.data(), value.size()}, boost::urls::unreserved_chars);
        url.encoded_params().append(boost::urls::param_pct_view{text{name.data(), name.size()}, text{encoded}});
    };
    for (auto const& topic : options.topics) {
        add("topic", topic);
    }
    for (auto const& pattern : options.topic_patterns) {
        add("topic_pattern", pattern);
    }
    for (auto const& type : options.types) {
        add("types", type);
    }
    if (!options.since.empty()) {
        add("since", options.since);
    }
}

} // namespace

connection_loop* connection_loop::start(std::shared_ptr<event_source_core> core)
{
    auto const executor = core->executor();
    std::unique_ptr<connection_loop> loop{new connection_loop{std::move(core)}};
    auto* const started = loop.get();
    // The only exceptions are those of `on_state` and a lack of memory; both are for the owner of the executor.
    asio::co_spawn(executor, run(std::move(loop)), [](std::exception_ptr const& e) {
        if (e) {
            std::rethrow_exception(e);
        }
    });
    return started;
}

connection_loop::connection_loop(std::shared_ptr<event_source_core> core)
    : core_{std::move(core)},
      url_{core_->url()},
      own_origin_{origin_of(url_)},
      delay_{core_->options().retry,
             {.min_retry = core_->options().min_retry,
              .max_retry = core_->options().max_retry,
              .max_backoff = core_->options().max_backoff},
             std::random_device{}()},
      timer_{core_->executor()},
      dialer_{core_->executor()},
      watchdog_{std::make_shared<watchdog>(core_->executor(), [this] {
          timed_out_ = true;
          interrupt();
      })}
{
    url_.remove_fragment();
    add_interest(url_, core_->options());
}

connection_loop::~connection_loop()
{
    watchdog_->stop();
    core_->on_loop_gone(finished_);
}

void connection_loop::interrupt() noexcept
{
    timer_.cancel();
    dialer_.cancel();
    if (stream_) {
        stream_->close();
    }
}

void connection_loop::wake() noexcept
{
    if (parked_) {
        timer_.cancel();
    }
}

asio::awaitable<void> connection_loop::run(std::unique_ptr<connection_loop> self)
{
    try {
        co_await self->run();
    } catch (...) {
        self->finished_ = true;
        self->core_->end(asio::error::operation_aborted, "an exception");
        throw;
    }
}

asio::awaitable<void> connection_loop::run()
{
    while (!core_->ended()) {
        auto end = co_await attempt();
        watchdog_->disarm();
        stream_ = nullptr;
        if (auto const retry = core_->reader().parser().retry()) {
            delay_.set_retry(*retry);
        }
        needs_token_ = needs_token_ || core_->take_token_expired();
        if (end.final) {
            core_->end(end.error, std::move(end.why));
        }
        if (core_->ended()) {
            break;
        }
        auto const delay = end.after_stream ? delay_.after_stream() : delay_.after_failure(end.retry_after);
        core_->set_connecting(std::move(end.why));
        if (!core_->ended()) {
            co_await wait_until(std::chrono::steady_clock::now() + delay);
        }
    }
    finished_ = true;
}

/// Reads until the stream ends. While there is an event that has not been received, nothing is read.
asio::awaitable<ending> connection_loop::read_stream(std::string where)
{
    auto const& reader = core_->reader();
    bool brought = false;
    while (!core_->ended()) {
        if (core_->offer()) {
            brought = true;
            watchdog_->disarm();
            parked_ = true;
            co_await wait_until(std::chrono::steady_clock::time_point::max());
            parked_ = false;
            continue;
        }
        if (reader.parser().failed()) {
            co_return failed(where, errc::event_too_large, true);
        }
        error_code ec = reader.response().error();
        if (reader.decoding_failed()) {
            ec = boost::system::errc::make_error_code(boost::system::errc::bad_message);
        } else if (!ec && reader.response().complete()) {
            ec = asio::error::eof;
        }
        if (!ec) {
            watchdog_->arm(core_->deadline());
            auto const since = std::chrono::steady_clock::now();
            ec = co_await read_some();
            core_->on_bytes(std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - since));
        }
        if (ec) {
            co_return lost(where, ec, brought);
        }
        brought = true;
    }
    co_return ending{};
}

asio::awaitable<error_code> connection_loop::read_some()
{
    auto& reader = core_->reader();
    auto const room = reader.prepare();
    if (room.size() == 0) {
        co_return asio::error::no_buffer_space;
    }
    auto const [ec, size] = co_await stream_->read_some(room);
    reader.commit(size);
    if (ec) {
        reader.end_of_input();
    }
    co_return ec;
}

asio::awaitable<void> connection_loop::wait_until(std::chrono::steady_clock::time_point time)
{
    timer_.expires_at(time);
    (void)co_await timer_.async_wait(asio::as_tuple(asio::deferred));
}

ending connection_loop::lost(std::string_view where, error_code ec, bool brought) const
{
    auto end = failed(where, ec);
    bool const open = core_->state() == event_source_state::open;
    end.after_stream = brought;
    if (timed_out_) {
        end.error = asio::error::timed_out;
        end.why = open ? fmt::format("{}: nothing came for {} ms", where, core_->deadline().count())
                       : fmt::format("{}: no answer within {} ms", where, core_->options().connect_timeout.count());
    } else if (open && core_->refused()) {
        end.after_stream = false;
        end.why = fmt::format("{}: the server is busy", where);
    } else if (open && core_->reader().decoding_failed()) {
        end.why = fmt::format("{}: the stream is not the gzip that its head announces", where);
    }
    return end;
}

} // namespace sluice
