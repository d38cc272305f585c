#pragma once

#include "sha256.hpp"
#include "token_grant.hpp"

#include <cstddef>
#include <list>
#include <memory>
#include <unordered_map>

namespace sluice::server::jwt {

/// A token's SHA-256. What is kept of a token is not the token.
using token_digest = sha256_digest;

/// What tokens that were verified grant, by their digest. When it is full, the grants that were not asked for longest
/// are forgotten. Refused tokens are not kept: with made-up ones, anybody could push out the good ones.
/// Not thread-safe.
class verdict_cache {
public:
    using verdict = std::shared_ptr<token_grant const>;

    /// It takes at most this much memory, as nearly as that can be told.
    explicit verdict_cache(std::size_t most_bytes) noexcept : most_bytes_{most_bytes} {}

    /// Null if there is none.
    [[nodiscard]] verdict find(token_digest const& digest);

    /// Takes the place of an older one of the same token.
    void add(token_digest const& digest, verdict grant);

    void remove(token_digest const& digest);

    [[nodiscard]] std::size_t size() const noexcept { return by_digest_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    struct entry {
        token_digest digest;
        verdict grant;
        std::size_t bytes;
    };
    using entries = std::list<entry>;

    void drop(entries::iterator which);

    std::size_t most_bytes_;
    std::size_t bytes_ = 0;
    entries by_use_; ///< the latest first
    std::unordered_map<token_digest, entries::iterator, sha256_hash> by_digest_;
};

} // namespace sluice::server::jwt
