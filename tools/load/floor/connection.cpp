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
    std::string answers;
    const auto result = answer_requests(answers);
    if (!send(answers) || result == request_reader::result::bad) {
        owner_.on_closed(*this);
    }
}

/// Until no whole request is left, or one was for the stream.
request_reader::result connection::answer_requests(std::string& answers)
{
    request next;
    auto result = reader_->next(next);
    while (result == request_reader::result::complete) {
        owner_.on_request(*this, next, answers);
        if (!reader_) {
            break;
        }
        result = reader_->next(next);
    }
    return result;
}

/// False when the socket does not take the bytes whole.
bool connection::send(std::string_view bytes)
{
    return bytes.empty() || ::send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
                                static_cast<ssize_t>(bytes.size());
}

} // namespace sluice::load
