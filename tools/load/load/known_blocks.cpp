#include "known_blocks.hpp"

#include <bit>

namespace sluice::load {
namespace {

constexpr std::size_t max_text = 2048; // what is larger spends its time in copies anyway

} // namespace

known_blocks::known_blocks(std::size_t count) : ring_(std::bit_ceil(count)) {}

void known_blocks::remember(std::uint64_t sequence, std::uint64_t due_ns, std::string_view text, std::string_view id)
{
    auto& place = ring_[sequence & (ring_.size() - 1)];
    if (text.empty() || text.size() > max_text || place.sequence == sequence) {
        return;
    }
    place.sequence = sequence;
    place.due_ns = due_ns;
    place.text = text;
    place.id = id;
}

} // namespace sluice::load
