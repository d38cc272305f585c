#pragma once

#include "event_sender.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace sluice::load {

class subscriber_set;

/// A place in a `subscriber_set`, which keeps it right while the subscriber is in it.
struct subscriber {
    int fd = -1;
    subscriber_set* set = nullptr;
    std::size_t index = 0;
};

/// The sockets of the open streams that get the same events. Subscribers are not owned and must be removed before their
/// sockets are closed.
class subscriber_set {
public:
    explicit subscriber_set(event_sender& sender) : sender_(sender) {}

    void add(subscriber& who);
    /// Removes the subscriber from the set that it is in, if it is in one.
    static void remove(subscriber& who);
    std::size_t size() const { return sockets_.size(); }

    /// Sends `bytes` to all. Whoever cannot take them whole at once is removed and returned: the floor keeps
    /// no queue.
    std::vector<subscriber*> send_to_all(std::string_view bytes);

private:
    event_sender& sender_;
    std::vector<int> sockets_; ///< apart from the subscribers, so that sending to thousands reads one small array
    std::vector<subscriber*> subscribers_;
};

} // namespace sluice::load
