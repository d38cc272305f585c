#include "token_list.hpp"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>
#include <utility>

namespace sluice::load {

std::string_view token_list::next()
{
    if (tokens_.empty()) {
        return {};
    }
    return tokens_[turn_++ % tokens_.size()];
}

token_list read_tokens(const std::string& file_name)
{
    std::vector<std::string> tokens;
    std::ifstream file(file_name);
    for (std::string line; std::getline(file, line);) {
        if (!line.empty()) {
            tokens.push_back(std::move(line));
        }
    }
    if (tokens.empty()) {
        throw std::runtime_error(fmt::format("{}: there is no token in it", file_name));
    }
    return token_list(std::move(tokens));
}

} // namespace sluice::load
