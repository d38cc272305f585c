#include "idempotency_keys.hpp"

#include <iterator>
#include <new>

namespace sluice::server {

idempotency_keys::first_use::~first_use()
{
    if (of_ != nullptr) {
        std::lock_guard const lock{of_->mutex_};
        if (auto const found = of_->find(key_, number_); found != of_->by_age_.end()) {
            of_->forget(found);
        }
    }
}

void idempotency_keys::first_use::keep(reply const& answer) noexcept
{
    if (answer.status < 200 || answer.status > 299) {
        return;
    }
    try {
        std::lock_guard const lock{of_->mutex_};
        if (auto const found = of_->find(key_, number_); found != of_->by_age_.end()) {
            found->answer = answer;
            of_->bytes_ += answer.body.size();
        }
        of_ = nullptr;
    } catch (std::bad_alloc const&) { // NOLINT(bugprone-empty-catch): what was published has its answer all the same
    }
}

std::variant<idempotency_keys::first_use, reply> idempotency_keys::begin(digest const& key, digest const& request,
                                                                         clock::time_point now)
{
    std::lock_guard const lock{mutex_};
    forget_old(now);
    if (auto const found = by_key_.find(key); found != by_key_.end()) {
        auto const& known = *found->second;
        if (known.request != request) {
            return problem_reply({.status = 422, .detail = "this Idempotency-Key was used for another request"});
        }
        if (!known.answer) {
            return problem_reply({.status = 409, .detail = "the first request with this Idempotency-Key is under way"});
        }
        auto again = *known.answer;
        again.fields.add("Idempotency-Replayed", "true");
        ++replayed_;
        return again;
    }
    by_age_.push_back({.key = key, .request = request, .since = now, .number = ++begun_});
    auto const added = std::prev(by_age_.end());
    try {
        by_key_.emplace(key, added);
    } catch (std::bad_alloc const&) {
        by_age_.erase(added);
        throw;
    }
    return first_use{*this, key, begun_};
}

std::size_t idempotency_keys::size() const
{
    std::lock_guard const lock{mutex_};
    return by_age_.size();
}

std::uint64_t idempotency_keys::replayed() const
{
    std::lock_guard const lock{mutex_};
    return replayed_;
}

/// Makes room for one more.
void idempotency_keys::forget_old(clock::time_point now)
{
    while (!by_age_.empty() &&
           (by_age_.size() >= most_.keys || bytes_ > most_.bytes || now - by_age_.front().since >= window_)) {
        forget(by_age_.begin());
    }
}

void idempotency_keys::forget(entries::iterator which)
{
    bytes_ -= which->answer ? which->answer->body.size() : 0;
    by_key_.erase(which->key);
    by_age_.erase(which);
}

/// The entry of the key, unless that was forgotten and used again; the end if there is none.
auto idempotency_keys::find(digest const& key, std::uint64_t number) -> entries::iterator
{
    auto const found = by_key_.find(key);
    return found == by_key_.end() || found->second->number != number ? by_age_.end() : found->second;
}

} // namespace sluice::server
