#include "verdict_cache.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace sluice::server::jwt {
namespace {

/// Of an entry's place in the set, and its reference count.
constexpr std::size_t overhead = 64;

[[nodiscard]] std::size_t size_of(std::vector<matcher> const& list)
{
    std::size_t size = 0;
    std::string const* counted = nullptr;
    for (auto const& one : list) {
        size += sizeof(one) + one.text.size();
        // Matchers of one entry share their payload.
        size += one.payload && one.payload.get() != counted ? one.payload->size() : 0;
        counted = one.payload.get();
    }
    return size;
}

/// A compiled pattern, about.
constexpr std::size_t pattern_bytes = std::size_t{16} << 10U;

[[nodiscard]] std::size_t size_of_patterns(std::vector<matcher> const& list)
{
    auto const is_pattern = [](matcher const& one) {
        return one.kind == matcher_kind::url_pattern || one.kind == matcher_kind::uri_template;
    };
    return pattern_bytes * static_cast<std::size_t>(std::ranges::count_if(list, is_pattern));
}

[[nodiscard]] std::size_t size_of(token_grant const& grant)
{
    return grant.subject.size() + grant.token_id.size() + (grant.payload ? grant.payload->size() : 0) +
           size_of(grant.subscribe) + size_of(grant.publish) + size_of_patterns(grant.publish);
}

} // namespace

verdict_cache::verdict verdict_cache::find(token_digest const& digest)
{
    auto const found = by_digest_.find(digest);
    if (found == by_digest_.end()) {
        return nullptr;
    }
    auto& e = **found;
    e.unlink();
    by_use_.push_front(e);
    return {*found, &e.grant};
}

verdict_cache::verdict verdict_cache::add(token_digest const& digest, token_grant grant)
{
    remove(digest);
    auto const added = std::make_shared<entry>(digest, std::move(grant));
    added->bytes = sizeof(entry) + overhead + size_of(added->grant);
    by_digest_.insert(added);
    by_use_.push_front(*added);
    bytes_ += added->bytes;
    while (bytes_ > most_bytes_) {
        drop(by_digest_.find(by_use_.back().digest));
    }
    return {added, &added->grant};
}

void verdict_cache::remove(token_digest const& digest)
{
    if (auto const found = by_digest_.find(digest); found != by_digest_.end()) {
        drop(found);
    }
}

void verdict_cache::drop(entries::iterator which)
{
    bytes_ -= (*which)->bytes;
    (*which)->unlink();
    by_digest_.erase(which);
}

} // namespace sluice::server::jwt
