#include <url_pattern/topic.hpp>

#include <url_pattern/url.hpp>

namespace sluice::url_pattern {

outcome<base_url> base_url::parse(std::string_view text)
{
    auto parsed = parse_url(text);
    if (!parsed) {
        return failure{"the base is no absolute URL"};
    }
    return base_url{std::make_shared<url const>(*std::move(parsed))};
}

topic::topic(std::string_view text, base_url const& base) : text_{text}
{
    auto const parsed = parse_url(text, &base.parts());
    if (!parsed) {
        return;
    }
    for (auto const& component : {parsed->scheme, parsed->host.value_or(""), parsed->port, parsed->path, parsed->query,
                                  parsed->fragment, parsed->username, parsed->password}) {
        lines_ += component;
        lines_ += '\n';
    }
}

} // namespace sluice::url_pattern
