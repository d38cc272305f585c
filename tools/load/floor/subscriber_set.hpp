#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice::load {

/// A place in a `subscriber_set`; the set keeps `index` right while the subscriber is in it.
struct subscriber {
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

    int fd = -1;
    std::size_t index = nowhere;
};

/// The sockets of all open streams, and the floor itself: one `send` of ready bytes for each of them and each
/// event. Subscribers are not owned and must be removed before they die.
class subscriber_set {
public:
    void add(subscriber& who);
    void remove(subscriber& who);
    std::size_t size() const { return entries_.size(); }

    /// Sends `bytes` to all. Whoever cannot take them whole at once is removed and returned: the floor keeps
    /// no queue.
    std::vector<subscriber*> send_to_all(std::string_view bytes);

private:
    struct entry {
        int fd; ///< here too, so that the loop over thousands of sockets reads one array from end to end
        subscriber* who;
    };
    std::vector<entry> entries_;
};

} // namespace sluice::load
