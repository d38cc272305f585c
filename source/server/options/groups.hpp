#pragma once

#include "declaration.hpp"

#include <vector>

namespace sluice::server {

/// @name Where the options keep a member of the server's or of one of the library's configurations
/// @{
template <class T>
[[nodiscard]] auto of_sessions(T session_config::* member)
{
    return [member](auto& o) -> auto& { return o.broker.sessions.*member; };
}

template <class T>
[[nodiscard]] auto of_streams(T stream_config::* member)
{
    return [member](auto& o) -> auto& { return o.broker.streams.*member; };
}

template <class T>
[[nodiscard]] auto of_events(T log_config::* member)
{
    return [member](auto& o) -> auto& { return o.broker.log.*member; };
}

template <class T>
[[nodiscard]] auto of_server(T options::* member)
{
    return [member](auto& o) -> auto& { return o.*member; };
}
/// @}

/// @name The declarations of a group that have a file of their own
/// @{
void add_access(std::vector<declaration>& all);
void add_jwt(std::vector<declaration>& all);
/// @}

} // namespace sluice::server
