#include "json_array.hpp"

#include <sluice/http/problem.hpp>

namespace sluice::server {

std::string json_array(std::vector<std::string> const& texts)
{
    std::string array;
    for (auto const& text : texts) {
        array += array.empty() ? "[" : ",";
        array += json_string(text);
    }
    return array.empty() ? "[]" : array + "]";
}

} // namespace sluice::server
