#pragma once

#include "access/jwt/sha256.hpp"
#include <sluice/http/reply.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>

namespace sluice::server {

/// Remembers the answers to requests that have an `Idempotency-Key`, so that one that is sent again does nothing and
/// gets the first answer. Safe from any thread.
class idempotency_keys {
public:
    using digest = jwt::sha256_digest;
    using clock = std::chrono::steady_clock;

    struct bounds {
        std::size_t keys = 100'000;
        /// Of the bodies of all answers together.
        std::size_t bytes = std::size_t{64} << 20U;
    };

    /// Keys are remembered for `window`, counted from their first request; 0: none is ever asked for. Above the bounds
    /// the oldest ones are forgotten.
    explicit idempotency_keys(std::chrono::milliseconds window, bounds most) noexcept : window_{window}, most_{most} {}
    explicit idempotency_keys(std::chrono::milliseconds window) noexcept : idempotency_keys{window, bounds{}} {}

    [[nodiscard]] bool are_used() const noexcept { return window_.count() != 0; }

    /// The first request with a key, while it is under way. When it ends without `keep`, its key is free again.
    class first_use {
    public:
        first_use(idempotency_keys& of, digest const& key, std::uint64_t number) noexcept
            : of_{&of}, key_{key}, number_{number}
        {
        }
        first_use(first_use&& other) noexcept
            : of_{std::exchange(other.of_, nullptr)}, key_{other.key_}, number_{other.number_}
        {
        }
        first_use(first_use const&) = delete;
        first_use& operator=(first_use const&) = delete;
        first_use& operator=(first_use&&) = delete;
        ~first_use();

        /// Remembers the answer if it is a success.
        void keep(reply const& answer) noexcept;

    private:
        idempotency_keys* of_;
        digest key_;
        std::uint64_t number_;
    };

    /// Begins a request. The answer is there already if the key was used: the first one, which then says
    /// `Idempotency-Replayed: true`; 409 while the first request is under way; 422 if that was another request. `key`
    /// stands for the key and who uses it, `request` for all else that the request has.
    [[nodiscard]] std::variant<first_use, reply> begin(digest const& key, digest const& request,
                                                       clock::time_point now = clock::now());

    /// How many keys are remembered.
    [[nodiscard]] std::size_t size() const;
    /// How many requests have got an earlier answer.
    [[nodiscard]] std::uint64_t replayed() const;

private:
    struct entry {
        digest key;
        digest request;
        clock::time_point since;
        /// Tells it from later ones of the same key.
        std::uint64_t number;
        /// Nothing while the request is under way.
        std::optional<reply> answer{};
    };
    using entries = std::list<entry>;

    void forget_old(clock::time_point now);
    void forget(entries::iterator which);
    [[nodiscard]] entries::iterator find(digest const& key, std::uint64_t number);

    std::chrono::milliseconds window_;
    bounds most_;
    mutable std::mutex mutex_;
    entries by_age_; ///< the oldest first
    std::unordered_map<digest, entries::iterator, jwt::sha256_hash> by_key_;
    std::uint64_t begun_ = 0;
    std::uint64_t replayed_ = 0;
    std::size_t bytes_ = 0;
};

} // namespace sluice::server
