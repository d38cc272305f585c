#pragma once

#include <string>
#include <string_view>

namespace sluice::test {

/// The bytes as gzip (RFC 1952), of one member.
std::string gzip(std::string_view bytes);

} // namespace sluice::test
