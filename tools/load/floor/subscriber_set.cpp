#include "subscriber_set.hpp"

#include <utility>

namespace sluice::load {

void subscriber_set::add(subscriber& who)
{
    who.set = this;
    who.index = sockets_.size();
    sockets_.push_back(who.fd);
    subscribers_.push_back(&who);
}

void subscriber_set::remove(subscriber& who)
{
    auto* const set = std::exchange(who.set, nullptr);
    if (set == nullptr) {
        return;
    }
    auto& sockets = set->sockets_;
    auto& subscribers = set->subscribers_;
    sockets[who.index] = sockets.back();
    subscribers[who.index] = subscribers.back();
    subscribers[who.index]->index = who.index;
    sockets.pop_back();
    subscribers.pop_back();
}

std::vector<subscriber*> subscriber_set::send_to_all(std::string_view bytes)
{
    std::vector<subscriber*> dropped;
    for (const auto place : sender_.send(sockets_, bytes)) {
        dropped.push_back(subscribers_[place]);
    }
    for (auto* who : dropped) {
        remove(*who);
    }
    return dropped;
}

} // namespace sluice::load
