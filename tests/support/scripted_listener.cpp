#include <support/scripted_listener.hpp>

#include <support/failure.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice::test {

scripted_listener::scripted_listener(script run) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(descriptor_, generic, size) != 0 || ::listen(descriptor_, 1) != 0 ||
        ::getsockname(descriptor_, generic, &size) != 0) {
        ::close(descriptor_);
        fail("a listener", "none");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, script = std::move(run)] { serve(script); });
}

scripted_listener::~scripted_listener()
{
    ::shutdown(descriptor_, SHUT_RDWR); // ends an accept that nobody came for
    join();
    ::close(descriptor_);
}

void scripted_listener::join()
{
    if (thread_.joinable()) {
        thread_.join();
    }
}

void scripted_listener::serve(const script& run)
{
    const int accepted = ::accept(descriptor_, nullptr, nullptr);
    if (accepted < 0) {
        return;
    }
    stream_socket peer(accepted);
    const deadline until;
    while (received_.find("\r\n\r\n") == std::string::npos) {
        if (peer.receive(received_, until) != receive_result::data) {
            return;
        }
    }
    run(peer);
}

} // namespace sluice::test
