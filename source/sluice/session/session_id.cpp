#include <sluice/session/session_id.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <system_error>

#include <sys/random.h>

namespace sluice {
namespace {

constexpr std::size_t digits_per_half = 16;

[[nodiscard]] std::optional<std::uint64_t> parse_half(std::string_view digits) noexcept
{
    if (digits.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    return value;
}

} // namespace

session_id make_session_id()
{
    session_id id;
    // Once the generator is seeded, requests of up to 256 bytes are always served in full (getrandom(2)).
    while (::getrandom(&id, sizeof id, 0) != static_cast<ssize_t>(sizeof id)) {
        if (errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "getrandom");
        }
    }
    return id;
}

std::optional<session_id> parse_session_id(std::string_view text) noexcept
{
    if (text.size() != 2 * digits_per_half) {
        return std::nullopt;
    }
    auto const high = parse_half(text.substr(0, digits_per_half));
    auto const low = parse_half(text.substr(digits_per_half));
    if (!high || !low) {
        return std::nullopt;
    }
    return session_id{.high = *high, .low = *low};
}

std::string to_string(session_id id) { return fmt::format("{:016x}{:016x}", id.high, id.low); }

} // namespace sluice
