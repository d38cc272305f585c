#include "verdict_cache.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace sluice::server::jwt {
namespace {

/// Of the nodes of list and map, and the control block of a grant.
constexpr std::size_t overhead = 160;

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
    return sizeof(grant) + grant.subject.size() + grant.token_id.size() + (grant.payload ? grant.payload->size() : 0) +
           size_of(grant.subscribe) + size_of(grant.publish) + size_of_patterns(grant.publish);
}

} // namespace

verdict_cache::verdict verdict_cache::find(token_digest const& digest)
{
    auto const found = by_digest_.find(digest);
    if (found == by_digest_.end()) {
        return nullptr;
    }
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    return found->second->grant;
}

void verdict_cache::add(token_digest const& digest, verdict grant)
{
    remove(digest);
    auto const bytes = sizeof(entry) + overhead + size_of(*grant);
    by_use_.push_front({.digest = digest, .grant = std::move(grant), .bytes = bytes});
    by_digest_.emplace(digest, by_use_.begin());
    bytes_ += bytes;
    while (bytes_ > most_bytes_) {
        drop(std::prev(by_use_.end()));
    }
}

void verdict_cache::remove(token_digest const& digest)
{
    if (auto const found = by_digest_.find(digest); found != by_digest_.end()) {
        drop(found->second);
    }
}

void verdict_cache::drop(entries::iterator which)
{
    bytes_ -= which->bytes;
    by_digest_.erase(which->digest);
    by_use_.erase(which);
}

} // namespace sluice::server::jwt
