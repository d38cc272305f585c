#include <support/stream_parser.hpp>

#include <support/failure.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace sluice::test {
namespace {

std::string_view without_leading_space(std::string_view text) { return text.starts_with(' ') ? text.substr(1) : text; }

std::optional<std::uint64_t> parse_retry(std::string_view text)
{
    const bool digits =
        !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    std::uint64_t value = 0;
    if (!digits || std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) {
        return std::nullopt;
    }
    return value;
}

} // namespace

std::string to_string(const received_event& event)
{
    return fmt::format("{} id={} data={} raw={}", event.has_data ? "event " + event.type : "block without data",
                       printable(event.id), printable(event.data, 100), printable(event.raw));
}

stream_parser::stream_parser(std::string last_event_id)
    : id_buffer_(last_event_id), last_event_id_(std::move(last_event_id))
{
}

void stream_parser::feed(std::string_view bytes)
{
    std::for_each(bytes.begin(), bytes.end(), [this](char byte) { take(byte); });
}

std::optional<received_event> stream_parser::next()
{
    if (blocks_.empty()) {
        return std::nullopt;
    }
    auto block = std::move(blocks_.front());
    blocks_.pop_front();
    return block;
}

void stream_parser::take(char byte)
{
    const bool second_of_crlf = std::exchange(after_cr_, byte == '\r') && byte == '\n';
    if (second_of_crlf) {
        // The CR has ended the line already; if it ended a block too, the LF belongs to that block's bytes.
        (block_.raw.empty() && !blocks_.empty() ? blocks_.back().raw : block_.raw) += byte;
        return;
    }
    block_.raw += byte;
    if (byte == '\r' || byte == '\n') {
        end_line();
    } else {
        line_ += byte;
    }
}

void stream_parser::end_line()
{
    const auto whole = std::exchange(line_, {});
    std::string_view line = whole;
    if (std::exchange(first_line_, false) && line.starts_with("\xEF\xBB\xBF")) {
        line.remove_prefix(3);
    }
    if (line.empty()) {
        dispatch();
        return;
    }
    const auto colon = line.find(':');
    if (colon == 0) {
        block_.comments.emplace_back(without_leading_space(line.substr(1)));
    } else if (colon == std::string_view::npos) {
        field(line, {});
    } else {
        field(line.substr(0, colon), without_leading_space(line.substr(colon + 1)));
    }
}

void stream_parser::field(std::string_view name, std::string_view value)
{
    if (name == "event") {
        block_.type = value;
    } else if (name == "data") {
        block_.data += value;
        block_.data += '\n';
        block_.has_data = true;
    } else if (name == "id" && value.find('\0') == std::string_view::npos) {
        id_buffer_ = value;
        block_.has_id = true;
    } else if (name == "retry") {
        if (const auto retry = parse_retry(value)) {
            block_.retry = retry;
        }
    }
}

void stream_parser::dispatch()
{
    last_event_id_ = id_buffer_;
    block_.id = id_buffer_;
    if (!block_.has_data) {
        block_.type.clear();
    } else {
        block_.data.pop_back();
        if (block_.type.empty()) {
            block_.type = "message";
        }
    }
    blocks_.push_back(std::exchange(block_, {}));
}

} // namespace sluice::test
