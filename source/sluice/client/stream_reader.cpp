#include <sluice/client/stream_reader.hpp>

#include <cstring>
#include <utility>

namespace sluice {
namespace {

/// Enough for a response's head, and for many events.
constexpr std::size_t buffer_bytes = std::size_t{64} << 10U;

} // namespace

stream_reader::stream_reader(std::size_t max_event_bytes, std::string last_event_id)
    : parser_{max_event_bytes, std::move(last_event_id)}
{
}

void stream_reader::begin_response()
{
    begin_ = end_ = 0;
    gzip_ = nullptr;
    coded_ = {};
    text_ = {};
    response_.reset();
    parser_.reset();
}

boost::asio::mutable_buffer stream_reader::prepare()
{
    if (!buffer_) {
        buffer_ = std::make_unique_for_overwrite<char[]>(buffer_bytes);
    }
    auto const rest = unread();
    std::memmove(buffer_.get(), rest.data(), rest.size());
    begin_ = 0;
    end_ = rest.size();
    return {buffer_.get() + end_, buffer_bytes - end_};
}

bool stream_reader::read_head()
{
    auto rest = unread();
    bool const whole = response_.read_head(rest);
    consume_all_but(rest);
    return whole;
}

bool stream_reader::next(event_view& out)
{
    while (!parser_.failed()) {
        if (text_.empty()) {
            text_ = gzip_ ? next_text() : next_body();
        }
        if (text_.empty()) {
            break;
        }
        if (parser_.next(text_, out)) {
            return true;
        }
    }
    return false;
}

/// The next piece of the body as it arrived; in the buffer.
std::string_view stream_reader::next_body()
{
    auto rest = unread();
    auto const piece = response_.next_body(rest);
    consume_all_but(rest);
    return piece;
}

/// The next piece of the body, decoded.
std::string_view stream_reader::next_text()
{
    for (;;) {
        auto const text = gzip_->next(coded_);
        if (!text.empty() || gzip_->failed()) {
            return text;
        }
        coded_ = next_body();
        if (coded_.empty()) {
            return {};
        }
    }
}

} // namespace sluice
