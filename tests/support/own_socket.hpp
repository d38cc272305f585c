#pragma once

#include <support/failure.hpp>
#include <support/socket.hpp>

#include <cstdint>
#include <string>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace sluice::test {

/// A socket of the test's own that listens, or is of some other kind, to be passed to a server.
class own_socket {
public:
    static own_socket ipv4(const char* address, int type = SOCK_STREAM, bool listening = true)
    {
        sockaddr_in where{};
        where.sin_family = AF_INET;
        ::inet_pton(AF_INET, address, &where.sin_addr);
        return {AF_INET, type, &where, sizeof where, listening};
    }
    static own_socket ipv6(const char* address)
    {
        sockaddr_in6 where{};
        where.sin6_family = AF_INET6;
        ::inet_pton(AF_INET6, address, &where.sin6_addr);
        return {AF_INET6, SOCK_STREAM, &where, sizeof where, true};
    }
    /// `@` begins an abstract name.
    static own_socket local(const std::string& path, int type = SOCK_STREAM)
    {
        sockaddr_un where{};
        where.sun_family = AF_UNIX;
        path.copy(where.sun_path, sizeof where.sun_path - 1);
        if (path.starts_with('@')) {
            where.sun_path[0] = '\0';
        }
        const auto size = offsetof(sockaddr_un, sun_path) + path.size();
        return {AF_UNIX, type, &where, size, type == SOCK_STREAM};
    }

    ~own_socket() { ::close(descriptor_); }
    own_socket(const own_socket&) = delete;
    own_socket& operator=(const own_socket&) = delete;

    [[nodiscard]] int descriptor() const { return descriptor_; }
    [[nodiscard]] std::uint16_t port() const
    {
        sockaddr_in6 where{}; // the port is where IPv4 has it
        socklen_t size = sizeof where;
        ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&where), &size);
        return ntohs(where.sin6_port);
    }

private:
    own_socket(int family, int type, const void* where, std::size_t size, bool listening)
        : descriptor_(::socket(family, type | SOCK_CLOEXEC, 0))
    {
        if (::bind(descriptor_, static_cast<const sockaddr*>(where), static_cast<socklen_t>(size)) != 0 ||
            (listening && ::listen(descriptor_, 1024) != 0)) {
            fail("a socket of the test's own", "an error");
        }
    }

    int descriptor_;
};

} // namespace sluice::test
