#include "request_reader.hpp"

#include "../common/http_head.hpp"

#include <algorithm>

namespace sluice::load {
namespace {

constexpr std::size_t max_head = std::size_t{16} * 1024;
constexpr std::size_t max_body = std::size_t{8} * 1024 * 1024;

} // namespace

void request_reader::append(std::string_view bytes)
{
    buffer_.erase(0, taken_);
    taken_ = 0;
    buffer_.append(bytes);
}

request_reader::result request_reader::next(request& out)
{
    const auto rest = std::string_view(buffer_).substr(taken_);
    const auto head_end = rest.find("\r\n\r\n");
    if (head_end == std::string_view::npos) {
        return rest.size() > max_head ? result::bad : result::incomplete;
    }
    const auto head = rest.substr(0, head_end + 2);
    const auto line = head.substr(0, head.find("\r\n"));
    const auto first_space = line.find(' ');
    const auto last_space = line.rfind(' ');
    if (first_space == last_space || find_header(head, "transfer-encoding")) {
        return result::bad;
    }
    const auto body_size = content_length(head).value_or(0);
    if (body_size > max_body) {
        return result::bad;
    }
    const auto body_begin = head_end + 4;
    if (rest.size() - body_begin < body_size) {
        return result::incomplete;
    }
    const auto target = line.substr(first_space + 1, last_space - first_space - 1);
    const auto path_size = std::min(target.find('?'), target.size());
    out = {.method = line.substr(0, first_space),
           .path = target.substr(0, path_size),
           .query = target.substr(std::min(path_size + 1, target.size())),
           .body = rest.substr(body_begin, body_size),
           .is_batch = find_header(head, "content-type") == "application/x-ndjson"};
    taken_ += body_begin + body_size;
    return result::complete;
}

} // namespace sluice::load
