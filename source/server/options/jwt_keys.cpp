#include "jwt_keys.hpp"

#include "access/jwt/jwks.hpp"
#include "access/jwt/key_file.hpp"
#include "key_text.hpp"
#include "logs/logging.hpp"
#include "text_file.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string_view>
#include <utility>

namespace sluice::server {
namespace {

/// The texts of the files, each of which `read` can use.
template <class Read>
[[nodiscard]] std::vector<std::string> usable_texts(std::string_view option, std::vector<std::string> const& files,
                                                    Read read, reading when)
{
    std::vector<std::string> texts;
    for (auto const& path : files) {
        auto text = read_text(option, path, when, most_key_bytes);
        static_cast<void>(key_of(option, path, text, read));
        texts.push_back(std::move(text));
    }
    return texts;
}

} // namespace

void read_keys(jwt_options& o, reading when)
{
    o.key_texts = usable_texts("--jwt-key-file", o.key_files, jwt::read_verifying_key, when);
    o.jwks_texts = usable_texts("--jwks-file", o.jwks_files, jwt::parse_jwks, when);
}

std::shared_ptr<jwt::trust const> make_trust(jwt_options const& o)
{
    auto made = std::make_shared<jwt::trust>();
    for (auto const& text : o.key_texts) {
        made->keys.push_back(*jwt::read_verifying_key(text));
    }
    auto const add_set = [&made](std::string_view text) {
        auto set = jwt::parse_jwks(text);
        std::ranges::move(set->keys, std::back_inserter(made->keys));
    };
    std::ranges::for_each(o.jwks_texts, add_set);
    if (!o.fetched_jwks.empty()) {
        add_set(o.fetched_jwks);
    }
    auto const has_id = [](jwt::key const& one) { return one.id.has_value(); };
    made->awaits_set = !o.jwks_url.empty() && std::ranges::none_of(made->keys, has_id);
    made->rules = {.issuer = o.issuer,
                   .audiences = o.audiences,
                   .leeway = std::chrono::floor<std::chrono::seconds>(o.leeway),
                   .require_exp = o.require_exp};
    return made;
}

void log_left_out_keys(jwt_options const& o)
{
    for (std::size_t i = 0; i != o.jwks_texts.size(); ++i) {
        auto const set = jwt::parse_jwks(o.jwks_texts[i]);
        for (auto const& why : set->left_out) {
            log_event(log_level::warn, "key left out", {{"set", o.jwks_files[i]}, {"reason", why}});
        }
    }
}

} // namespace sluice::server
