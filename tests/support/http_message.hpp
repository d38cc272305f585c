#pragma once

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::test {

/// Header fields in the order in which they came; names compare without case.
class header_fields {
public:
    using field = std::pair<std::string, std::string>;

    header_fields() = default;
    header_fields(std::initializer_list<field> fields) : fields_(fields) {}

    void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
    [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }
    /// The first value of that name.
    [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
    /// The first value of that name, or an empty string.
    [[nodiscard]] std::string get(std::string_view name) const { return find(name).value_or(""); }
    [[nodiscard]] std::vector<std::string> all(std::string_view name) const;

    [[nodiscard]] auto begin() const { return fields_.begin(); }
    [[nodiscard]] auto end() const { return fields_.end(); }

private:
    std::vector<field> fields_;
};

// NOLINTBEGIN(readability-redundant-member-init): g++ warns of members left out of a designated list without
// them
struct http_request {
    std::string method = "GET";
    std::string target = "/";
    header_fields headers{};
    std::string body{};
    std::string version = "1.1";

    /// The bytes to send. Host and, for a body or a method that has one, Content-Length are added unless the
    /// headers name them (or a Transfer-Encoding); nothing else is.
    [[nodiscard]] std::string to_bytes(std::string_view host) const;
};
// NOLINTEND(readability-redundant-member-init)

struct http_response {
    int status = 0;
    std::string version; ///< `1.1`
    std::string reason;
    header_fields headers;
    std::string body;

    /// The body as JSON; fails the test, showing the body, when it is none.
    [[nodiscard]] boost::json::value json() const;
};

/// Fails the test when the text is not JSON.
boost::json::value parse_json(std::string_view text);

/// Status line and header fields, with the empty line; strict: CR LF only, no folding, no space before a
/// colon.
http_response parse_response_head(std::string_view head);

/// Percent-encodes all but the unreserved characters of RFC 3986.
std::string percent_encode(std::string_view text);

bool equal_ignoring_case(std::string_view left, std::string_view right);

} // namespace sluice::test
