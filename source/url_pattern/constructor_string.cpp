#include <url_pattern/constructor_string.hpp>

#include <url_pattern/parts.hpp>
#include <url_pattern/token.hpp>

#include <algorithm>
#include <vector>

namespace sluice::url_pattern {

namespace {

// The states in the standard's order; those of components have a component each.
enum class state { init, protocol, authority, username, password, hostname, port, pathname, search, hash, done };

std::optional<component> component_of(state s) noexcept
{
    switch (s) {
    case state::protocol:
        return component::protocol;
    case state::username:
        return component::username;
    case state::password:
        return component::password;
    case state::hostname:
        return component::hostname;
    case state::port:
        return component::port;
    case state::pathname:
        return component::pathname;
    case state::search:
        return component::search;
    case state::hash:
        return component::hash;
    case state::init:
    case state::authority:
    case state::done:
        break;
    }
    return std::nullopt;
}

class splitter {
public:
    explicit splitter(std::string_view text) : text_{text}, tokens_{tokenize(text, token_policy::lenient)} {}

    component_texts run()
    {
        while (state_ != state::done) {
            increment_ = 1;
            if (tokens_[at_].type == token_type::end) {
                at_end();
            } else if (!inside_group()) {
                step();
            }
            at_ += increment_;
        }
        if (found_[component::hostname] && !found_[component::port]) {
            found_[component::port] = {"", 0};
        }
        return std::move(found_);
    }

private:
    void at_end()
    {
        if (state_ == state::init) {
            // No protocol: a pattern that is relative to a base.
            rewind();
            if (is_plain(at_, '#')) {
                change(state::hash, 1);
            } else if (is_search_prefix()) {
                change(state::search, 1);
            } else {
                change(state::pathname, 0);
            }
        } else if (state_ == state::authority) {
            rewind_to(state::hostname);
        } else {
            change(state::done, 0);
        }
    }

    /// What stands in braces belongs to the component in which they open.
    bool inside_group()
    {
        auto const type = tokens_[at_].type;
        if (type == token_type::open) {
            ++depth_;
            return true;
        }
        if (depth_ == 0) {
            return false;
        }
        if (type != token_type::close) {
            return true;
        }
        --depth_;
        return depth_ != 0;
    }

    void step()
    {
        switch (state_) {
        case state::init:
            if (is_plain(at_, ':')) {
                rewind_to(state::protocol);
            }
            break;
        case state::protocol:
            if (is_plain(at_, ':')) {
                end_of_protocol();
            }
            break;
        case state::authority:
            if (is_plain(at_, '@')) {
                rewind_to(state::username);
            } else if (is_plain(at_, '/') || is_search_prefix() || is_plain(at_, '#')) {
                rewind_to(state::hostname);
            }
            break;
        case state::username:
            if (is_plain(at_, ':')) {
                change(state::password, 1);
            } else if (is_plain(at_, '@')) {
                change(state::hostname, 1);
            }
            break;
        case state::password:
            if (is_plain(at_, '@')) {
                change(state::hostname, 1);
            }
            break;
        default:
            step_behind_authority();
        }
    }

    void step_behind_authority()
    {
        if (state_ == state::hostname && is_plain(at_, '[')) {
            ++brackets_;
        } else if (state_ == state::hostname && is_plain(at_, ']')) {
            --brackets_;
        } else if (state_ == state::hostname && is_plain(at_, ':') && brackets_ == 0) {
            change(state::port, 1);
        } else if (state_ < state::pathname && is_plain(at_, '/')) {
            change(state::pathname, 0);
        } else if (state_ < state::search && is_search_prefix()) {
            change(state::search, 1);
        } else if (state_ < state::hash && is_plain(at_, '#')) {
            change(state::hash, 1);
        }
    }

    void end_of_protocol()
    {
        special_ = matches_special_scheme(component_string());
        if (is_plain(at_ + 1, '/') && is_plain(at_ + 2, '/')) {
            change(state::authority, 3);
        } else {
            change(special_ ? state::authority : state::pathname, 1);
        }
    }

    /// Ends the present component, and begins the next one `skip` tokens on. Components that were passed over on the
    /// way are empty, those behind the last one are not there.
    void change(state next, std::size_t skip)
    {
        if (auto const ended = component_of(state_)) {
            found_[*ended] =
                component_text{std::string{component_string()}, static_cast<std::ptrdiff_t>(tokens_[begin_].index)};
        }
        if (state_ != state::init && next != state::done) {
            if (state_ < state::hostname && next > state::hostname) {
                leave_out(component::hostname, "");
            }
            if (state_ < state::pathname && next > state::pathname) {
                leave_out(component::pathname, special_ ? "/" : "");
            }
            if (state_ < state::search && next > state::search) {
                leave_out(component::search, "");
            }
        }
        state_ = next;
        at_ += skip;
        begin_ = at_;
        increment_ = 0;
    }

    void leave_out(component which, char const* text)
    {
        if (!found_[which]) {
            found_[which] = component_text{text, 0};
        }
    }

    void rewind()
    {
        at_ = begin_;
        increment_ = 0;
    }
    void rewind_to(state next)
    {
        rewind();
        state_ = next;
    }

    [[nodiscard]] token const& safe_token(std::size_t at) const { return tokens_[std::min(at, tokens_.size() - 1)]; }

    /// Whether the token is this character and has no meaning of its own.
    [[nodiscard]] bool is_plain(std::size_t at, char c) const
    {
        auto const& t = safe_token(at);
        return t.value == std::string_view{&c, 1} &&
               (t.type == token_type::character || t.type == token_type::escaped || t.type == token_type::invalid);
    }

    /// A question mark begins the search, except where it is the modifier of what stands before it.
    [[nodiscard]] bool is_search_prefix() const
    {
        if (is_plain(at_, '?')) {
            return true;
        }
        if (tokens_[at_].value != "?") {
            return false;
        }
        if (at_ == 0) {
            return true;
        }
        auto const before = tokens_[at_ - 1].type;
        return before != token_type::name && before != token_type::regexp && before != token_type::close &&
               before != token_type::asterisk;
    }

    [[nodiscard]] std::string_view component_string() const
    {
        auto const from = safe_token(begin_).index;
        return text_.substr(from, tokens_[at_].index - from);
    }

    std::string_view text_;
    std::vector<token> tokens_;
    component_texts found_;
    std::size_t at_ = 0;
    std::size_t begin_ = 0;
    std::size_t increment_ = 1;
    std::size_t depth_ = 0;
    int brackets_ = 0;
    bool special_ = false;
    state state_ = state::init;
};

} // namespace

std::string_view name_of(component which) noexcept
{
    static constexpr std::array<std::string_view, component_count> names{"protocol", "username", "password", "hostname",
                                                                         "port",     "pathname", "search",   "hash"};
    return names[static_cast<std::size_t>(which)];
}

component_texts split_pattern(std::string_view pattern) { return splitter{pattern}.run(); }

} // namespace sluice::url_pattern
