#pragma once

#include <sluice/export.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// Header fields that an application adds to a response, each checked when it is added: none can end the head, hide
/// another field or frame the body.
class SLUICE_EXPORT response_fields {
public:
    /// None.
    response_fields() = default;
    /// These, in their order. Throws what `add` throws.
    response_fields(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

    /// Adds a field behind those that are there. Throws `std::invalid_argument`, which names it, when the name is no
    /// token or one of the fields that frame a message or that sluice sets itself (`Connection`, `Content-Length`,
    /// `Content-Type`, `Date`, `Transfer-Encoding`, …), or when the value has a control character or a blank at an end
    /// (RFC 9110, section 5).
    /// @code
    /// sluice::response_fields fields;
    /// fields.add("Access-Control-Allow-Origin", "https://app.example");
    /// @endcode
    void add(std::string_view name, std::string_view value);

    /// Whether there is none.
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
    /// The lines of all fields, each ended by CR LF.
    [[nodiscard]] std::string const& text() const noexcept { return text_; }

private:
    std::string text_;
};

} // namespace sluice
