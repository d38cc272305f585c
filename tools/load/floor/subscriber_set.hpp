#pragma once

#include "event_sender.hpp"

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace sluice::load {

/// A place in a `subscriber_set`; the set keeps `index` right while the subscriber is in it.
struct subscriber {
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

    int fd = -1;
    std::size_t index = nowhere;
};

/// The sockets of all open streams. Subscribers are not owned and must be removed before their sockets are closed.
class subscriber_set {
public:
    explicit subscriber_set(std::unique_ptr<event_sender> sender) : sender_(std::move(sender)) {}

    void add(subscriber& who);
    void remove(subscriber& who);
    std::size_t size() const { return sockets_.size(); }

    /// Sends `bytes` to all. Whoever cannot take them whole at once is removed and returned: the floor keeps
    /// no queue.
    std::vector<subscriber*> send_to_all(std::string_view bytes);

private:
    std::unique_ptr<event_sender> sender_;
    std::vector<int> sockets_; ///< apart from the subscribers, so that sending to thousands reads one small array
    std::vector<subscriber*> subscribers_;
};

} // namespace sluice::load
