#include <support/stream_parser.hpp>

#include <support/failure.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::test {
namespace {

std::vector<std::string> comments_in(std::string_view block)
{
    std::vector<std::string> comments;
    while (!block.empty()) {
        const auto line = block.substr(0, block.find_first_of("\r\n"));
        if (line.starts_with(':')) {
            comments.emplace_back(line.substr(line.starts_with(": ") ? 2 : 1));
        }
        block.remove_prefix(std::min(line.size() + 1, block.size()));
    }
    return comments;
}

} // namespace

std::string to_string(const received_event& event)
{
    return fmt::format("{} id={} data={} raw={}", event.has_data ? "event " + event.type : "block without data",
                       printable(event.id), printable(event.data, 100), printable(event.raw));
}

stream_parser::stream_parser(std::string last_event_id)
    : parser_(event_stream_parser::default_max_event_bytes, std::move(last_event_id))
{
}

void stream_parser::feed(std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto before = bytes;
        block_view block;
        const bool whole = parser_.next_block(bytes, block);
        if (parser_.failed()) {
            fail("an event stream", fmt::format("a line or an event that is too large: {}", printable(before)));
        }
        auto taken = before.substr(0, before.size() - bytes.size());
        if (std::exchange(after_cr_, false) && taken.starts_with('\n') && !blocks_.empty()) {
            blocks_.back().raw += '\n';
            taken.remove_prefix(1);
        }
        raw_ += taken;
        if (whole) {
            after_cr_ = taken.ends_with('\r');
            keep(block);
        }
    }
}

void stream_parser::keep(const block_view& block)
{
    received_event kept{.id = parser_.last_event_id(),
                        .has_id = block.id.has_value(),
                        .has_data = block.event.has_value(),
                        .type = {},
                        .data = {},
                        .comments = comments_in(raw_),
                        .retry = {},
                        .raw = {}};
    if (block.event) {
        kept.type = block.event->type;
        kept.data = block.event->data;
    }
    if (block.retry) {
        kept.retry = block.retry->count();
    }
    kept.raw = std::exchange(raw_, {});
    blocks_.push_back(std::move(kept));
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

} // namespace sluice::test
