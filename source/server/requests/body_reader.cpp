#include "body_reader.hpp"

#include <algorithm>
#include <utility>

namespace sluice::server {
namespace {

/// How much is unpacked before other work has its turn.
constexpr std::size_t most_unpacked = std::size_t{64} << 10U;

[[nodiscard]] problem body_too_large() { return {.status = 413, .detail = "the body is too large"}; }

} // namespace

void body_reader::set(body_terms terms)
{
    terms_ = terms;
    if (terms.packed && terms.kept && !is_complete()) {
        gzip_.emplace();
    }
}

std::size_t body_reader::footprint() const noexcept { return body_.capacity() + (gzip_ ? gzip_decoder::footprint : 0); }

expected<body_reader::progress> body_reader::read(std::string_view& from)
{
    while (has_more_packed() || !is_complete()) {
        if (data_left() > terms_.limit - taken_) {
            return body_too_large();
        }
        if (from.empty() && !has_more_packed()) {
            return progress::need_more;
        }
        if (data_left() == 0 && !has_more_packed()) {
            auto const framing = chunks_.take_framing(from);
            if (framing.has_error()) {
                return framing.error();
            }
            from.remove_prefix(*framing);
            continue;
        }
        auto const data = from.substr(0, data_left());
        from.remove_prefix(take_data(data));
        if (body_.size() > terms_.limit) {
            return body_too_large();
        }
        if (has_more_packed()) {
            return progress::wants_turn;
        }
    }
    if (gzip_ && !gzip_->is_whole()) {
        unreadable_ = bad_request("the body's gzip is cut short");
    }
    return progress::complete;
}

/// Adds data to the body and returns how much of it was consumed.
std::size_t body_reader::take_data(std::string_view data)
{
    auto taken = data.size();
    if (gzip_) {
        auto const room = std::min(most_unpacked, terms_.limit + 1 - body_.size());
        make_room(room);
        auto const used = gzip_->unpack(data, body_, room);
        if (used) {
            taken = *used;
        } else {
            unreadable_ = bad_request("the body is not gzip");
            gzip_.reset();
            terms_.kept = false;
            body_ = {};
        }
    } else if (terms_.kept) {
        make_room(data.size());
        body_ += data;
    }
    taken_ += taken;
    if (length_) {
        left_ -= taken;
    } else {
        chunks_.pass_data(taken);
    }
    return taken;
}

/// Grows the body's memory by doubling, but not beyond what the body can need, as a string would by itself.
void body_reader::make_room(std::size_t bytes)
{
    auto const needed = body_.size() + bytes;
    if (needed > body_.capacity()) {
        auto const most = length_ && !gzip_ ? static_cast<std::size_t>(*length_) : terms_.limit + 1;
        std::string larger;
        larger.reserve(std::max(needed, std::min(2 * body_.capacity(), most)));
        larger += body_;
        body_ = std::move(larger);
    }
}

} // namespace sluice::server
