#include "endpoint.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <system_error>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

namespace sluice::load {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

void set_option(int fd, int level, int option, int value = 1)
{
    if (::setsockopt(fd, level, option, &value, sizeof value) != 0) {
        fail("setsockopt");
    }
}

void bind_source(int fd, unsigned source)
{
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + source);
    set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT); // the port is chosen by connect, per destination
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) {
        fail("bind to a loopback source address");
    }
}

std::string_view without_brackets(std::string_view host)
{
    return host.size() > 1 && host.front() == '[' && host.back() == ']' ? host.substr(1, host.size() - 2) : host;
}

} // namespace

bool endpoint::is_ipv4_loopback() const
{
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return v4.sin_family == AF_INET && ntohl(v4.sin_addr.s_addr) >> 24U == 127;
}

endpoint resolve(std::string_view url)
{
    constexpr std::string_view scheme = "http://";
    auto authority = url.starts_with(scheme) ? url.substr(scheme.size()) : url;
    authority = authority.substr(0, authority.find('/'));
    const auto colon = authority.rfind(':');
    if (colon == std::string_view::npos || colon + 1 == authority.size()) {
        throw std::runtime_error("not host:port: " + std::string(url));
    }
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const std::string host(without_brackets(authority.substr(0, colon)));
    const std::string port(authority.substr(colon + 1));
    if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
        throw std::runtime_error(std::string(authority) + ": " + ::gai_strerror(error));
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    endpoint result;
    std::memcpy(&result.address, found->ai_addr, found->ai_addrlen);
    result.size = found->ai_addrlen;
    result.authority = authority;
    return result;
}

unique_fd listen_on(const endpoint& where)
{
    unique_fd fd(::socket(where.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) {
        fail("socket");
    }
    set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR);
    if (::bind(fd.get(), where.data(), where.size) != 0) {
        fail("bind");
    }
    if (::listen(fd.get(), SOMAXCONN) != 0) {
        fail("listen");
    }
    return fd;
}

std::uint16_t local_port(int fd)
{
    sockaddr_in6 name{}; // large enough for both families, and the port is at the same place in both
    socklen_t size = sizeof name;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
        fail("getsockname");
    }
    return ntohs(name.sin6_port);
}

unique_fd start_connect(const endpoint& where, unsigned source, const socket_bounds& bounds)
{
    unique_fd fd(::socket(where.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) {
        fail("socket");
    }
    set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY);
    if (bounds.receive_buffer > 0) {
        set_option(fd.get(), SOL_SOCKET, SO_RCVBUF, bounds.receive_buffer);
    }
    if (bounds.segment > 0) {
        set_option(fd.get(), IPPROTO_TCP, TCP_MAXSEG, bounds.segment);
    }
    if (where.is_ipv4_loopback()) {
        bind_source(fd.get(), source);
    }
    if (::connect(fd.get(), where.data(), where.size) != 0 && errno != EINPROGRESS) {
        fail("connect");
    }
    return fd;
}

int socket_error(int fd)
{
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

std::uint64_t raise_file_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        fail("getrlimit");
    }
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        fail("setrlimit");
    }
    return limit.rlim_cur;
}

} // namespace sluice::load
