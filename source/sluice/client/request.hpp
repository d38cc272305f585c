#pragma once

#include <sluice/client/options.hpp>
#include <sluice/client/peer_memory.hpp>
#include <sluice/error.hpp>

#include <boost/url/url_view.hpp>

#include <string>
#include <string_view>

namespace sluice {

/// What a request for a stream is made of.
struct stream_request {
    boost::urls::url_view url;
    /// Of the URL that the event source was made with.
    std::string_view own_origin;
    std::string_view last_event_id;
    /// The caller's fields.
    event_source_headers const& headers;
    peer_memory const& memory;
    /// Of a `POST`; null: a `GET`.
    std::string const* body = nullptr;
};

/// Whether the fields are well-formed (RFC 9110, section 5), and the caller's to say. Success or `invalid_header`.
[[nodiscard]] error_code validate_headers(event_source_headers const& headers) noexcept;
/// Whether a header can carry the last event id. Success or `invalid_header`.
[[nodiscard]] error_code validate_last_event_id(std::string_view id) noexcept;

/// The fields of both; those of `more` take the place of those of `base` with the same name.
[[nodiscard]] event_source_headers merge_headers(event_source_headers const& base, event_source_headers more);

/// The request's bytes (WHATWG HTML, 9.2.2, and RFC 9112).
[[nodiscard]] std::string make_request(stream_request const& r);

} // namespace sluice
