#include "floor_server.hpp"

#include "event_bytes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <system_error>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace sluice::load {
namespace {

constexpr int accepts_per_wake = 64;

std::uint64_t now_ms()
{
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count());
}

std::string make_answer(std::string_view status, std::string_view json)
{
    return fmt::format("HTTP/1.1 {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", status,
                       json.size(), json);
}

} // namespace

floor_server::floor_server(reactor& loop, const endpoint& where, sending how, std::unique_ptr<event_sender> sender)
    : loop_(loop), listener_(listen_on(where)), sender_(std::move(sender)), how_(how), epoch_(now_ms())
{
    loop_.add(listener_.get(), EPOLLIN, *this);
}

void floor_server::on_ready(std::uint32_t /*events*/)
{
    for (int i = 0; i < accepts_per_wake; ++i) {
        unique_fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket) {
            if (errno == EMFILE ||
                errno == ENFILE) { // would be reported again and again: no figure is better than that
                throw std::system_error(errno, std::generic_category(), "accept");
            }
            return;
        }
        const int on = 1;
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const int fd = socket.get();
        auto accepted = std::make_unique<connection>(std::move(socket), static_cast<request_handler&>(*this));
        loop_.add(fd, EPOLLIN, *accepted);
        connections_[fd] = std::move(accepted);
    }
}

void floor_server::on_request(connection& from, const request& what, std::string& answers)
{
    if (what.method == "GET" && what.path == "/events") {
        answers += subscribe(from, group_of(what.query));
    } else if (what.method == "POST" && what.path == "/broadcast") {
        answers += broadcast(what);
    } else {
        answers += make_answer("404 Not Found", "{}");
    }
}

void floor_server::on_closed(connection& who) { close(who); }

floor_server::group& floor_server::group_of(std::string_view query)
{
    return groups_.try_emplace(std::string(query), group{.subscribers = subscriber_set(*sender_)}).first->second;
}

std::string floor_server::subscribe(connection& who, group& to)
{
    who.become_subscriber();
    to.subscribers.add(who);
    ++clients_;
    return make_stream_start(make_id(epoch_, published_));
}

std::string floor_server::broadcast(const request& what)
{
    auto& to = group_of(what.query);
    const auto clients = to.subscribers.size();
    std::optional<std::string> id;
    for (std::string_view rest = what.body; !rest.empty();) {
        const auto line = what.is_batch ? rest.substr(0, rest.find('\n')) : rest;
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        id = publish(line, to);
        if (!id) {
            break;
        }
    }
    return id ? make_answer("200 OK", fmt::format(R"({{"id":"{}","clients":{}}})", *id, clients))
              : make_answer("400 Bad Request", "{}");
}

std::optional<std::string> floor_server::publish(std::string_view text, group& to)
{
    const auto event = read_published(text);
    if (!event) {
        return std::nullopt;
    }
    auto id = make_id(epoch_, ++published_);
    const auto block = make_event(id, *event);
    if (how_ == sending::coalesced) {
        if (to.coalesced.empty()) {
            waiting_.push_back(&to);
        }
        to.coalesced += block;
    } else {
        send_to_all(make_chunk(block), to);
    }
    return id;
}

void floor_server::send_to_all(std::string_view chunk, group& of)
{
    for (auto* slow : of.subscribers.send_to_all(chunk)) {
        ++dropped_;
        --clients_;
        close(static_cast<connection&>(*slow));
    }
}

void floor_server::end_turn()
{
    for (auto* const each : waiting_) {
        send_to_all(make_chunk(each->coalesced), *each);
        each->coalesced.clear();
    }
    waiting_.clear();
    closed_.clear();
}

void floor_server::close(connection& who)
{
    if (who.set != nullptr) {
        subscriber_set::remove(who);
        --clients_;
    }
    auto node = connections_.extract(who.fd);
    if (node) {
        closed_.push_back(std::move(node.mapped()));
    }
    who.close();
}

} // namespace sluice::load
