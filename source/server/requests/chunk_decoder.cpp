#include "chunk_decoder.hpp"

#include <sluice/http/characters.hpp>
#include <sluice/http/field_value.hpp>

#include <boost/beast/http/chunk_encode.hpp>

#include <algorithm>
#include <charconv>

namespace sluice::server {
namespace {

using namespace std::string_view_literals;

/// The longest trailer section: as long as a header section.
constexpr std::size_t trailer_limit = std::size_t{16} << 10U;
/// How much longer the framing may be than necessary. Extensions are rarely used and never needed.
constexpr std::size_t excess_limit = std::size_t{16} << 10U;
/// How much framing each chunk may have besides twice its data: a size with leading zeros and two line ends.
constexpr std::size_t framing_allowance = 16;

[[nodiscard]] bool is_field(std::string_view line)
{
    auto const colon = line.find(':');
    return colon != std::string_view::npos && is_token(line.substr(0, colon)) &&
           std::ranges::none_of(line.substr(colon), is_refused_in_value);
}

[[nodiscard]] bool are_extensions(std::string_view text)
{
    boost::beast::http::chunk_extensions parsed;
    error_code ec;
    parsed.parse({text.data(), text.size()}, ec);
    return !ec;
}

} // namespace

expected<std::size_t> chunk_decoder::take_framing(std::string_view bytes)
{
    std::size_t taken = 0;
    while (taken != bytes.size() && data_left_ == 0 && !is_complete()) {
        auto const rest = bytes.substr(taken);
        auto const part = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
        taken += part.size();
        if (!extend_line(part)) {
            return wrong_line_end();
        }
        if (auto const fits = check_lengths(); fits.has_error()) {
            return fits.error();
        }
        if (part.back() == '\n') {
            if (auto const read = end_line(); read.has_error()) {
                return read.error();
            }
            line_.clear();
        }
    }
    return expected<std::size_t>{boost::system::in_place_value, taken};
}

problem chunk_decoder::wrong_line_end() const
{
    return bad_request(expected_ == line_kind::data_end ? "a chunk's data does not end where its size says"
                                                        : "a line of the chunked body does not end with CR LF");
}

/// False if there is a CR or LF that is not a line end. A CR as the last byte may still become one.
bool chunk_decoder::extend_line(std::string_view part)
{
    bool const cr_waits = line_.ends_with('\r');
    line_ += part;
    if (cr_waits && part.front() != '\n') {
        return false;
    }
    auto const cr = part.find('\r');
    bool const ends_here = cr == std::string_view::npos || cr + 1 == part.size() || part.substr(cr) == "\r\n";
    bool const is_bare_lf = part.back() == '\n' && !line_.ends_with("\r\n");
    bool const is_expected = expected_ != line_kind::data_end || "\r\n"sv.starts_with(line_);
    return ends_here && !is_bare_lf && is_expected;
}

expected<void> chunk_decoder::check_lengths()
{
    if (expected_ == line_kind::trailer) {
        if (trailer_bytes_ + line_.size() > trailer_limit) {
            return problem{.status = 431, .detail = "the trailer section is longer than 16 KiB"};
        }
    } else if (excess_ + line_.size() > excess_limit) {
        return bad_request("the framing of the chunks is too long");
    }
    return {};
}

expected<void> chunk_decoder::end_line()
{
    auto const line = std::string_view{line_}.substr(0, line_.size() - 2);
    switch (expected_) {
    case line_kind::size:
        return read_size(line);
    case line_kind::data_end:
        expected_ = line_kind::size;
        return {};
    case line_kind::trailer:
        trailer_bytes_ += line_.size();
        if (line.empty()) {
            expected_ = line_kind::none;
            return {};
        }
        return is_field(line) ? expected<void>{} : bad_request("a trailer is not a field");
    case line_kind::none:
        break;
    }
    return {};
}

expected<void> chunk_decoder::read_size(std::string_view line)
{
    std::uint64_t size = 0;
    auto const [end, ec] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
    auto const behind = line.substr(static_cast<std::size_t>(end - line.data()));
    if (ec != std::errc{}) {
        return bad_request("a chunk's size is not a hexadecimal number of at most 64 bits");
    }
    if (!behind.empty() && (!trim(behind).starts_with(';') || !are_extensions(behind))) {
        return bad_request("what follows a chunk's size is not an extension");
    }
    excess_ += line_.size();
    excess_ -= std::min<std::uint64_t>(excess_, framing_allowance + 2 * std::min(size, std::uint64_t{excess_limit}));
    data_left_ = size;
    expected_ = size == 0 ? line_kind::trailer : line_kind::data_end;
    return {};
}

} // namespace sluice::server
