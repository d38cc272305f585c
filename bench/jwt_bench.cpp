#include <access/access.hpp>
#include <access/jwt/key_file.hpp>
#include <access/jwt/mint.hpp>
#include <access/jwt/verifier.hpp>
#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sluice::server;

/// Protects nothing.
constexpr std::string_view p256 = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQghQdrzcz4W8NRMYUw
O4F62MME6JTk3QrEirHd7EqVsemhRANCAARyKAJCVltMgHmzvcdIlzVYP7ZmbPWX
fUMrfwiOlQg3hDOevhr6oQIuuMpeQ7C0LArC8GcSKt5QmlfqwnIM1HFd
-----END PRIVATE KEY-----
)";

constexpr std::chrono::sys_seconds now{std::chrono::seconds{1'800'000'000}};
constexpr std::size_t cache_bytes = std::size_t{64} << 20U;

jwt::key key_of(std::string_view text) { return *jwt::read_signing_key(text); }

jwt::key key_for(std::string_view algorithm)
{
    return algorithm == "ES256" ? key_of(p256) : key_of("0123456789abcdef0123456789abcdef");
}

/// Tokens of as many subjects, each with one topic.
std::vector<std::string> tokens_of(std::size_t subjects, std::string_view algorithm)
{
    auto const& with = *jwt::find_algorithm(algorithm);
    auto const by = key_for(algorithm);
    std::vector<std::string> tokens;
    for (std::size_t i = 0; i != subjects; ++i) {
        jwt::minted_claims claims;
        claims.grant.subject = "user-" + std::to_string(i);
        claims.grant.subscribe = {{.text = "chat/" + std::to_string(i)}};
        claims.grant.expires = now + std::chrono::hours{1};
        tokens.push_back(jwt::mint(claims, with, by));
    }
    return tokens;
}

jwt::verifier verifier_for(std::string_view algorithm)
{
    return {std::make_shared<jwt::trust const>(jwt::trust{.keys = {key_for(algorithm)}, .rules = {}}), cache_bytes};
}

/// Tokens that come for the first time: each is verified.
void verify_unknown(benchmark::State& state, char const* algorithm)
{
    auto const tokens = tokens_of(1000, algorithm);
    auto const renewed = std::make_shared<jwt::trust const>(jwt::trust{.keys = {key_for(algorithm)}, .rules = {}});
    auto verifier = verifier_for(algorithm);
    std::size_t next = 0;
    for (auto _ : state) {
        if (next == tokens.size()) {
            verifier.renew(renewed);
            next = 0;
        }
        auto const verdict = verifier.verify(tokens[next++], now);
        if (verdict.has_error()) {
            state.SkipWithError("the token was refused");
        }
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(verify_unknown, ES256, "ES256");
BENCHMARK_CAPTURE(verify_unknown, HS256, "HS256");

/// 5,000 tokens that come again and again: each costs a digest and a look-up.
void verify_known(benchmark::State& state)
{
    auto const tokens = tokens_of(5000, "HS256");
    auto verifier = verifier_for("HS256");
    for (auto const& token : tokens) {
        benchmark::DoNotOptimize(verifier.verify(token, now));
    }
    if (verifier.remembered() != tokens.size()) {
        state.SkipWithError("not all tokens are remembered");
    }
    std::size_t next = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(verifier.verify(tokens[next], now));
        next = next + 1 == tokens.size() ? 0 : next + 1;
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(verify_known);

/// A static token of 64 characters, for comparison.
void compare_static_token(benchmark::State& state)
{
    std::string const token(64, 'a');
    for (auto _ : state) {
        benchmark::DoNotOptimize(same_secret(token, token));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(compare_static_token);

} // namespace
