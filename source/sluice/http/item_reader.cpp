#include <sluice/http/item_reader.hpp>

#include <sluice/config.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

/// A field's name, type and id beside the data of a block.
constexpr std::size_t block_allowance = 1024;
/// An escape in JSON may be six times as long as what it stands for. It is the limit of other bodies, too.
constexpr std::size_t ndjson_factor = 8;

[[nodiscard]] std::string_view without_cr(std::string_view line) noexcept
{
    return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

} // namespace

item_reader::item_reader(item_terms terms, std::size_t max_event_bytes)
    : terms_{std::move(terms)},
      max_event_bytes_{std::min(max_event_bytes, event_bytes_limit)},
      max_line_bytes_{terms_.format == item_format::ndjson ? ndjson_factor * max_event_bytes_ : max_event_bytes_}
{
    if (terms_.format == item_format::event_stream) {
        blocks_.emplace(max_event_bytes_ + block_allowance);
    }
}

expected<void> item_reader::read(std::string_view& input, std::vector<event>& to, std::size_t most)
{
    return blocks_ ? read_blocks(input, to, most) : read_lines(input, to, most);
}

expected<void> item_reader::finish(std::vector<event>& to)
{
    if (part_.empty()) {
        return {};
    }
    auto const last = std::exchange(part_, {});
    return take_line(last, to);
}

expected<void> item_reader::read_lines(std::string_view& input, std::vector<event>& to, std::size_t most)
{
    while (!input.empty() && to.size() < most) {
        auto const end = input.find('\n');
        auto const line = input.substr(0, end);
        input.remove_prefix(std::min(input.size(), line.size() + 1));
        if (end == std::string_view::npos) {
            return keep_part(line);
        }
        if (part_.empty()) {
            if (auto const taken = take_line(line, to); taken.has_error()) {
                return taken.error();
            }
            continue;
        }
        if (auto const kept = keep_part(line); kept.has_error()) {
            return kept.error();
        }
        auto const whole = std::exchange(part_, {});
        if (auto const taken = take_line(whole, to); taken.has_error()) {
            return taken.error();
        }
    }
    return {};
}

/// Refuses a line as soon as it is too long, so that no more of it has to be kept.
expected<void> item_reader::keep_part(std::string_view part)
{
    if (part_.size() + part.size() > max_line_bytes_ + 1) { // and a CR
        return at_item(to_problem(errc::event_too_large));
    }
    part_ += part;
    return {};
}

expected<void> item_reader::take_line(std::string_view line, std::vector<event>& to)
{
    auto const text = without_cr(line);
    if (text.size() > max_line_bytes_) {
        return at_item(to_problem(errc::event_too_large));
    }
    if (terms_.format == item_format::lines) {
        auto e = terms_.defaults;
        e.data = text;
        return add(std::move(e), to);
    }
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) {
        ++number_;
        return {};
    }
    auto item = parse_json_item(text, fmt::format("line {}", number_), terms_.defaults);
    return item.has_error() ? expected<void>{item.error()} : add(std::move(*item), to);
}

expected<void> item_reader::read_blocks(std::string_view& input, std::vector<event>& to, std::size_t most)
{
    block_view block;
    while (to.size() < most) {
        if (!blocks_->next_block(input, block)) {
            return blocks_->failed() ? expected<void>{at_item(to_problem(errc::event_too_large))} : expected<void>{};
        }
        if (auto const taken = take_block(block, to); taken.has_error()) {
            return taken.error();
        }
    }
    return {};
}

expected<void> item_reader::take_block(block_view const& block, std::vector<event>& to)
{
    if (!block.event) {
        return {};
    }
    if (is_control_type(block.event->type)) {
        ++number_;
        return {};
    }
    auto e = terms_.defaults;
    e.data = block.event->data;
    if (block.event->type != default_event_type) {
        e.type = block.event->type;
    }
    // A position in another log is no name in this one, and neither is a reserved word.
    if (terms_.keep_ids && block.id && validate_id(*block.id) != errc::reserved_id) {
        e.id = *block.id;
    }
    return add(std::move(e), to);
}

expected<void> item_reader::add(event e, std::vector<event>& to)
{
    if (auto const ec = validate(e, max_event_bytes_)) {
        return at_item(to_problem(ec));
    }
    if (auto const allowed = check_rights({&e, 1}, terms_.rights); allowed.has_error()) {
        return at_item(allowed.error());
    }
    to.push_back(std::move(e));
    ++number_;
    return {};
}

/// Says in a problem which item it is about.
problem item_reader::at_item(problem wrong) const
{
    wrong.detail = fmt::format("{} {}: {}", blocks_ ? "event" : "line", number_, wrong.detail);
    return wrong;
}

} // namespace sluice
