#pragma once

#include <sluice/client/response_reader.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// What the server of the last stream wants to be told when its client comes back: the session, and cookies, by which a
/// load balancer may find the way to the same server. Told to that origin only.
class peer_memory {
public:
    /// Keeps what the head of a stream says.
    void note(std::string_view origin, response_head const& head);

    /// The session's id; empty when there is none of that origin.
    [[nodiscard]] std::string_view session_id(std::string_view origin) const noexcept;
    /// The value of a `Cookie` field; empty when there is none of that origin.
    [[nodiscard]] std::string cookies(std::string_view origin) const;

private:
    void note_cookie(std::string_view set_cookie);

    std::string origin_;
    std::string session_id_;
    std::vector<std::pair<std::string, std::string>> cookies_;
};

} // namespace sluice
