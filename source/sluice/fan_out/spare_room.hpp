#pragma once

#include <boost/circular_buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <new>

namespace sluice {

/// Makes sure that the buffer has room for one more, by doubling its room, from `least` on and up to `most`.
template <class T>
void make_room(boost::circular_buffer<T>& buffer, std::size_t least,
               std::size_t most = std::numeric_limits<std::size_t>::max())
{
    if (buffer.full()) {
        buffer.set_capacity(std::min(std::max(least, 2 * buffer.capacity()), most));
    }
}

/// Halves the room of a buffer that uses less than a quarter of it until it uses more, but not below `least`, so that
/// memory is released after a peak. If there is no memory for the smaller room, the larger one stays.
template <class T>
void give_back_room(boost::circular_buffer<T>& buffer, std::size_t least) noexcept
{
    auto room = buffer.capacity();
    while (room > least && buffer.size() < room / 4) {
        room = std::max(least, room / 2);
    }
    if (room != buffer.capacity()) {
        try {
            buffer.set_capacity(room);
        } catch (std::bad_alloc const&) { // NOLINT(bugprone-empty-catch): as it says above
        }
    }
}

} // namespace sluice
