#pragma once

#include <sluice/client/response_reader.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// What the server of the last stream gave the client to send back: its session, and cookies, by which a load balancer
/// may route it to the same server. Only the origin that gave them gets them back.
class peer_memory {
public:
    /// Keeps what the head of a stream has of it.
    void note(std::string_view origin, response_head const& head);

    /// The session's id; empty if this origin gave none.
    [[nodiscard]] std::string_view session_id(std::string_view origin) const noexcept;
    /// The value for a `Cookie` field; empty if this origin set none.
    [[nodiscard]] std::string cookies(std::string_view origin) const;

private:
    void note_cookie(std::string_view set_cookie);

    std::string origin_;
    std::string session_id_;
    std::vector<std::pair<std::string, std::string>> cookies_;
};

} // namespace sluice
