#include "subscriber_set.hpp"

namespace sluice::load {

void subscriber_set::add(subscriber& who)
{
    who.index = sockets_.size();
    sockets_.push_back(who.fd);
    subscribers_.push_back(&who);
}

void subscriber_set::remove(subscriber& who)
{
    if (who.index == subscriber::nowhere) {
        return;
    }
    sockets_[who.index] = sockets_.back();
    subscribers_[who.index] = subscribers_.back();
    subscribers_[who.index]->index = who.index;
    sockets_.pop_back();
    subscribers_.pop_back();
    who.index = subscriber::nowhere;
}

std::vector<subscriber*> subscriber_set::send_to_all(std::string_view bytes)
{
    std::vector<subscriber*> dropped;
    for (const auto place : sender_->send(sockets_, bytes)) {
        dropped.push_back(subscribers_[place]);
    }
    for (auto* who : dropped) {
        remove(*who);
    }
    return dropped;
}

} // namespace sluice::load
