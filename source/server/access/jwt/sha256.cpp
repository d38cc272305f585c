#include "sha256.hpp"

#include "openssl_ptr.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>

namespace sluice::server::jwt {
namespace {

using hash_ptr = std::unique_ptr<EVP_MD, freed_by<EVP_MD_free>>;

} // namespace

sha256_digest sha256_of(std::initializer_list<std::string_view> texts)
{
    // Looked up once: OpenSSL 3 would do it each time.
    static hash_ptr const hash{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
    digest_context_ptr const context{EVP_MD_CTX_new()};
    bool ok = context && EVP_DigestInit_ex(context.get(), hash.get(), nullptr) == 1;
    for (auto const text : texts) {
        std::uint64_t const size = text.size();
        ok = ok && EVP_DigestUpdate(context.get(), &size, sizeof(size)) == 1 &&
             EVP_DigestUpdate(context.get(), text.data(), text.size()) == 1;
    }
    sha256_digest digest{};
    if (!ok || EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL cannot make a SHA-256");
    }
    return digest;
}

} // namespace sluice::server::jwt
