#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

struct reference_event {
    std::string type;
    std::string data;
    std::string last_event_id;

    friend bool operator==(reference_event const&, reference_event const&) = default;
};

/// All that a stream says.
struct reference_result {
    std::vector<reference_event> events;
    std::string last_event_id;
    std::optional<std::uint64_t> retry; ///< in milliseconds, at most 2^31 - 1

    friend bool operator==(reference_result const&, reference_result const&) = default;
};

/// Reads a whole stream by the letter of the WHATWG HTML Standard, 9.2.5 and 9.2.6: decodes all of it to code points,
/// cuts those into lines, follows the steps for each. Slow and simple: what the real parser is compared with.
reference_result parse_by_reference(std::string_view stream);

} // namespace sluice::test
