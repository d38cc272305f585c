#include <sluice/client/event_stream_parser.hpp>

#include <sluice/client/longest_wait.hpp>
#include <sluice/event/event.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace sluice {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Whether the line is this field; if so, sets the value: the text after the colon and one space.
[[nodiscard]] bool has_field(std::string_view line, std::string_view name, std::string_view& value) noexcept
{
    if (!line.starts_with(name)) {
        return false;
    }
    line.remove_prefix(name.size());
    if (!line.empty()) {
        if (line.front() != ':') {
            return false;
        }
        line.remove_prefix(line.starts_with(": ") ? 2 : 1);
    }
    value = line;
    return true;
}

} // namespace

event_stream_parser::event_stream_parser(std::size_t max_event_bytes, std::string last_event_id)
    : max_bytes_{max_event_bytes}, last_event_id_{std::move(last_event_id)}
{
}

bool event_stream_parser::next(std::string_view& input, event_view& out)
{
    block_view block;
    while (next_block(input, block)) {
        if (block.event) {
            out = *block.event;
            return true;
        }
    }
    return false;
}

bool event_stream_parser::next_block(std::string_view& input, block_view& out)
{
    std::string_view line;
    while (!failed_ && take_line(input, line)) {
        if (line.empty()) {
            end_block(out);
            return true;
        }
        on_field(line);
    }
    return false;
}

/// A line without its line end. It lies in the input, or in `part_` if it began in an earlier piece of input.
bool event_stream_parser::take_line(std::string_view& input, std::string_view& line)
{
    if (skip_line_feed_ && !input.empty()) {
        input.remove_prefix(input.front() == '\n' ? 1 : 0);
        skip_line_feed_ = false;
    }
    auto const end = find_line_end(input);
    if (end == std::string_view::npos) {
        keep_part(std::exchange(input, {}));
        return false;
    }
    line = input.substr(0, end);
    line_end_ = input[end];
    skip_line_feed_ = line_end_ == '\r';
    input.remove_prefix(end + 1);
    if (!part_.empty()) {
        // `part_` can be reused: no earlier line is held in it, only in the input or in a buffer of its own.
        line = part_.append(line);
    }
    if (std::exchange(first_line_, false) && line.starts_with(byte_order_mark)) {
        line.remove_prefix(byte_order_mark.size());
    }
    failed_ = line.size() > max_bytes_;
    return !failed_;
}

/// Searches first for the character that ended the last line, then for the other one before it. Whichever a stream
/// uses, it is then searched about once. If LF always came first, a stream that uses CR would be searched to its end
/// for each line.
std::size_t event_stream_parser::find_line_end(std::string_view text) const noexcept
{
    auto const usual = text.find(line_end_);
    auto const other = text.substr(0, usual).find(line_end_ == '\n' ? '\r' : '\n');
    return other == std::string_view::npos ? usual : other;
}

void event_stream_parser::keep_part(std::string_view part)
{
    type_.keep();
    data_.keep();
    id_.keep();
    part_.append(part);
    in_block_ = in_block_ || !part_.empty();
    auto const not_counted = first_line_ ? byte_order_mark.size() : 0;
    failed_ = part_.size() > max_bytes_ && part_.size() - max_bytes_ > not_counted;
}

void event_stream_parser::on_field(std::string_view line)
{
    in_block_ = true;
    std::string_view value;
    switch (line.front()) {
    case ':':
        ++comments_;
        break;
    case 'd':
        if (has_field(line, "data", value)) {
            on_data(value);
        }
        break;
    case 'e':
        if (has_field(line, "event", value)) {
            type_.set(value);
        }
        break;
    case 'i':
        if (has_field(line, "id", value) && value.find('\0') == std::string_view::npos) {
            id_.set(value);
            has_id_ = true;
        }
        break;
    case 'r':
        if (has_field(line, "retry", value)) {
            on_retry(value);
        }
        break;
    default:
        break;
    }
    if (!part_.empty()) {
        type_.keep();
        data_.keep();
        id_.keep();
        part_.clear();
    }
    failed_ = type_.size() + data_.size() + id_.size() > max_bytes_;
}

void event_stream_parser::on_data(std::string_view value)
{
    if (std::exchange(has_data_, true)) {
        data_.append_line(value);
    } else {
        data_.set(value);
    }
}

void event_stream_parser::on_retry(std::string_view value)
{
    auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (value.empty() || !std::ranges::all_of(value, is_digit)) {
        return;
    }
    std::int64_t time = longest_wait.count();
    // A number with too many digits leaves the longest wait.
    std::from_chars(value.data(), value.data() + value.size(), time);
    retry_ = block_retry_ = std::min(std::chrono::milliseconds{time}, longest_wait);
}

/// A block without data is not an event: its type is dropped, but its id counts.
void event_stream_parser::end_block(block_view& out)
{
    in_block_ = false;
    part_.clear();
    out = {.event = std::nullopt, .id = std::nullopt, .retry = std::exchange(block_retry_, std::nullopt)};
    if (std::exchange(has_id_, false)) {
        out.id = id_.view();
        last_event_id_.assign(id_.view());
    }
    if (std::exchange(has_data_, false)) {
        auto const type = type_.view();
        out.event = {.type = type.empty() ? default_event_type : type, .data = data_.view()};
    }
    type_.clear();
    data_.clear();
    id_.clear();
}

void event_stream_parser::set_last_event_id(std::string_view id) { last_event_id_.assign(id); }

void event_stream_parser::reset()
{
    part_.clear();
    type_.clear();
    data_.clear();
    id_.clear();
    block_retry_.reset();
    line_end_ = '\n';
    has_data_ = false;
    has_id_ = false;
    in_block_ = false;
    first_line_ = true;
    skip_line_feed_ = false;
    failed_ = false;
}

} // namespace sluice
