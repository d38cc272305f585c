#include "event_parser.hpp"

#include <utility>

namespace sluice::load {
namespace {

constexpr std::size_t max_event = std::size_t{16} * 1024 * 1024;

enum class field { data, event, id, other };

constexpr std::string_view data_name = "data";
constexpr std::string_view event_name = "event";
constexpr std::string_view id_name = "id";

/// The first CR or LF. Looks for LF first, since nearly every server ends its lines so.
std::size_t find_line_end(std::string_view text)
{
    const auto line_feed = text.find('\n');
    const auto carriage_return = text.substr(0, line_feed).find('\r');
    return carriage_return == std::string_view::npos ? line_feed : carriage_return;
}

field name_of(std::string_view line)
{
    const auto is = [line](std::string_view name) {
        return line.starts_with(name) && (line.size() == name.size() || line[name.size()] == ':');
    };
    if (is(data_name)) {
        return field::data;
    }
    if (is(event_name)) {
        return field::event;
    }
    return is(id_name) ? field::id : field::other;
}

/// What stands behind the colon of a line with that name.
std::string_view value_of(std::string_view line, std::string_view name)
{
    line.remove_prefix(line.size() == name.size() ? name.size() : name.size() + 1);
    line.remove_prefix(line.starts_with(' ') ? 1 : 0);
    return line;
}

std::string_view data_of(std::string_view line) { return value_of(line, data_name); }
std::string_view id_of(std::string_view line) { return value_of(line, id_name); }

std::string_view type_of(std::string_view line)
{
    const auto type = value_of(line, event_name);
    return type == "message" ? std::string_view() : type;
}

} // namespace

bool event_parser::next(std::string_view& input, received_event& out)
{
    if (is_event_done_) {
        type_.clear();
        data_.clear();
        is_event_done_ = false;
    }
    if (piece_ == piece::unknown) {
        piece_ = input.find('\r') == std::string_view::npos ? piece::plain : piece::has_carriage_returns;
    }
    while (piece_ == piece::plain && !is_in_block_ && !skip_line_feed_) {
        const auto found = take_block(input, out);
        if (found == block::event) {
            return true;
        }
        if (found == block::not_whole) {
            break;
        }
    }
    return next_by_lines(input, out);
}

/// Takes nothing when the block is not whole, or has several data lines.
event_parser::block event_parser::take_block(std::string_view& input, received_event& out)
{
    received_event found;
    std::string_view id;
    bool has_data = false;
    bool has_id = false;
    auto rest = input;
    for (;;) {
        const auto end = rest.find('\n');
        if (end == std::string_view::npos) {
            return block::not_whole;
        }
        const auto line = rest.substr(0, end);
        rest.remove_prefix(end + 1);
        if (line.empty()) {
            break;
        }
        switch (name_of(line)) {
        case field::data:
            if (std::exchange(has_data, true)) {
                return block::not_whole;
            }
            found.data = data_of(line);
            break;
        case field::event:
            found.type = type_of(line);
            break;
        case field::id:
            id = id_of(line);
            has_id = true;
            break;
        case field::other:
            break;
        }
    }
    found.block = input.substr(0, input.size() - rest.size());
    input = rest;
    out = found;
    if (has_id) {
        set_last_id(id);
    }
    return has_data ? block::event : block::no_event;
}

bool event_parser::next_by_lines(std::string_view& input, received_event& out)
{
    std::string_view line;
    while (!is_broken_ && take_line(input, line)) {
        if (on_line(line)) {
            is_event_done_ = true;
            out = {type_, std::string_view(data_).substr(0, data_.size() - 1), {}};
            return true;
        }
    }
    piece_ = piece::unknown;
    return false;
}

bool event_parser::take_line(std::string_view& input, std::string_view& line)
{
    if (is_line_done_) {
        partial_.clear();
        is_line_done_ = false;
    }
    if (skip_line_feed_ && !input.empty()) {
        input.remove_prefix(input.front() == '\n' ? 1 : 0);
        skip_line_feed_ = false;
    }
    const auto end = find_line_end(input);
    if (end == std::string_view::npos) {
        is_in_block_ = is_in_block_ || !input.empty();
        partial_.append(input);
        input = {};
        is_broken_ = partial_.size() + data_.size() > max_event;
        return false;
    }
    line = input.substr(0, end);
    if (!partial_.empty()) {
        line = partial_.append(line);
    }
    is_line_done_ = true;
    skip_line_feed_ = input[end] == '\r';
    input.remove_prefix(end + 1);
    return true;
}

/// True when the line ends an event that has data.
bool event_parser::on_line(std::string_view line)
{
    if (line.empty()) {
        return end_block();
    }
    is_in_block_ = true;
    switch (name_of(line)) {
    case field::data:
        data_.append(data_of(line)).push_back('\n');
        is_broken_ = data_.size() > max_event;
        break;
    case field::event:
        type_ = type_of(line);
        break;
    case field::id:
        id_ = id_of(line);
        has_id_ = true;
        break;
    case field::other:
        break;
    }
    return false;
}

/// Without data it is no event and forgotten with its type, but for its id, as the standard says.
bool event_parser::end_block()
{
    is_in_block_ = false;
    if (std::exchange(has_id_, false)) {
        set_last_id(id_);
    }
    if (data_.empty()) {
        type_.clear();
        return false;
    }
    return true;
}

void event_parser::set_last_id(std::string_view id)
{
    if (id.find('\0') == std::string_view::npos) {
        last_id_ = id;
    }
}

void event_parser::reset()
{
    auto id = std::move(last_id_);
    *this = event_parser();
    last_id_ = std::move(id);
}

} // namespace sluice::load
