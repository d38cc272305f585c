#include <sluice/fan_out/batch.hpp>

#include <algorithm>
#include <charconv>

namespace sluice {
namespace {

using namespace std::string_view_literals;

constexpr auto line_end = "\r\n"sv;
/// Room for a chunk's size line; eight hexadecimal digits are enough for 4 GiB.
constexpr std::size_t size_line_room = 8 + line_end.size();

/// Writes the chunk's size line so that it ends at `end`, and returns its beginning.
char* write_size_line(char* end, std::size_t payload)
{
    std::array<char, size_line_room> digits{};
    char* const digits_end = std::to_chars(digits.data(), digits.data() + digits.size(), payload, 16).ptr;
    char* out = std::copy_backward(line_end.begin(), line_end.end(), end);
    return std::copy_backward(digits.data(), digits_end, out);
}

} // namespace

batch::batch(std::span<frame const* const> frames, bool replayed, position to)
    : payload_begin_{size_line_room},
      oldest_{frames.empty() ? decltype(oldest_){} : frames.front()->published()},
      to_{to},
      replayed_{replayed}
{
    std::size_t payload = 0;
    sequences_.reserve(frames.size());
    for (auto const* f : frames) {
        payload += f->bytes(replayed).size();
        sequences_.push_back(f->sequence());
    }
    bytes_.reserve(size_line_room + payload + line_end.size());
    bytes_.resize(size_line_room);
    for (auto const* f : frames) {
        bytes_ += f->bytes(replayed);
    }
    bytes_ += line_end;
    begin_ = static_cast<std::size_t>(write_size_line(bytes_.data() + size_line_room, payload) - bytes_.data());
}

std::string_view batch::payload() const noexcept
{
    return std::string_view{bytes_}.substr(payload_begin_, bytes_.size() - payload_begin_ - line_end.size());
}

batch_ptr batch_cache::find(key const& k, position head) const noexcept
{
    for (auto const& e : entries_) {
        if (e.value && e.made_for == k && (e.complete || e.value->to().ordinal == head.ordinal)) {
            return e.value;
        }
    }
    return nullptr;
}

bool batch::same_as(std::span<frame const* const> frames, bool replayed, position to) const noexcept
{
    return to_ == to && replayed_ == replayed &&
           std::ranges::equal(sequences_, frames, {}, {}, [](frame const* f) { return f->sequence(); });
}

batch_ptr batch_cache::find_same(std::span<frame const* const> frames, bool replayed, position to) const noexcept
{
    for (auto const& r : filtered_) {
        if (r && r->same_as(frames, replayed, to)) {
            return r;
        }
    }
    return nullptr;
}

void batch_cache::store(batch_ptr r) noexcept
{
    filtered_[next_filtered_] = std::move(r);
    next_filtered_ = (next_filtered_ + 1) % filtered_.size();
}

void batch_cache::store(key const& k, batch_ptr r, bool complete) noexcept
{
    // A batch that has become too short because of a new event is replaced by the longer one.
    for (auto& e : entries_) {
        if (e.value && e.made_for == k) {
            e = {k, std::move(r), complete};
            return;
        }
    }
    entries_[next_] = {k, std::move(r), complete};
    next_ = (next_ + 1) % entries_.size();
}

} // namespace sluice
