#include <sluice/client/request.hpp>

#include <sluice/client/error.hpp>
#include <sluice/client/target.hpp>
#include <sluice/http/characters.hpp>
#include <sluice/http/field_value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

namespace sluice {
namespace {

/// Fields that identify the client or name the host: they go to the URL's own origin only.
[[nodiscard]] bool is_of_own_origin(std::string_view name) noexcept
{
    static constexpr std::array<std::string_view, 5> names{"Authorization", "Cookie", "Host", "Proxy-Authorization",
                                                           "X-SSE-Session-ID"};
    return std::ranges::any_of(names, [name](auto n) { return same_name(n, name); });
}

/// Fields that would contradict the request or the stream's last event id.
[[nodiscard]] bool is_not_for_the_caller(std::string_view name) noexcept
{
    return same_name(name, "Content-Length") || same_name(name, "Transfer-Encoding") ||
           same_name(name, "Last-Event-ID");
}

/// Fields that describe the body.
[[nodiscard]] bool is_of_the_body(std::string_view name) noexcept
{
    static constexpr std::array<std::string_view, 4> names{"Content-Type", "Content-Encoding", "Content-Language",
                                                           "Content-Location"};
    return std::ranges::any_of(names, [name](auto n) { return same_name(n, name); });
}

[[nodiscard]] bool ends_field(char c) noexcept { return c == '\r' || c == '\n' || c == '\0'; }

/// The request's fields. Each name occurs once: the first one added counts.
class field_lines {
public:
    void add(std::string_view name, std::string_view value)
    {
        if (!value.empty() && std::ranges::none_of(names_, [name](auto n) { return same_name(n, name); })) {
            add_again(name, value);
        }
    }
    void add_again(std::string_view name, std::string_view value)
    {
        names_.push_back(name);
        fmt::format_to(std::back_inserter(lines_), "{}: {}\r\n", name, value);
    }
    [[nodiscard]] std::string const& lines() const noexcept { return lines_; }

private:
    std::vector<std::string_view> names_;
    std::string lines_;
};

/// The caller's cookies, then those that the server has set.
[[nodiscard]] std::string all_cookies(stream_request const& r, std::string_view origin, bool own)
{
    auto all = r.memory.cookies(origin);
    for (auto const& [name, value] : r.headers) {
        if (own && same_name(name, "Cookie")) {
            all = all.empty() ? value : fmt::format("{}; {}", value, all);
        }
    }
    return all;
}

} // namespace

error_code validate_headers(event_source_headers const& headers) noexcept
{
    bool const ok = std::ranges::all_of(headers, [](auto const& field) {
        auto const& [name, value] = field;
        return is_token(name) && std::ranges::none_of(value, ends_field) && !is_not_for_the_caller(name);
    });
    return ok ? error_code{} : event_source_errc::invalid_header;
}

error_code validate_last_event_id(std::string_view id) noexcept
{
    return std::ranges::none_of(id, ends_field) ? error_code{} : event_source_errc::invalid_header;
}

event_source_headers merge_headers(event_source_headers const& base, event_source_headers more)
{
    auto const named = more.size();
    for (auto const& field : base) {
        auto const ours = std::span{more}.first(named);
        if (std::ranges::none_of(ours, [&field](auto const& f) { return same_name(f.first, field.first); })) {
            more.push_back(field);
        }
    }
    return more;
}

std::string make_request(stream_request const& r)
{
    auto const origin = origin_of(r.url);
    bool const own = origin == r.own_origin;
    field_lines fields;
    fields.add("X-SSE-Session-ID", r.memory.session_id(origin));
    fields.add("Cookie", all_cookies(r, origin, own));
    fields.add("Last-Event-ID", r.last_event_id);
    for (auto const& [name, value] : r.headers) {
        bool const decided =
            same_name(name, "Cookie") || (same_name(name, "X-SSE-Session-ID") && !r.memory.session_id(origin).empty());
        bool const pointless = r.body == nullptr && is_of_the_body(name);
        if (!decided && !pointless && (own || !is_of_own_origin(name))) {
            fields.add_again(name, value);
        }
    }
    auto const authority = origin.substr(origin.find("//") + 2);
    fields.add("Host", authority);
    fields.add("Accept", "text/event-stream");
    fields.add("Accept-Encoding", "gzip");
    fields.add("Cache-Control", "no-store");
    fields.add("User-Agent", "sluice-event-source");
    if (r.body != nullptr) {
        fields.add("Content-Length", fmt::format("{}", r.body->size()));
    }
    auto const target = r.url.encoded_target();
    auto const* const slash = target.empty() || target.front() != '/' ? "/" : "";
    return fmt::format("{} {}{} HTTP/1.1\r\n{}\r\n{}", r.body == nullptr ? "GET" : "POST", slash,
                       std::string_view{target.data(), target.size()}, fields.lines(),
                       r.body == nullptr ? std::string_view{} : std::string_view{*r.body});
}

} // namespace sluice
