#include "stream.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace sluice::load {
namespace {

/// Shared by all streams: one thread reads one socket at a time, and no bytes are kept in it between reads.
std::array<char, 256 * 1024> receive_buffer;

} // namespace

void stream::connect(reactor& loop, const endpoint& server, unsigned source)
{
    loop_ = &loop;
    socket_ = start_connect(server, source);
    loop.add(socket_.get(), EPOLLOUT, *this);
}

void stream::on_ready(std::uint32_t /*events*/)
{
    if (!socket_) {
        return;
    }
    if (is_connected_) {
        read();
    } else {
        on_connected();
    }
}

void stream::on_connected()
{
    if (const int error = socket_error(socket_.get()); error != 0) {
        close(std::strerror(error));
        return;
    }
    const auto& request = settings_.request;
    const auto sent = ::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(request.size())) { // a fresh socket's buffer takes any sane request
        close("the request could not be sent");
        return;
    }
    is_connected_ = true;
    loop_->modify(socket_.get(), EPOLLIN, *this);
}

void stream::read()
{
    const auto count = ::recv(socket_.get(), receive_buffer.data(), receive_buffer.size(), 0);
    if (count > 0) {
        on_bytes({receive_buffer.data(), static_cast<std::size_t>(count)});
    } else if (count == 0) {
        close("the server closed it");
    } else if (errno != EAGAIN && errno != EINTR) {
        close(std::strerror(errno));
    }
}

void stream::on_bytes(std::string_view bytes)
{
    const auto now_ns = to_ns(clock::now());
    counts_.bytes += bytes.size();
    received_event event;
    while (reader_.next(bytes, event)) {
        on_event(event, now_ns);
    }
    if (!is_ready_) {
        check_head();
    }
    if (reader_.is_broken()) {
        close("it cannot be read as an event stream over HTTP");
    } else if (reader_.is_complete()) {
        close("the server ended it");
    }
}

void stream::on_event(const received_event& event, std::uint64_t now_ns)
{
    if (event.type == settings_.event_type) {
        on_load_event(event.data, now_ns);
    } else if (!is_ready_ && event.type == settings_.ready_event) {
        mark_ready();
    }
}

void stream::on_load_event(std::string_view data, std::uint64_t now_ns)
{
    const auto got = settings_.payload.read(data);
    if (!got || got->sequence >= counts_.published) {
        ++counts_.unexpected;
        return;
    }
    switch (tracker_.accept(got->sequence)) {
    case arrival::duplicate:
        ++counts_.duplicated;
        return;
    case arrival::misordered:
        ++counts_.misordered;
        break;
    case arrival::in_order:
        break;
    }
    ++counts_.delivered;
    if (got->sequence >= counts_.measured_from) {
        counts_.latency.record(now_ns > got->due_ns ? now_ns - got->due_ns : 0);
    }
}

void stream::check_head()
{
    if (reader_.status() != 0 && reader_.status() != 200) {
        close(fmt::format("answered with status {}", reader_.status()));
    } else if (reader_.status() == 200 && settings_.ready_event.empty()) {
        mark_ready();
    }
}

void stream::mark_ready()
{
    is_ready_ = true;
    ++counts_.ready;
}

void stream::close(std::string_view why)
{
    if (!socket_) {
        return;
    }
    socket_.reset();
    ++(is_ready_ ? counts_.closed : counts_.failed);
    if (counts_.first_failure.empty()) {
        counts_.first_failure = why;
    }
}

} // namespace sluice::load
