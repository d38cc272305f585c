#include "stream.hpp"

#include "clock.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace sluice::load {
namespace {

/// Shared by all streams: one thread reads one socket at a time, and no bytes are kept in it between reads.
std::array<char, 256 * 1024> read_buffer;

} // namespace

stream::stream(const stream_context& context, event_group& group, unsigned source)
    : context_(context), group_(group), source_(source), reader_(cookies_), check_(group, context.counts)
{
    ++context_.counts.in(state_);
}

void stream::connect()
{
    enter(stream_state::connecting);
    has_asked_ = false;
    may_be_closed_ = false;
    reader_.reset();
    try {
        socket_ = start_connect(context_.server, source_, bounds_);
        context_.loop.add(socket_.get(), EPOLLOUT, *this);
    } catch (const std::system_error& error) {
        end(error.what());
    }
}

void stream::drop()
{
    socket_.reset();
    enter(stream_state::away);
}

void stream::become_new_client()
{
    check_.start_over();
    cookies_.clear();
    reader_.forget_last_event_id();
}

void stream::prepare_to_stall(const socket_bounds& bounds)
{
    check_.leave_untimed();
    bounds_ = bounds;
}

void stream::stop_reading()
{
    if (socket_) {
        context_.loop.remove(socket_.get());
    }
    is_reading_ = false;
    may_be_closed_ = true;
}

void stream::go_on_reading()
{
    if (socket_) {
        context_.loop.add(socket_.get(), EPOLLIN, *this);
    }
    is_reading_ = true;
}

std::uint64_t stream::unread() const
{
    int bytes = 0;
    return socket_ && ::ioctl(socket_.get(), FIONREAD, &bytes) == 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

void stream::on_ready(std::uint32_t /*events*/)
{
    if (!socket_) {
        return;
    }
    if (has_asked_) {
        read();
    } else {
        on_connected();
    }
}

void stream::on_connected()
{
    if (const int error = socket_error(socket_.get()); error != 0) {
        end(std::strerror(error));
        return;
    }
    const auto request = make_request();
    const auto sent = ::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(request.size())) { // a fresh socket's buffer takes any sane request
        end("the request could not be sent");
        return;
    }
    has_asked_ = true;
    context_.loop.modify(socket_.get(), EPOLLIN, *this);
}

std::string stream::make_request() const
{
    auto request = group_.stream_head;
    if (const auto token = context_.tokens.next(); !token.empty()) {
        request.append("Authorization: Bearer ").append(token).append("\r\n");
    }
    if (const auto& id = reader_.last_event_id(); !id.empty()) {
        request.append("Last-Event-ID: ").append(id).append("\r\n");
    }
    if (const auto& pairs = cookies_.pairs(); !pairs.empty()) {
        request.append("Cookie: ").append(pairs).append("\r\n");
    }
    return request.append("\r\n");
}

void stream::read()
{
    const auto count = ::recv(socket_.get(), read_buffer.data(), read_buffer.size(), 0);
    if (count > 0) {
        on_bytes({read_buffer.data(), static_cast<std::size_t>(count)});
    } else if (count == 0) {
        end("the server closed it");
    } else if (errno != EAGAIN && errno != EINTR) {
        end(std::strerror(errno));
    }
}

void stream::on_bytes(std::string_view bytes)
{
    const auto now_ns = to_ns(clock::now());
    context_.counts.bytes += bytes.size();
    received_event event;
    check_.take_known(reader_, bytes, now_ns);
    while (reader_.next(bytes, event)) {
        on_event(event, now_ns);
        check_.take_known(reader_, bytes, now_ns);
    }
    if (state_ != stream_state::live) {
        check_head();
    }
    if (reader_.is_broken()) {
        end("it cannot be read as an event stream over HTTP");
    } else if (reader_.is_complete()) {
        end("the server ended it");
    }
}

void stream::on_event(const received_event& event, std::uint64_t now_ns)
{
    if (event.type == group_.event_type) {
        check_.on_event(event, reader_, now_ns);
    } else if (state_ != stream_state::live && event.type == context_.ready_event) {
        become_live();
    } else if (event.type == context_.loss_event) {
        check_.on_loss_event(event.data);
    }
}

void stream::check_head()
{
    if (reader_.status() != 0 && reader_.status() != 200) {
        end(fmt::format("answered with status {}", reader_.status()));
    } else if (reader_.status() == 200 && context_.ready_event.empty()) {
        become_live();
    }
}

void stream::enter(stream_state next)
{
    --context_.counts.in(state_);
    state_ = next;
    ++context_.counts.in(state_);
}

void stream::become_live()
{
    enter(stream_state::live);
    check_.on_live();
}

void stream::end(std::string_view why)
{
    if (state_ == stream_state::away || state_ == stream_state::ended) {
        return;
    }
    auto& counts = context_.counts;
    socket_.reset();
    if (may_be_closed_ && state_ == stream_state::live) {
        ++counts.closed_when_stalled;
        enter(stream_state::away);
        return;
    }
    counts.closed += state_ == stream_state::live ? 1 : 0;
    if (counts.first_failure.empty()) {
        counts.first_failure = why;
    }
    enter(stream_state::ended);
}

} // namespace sluice::load
