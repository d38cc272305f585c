#include <sluice/session/session_meta.hpp>

#include <cstddef>
#include <string_view>
#include <utility>

namespace sluice {
namespace {

/// Replaces the value by the newer one unless that is empty.
template <class T>
void take_named(T& older, T& newer)
{
    if (!newer.empty()) {
        older = std::move(newer);
    }
}

/// The length of the longest prefix that has at most this many bytes and ends at the end of a UTF-8 character.
[[nodiscard]] std::size_t length_within(std::string_view text, std::size_t bytes) noexcept
{
    if (text.size() <= bytes) {
        return text.size();
    }
    constexpr unsigned char continuation_mask = 0xc0;
    constexpr unsigned char continuation = 0x80;
    while (bytes != 0 && (static_cast<unsigned char>(text[bytes]) & continuation_mask) == continuation) {
        --bytes;
    }
    return bytes;
}

/// Allots the bytes that may be kept, first come first served.
class allowance {
public:
    [[nodiscard]] bool exceeded() const noexcept { return exceeded_; }

    void operator()(std::string& text)
    {
        auto const fits = length_within(text, left_);
        if (fits != text.size()) {
            exceeded_ = true;
            left_ = 0;
            text.resize(fits);
            text.shrink_to_fit();
        } else {
            left_ -= fits;
        }
    }

    void operator()(std::vector<std::pair<std::string, std::string>>& list)
    {
        std::size_t kept = 0;
        while (kept != list.size() && list[kept].first.size() < left_) {
            (*this)(list[kept].first);
            (*this)(list[kept].second);
            ++kept;
        }
        exceeded_ = exceeded_ || kept != list.size();
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(kept), list.end());
    }

private:
    std::size_t left_ = max_kept_of_request;
    bool exceeded_ = false;
};

} // namespace

std::string_view kept_user_agent(session_meta const& m) noexcept
{
    return std::string_view{m.user_agent}.substr(0, length_within(m.user_agent, max_kept_of_request));
}

bool cut_to_limit(session_meta& m)
{
    allowance left;
    left(m.user_agent);
    left(m.client_version);
    left(m.headers);
    left(m.query_parameters);
    return left.exceeded();
}

void merge(session_meta& older, session_meta newer)
{
    take_named(older.user_agent, newer.user_agent);
    take_named(older.remote_address, newer.remote_address);
    older.grant = std::move(newer.grant);
    take_named(older.client_version, newer.client_version);
    take_named(older.subscriptions, newer.subscriptions);
    if (!newer.topics.empty() || !newer.topic_patterns.empty()) {
        older.topics = std::move(newer.topics);
        older.topic_patterns = std::move(newer.topic_patterns);
    }
    take_named(older.headers, newer.headers);
    take_named(older.query_parameters, newer.query_parameters);
}

} // namespace sluice
