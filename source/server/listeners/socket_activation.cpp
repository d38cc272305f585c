#include "socket_activation.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace sluice::server {
namespace {

constexpr int first_passed = 3;
/// A larger number of sockets can only be a mistake.
constexpr int most_passed = 1000;

[[nodiscard]] std::string take(char const* variable)
{
    char const* const value = std::getenv(variable);
    std::string text{value == nullptr ? "" : value};
    ::unsetenv(variable);
    return text;
}

[[nodiscard]] std::optional<int> to_number(std::string_view text)
{
    int number = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    bool const whole = ec == std::errc{} && end == text.data() + text.size();
    return whole ? std::optional{number} : std::nullopt;
}

[[nodiscard]] bool has_option(int descriptor, int option, int value)
{
    int found = 0;
    socklen_t size = sizeof found;
    return ::getsockopt(descriptor, SOL_SOCKET, option, &found, &size) == 0 && found == value;
}

/// The address of the socket; nothing if its family is not supported.
[[nodiscard]] std::optional<listen_address> address_of(int descriptor)
{
    namespace ip = boost::asio::ip;
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        return std::nullopt;
    }
    if (storage.ss_family == AF_INET || storage.ss_family == AF_INET6) {
        ip::tcp::endpoint endpoint;
        endpoint.resize(size);
        std::memcpy(endpoint.data(), &storage, size);
        return endpoint;
    }
    if (storage.ss_family != AF_UNIX) {
        return std::nullopt;
    }
    auto const* const bytes = reinterpret_cast<char const*>(&storage) + offsetof(sockaddr_un, sun_path);
    std::string path{bytes, size - offsetof(sockaddr_un, sun_path)};
    if (path.starts_with('\0')) {
        path.front() = '@'; // an abstract name, as it is usually written
    } else {
        path.resize(std::strlen(path.c_str()));
    }
    return local_address{.path = std::move(path)};
}

[[nodiscard]] passed_socket examine(int descriptor)
{
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    auto const address = address_of(descriptor);
    if (!address || !has_option(descriptor, SO_TYPE, SOCK_STREAM) || !has_option(descriptor, SO_ACCEPTCONN, 1)) {
        throw std::runtime_error{
            fmt::format("the passed descriptor {} is not a listening TCP or local stream socket", descriptor)};
    }
    return {.descriptor = descriptor, .address = *address};
}

} // namespace

std::vector<passed_socket> take_passed_sockets()
{
    auto const process = take("LISTEN_PID");
    auto const count = take("LISTEN_FDS");
    ::unsetenv("LISTEN_FDNAMES");
    if (count.empty() || to_number(process) != ::getpid()) {
        return {};
    }
    auto const number = to_number(count);
    if (!number || *number < 0 || *number > most_passed) {
        throw std::runtime_error{fmt::format("LISTEN_FDS: '{}' is not a number of sockets", count)};
    }
    std::vector<passed_socket> sockets;
    for (int i = 0; i != *number; ++i) {
        sockets.push_back(examine(first_passed + i));
    }
    return sockets;
}

} // namespace sluice::server
