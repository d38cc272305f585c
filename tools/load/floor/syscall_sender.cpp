#include "event_sender.hpp"

#include <sys/socket.h>

namespace sluice::load {
namespace {

class syscall_sender final : public event_sender {
public:
    std::vector<std::size_t> send(std::span<const int> sockets, std::string_view bytes) override
    {
        std::vector<std::size_t> failed;
        for (std::size_t i = 0; i < sockets.size(); ++i) {
            const auto sent = ::send(sockets[i], bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent != static_cast<ssize_t>(bytes.size())) {
                failed.push_back(i);
            }
        }
        return failed;
    }
};

} // namespace

std::unique_ptr<event_sender> make_syscall_sender() { return std::make_unique<syscall_sender>(); }

} // namespace sluice::load
