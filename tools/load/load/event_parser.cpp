#include "event_parser.hpp"

#include <algorithm>

namespace sluice::load {
namespace {

constexpr std::size_t max_event = std::size_t{16} * 1024 * 1024;

/// The first CR or LF. Looks for LF first, since nearly every server ends its lines so.
std::size_t find_line_end(std::string_view text)
{
    const auto line_feed = text.find('\n');
    const auto carriage_return = text.substr(0, line_feed).find('\r');
    return carriage_return == std::string_view::npos ? line_feed : carriage_return;
}

} // namespace

bool event_parser::next(std::string_view& input, received_event& out)
{
    if (is_event_done_) {
        type_.clear();
        data_.clear();
        is_event_done_ = false;
    }
    std::string_view line;
    while (!is_broken_ && take_line(input, line)) {
        if (on_line(line)) {
            is_event_done_ = true;
            out = {type_, std::string_view(data_).substr(0, data_.size() - 1)};
            return true;
        }
    }
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

/// True when the line ends an event that has data; without data it is forgotten, as the standard says.
bool event_parser::on_line(std::string_view line)
{
    if (line.empty()) {
        const bool is_event = !data_.empty();
        if (!is_event) {
            type_.clear();
        }
        return is_event;
    }
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    auto value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    value.remove_prefix(value.starts_with(' ') ? 1 : 0);
    if (name == "data") {
        data_.append(value).push_back('\n');
        is_broken_ = data_.size() > max_event;
    } else if (name == "event") {
        type_ = value;
    }
    return false;
}

} // namespace sluice::load
