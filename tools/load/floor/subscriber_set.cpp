#include "subscriber_set.hpp"

#include <sys/socket.h>

namespace sluice::load {

void subscriber_set::add(subscriber& who)
{
    who.index = entries_.size();
    entries_.push_back({who.fd, &who});
}

void subscriber_set::remove(subscriber& who)
{
    if (who.index == subscriber::nowhere) {
        return;
    }
    entries_[who.index] = entries_.back();
    entries_[who.index].who->index = who.index;
    entries_.pop_back();
    who.index = subscriber::nowhere;
}

std::vector<subscriber*> subscriber_set::send_to_all(std::string_view bytes)
{
    std::vector<subscriber*> dropped;
    for (const auto& [fd, who] : entries_) {
        const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent != static_cast<ssize_t>(bytes.size())) {
            dropped.push_back(who);
        }
    }
    for (auto* who : dropped) {
        remove(*who);
    }
    return dropped;
}

} // namespace sluice::load
