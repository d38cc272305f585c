#include <support/scripted_server.hpp>

#include <support/failure.hpp>

#include <fmt/format.h>

#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice::test {

scripted_server::scripted_server(script run) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(descriptor_, generic, size) != 0 || ::listen(descriptor_, 16) != 0 ||
        ::getsockname(descriptor_, generic, &size) != 0) {
        ::close(descriptor_);
        fail("a listener", "none");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, script = std::move(run)] { serve(script); });
}

scripted_server::scripted_server(std::string response)
    : scripted_server(
          [bytes = std::move(response)](stream_socket& peer, const std::string&, std::size_t) { peer.try_send(bytes); })
{
}

scripted_server::~scripted_server()
{
    stopping_ = true;
    ::shutdown(descriptor_, SHUT_RDWR); // ends an accept that nobody comes for
    thread_.join();
    ::close(descriptor_);
}

std::string scripted_server::origin() const { return fmt::format("http://127.0.0.1:{}", port_); }
std::string scripted_server::url(std::string_view path) const { return fmt::format("{}{}", origin(), path); }

std::vector<std::string> scripted_server::requests() const
{
    std::lock_guard const lock(mutex_);
    return requests_;
}

void scripted_server::serve(script const& run)
{
    while (!stopping_) {
        int const accepted = ::accept(descriptor_, nullptr, nullptr);
        if (accepted < 0) {
            return;
        }
        serve_one(accepted, run);
    }
}

void scripted_server::serve_one(int accepted, script const& run)
{
    stream_socket peer(accepted);
    std::string request;
    deadline const until;
    while (request.find("\r\n\r\n") == std::string::npos) {
        if (peer.receive(request, until) != receive_result::data) {
            return;
        }
    }
    {
        std::lock_guard const lock(mutex_);
        requests_.push_back(request);
    }
    run(peer, request, visits_++);
}

scripted_server::script reply_and_hold(std::string bytes)
{
    return [bytes = std::move(bytes)](stream_socket& peer, const std::string&, std::size_t) {
        peer.try_send(bytes);
        await_close(peer);
    };
}

void await_close(stream_socket& peer)
{
    std::string ignored;
    deadline const until;
    while (peer.receive(ignored, until) == receive_result::data) {
    }
}

std::string field_of(std::string_view request, std::string_view name)
{
    auto const line = fmt::format("\r\n{}: ", name);
    auto const at = request.find(line);
    if (at == std::string_view::npos) {
        return {};
    }
    auto const value = request.substr(at + line.size());
    return std::string(value.substr(0, value.find("\r\n")));
}

} // namespace sluice::test
