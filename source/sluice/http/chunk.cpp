#include <sluice/http/chunk.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

namespace sluice {
namespace {

constexpr std::string_view line_end = "\r\n";
// Eight hexadecimal digits are 4 GiB.
static_assert(batch::head_room >= 8 + line_end.size() && batch::tail_room >= line_end.size());

} // namespace

std::string_view chunk_of(batch const& b) noexcept
{
    if (b.framed().empty()) {
        std::array<char, batch::head_room> head{};
        char* const digits_end = std::to_chars(head.data(), head.data() + head.size(), b.payload().size(), 16).ptr;
        char* const head_end = std::ranges::copy(line_end, digits_end).out;
        b.frame_with({head.data(), head_end}, line_end);
    }
    return b.framed();
}

void append_chunk(std::string& out, std::string_view text)
{
    fmt::format_to(std::back_inserter(out), "{:x}\r\n{}\r\n", text.size(), text);
}

} // namespace sluice
