#include "response_reader.hpp"

#include "../common/http_head.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::load {
namespace {

constexpr std::size_t max_head = 64 * 1024;
constexpr std::size_t max_line = 4 * 1024;

/// "HTTP/1.1 200 OK" → 200; 0 when it is no status line.
int parse_status(std::string_view head)
{
    int status = 0;
    if (head.starts_with("HTTP/1.") && head.size() >= 12) {
        std::from_chars(head.data() + 9, head.data() + 12, status);
    }
    return status;
}

} // namespace

std::string_view response_reader::next_body(std::string_view& input)
{
    while (!input.empty()) {
        switch (state_) {
        case state::head:
            read_head(input);
            break;
        case state::chunk_size:
        case state::chunk_end:
        case state::trailer:
            read_line(input);
            break;
        case state::sized_body:
        case state::endless_body:
        case state::chunk_body:
            return take_body(input);
        case state::complete:
        case state::broken:
            return {};
        }
    }
    return {};
}

void response_reader::read_head(std::string_view& input)
{
    constexpr std::string_view end = "\r\n\r\n";
    constexpr std::size_t line_end = 2;
    if (const auto whole = input.find(end); partial_.empty() && whole != std::string_view::npos) {
        on_head(input.substr(0, whole + line_end));
        input.remove_prefix(whole + end.size());
        return;
    }
    const auto before = partial_.size();
    const auto search_from = before < end.size() ? 0 : before - end.size() + 1;
    partial_.append(input);
    const auto found = partial_.find(end, search_from);
    if (found == std::string::npos) {
        input = {};
        state_ = partial_.size() > max_head ? state::broken : state_;
        return;
    }
    input.remove_prefix(found + end.size() - before);
    partial_.resize(found + line_end);
    on_head(partial_);
    std::string().swap(partial_); // gives the memory back: thousands of streams are open, and their heads are long
}

void response_reader::on_head(std::string_view head)
{
    status_ = parse_status(head);
    if (cookies_ != nullptr) {
        cookies_->take(head);
    }
    const auto coding = find_header(head, "transfer-encoding");
    const auto length = content_length(head);
    if (status_ == 0) {
        state_ = state::broken;
    } else if (coding) {
        state_ = equals_ignoring_case(*coding, "chunked") ? state::chunk_size : state::broken;
    } else if (length || status_ == 204 || status_ == 304) {
        remaining_ = length.value_or(0);
        state_ = remaining_ == 0 ? state::complete : state::sized_body;
    } else {
        state_ = state::endless_body;
    }
}

void response_reader::read_line(std::string_view& input)
{
    const auto end = input.find('\n');
    if (end == std::string_view::npos) {
        partial_.append(input);
        input = {};
        state_ = partial_.size() > max_line ? state::broken : state_;
        return;
    }
    const auto line = input.substr(0, end);
    on_line(partial_.empty() ? line : partial_.append(line));
    partial_.clear();
    input.remove_prefix(end + 1);
}

void response_reader::on_line(std::string_view line)
{
    const bool is_empty = line == "\r";
    if (!line.ends_with('\r')) {
        state_ = state::broken;
    } else if (state_ == state::chunk_size) {
        on_chunk_size(line);
    } else if (state_ == state::chunk_end) {
        state_ = is_empty ? state::chunk_size : state::broken;
    } else if (is_empty) {
        state_ = state::complete;
    }
}

void response_reader::on_chunk_size(std::string_view line)
{
    const auto* const end = line.data() + line.size();
    const auto [rest, error] = std::from_chars(line.data(), end, remaining_, 16);
    if (error != std::errc() || (*rest != '\r' && *rest != ';' && *rest != ' ')) {
        state_ = state::broken;
    } else {
        state_ = remaining_ == 0 ? state::trailer : state::chunk_body;
    }
}

std::string_view response_reader::take_body(std::string_view& input)
{
    if (state_ == state::endless_body) {
        const auto all = input;
        input = {};
        return all;
    }
    const auto piece = input.substr(0, remaining_);
    input.remove_prefix(piece.size());
    remaining_ -= piece.size();
    if (remaining_ == 0) {
        state_ = state_ == state::chunk_body ? state::chunk_end : state::complete;
    }
    return piece;
}

} // namespace sluice::load
