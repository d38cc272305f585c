#pragma once

#include "sha256.hpp"
#include "token_grant.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <memory>
#include <utility>

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

    /// Keeps what the token grants, in the place of an older verdict. It stays with its last owner when it is
    /// forgotten.
    verdict add(token_digest const& digest, token_grant grant);

    void remove(token_digest const& digest);

    [[nodiscard]] std::size_t size() const noexcept { return by_digest_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    /// One block for each verdict, because there may be one for each stream.
    struct entry : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
        entry(token_digest const& of, token_grant&& g) : digest{of}, grant{std::move(g)} {}

        token_digest digest;
        token_grant grant;
        std::size_t bytes = 0;
    };
    using entry_ptr = std::shared_ptr<entry>;
    struct hash {
        using is_transparent = void;
        std::size_t operator()(token_digest const& d) const noexcept { return sha256_hash{}(d); }
        std::size_t operator()(entry_ptr const& e) const noexcept { return (*this)(e->digest); }
    };
    struct equal {
        using is_transparent = void;
        bool operator()(entry_ptr const& a, entry_ptr const& b) const noexcept { return a->digest == b->digest; }
        bool operator()(token_digest const& d, entry_ptr const& e) const noexcept { return d == e->digest; }
        bool operator()(entry_ptr const& e, token_digest const& d) const noexcept { return d == e->digest; }
    };
    using entries = boost::unordered_flat_set<entry_ptr, hash, equal>;

    void drop(entries::iterator which);

    std::size_t most_bytes_;
    std::size_t bytes_ = 0;
    entries by_digest_;
    /// The latest first.
    boost::intrusive::list<entry, boost::intrusive::constant_time_size<false>> by_use_;
};

} // namespace sluice::server::jwt
