#pragma once

#include "fire_client.hpp"
#include "publisher.hpp"

#include <string>
#include <vector>

namespace sluice::test {

/// What may be lost on the way: nothing, or what `buffer-overflow` tells of.
enum class losses { none, told };

/// Holds what a client received on all its connections against what was published for it, in order. Returns
/// what is wrong first, or an empty text: an event lost and not told, doubled, misplaced, altered, wrongly
/// marked. `published` is sorted by place.
std::string judge(const client_record& client, const std::vector<sent_event>& published, losses allowed);

} // namespace sluice::test
