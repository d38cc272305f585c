#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::load {

/// The bearer tokens of the streams. Each connection takes the next one, all over and over again: as many tokens as
/// streams means that a stream comes back with one that the server has seen, twice as many that it has not.
class token_list {
public:
    explicit token_list(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {}

    /// Empty if there are none.
    std::string_view next();

private:
    std::vector<std::string> tokens_;
    std::size_t turn_ = 0;
};

/// One from each line of the file that is not empty; throws std::runtime_error if there is none.
token_list read_tokens(const std::string& file_name);

} // namespace sluice::load
