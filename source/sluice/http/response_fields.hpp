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
    /// Adds all of the others behind those that are there.
    void add(response_fields const& others) { text_ += others.text_; }

    /// Whether a field can have the value: `add` does not throw for it.
    [[nodiscard]] static bool is_value(std::string_view value) noexcept;

    /// Whether there is none.
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
    /// Calls `each(name, value)`, with views, for each field in order: to copy them into another library's message.
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
    /// The lines of all fields, each ended by CR LF.
    [[nodiscard]] std::string const& text() const noexcept { return text_; }

private:
    std::string text_;
};

} // namespace sluice
