#include "wire_reader.hpp"

#include "failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace sluice::model {

void wire_reader::read(std::string const& taken)
{
    while (at_ != taken.size() && step(std::string_view{taken}.substr(at_))) {
    }
}

/// Reads on; false when there is too little for the next piece.
bool wire_reader::step(std::string_view rest)
{
    switch (state_) {
    case state::head:
        return read_head(rest);
    case state::body:
        read_body(rest);
        return true;
    case state::chunk_size:
        return read_chunk_size(rest);
    case state::chunk: {
        auto const some = rest.substr(0, chunk_left_);
        chunk_left_ -= some.size();
        read_body(some);
        state_ = chunk_left_ == 0 ? state::chunk_end : state::chunk;
        return true;
    }
    case state::chunk_end:
        return read_chunk_end(rest);
    case state::ended:
        break;
    }
    throw failure{"bytes behind the last chunk"};
}

bool wire_reader::read_head(std::string_view rest)
{
    auto const end = rest.find("\r\n\r\n");
    if (end == std::string_view::npos) {
        return false;
    }
    head_ = rest.substr(0, end + 2);
    at_ += end + 4;
    state_ = field("Transfer-Encoding") == "chunked" ? state::chunk_size : state::body;
    return true;
}

std::optional<std::string> wire_reader::field(std::string_view name) const
{
    auto const key = fmt::format("\r\n{}: ", name);
    auto const begin = head_.find(key);
    if (begin == std::string::npos) {
        return std::nullopt;
    }
    if (head_.find(key, begin + 1) != std::string::npos) {
        throw failure{fmt::format("the head has {} twice", name)};
    }
    auto const value = begin + key.size();
    return head_.substr(value, head_.find("\r\n", value) - value);
}

bool wire_reader::read_chunk_size(std::string_view rest)
{
    auto const line = rest.find("\r\n");
    if (line == std::string_view::npos) {
        return false;
    }
    auto const [end, ec] = std::from_chars(rest.data(), rest.data() + line, chunk_left_, 16);
    if (ec != std::errc{} || end != rest.data() + line) {
        throw failure{fmt::format("a chunk's size is '{}'", rest.substr(0, line))};
    }
    if (chunk_left_ == 0) {
        if (rest.size() < line + 4) {
            return false;
        }
        if (rest.substr(line, 4) != "\r\n\r\n") {
            throw failure{"the last chunk does not end"};
        }
        at_ += line + 4;
        state_ = state::ended;
        return true;
    }
    at_ += line + 2;
    state_ = state::chunk;
    return true;
}

bool wire_reader::read_chunk_end(std::string_view rest)
{
    if (rest.size() < 2) {
        return false;
    }
    if (rest.substr(0, 2) != "\r\n") {
        throw failure{"a chunk is longer than it says"};
    }
    at_ += 2;
    state_ = state::chunk_size;
    return true;
}

void wire_reader::read_body(std::string_view some)
{
    while (!some.empty()) {
        auto const line_end = std::min(some.size(), some.find('\n') + 1);
        bool const is_whole = line_end != 0;
        auto const piece = some.substr(0, is_whole ? line_end : some.size());
        text_ += piece;
        at_ += piece.size();
        some.remove_prefix(piece.size());
        if (!is_whole) {
            return;
        }
        auto const line = std::string_view{text_}.substr(line_);
        bool const ends = line == "\n" || (line_ == 0 && line == ":\n");
        line_ = text_.size();
        if (ends) {
            blocks_.push_back({.text = std::exchange(text_, {}), .end = at_});
            line_ = 0;
        }
    }
}

std::optional<block> wire_reader::next()
{
    if (blocks_.empty()) {
        return std::nullopt;
    }
    auto b = std::move(blocks_.front());
    blocks_.pop_front();
    return b;
}

} // namespace sluice::model
