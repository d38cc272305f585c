#include "publisher.hpp"

#include "clock.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace sluice::load {

void publisher::connect(const endpoint& server, std::chrono::nanoseconds deadline)
{
    socket_ = start_connect(server);
    loop_.add(socket_.get(), EPOLLIN | EPOLLOUT, *this);
    wants_writable_ = true;
    const auto until = clock::now() + deadline;
    while (!is_connected_) {
        loop_.poll(poll_limit);
        if (!socket_ || clock::now() > until) {
            throw std::runtime_error("the publishing connection could not be made");
        }
    }
}

void publisher::publish(std::uint64_t due_ns)
{
    queue_one(due_ns);
    send_queued();
}

void publisher::queue_one(std::uint64_t due_ns)
{
    auto& group = next_group();
    std::string body;
    write_event(body, group, due_ns);
    queue(group, body);
}

void publisher::queue_batch(std::size_t lines, std::uint64_t due_ns)
{
    auto& group = next_group();
    std::string body;
    for (std::size_t line = 0; line < lines; ++line) {
        write_event(body, group, due_ns);
        body += '\n';
    }
    queue(group, body);
}

event_group& publisher::next_group()
{
    auto& group = groups_[turn_];
    turn_ = (turn_ + 1) % groups_.size();
    return group;
}

void publisher::write_event(std::string& out, event_group& group, std::uint64_t due_ns)
{
    group.body.write(out, group.payload.write({group.published++, due_ns}));
    ++counts_.published;
    counts_.expected += group.streams;
}

void publisher::queue(const event_group& group, std::string_view body)
{
    fmt::format_to(std::back_inserter(waiting_), "{}Content-Length: {}\r\n\r\n{}", group.publish_head, body.size(),
                   body);
    ++outstanding_;
}

void publisher::send_queued()
{
    if (!socket_) {
        throw std::runtime_error("the publishing connection has ended");
    }
    send_waiting();
}

void publisher::await_answers(std::chrono::nanoseconds limit)
{
    const auto deadline = clock::now() + limit;
    while (outstanding_ > 0 && socket_ && clock::now() < deadline) {
        loop_.poll(poll_limit);
    }
}

void publisher::on_ready(std::uint32_t events)
{
    if (!socket_) {
        return;
    }
    if (!is_connected_) {
        if (socket_error(socket_.get()) != 0) {
            socket_.reset();
            return;
        }
        is_connected_ = true;
    }
    if ((events & EPOLLOUT) != 0) {
        send_waiting();
    }
    if (socket_ && (events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) {
        read_answers();
    }
}

void publisher::send_waiting()
{
    if (!waiting_.empty()) {
        const auto sent = ::send(socket_.get(), waiting_.data(), waiting_.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            waiting_.erase(0, static_cast<std::size_t>(sent));
        } else if (errno != EAGAIN && errno != EINTR) {
            socket_.reset();
            return;
        }
    }
    set_writable_interest(!waiting_.empty());
}

void publisher::set_writable_interest(bool on)
{
    if (on != wants_writable_) {
        wants_writable_ = on;
        loop_.modify(socket_.get(), on ? EPOLLIN | EPOLLOUT : EPOLLIN, *this);
    }
}

void publisher::read_answers()
{
    std::array<char, 16 * 1024> buffer;
    const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    std::string_view input(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    while (!input.empty() && !response_.is_broken()) {
        response_.next_body(input); // what the answer says is not needed, only its status
        if (response_.is_complete()) {
            on_answer();
        }
    }
    if (count <= 0 || response_.is_broken()) {
        socket_.reset();
    }
}

void publisher::on_answer()
{
    if (outstanding_ > 0) {
        --outstanding_;
    }
    if (response_.status() < 200 || response_.status() > 299) {
        ++refused_;
    }
    response_.reset();
}

} // namespace sluice::load
