#include <sluice/client/held_text.hpp>

#include <sluice/client/utf8_repair.hpp>
#include <sluice/event/event.hpp>

namespace sluice {

void held_text::set(std::string_view text)
{
    view_ = text;
    if (!is_utf8(text)) {
        buffer_.clear();
        append_repaired_utf8(buffer_, text);
        view_ = buffer_;
    }
}

void held_text::append_line(std::string_view text)
{
    keep();
    buffer_ += '\n';
    if (is_utf8(text)) {
        buffer_ += text;
    } else {
        append_repaired_utf8(buffer_, text);
    }
    view_ = buffer_;
}

void held_text::keep()
{
    if (!kept()) {
        buffer_.assign(view_);
        view_ = buffer_;
    }
}

} // namespace sluice
