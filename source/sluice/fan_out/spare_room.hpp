#pragma once

#include <boost/circular_buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <new>

namespace sluice {

/// Halves the room of a buffer that uses less than a quarter of it, but not below `least`, so that memory is released
/// after a peak. If there is no memory for the smaller room, the larger one stays.
template <class T>
void give_back_room(boost::circular_buffer<T>& buffer, std::size_t least) noexcept
{
    if (buffer.capacity() > least && buffer.size() < buffer.capacity() / 4) {
        try {
            buffer.set_capacity(std::max(least, buffer.capacity() / 2));
        } catch (std::bad_alloc const&) { // NOLINT(bugprone-empty-catch): as it says above
        }
    }
}

} // namespace sluice
