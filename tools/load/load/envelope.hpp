#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::load {

/// What a server puts around the data of each event, as in `{"pub":{"data":"{data}"}}`.
class envelope {
public:
    /// The text has `{data}` once.
    explicit envelope(std::string_view text)
        : front_(text.substr(0, text.find(place))), back_(text.substr(text.find(place) + place.size()))
    {
    }

    /// The data within; nothing when something else is around it.
    std::optional<std::string_view> open(std::string_view text) const
    {
        if (text.size() < front_.size() + back_.size() || !text.starts_with(front_) || !text.ends_with(back_)) {
            return std::nullopt;
        }
        return text.substr(front_.size(), text.size() - front_.size() - back_.size());
    }

private:
    static constexpr std::string_view place = "{data}";

    std::string front_;
    std::string back_;
};

} // namespace sluice::load
