#pragma once

#include <sluice/export.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// Header fields that an application adds to a response. Each is checked when it is added, so that even a value that
/// came with a request can neither end the head nor hide another field nor frame the body.
class SLUICE_EXPORT response_fields {
public:
    /// No fields.
    response_fields() = default;
    /// These fields, in this order. Throws what `add` throws.
    response_fields(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

    /// Appends a field. Throws `std::invalid_argument`, which names the field, if
    /// - the name is not a token (RFC 9110, section 5.6.2),
    /// - it is a field that frames a message or that sluice sets itself (`Connection`, `Content-Length`,
    /// `Content-Type`,
    ///   `Date`, `Transfer-Encoding`, …),
    /// - the value has a control character, or a blank at either end (RFC 9110, section 5.5).
    /// @code
    /// sluice::response_fields fields;
    /// fields.add("Access-Control-Allow-Origin", "https://app.example");
    /// @endcode
    void add(std::string_view name, std::string_view value);
    /// Appends all fields of `others`.
    void add(response_fields const& others) { text_ += others.text_; }

    /// Whether a field can have this value, so that `add` does not throw for it.
    [[nodiscard]] static bool is_value(std::string_view value) noexcept;

    /// Whether there are no fields.
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
    /// Calls `each(name, value)` with two views for each field, in order: for copying them into the message type of
    /// another library.
    template <class F>
    void for_each(F each) const
    {
        for (std::string_view rest = text_; !rest.empty();) {
            auto const line = rest.substr(0, rest.find("\r\n"));
            auto const colon = line.find(": ");
            each(line.substr(0, colon), line.substr(colon + 2));
            rest.remove_prefix(line.size() + 2);
        }
    }
    /// All fields as lines, each ended by CR LF.
    [[nodiscard]] std::string const& text() const noexcept { return text_; }

private:
    std::string text_;
};

} // namespace sluice
