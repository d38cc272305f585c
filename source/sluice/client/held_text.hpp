#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

/// A field's value: a view into the input as long as that will do, else a text in a buffer that is used again.
class held_text {
public:
    held_text() = default;
    held_text(held_text const&) = delete;
    held_text& operator=(held_text const&) = delete;
    ~held_text() = default;

    [[nodiscard]] std::string_view view() const noexcept { return view_; }
    [[nodiscard]] std::size_t size() const noexcept { return view_.size(); }

    void clear() noexcept { view_ = {}; }

    /// Takes the text, which stays where it is until `keep`. It is made valid UTF-8.
    void set(std::string_view text);
    /// Adds a line feed and the text, made valid UTF-8.
    void append_line(std::string_view text);
    /// Copies what still lies in the input: that goes away.
    void keep();

private:
    [[nodiscard]] bool kept() const noexcept { return view_.data() == buffer_.data(); }

    std::string buffer_;
    std::string_view view_;
};

} // namespace sluice
