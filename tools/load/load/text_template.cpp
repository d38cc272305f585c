#include "text_template.hpp"

namespace sluice::load {

std::string fill_in(std::string_view text, std::string_view placeholder, std::string_view value)
{
    std::string filled;
    for (auto found = text.find(placeholder); found != std::string_view::npos; found = text.find(placeholder)) {
        filled.append(text.substr(0, found)).append(value);
        text.remove_prefix(found + placeholder.size());
    }
    return filled.append(text);
}

body_template::body_template(std::string_view text)
{
    constexpr std::string_view placeholder = "{data}";
    for (auto found = text.find(placeholder); found != std::string_view::npos; found = text.find(placeholder)) {
        pieces_.emplace_back(text.substr(0, found));
        text.remove_prefix(found + placeholder.size());
    }
    pieces_.emplace_back(text);
}

void body_template::write(std::string& out, std::string_view data) const
{
    out += pieces_.front();
    for (std::size_t i = 1; i < pieces_.size(); ++i) {
        out.append(data).append(pieces_[i]);
    }
}

} // namespace sluice::load
