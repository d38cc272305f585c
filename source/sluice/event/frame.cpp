#include <sluice/event/frame.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>
#include <string>

namespace sluice {
namespace {

using namespace std::string_view_literals;
using system_time = std::chrono::system_clock::time_point;

constexpr auto comment_prefix = ": replayed "sv;
constexpr auto id_prefix = "id: "sv;
constexpr auto type_prefix = "event: "sv;
constexpr auto retry_prefix = "retry: "sv;
constexpr std::size_t time_size = "2026-01-31T09:30:00.125Z"sv.size();
constexpr std::size_t comment_size = comment_prefix.size() + time_size + 1;

[[nodiscard]] std::string_view wire_type(event const& e) noexcept
{
    return e.type == default_event_type ? std::string_view{} : std::string_view{e.type};
}

/// The start of the line after the line end at `p`.
[[nodiscard]] char const* skip_line_end(char const* p, char const* end) noexcept
{
    bool const pair = p[0] == '\r' && end - p > 1 && p[1] == '\n';
    return p + (pair ? 2 : 1);
}

/// Calls `f` with each line of the data: one more than there are line ends (CR LF, CR and LF), so `"a\n"` has the lines
/// `a` and the empty one. It searches for the next CR, or LF, only once it has passed the last one it found; no byte is
/// searched more than twice.
template <class F>
void for_each_line(std::string_view data, F f)
{
    char const* p = data.data();
    char const* const end = p + data.size();
    auto const find = [end](char const* from, char c) {
        auto const* const found = std::memchr(from, c, static_cast<std::size_t>(end - from));
        return found == nullptr ? end : static_cast<char const*>(found);
    };
    char const* lf = find(p, '\n');
    char const* cr = find(p, '\r');
    for (;;) {
        char const* const line_end = std::min(lf, cr);
        f(std::string_view{p, line_end});
        if (line_end == end) {
            return;
        }
        p = skip_line_end(line_end, end);
        lf = lf < p ? find(p, '\n') : lf;
        cr = cr < p ? find(p, '\r') : cr;
    }
}

[[nodiscard]] std::size_t line_size(std::string_view line) noexcept
{
    return "data:\n"sv.size() + (line.empty() ? 0 : 1 + line.size());
}

/// The digits of `event::retry`; empty if there is none.
[[nodiscard]] std::string retry_digits(event const& e)
{
    using rep = std::chrono::milliseconds::rep;
    return e.retry ? std::to_string(std::max(e.retry->count(), rep{0})) : std::string{};
}

[[nodiscard]] std::size_t body_size(event const& e)
{
    auto const type = wire_type(e);
    std::size_t size = type.empty() ? 0 : type_prefix.size() + type.size() + 1;
    size += e.retry ? retry_prefix.size() + retry_digits(e).size() + 1 : 0;
    for_each_line(e.data, [&](std::string_view line) { size += line_size(line); });
    return size + 1;
}

char* put(char* out, std::string_view text) noexcept
{
    // Not std::ranges::copy, which copies byte by byte with g++ 12.
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

void write_body(char* out, event const& e)
{
    if (auto const type = wire_type(e); !type.empty()) {
        out = put(put(put(out, type_prefix), type), "\n");
    }
    if (e.retry) {
        out = put(put(put(out, retry_prefix), retry_digits(e)), "\n");
    }
    for_each_line(e.data, [&](std::string_view line) {
        out = put(out, line.empty() ? "data:"sv : "data: "sv);
        out = put(put(out, line), "\n");
    });
    *out = '\n';
}

[[nodiscard]] std::size_t topics_size(event const& e) noexcept
{
    std::size_t size = 0;
    for (auto const& topic : e.topics) {
        size += sizeof(std::uint16_t) + topic.size();
    }
    return size;
}

void write_topics(char* out, event const& e) noexcept
{
    for (auto const& topic : e.topics) {
        auto const size = static_cast<std::uint16_t>(topic.size());
        std::memcpy(out, &size, sizeof size);
        out = put(out + sizeof size, topic);
    }
}

/// Writes the number with this many digits, then the character.
template <class Number>
char* put_number(char* out, Number value, std::size_t digits, char behind) noexcept
{
    auto rest = static_cast<unsigned>(value);
    for (auto i = digits; i != 0; --i) {
        out[i - 1] = static_cast<char>('0' + rest % 10);
        rest /= 10;
    }
    out[digits] = behind;
    return out + digits + 1;
}

/// Writes `time_size` characters and returns the end. The clock's range has only years of four digits.
char* write_time(char* out, system_time time) noexcept
{
    using namespace std::chrono;
    auto const day = floor<days>(time);
    year_month_day const date{day};
    hh_mm_ss const clock{floor<milliseconds>(time - day)};
    out = put_number(out, static_cast<int>(date.year()), 4, '-');
    out = put_number(out, static_cast<unsigned>(date.month()), 2, '-');
    out = put_number(out, static_cast<unsigned>(date.day()), 2, 'T');
    out = put_number(out, clock.hours().count(), 2, ':');
    out = put_number(out, clock.minutes().count(), 2, ':');
    out = put_number(out, clock.seconds().count(), 2, '.');
    return put_number(out, clock.subseconds().count(), 3, 'Z');
}

[[nodiscard]] system_time expiry_of(event const& e, system_time published) noexcept
{
    constexpr auto never = system_time::max();
    if (!e.ttl) {
        return never;
    }
    auto const left = std::chrono::floor<std::chrono::milliseconds>(never - published);
    return published + std::clamp(*e.ttl, std::chrono::milliseconds{0}, left - std::chrono::milliseconds{1});
}

} // namespace

std::string format_time(system_time time)
{
    std::string text(time_size, ' ');
    write_time(text.data(), time);
    return text;
}

boost::intrusive_ptr<frame> frame::make(event const& e, std::vector<session_id> targets, system_time published)
{
    std::size_t const id_size = e.id.empty() ? max_event_id_size : e.id.size();
    layout l{.body = comment_size + id_prefix.size() + id_size + 1, .capacity = 0, .topics = topics_size(e)};
    l.capacity = l.body + body_size(e);
    void* const memory = ::operator new(sizeof(frame) + l.capacity + l.topics);
    try {
        return new (memory) frame(e, std::move(targets), published, l);
    } catch (...) {
        ::operator delete(memory);
        throw;
    }
}

boost::intrusive_ptr<frame> frame::make_mark(frame_kind kind, std::string topic, system_time published)
{
    event e;
    e.topics.push_back(std::move(topic));
    auto made = make(e, {}, published);
    made->kind_ = kind;
    return made;
}

frame::frame(event const& e, std::vector<session_id> targets, system_time published, layout const& l)
    : targets_left_{static_cast<std::uint32_t>(targets.size())},
      body_{static_cast<std::uint32_t>(l.body)},
      capacity_{static_cast<std::uint32_t>(l.capacity)},
      topics_size_{static_cast<std::uint32_t>(l.topics)},
      own_id_size_{static_cast<std::uint16_t>(e.id.size())},
      type_size_{static_cast<std::uint16_t>(wire_type(e).size())},
      topic_count_{static_cast<std::uint8_t>(e.topics.size())},
      is_private_{e.is_private},
      is_last_{e.last},
      keep_{e.keep},
      published_{published},
      expires_{expiry_of(e, published)},
      targets_{std::move(targets)}
{
    write_body(block() + body_, e);
    write_topics(block() + capacity_, e);
    // A publisher's own id is put where the id line will have it, at the end of the room before the body.
    std::ranges::copy(e.id, block() + body_ - 1 - own_id_size_);
    put(write_time(put(block(), comment_prefix), published), "\n");
}

void frame::stamp(event_id place) noexcept
{
    place_ = place;
    char* const id_end = block() + body_ - 1;
    *id_end = '\n';
    char* id_begin = id_end - own_id_size_;
    if (own_id_size_ == 0) {
        std::array<char, max_event_id_size> text{};
        auto const size = write_event_id(text.data(), place) - text.data();
        id_begin = id_end - size;
        std::copy_n(text.data(), size, id_begin);
    }
    char* const line = id_begin - id_prefix.size();
    char* const comment = line - comment_size;
    std::memmove(comment, block(), comment_size);
    put(line, id_prefix);
    begin_ = static_cast<std::uint32_t>(comment - block());
}

std::string_view frame::id() const noexcept
{
    auto const begin = begin_ + comment_size + id_prefix.size();
    return {block() + begin, body_ - 1 - begin};
}

std::string_view frame::type() const noexcept
{
    return type_size_ == 0 ? default_event_type : std::string_view{block() + body_ + type_prefix.size(), type_size_};
}

std::string_view frame::replayed() const noexcept { return {block() + begin_, capacity_ - begin_}; }

std::string_view frame::live() const noexcept { return replayed().substr(comment_size); }

event frame::to_event(bool as_replayed) const
{
    event e{.id = std::string{id()},
            .type = std::string{type()},
            .data = {},
            .topics = {},
            .is_private = is_private_,
            .last = is_last_,
            .timestamp = published_,
            .replayed = as_replayed};
    e.topics.reserve(topic_count_);
    for_each_topic([&e](std::string_view topic) { e.topics.emplace_back(topic); });
    auto rest = std::string_view{block() + body_, capacity_ - body_};
    if (type_size_ != 0) {
        rest.remove_prefix(type_prefix.size() + type_size_ + 1);
    }
    if (rest.starts_with(retry_prefix)) {
        std::chrono::milliseconds::rep retry = 0;
        auto const end = rest.find('\n');
        std::from_chars(rest.data() + retry_prefix.size(), rest.data() + end, retry);
        e.retry = std::chrono::milliseconds{retry};
        rest.remove_prefix(end + 1);
    }
    for (bool first = true; rest != "\n"; first = false) {
        auto const end = rest.find('\n');
        auto line = rest.substr("data:"sv.size(), end - "data:"sv.size());
        line.remove_prefix(line.empty() ? 0 : 1);
        e.data.append(first ? "" : "\n").append(line);
        rest.remove_prefix(end + 1);
    }
    return e;
}

void intrusive_ptr_release(frame const* f) noexcept
{
    if (f->refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        f->~frame();
        ::operator delete(const_cast<frame*>(f));
    }
}

} // namespace sluice
