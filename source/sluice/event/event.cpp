#include <sluice/event/event.hpp>

#include <sluice/event/event_id.hpp>

#include <boost/nowide/utf/utf.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace sluice {
namespace {

using namespace std::string_view_literals;

constexpr std::array control_types{"connected"sv, "buffer-overflow"sv, "replay-start"sv, "replay-end"sv,  "no-buffer"sv,
                                   "heartbeat"sv, "token-expired"sv,   "topic-end"sv,    "server-busy"sv, "shutdown"sv};

/// The first place at or after `p` that is not ASCII.
[[nodiscard]] char const* skip_ascii(char const* p, char const* end) noexcept
{
    constexpr std::uint64_t high_bits = 0x8080808080808080U;
    std::array<std::uint64_t, 4> words{};
    for (; end - p >= static_cast<std::ptrdiff_t>(sizeof words); p += sizeof words) {
        std::memcpy(words.data(), p, sizeof words);
        if (((words[0] | words[1] | words[2] | words[3]) & high_bits) != 0) {
            break;
        }
    }
    return std::find_if(p, end, [](char c) { return static_cast<unsigned char>(c) >= 0x80U; });
}

// A plain loop, because the names are short and `find_first_of` calls `memchr` for every character.
[[nodiscard]] bool ends_line(char c) noexcept { return c == '\r' || c == '\n' || c == '\0'; }
[[nodiscard]] bool ends_type(char c) noexcept { return c == ',' || ends_line(c); }
/// C0 and DEL. No header can carry them, so a browser could not send such an id back as its `Last-Event-ID`.
[[nodiscard]] bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20U || c == '\x7f'; }

} // namespace

bool is_control_type(std::string_view type) noexcept
{
    return std::ranges::find(control_types, type) != control_types.end();
}

bool is_utf8(std::string_view text) noexcept
{
    namespace utf = boost::nowide::utf;
    char const* p = text.data();
    char const* const end = p + text.size();
    while ((p = skip_ascii(p, end)) != end) {
        auto const point = utf::utf_traits<char>::decode(p, end);
        if (point == utf::illegal || point == utf::incomplete) {
            return false;
        }
    }
    return true;
}

error_code validate_type(std::string_view type) noexcept
{
    if (type.size() > max_name_bytes || std::ranges::any_of(type, ends_type)) {
        return errc::invalid_type;
    }
    if (is_control_type(type)) {
        return errc::reserved_type;
    }
    return is_utf8(type) ? error_code{} : errc::invalid_utf8;
}

error_code validate_id(std::string_view id) noexcept
{
    if (id.empty()) {
        return {};
    }
    if (id.size() > max_name_bytes || std::ranges::any_of(id, is_control) || id.front() == ' ' || id.back() == ' ') {
        return errc::invalid_id;
    }
    if (has_event_id_form(id) || id == earliest_event_id) {
        return errc::reserved_id;
    }
    return is_utf8(id) ? error_code{} : errc::invalid_utf8;
}

error_code validate_topic(std::string_view topic) noexcept
{
    if (topic.empty() || topic.size() > max_topic_bytes || std::ranges::any_of(topic, is_control) ||
        topic == every_topic) {
        return errc::invalid_topic;
    }
    return is_utf8(topic) ? error_code{} : errc::invalid_utf8;
}

error_code validate(event const& e, std::size_t max_data_bytes) noexcept
{
    if (auto const ec = validate_type(e.type)) {
        return ec;
    }
    if (auto const ec = validate_id(e.id)) {
        return ec;
    }
    if (e.topics.size() > max_topics) {
        return errc::too_many_topics;
    }
    for (auto const& topic : e.topics) {
        if (auto const ec = validate_topic(topic)) {
            return ec;
        }
    }
    if (e.is_private && e.topics.empty()) {
        return errc::private_without_topic;
    }
    if (e.last && e.topics.empty()) {
        return errc::last_without_topic;
    }
    if (e.keep > max_keep || (e.keep != 0 && e.topics.empty())) {
        return errc::invalid_keep;
    }
    if (e.data.size() > max_data_bytes) {
        return errc::event_too_large;
    }
    return is_utf8(e.data) ? error_code{} : errc::invalid_utf8;
}

} // namespace sluice
