#include "connection.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <sys/socket.h>

namespace sluice::load {
namespace {

/// Shared by all connections: a batch's events are handled one after the other on one thread.
std::array<char, 64U * 1024> receive_buffer;

} // namespace

connection::connection(unique_fd socket, request_handler& owner)
    : subscriber{socket.get()}, socket_(std::move(socket)), owner_(owner), reader_(std::make_unique<request_reader>())
{
}

bool connection::send(std::string_view bytes)
{
    return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
}

void connection::close()
{
    socket_.reset();
    reader_.reset();
}

void connection::on_ready(std::uint32_t /*events*/)
{
    if (!socket_) {
        return;
    }
    const auto count = ::recv(socket_.get(), receive_buffer.data(), receive_buffer.size(), MSG_DONTWAIT);
    if (count > 0) {
        read_requests({receive_buffer.data(), static_cast<std::size_t>(count)});
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        owner_.on_closed(*this);
    }
}

void connection::read_requests(std::string_view bytes)
{
    if (!reader_) {
        return;
    }
    reader_->append(bytes);
    request next;
    auto result = reader_->next(next);
    while (result == request_reader::result::complete) {
        owner_.on_request(*this, next);
        if (!reader_) { // it subscribed or was closed
            return;
        }
        result = reader_->next(next);
    }
    if (result == request_reader::result::bad) {
        owner_.on_closed(*this);
    }
}

} // namespace sluice::load
