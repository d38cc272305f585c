#include "verifier.hpp"

#include "compact_form.hpp"
#include "verify.hpp"

#include <utility>

namespace sluice::server::jwt {

using boost::system::result;

result<verdict_cache::verdict, refusal> verifier::verify(std::string_view token, std::chrono::sys_seconds now)
{
    if (token.size() > most_token_bytes) {
        return refusal::too_large;
    }
    auto const digest = sha256_of({token});
    if (auto known = cache_.find(digest)) {
        if (known->expires && has_expired(*known->expires, trust_->rules, now)) {
            cache_.remove(digest);
            return refusal::expired;
        }
        return is_revoked(*known) ? result<verdict_cache::verdict, refusal>{refusal::revoked} : known;
    }
    auto grant = jwt::verify(token, trust_->keys, trust_->rules, now);
    if (grant.has_error()) {
        return grant.error();
    }
    if (prepare_) {
        prepare_(*grant);
    }
    auto verdict = cache_.add(digest, std::move(*grant));
    return is_revoked(*verdict) ? result<verdict_cache::verdict, refusal>{refusal::revoked} : verdict;
}

} // namespace sluice::server::jwt
