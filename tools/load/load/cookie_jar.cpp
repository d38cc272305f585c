#include "cookie_jar.hpp"

#include "../common/http_head.hpp"

namespace sluice::load {
namespace {

constexpr std::string_view separator = "; ";

std::string_view without_blanks_in_front(std::string_view text)
{
    const auto first = text.find_first_not_of(' ');
    return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

/// `attributes` as in "; Path=/; Max-Age=0".
bool takes_away(std::string_view attributes)
{
    while (!attributes.empty()) {
        attributes.remove_prefix(1);
        const auto end = attributes.find(';');
        if (equals_ignoring_case(without_blanks_in_front(attributes.substr(0, end)), "max-age=0")) {
            return true;
        }
        attributes = end == std::string_view::npos ? std::string_view() : attributes.substr(end);
    }
    return false;
}

} // namespace

void cookie_jar::take(std::string_view head)
{
    while (const auto value = find_header(head, "set-cookie")) {
        head.remove_prefix(static_cast<std::size_t>(value->data() + value->size() - head.data()));
        set(*value);
    }
}

void cookie_jar::set(std::string_view value)
{
    const auto end = value.find(';');
    const auto pair = value.substr(0, end);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        return;
    }
    remove(pair.substr(0, equals + 1));
    if (end != std::string_view::npos && takes_away(value.substr(end))) {
        return;
    }
    std::string pairs; // of just the size that it needs
    pairs.reserve(pairs_.size() + (pairs_.empty() ? 0 : separator.size()) + pair.size());
    pairs.append(pairs_).append(pairs_.empty() ? std::string_view() : separator).append(pair);
    pairs_ = std::move(pairs);
}

/// `name` with its equals sign.
void cookie_jar::remove(std::string_view name)
{
    for (std::size_t at = 0; at < pairs_.size();) {
        auto end = pairs_.find(separator, at);
        end = end == std::string::npos ? pairs_.size() : end + separator.size();
        if (std::string_view(pairs_).substr(at).starts_with(name)) {
            pairs_.erase(at, end - at);
        } else {
            at = end;
        }
    }
    if (pairs_.ends_with(separator)) {
        pairs_.resize(pairs_.size() - separator.size());
    }
}

} // namespace sluice::load
