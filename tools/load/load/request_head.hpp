#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::load {

/// The beginning of a request: its line and header fields, without the empty line, so that more fields can follow.
/// `given` are fields as `Name: value`; one of them takes the place of the field of that name in `usual`.
std::string make_head(std::string_view method, std::string_view target, const std::vector<std::string>& usual,
                      const std::vector<std::string>& given);

/// Empty when `text` can be a header field as `Name: value`, else what is wrong with it.
std::string check_header(const std::string& text);

} // namespace sluice::load
