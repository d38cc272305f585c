#pragma once

#include "claims.hpp"
#include "key.hpp"
#include "refusal.hpp"
#include "revocations.hpp"
#include "verdict_cache.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice::server::jwt {

/// Whose tokens are good. It never changes, so that threads may share it.
struct trust {
    std::vector<key> keys;
    claim_rules rules;
    /// Whether a set may still come from elsewhere, while no key of a set is known: then any key may be in it.
    bool awaits_set = false;
};

/// Verifies tokens and remembers those that are good, so that one that comes again costs a digest and a look-up.
/// Not thread-safe: there is one a thread, and what they share is the trust.
class verifier {
public:
    /// Its verdicts take at most this much memory.
    verifier(std::shared_ptr<trust const> whom, std::size_t most_cache_bytes)
        : trust_{std::move(whom)}, most_cache_bytes_{most_cache_bytes}, cache_{most_cache_bytes}
    {
    }

    /// What the token grants, or the first check that it fails. A verdict that is remembered ends when the token
    /// expires.
    [[nodiscard]] boost::system::result<verdict_cache::verdict, refusal> verify(std::string_view token,
                                                                                std::chrono::sys_seconds now);

    /// Goes by other keys and rules from now on, and forgets all verdicts.
    void renew(std::shared_ptr<trust const> whom)
    {
        trust_ = std::move(whom);
        cache_ = verdict_cache{most_cache_bytes_};
    }

    /// Has each grant completed by the function before it is remembered, which happens once for each token.
    void prepare_with(std::function<void(token_grant&)> prepare) { prepare_ = std::move(prepare); }

    /// Whether a token that was refused for this may be good by a set of keys that is newer.
    [[nodiscard]] bool may_be_good_by_newer_keys(refusal why) const noexcept
    {
        bool const by_no_key = why == refusal::signature_wrong || why == refusal::algorithm_not_permitted;
        return why == refusal::unknown_key || why == refusal::no_key || (by_no_key && trust_->awaits_set);
    }
    /// Refuses tokens that are revoked. `revoked` outlives the verifier.
    void obey(revocations const& revoked) noexcept { revoked_ = &revoked; }
    /// Whether the token, which was verified, has been revoked.
    [[nodiscard]] bool is_revoked(token_grant const& token) const
    {
        return revoked_ != nullptr && revoked_->concern(token, std::chrono::system_clock::now());
    }
    /// Why what began with the token, and ends then, is not to go on; nothing if it is, or if there is no token.
    [[nodiscard]] std::optional<refusal> refuses_now(token_grant const* token,
                                                     std::optional<std::chrono::sys_seconds> ends) const
    {
        bool const is_over = ends && std::chrono::system_clock::now() >= *ends;
        return is_over                                  ? std::optional{refusal::expired}
               : token != nullptr && is_revoked(*token) ? std::optional{refusal::revoked}
                                                        : std::nullopt;
    }
    /// When what begins now with this token ends: when that expires, or, if only the leeway lets it in, behind that.
    /// Nothing: never.
    [[nodiscard]] std::optional<std::chrono::sys_seconds> end_of(token_grant const& token,
                                                                 std::chrono::sys_seconds now) const
    {
        bool const is_late = token.expires && now >= *token.expires;
        return is_late ? *token.expires + trust_->rules.leeway : token.expires;
    }

    [[nodiscard]] std::size_t remembered() const noexcept { return cache_.size(); }

private:
    std::shared_ptr<trust const> trust_;
    std::size_t most_cache_bytes_;
    verdict_cache cache_;
    revocations const* revoked_ = nullptr;
    std::function<void(token_grant&)> prepare_;
};

} // namespace sluice::server::jwt
