#include <url_pattern/refused.hpp>

#include <url_pattern/utf8.hpp>

#include <algorithm>
#include <utility>

namespace sluice::url_pattern {

std::string one_line(std::string message)
{
    constexpr std::size_t longest = 200;
    std::ranges::replace_if(message, [](char c) { return (c >= 0 && c < ' ') || c == '\x7F'; }, ' ');
    if (message.size() > longest) {
        std::size_t end = 0;
        while (end + utf8_length(message[end]) <= longest) {
            end += utf8_length(message[end]);
        }
        message.replace(end, message.size() - end, "…");
    }
    return message;
}

} // namespace sluice::url_pattern
