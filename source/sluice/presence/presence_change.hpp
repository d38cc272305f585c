#pragma once

#include <string>

namespace sluice {

/// A subject has come to a topic, or has left it.
struct presence_change {
    std::string topic{};
    std::string subject{};
    /// JSON; empty if there is none.
    std::string payload{};
    bool active = false;
};

} // namespace sluice
