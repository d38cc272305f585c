#include <sluice/client/connection_race.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>

#include <chrono>
#include <utility>

namespace sluice {
namespace {

namespace asio = boost::asio;

/// The "Connection Attempt Delay" that RFC 8305 recommends.
constexpr std::chrono::milliseconds head_start{250};

} // namespace

connection_race::connection_race(asio::any_io_executor const& executor, std::vector<endpoint> addresses)
    : addresses_(std::move(addresses)), timer_{executor}, winner_{executor}
{
    sockets_.reserve(addresses_.size());
}

asio::awaitable<error_code> connection_race::run()
{
    while (!over()) {
        if (sockets_.size() != addresses_.size()) {
            start_next();
        }
        bool const last = sockets_.size() == addresses_.size();
        timer_.expires_at(last ? std::chrono::steady_clock::time_point::max()
                               : std::chrono::steady_clock::now() + head_start);
        // Each answer ends this wait as well.
        (void)co_await timer_.async_wait(asio::as_tuple(asio::deferred));
    }
    close_all();
    if (cancelled_) {
        co_return asio::error::operation_aborted;
    }
    co_return won_ ? error_code{} : error_;
}

void connection_race::start_next()
{
    auto const which = sockets_.size();
    auto& socket = sockets_.emplace_back(timer_.get_executor());
    socket.async_connect(addresses_[which],
                         [self = shared_from_this(), which](error_code ec) { self->on_answer(which, ec); });
}

void connection_race::on_answer(std::size_t which, error_code ec)
{
    if (ec) {
        ++failed_;
        error_ = ec;
    } else if (!won_ && !cancelled_) {
        won_ = true;
        winner_ = std::move(sockets_[which]);
    }
    timer_.cancel();
}

void connection_race::cancel() noexcept
{
    cancelled_ = true;
    timer_.cancel();
    close_all();
}

void connection_race::close_all() noexcept
{
    error_code ignored;
    for (auto& s : sockets_) {
        s.close(ignored);
    }
}

bool connection_race::over() const noexcept { return won_ || cancelled_ || failed_ == addresses_.size(); }

} // namespace sluice
