#pragma once

#include <sluice/client/options.hpp>
#include <sluice/client/peer_memory.hpp>
#include <sluice/error.hpp>

#include <boost/url/url_view.hpp>

#include <string>
#include <string_view>

namespace sluice {

/// The parts of a request for a stream.
struct stream_request {
    boost::urls::url_view url;
    /// The origin of the URL that the event source was made with.
    std::string_view own_origin;
    std::string_view last_event_id;
    /// The caller's fields.
    event_source_headers const& headers;
    peer_memory const& memory;
    /// The body of a `POST`; null for a `GET`.
    std::string const* body = nullptr;
};

/// Whether the fields are well-formed (RFC 9110, section 5) and may be set by the caller. Success or `invalid_header`.
[[nodiscard]] error_code validate_headers(event_source_headers const& headers) noexcept;
/// Whether a header can carry the last event id. Success or `invalid_header`.
[[nodiscard]] error_code validate_last_event_id(std::string_view id) noexcept;

/// The fields of both; a field of `more` replaces those of the same name in `base`.
[[nodiscard]] event_source_headers merge_headers(event_source_headers const& base, event_source_headers more);

/// The request as it goes on the wire (WHATWG HTML, 9.2.2, and RFC 9112).
[[nodiscard]] std::string make_request(stream_request const& r);

} // namespace sluice
