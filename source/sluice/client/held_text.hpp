#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

/// A field's value: a view into the input while that suffices, else text in a buffer that is reused.
class held_text {
public:
    held_text() = default;
    held_text(held_text const&) = delete;
    held_text& operator=(held_text const&) = delete;
    ~held_text() = default;

    [[nodiscard]] std::string_view view() const noexcept { return view_; }
    [[nodiscard]] std::size_t size() const noexcept { return view_.size(); }

    /// How much memory the buffer has.
    [[nodiscard]] std::size_t footprint() const noexcept { return buffer_.capacity(); }

    void clear() noexcept { view_ = {}; }

    /// Refers to the text, which must stay valid until `keep`. Invalid UTF-8 is repaired (and then copied).
    void set(std::string_view text);
    /// Appends a line feed and the text, with invalid UTF-8 repaired.
    void append_line(std::string_view text);
    /// Copies the text if it still lies in the input, which is about to become invalid.
    void keep();

private:
    [[nodiscard]] bool kept() const noexcept { return view_.data() == buffer_.data(); }

    std::string buffer_;
    std::string_view view_;
};

} // namespace sluice
