#include "revocations.hpp"

#include <utility>

namespace sluice::server::jwt {

void revocations::add(entries& to, std::string name, clock::time_point now, clock::duration ttl)
{
    std::lock_guard const lock{mutex_};
    for (auto* const list : {&subjects_, &tokens_}) {
        std::erase_if(*list, [now](auto const& one) { return one.second.until <= now; });
    }
    to.insert_or_assign(std::move(name), entry{.before = now, .until = now + ttl});
    any_.store(true, std::memory_order_release);
}

void revocations::revoke_subject(std::string subject, clock::time_point now, clock::duration ttl)
{
    add(subjects_, std::move(subject), now, ttl);
}

void revocations::revoke_token(std::string id, clock::time_point now, clock::duration ttl)
{
    add(tokens_, std::move(id), now, ttl);
}

bool revocations::concern(token_grant const& token, clock::time_point now) const
{
    if (!any_.load(std::memory_order_acquire)) {
        return false;
    }
    std::lock_guard const lock{mutex_};
    auto const is_in = [now](entries const& list, std::string const& name) {
        auto const found = name.empty() ? list.end() : list.find(name);
        return found != list.end() && now < found->second.until ? &found->second : nullptr;
    };
    if (is_in(tokens_, token.token_id) != nullptr) {
        return true;
    }
    auto const* const subject = is_in(subjects_, token.subject);
    return subject != nullptr && (!token.issued || *token.issued < subject->before);
}

std::size_t revocations::size() const
{
    std::lock_guard const lock{mutex_};
    return subjects_.size() + tokens_.size();
}

} // namespace sluice::server::jwt
