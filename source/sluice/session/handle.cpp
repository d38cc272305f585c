#include <sluice/session/handle.hpp>

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/random_generator.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace sluice {
namespace {

/// How many bytes of the digest are used. Later ones contain bits that name the kind of UUID.
constexpr std::ptrdiff_t handle_bytes = 6;

} // namespace

handle_key::handle_key() : key_{boost::uuids::random_generator{}()} {}

std::string handle_key::handle_of(session_id id) const
{
    // SHA-1 of the key and the id, both of fixed length. Only a part of it is shown.
    auto const digest = boost::uuids::name_generator_sha1{key_}(to_string(id));
    std::string handle;
    std::for_each_n(digest.begin(), handle_bytes,
                    [&](auto byte) { fmt::format_to(std::back_inserter(handle), "{:02x}", byte); });
    return handle;
}

} // namespace sluice
