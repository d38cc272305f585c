#pragma once

#include <sluice/client/event_stream_parser.hpp>
#include <sluice/event/event.hpp>
#include <sluice/export.hpp>
#include <sluice/http/problem.hpp>
#include <sluice/http/publish_request.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Reads the events from a body whose items are published while it arrives, in pieces of any size.
///
/// Of an event stream the stream-control events are left out, and so is a last block without the empty line that ends
/// it, because it may be a part of one. Of lines, the last one needs no line end.
///
/// Memory is bounded by the largest item: a line of text or a block may have about `max_event_bytes`, and a line of
/// NDJSON eight times as many. It does no I/O. Not safe to use from several threads at once.
/// @code
/// sluice::item_reader items{{.format = sluice::item_format::lines}, 1 << 20};
/// std::vector<sluice::event> events;
/// auto const read = items.read(bytes, events, 1000); // and hub.async_broadcast(std::move(events), …)
/// @endcode
class SLUICE_EXPORT item_reader {
public:
    /// Reads items on these terms, whose data has at most `max_event_bytes`.
    item_reader(item_terms terms, std::size_t max_event_bytes);

    /// Consumes the front of `input` and appends its whole items to `to`, until `input` is used up or `to` has `most`
    /// events. Problems: that of the first bad item, which the detail names by its number, counted from 1. The items
    /// before it are in `to`, and nothing more can be read.
    [[nodiscard]] expected<void> read(std::string_view& input, std::vector<event>& to, std::size_t most);
    /// Appends what is left when the body has ended in order. Problems: as for `read`.
    [[nodiscard]] expected<void> finish(std::vector<event>& to);

    /// How much memory an item takes that is not whole yet.
    [[nodiscard]] std::size_t footprint() const noexcept
    {
        return part_.capacity() + (blocks_ ? blocks_->footprint() : 0);
    }

private:
    [[nodiscard]] expected<void> read_lines(std::string_view& input, std::vector<event>& to, std::size_t most);
    [[nodiscard]] expected<void> read_blocks(std::string_view& input, std::vector<event>& to, std::size_t most);
    [[nodiscard]] expected<void> keep_part(std::string_view part);
    [[nodiscard]] expected<void> take_line(std::string_view line, std::vector<event>& to);
    [[nodiscard]] expected<void> take_block(block_view const& block, std::vector<event>& to);
    [[nodiscard]] expected<void> add(event e, std::vector<event>& to);
    [[nodiscard]] problem at_item(problem wrong) const;

    item_terms terms_;
    std::size_t max_event_bytes_;
    std::size_t max_line_bytes_;
    std::optional<event_stream_parser> blocks_;
    /// The beginning of a line that has not ended.
    std::string part_;
    /// The item that is being read, counted from 1.
    std::uint64_t number_ = 1;
};

} // namespace sluice
