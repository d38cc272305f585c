#include <support/socket.hpp>

#include <support/failure.hpp>

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace sluice::test {
namespace {

struct socket_address {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

socket_address tcp_address(const std::string& address, std::uint16_t port)
{
    socket_address result;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
    if (inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        result.size = sizeof(sockaddr_in);
    } else if (inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        result.size = sizeof(sockaddr_in6);
    } else {
        fail("a numeric address", address);
    }
    return result;
}

bool wait_for(int descriptor, short events, deadline until)
{
    pollfd entry{.fd = descriptor, .events = events, .revents = 0};
    int ready = 0;
    do {
        ready = ::poll(&entry, 1, until.poll_timeout());
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

void set_option(int descriptor, int level, int name, int value)
{
    ::setsockopt(descriptor, level, name, &value, sizeof value);
}

int open_socket(int family)
{
    const int descriptor = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        fail("a socket", std::strerror(errno));
    }
    return descriptor;
}

} // namespace

endpoint endpoint::unix_socket(std::string path)
{
    endpoint result;
    result.unix_path = std::move(path);
    return result;
}

std::string endpoint::host() const
{
    if (!unix_path.empty()) {
        return "localhost";
    }
    return fmt::format(fmt::runtime(address.find(':') == std::string::npos ? "{}:{}" : "[{}]:{}"), address, port);
}

const char* to_string(receive_result result)
{
    switch (result) {
    case receive_result::data:
        return "data";
    case receive_result::closed:
        return "the peer closed the connection";
    case receive_result::reset:
        return "the peer reset the connection";
    case receive_result::timed_out:
        return "nothing before the deadline";
    }
    return "?";
}

stream_socket::stream_socket(const endpoint& to, deadline until)
{
    if (to.unix_path.empty()) {
        connect_tcp(to, until);
    } else {
        connect_unix(to, until);
    }
}

stream_socket::stream_socket(int descriptor) : descriptor_(descriptor)
{
    ::fcntl(descriptor_, F_SETFL, ::fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
}

stream_socket::stream_socket(stream_socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

stream_socket& stream_socket::operator=(stream_socket&& other) noexcept
{
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

stream_socket::~stream_socket() { close(); }

void stream_socket::connect_tcp(const endpoint& to, deadline until)
{
    const auto remote = tcp_address(to.address, to.port);
    descriptor_ = open_socket(remote.storage.ss_family);
    // Only a buffer set before connecting limits the window that is offered.
    if (to.receive_buffer > 0) {
        set_option(descriptor_, SOL_SOCKET, SO_RCVBUF, to.receive_buffer);
    }
    set_option(descriptor_, IPPROTO_TCP, TCP_NODELAY, 1);
    if (!to.source_address.empty()) {
        const auto local = tcp_address(to.source_address, 0);
        if (::bind(descriptor_, local.get(), local.size) != 0) {
            const int error = errno;
            close();
            fail("to bind " + to.source_address, std::strerror(error));
        }
    }
    finish_connect(::connect(descriptor_, remote.get(), remote.size), to.host(), until);
}

void stream_socket::connect_unix(const endpoint& to, deadline until)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (to.unix_path.size() >= sizeof address.sun_path) {
        fail("a path that a Unix socket can have", to.unix_path);
    }
    to.unix_path.copy(address.sun_path, to.unix_path.size());
    descriptor_ = open_socket(AF_UNIX);
    if (to.receive_buffer > 0) {
        set_option(descriptor_, SOL_SOCKET, SO_RCVBUF, to.receive_buffer);
    }
    finish_connect(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address), to.unix_path,
                   until);
}

void stream_socket::finish_connect(int result, const std::string& name, deadline until)
{
    int error = result == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
        socklen_t size = sizeof error;
        if (!wait_for(descriptor_, POLLOUT, until)) {
            error = ETIMEDOUT;
        } else if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
            error = errno;
        }
    }
    if (error != 0) {
        close();
        fail("to connect to " + name, std::strerror(error));
    }
}

// NOLINTNEXTLINE(readability-make-member-function-const): it changes the connection
bool stream_socket::try_send(std::string_view bytes, deadline until)
{
    while (!bytes.empty()) {
        const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            if (!wait_for(descriptor_, POLLOUT, until)) {
                errno = ETIMEDOUT;
                return false;
            }
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

void stream_socket::send(std::string_view bytes, deadline until)
{
    if (!try_send(bytes, until)) {
        const int error = errno;
        fail(fmt::format("the peer to take {} bytes: {}", bytes.size(), printable(bytes)), std::strerror(error));
    }
}

// NOLINTNEXTLINE(readability-make-member-function-const): it changes the connection
receive_result stream_socket::receive(std::string& into, deadline until, std::size_t limit)
{
    std::array<char, 65536> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
    if (descriptor_ < 0) {
        return receive_result::closed;
    }
    for (;;) {
        const auto count = ::recv(descriptor_, buffer.data(), std::min(limit, buffer.size()), 0);
        if (count > 0) {
            into.append(buffer.data(), static_cast<std::size_t>(count));
            return receive_result::data;
        }
        if (count == 0) {
            return receive_result::closed;
        }
        if (errno == EAGAIN) {
            if (!wait_for(descriptor_, POLLIN, until)) {
                return receive_result::timed_out;
            }
        } else if (errno != EINTR) {
            return receive_result::reset;
        }
    }
}

// NOLINTNEXTLINE(readability-make-member-function-const): it changes the connection
void stream_socket::shutdown_write() { ::shutdown(descriptor_, SHUT_WR); }

void stream_socket::close()
{
    if (descriptor_ >= 0) {
        ::close(std::exchange(descriptor_, -1));
    }
}

void stream_socket::reset()
{
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

std::uint16_t stream_socket::local_port() const
{
    socket_address local;
    local.size = sizeof local.storage;
    ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&local.storage), &local.size);
    // sin_port and sin6_port lie at the same place.
    return ntohs(reinterpret_cast<const sockaddr_in*>(&local.storage)->sin_port);
}

} // namespace sluice::test
