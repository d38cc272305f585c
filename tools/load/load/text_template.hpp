#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::load {

/// `text` with `value` in every place of `placeholder`.
std::string fill_in(std::string_view text, std::string_view placeholder, std::string_view value);

/// The text of a published event: what the template has, with the event's data in every place of `{data}`. Cut once,
/// since it is written for every event.
class body_template {
public:
    explicit body_template(std::string_view text);

    void write(std::string& out, std::string_view data) const;

private:
    std::vector<std::string> pieces_; ///< the data goes between them
};

} // namespace sluice::load
