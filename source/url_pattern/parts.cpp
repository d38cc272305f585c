#include <url_pattern/parts.hpp>

#include <url_pattern/canonical.hpp>
#include <url_pattern/expression.hpp>
#include <url_pattern/percent.hpp>
#include <url_pattern/refused.hpp>
#include <url_pattern/regexp.hpp>
#include <url_pattern/token.hpp>
#include <url_pattern/url.hpp>

#include <algorithm>
#include <utility>

namespace sluice::url_pattern {

namespace {

constexpr std::string_view anything = R"([^\n]*)";

class parts_parser {
public:
    parts_parser(std::string_view text, component_rules const& rules)
        : rules_{rules}, tokens_{tokenize(text, token_policy::strict)}
    {
    }

    std::vector<part> run()
    {
        while (at_ != tokens_.size()) {
            auto const* const character = take(token_type::character);
            auto const* const name = take(token_type::name);
            auto const* const matcher = take_matcher(name);
            if (name != nullptr || matcher != nullptr) {
                with_preceding(character, name, matcher);
            } else if (auto const* const fixed = character != nullptr ? character : take(token_type::escaped)) {
                pending(*fixed);
            } else if (take(token_type::open) != nullptr) {
                group();
            } else {
                end_fixed();
                require(token_type::end);
            }
        }
        return std::move(parts_);
    }

private:
    token const* take(token_type type)
    {
        return at_ != tokens_.size() && tokens_[at_].type == type ? &tokens_[at_++] : nullptr;
    }

    /// An expression, or a wildcard where no name stands before it.
    token const* take_matcher(token const* name)
    {
        auto const* const found = take(token_type::regexp);
        return found == nullptr && name == nullptr ? take(token_type::asterisk) : found;
    }

    token const* take_modifier()
    {
        auto const* const found = take(token_type::modifier);
        return found == nullptr ? take(token_type::asterisk) : found;
    }

    void require(token_type type)
    {
        if (take(type) != nullptr) {
            return;
        }
        auto const& found = tokens_[at_];
        throw refused{found.index, found.type == token_type::end
                                       ? "a { without its }"
                                       : "unexpected " + std::string{found.value} +
                                             (type == token_type::close ? " within {…}" : "")};
    }

    /// A name or an expression, with the character before it, which may be its prefix.
    void with_preceding(token const* character, token const* name, token const* matcher)
    {
        std::string prefix;
        if (character != nullptr) {
            if (rules_.prefix != '\0' && character->value == std::string_view{&rules_.prefix, 1}) {
                prefix = character->value;
            } else {
                pending(*character);
            }
        }
        end_fixed();
        add(prefix, name, matcher, "", take_modifier());
    }

    void group()
    {
        auto const begin = tokens_[at_].index;
        auto const prefix = take_text();
        auto const* const name = take(token_type::name);
        auto const* const matcher = take_matcher(name);
        auto const suffix = take_text();
        require(token_type::close);
        auto const* const modifier = take_modifier();
        if (name == nullptr && matcher == nullptr && modifier == nullptr) {
            fixed_at_ = fixed_.empty() ? begin : fixed_at_;
            fixed_ += prefix;
            return;
        }
        end_fixed();
        fixed_at_ = begin;
        add(prefix, name, matcher, suffix, modifier);
    }

    std::string take_text()
    {
        std::string text;
        for (;;) {
            auto const* found = take(token_type::character);
            found = found == nullptr ? take(token_type::escaped) : found;
            if (found == nullptr) {
                return text;
            }
            text += found->value;
        }
    }

    void pending(token const& t)
    {
        fixed_at_ = fixed_.empty() ? t.index : fixed_at_;
        fixed_ += t.value;
    }

    /// Fixed text is encoded as a whole: `/a/../b` is `/b` only if it is seen at once.
    void end_fixed()
    {
        if (!fixed_.empty()) {
            parts_.push_back({.prefix = canonical(fixed_),
                              .expression = {},
                              .reach = wildcard::none,
                              .suffix = {},
                              .modifier = '\0'});
            fixed_.clear();
        }
    }

    void add(std::string const& prefix, token const* name, token const* matcher, std::string const& suffix,
             token const* modifier)
    {
        char const times = modifier == nullptr ? '\0' : modifier->value[0];
        if (name == nullptr && matcher == nullptr) {
            if (!prefix.empty()) {
                parts_.push_back({.prefix = canonical(prefix),
                                  .expression = {},
                                  .reach = wildcard::none,
                                  .suffix = {},
                                  .modifier = times});
            }
            return;
        }
        if (name != nullptr) {
            if (std::ranges::find(names_, name->value) != names_.end()) {
                throw refused{name->index, "a second group named :" + std::string{name->value}};
            }
            names_.push_back(name->value);
        }
        fixed_at_ = name != nullptr ? name->index : matcher->index;
        parts_.push_back({.prefix = canonical(prefix),
                          .expression = expression(matcher),
                          .reach = reach(matcher),
                          .suffix = canonical(suffix),
                          .modifier = times});
    }

    [[nodiscard]] std::string expression(token const* matcher) const
    {
        if (matcher == nullptr) {
            return rules_.delimiter == '\0' ? R"([^\n]+)" : std::string{"[^\\n"} + rules_.delimiter + "]+";
        }
        if (matcher->type == token_type::asterisk) {
            return std::string{anything};
        }
        try {
            return translate_regexp(matcher->value);
        } catch (refused const& e) {
            throw refused{matcher->index + 1 + e.at(), e.what()};
        }
    }

    [[nodiscard]] wildcard reach(token const* matcher) const
    {
        if (matcher != nullptr) {
            return matcher->type == token_type::asterisk ? wildcard::line : wildcard::none;
        }
        return rules_.delimiter == '/'   ? wildcard::path_segment
               : rules_.delimiter == '.' ? wildcard::host_label
                                         : wildcard::some;
    }

    [[nodiscard]] std::string canonical(std::string_view text) const
    {
        if (text.empty()) {
            return {};
        }
        try {
            return rules_.canonical(text);
        } catch (refused const& e) {
            throw refused{fixed_at_, e.what()};
        }
    }

    component_rules const& rules_;
    std::vector<token> tokens_;
    std::vector<part> parts_;
    std::vector<std::string_view> names_;
    std::string fixed_;
    std::size_t fixed_at_ = 0;
    std::size_t at_ = 0;
};

} // namespace

std::vector<part> parse_parts(std::string_view text, component_rules const& rules)
{
    return parts_parser{text, rules}.run();
}

std::string quoted(std::string_view text)
{
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte >= 0x7F) {
            out += {'\\', 'x', digits[byte >> 4U], digits[byte & 0xFU]};
            continue;
        }
        if (!is_alpha(c) && !is_digit(c) && c != '_') {
            out += '\\';
        }
        out += c;
    }
    return out;
}

std::string expression_of(part const& piece)
{
    auto const prefix = quoted(piece.prefix);
    if (piece.expression.empty()) {
        return piece.modifier == '\0' ? prefix : "(?:" + prefix + ")" + piece.modifier;
    }
    auto const whole = prefix + "(?:" + piece.expression + ")" + quoted(piece.suffix);
    return piece.modifier == '\0' ? whole : "(?:" + whole + ")" + piece.modifier;
}

component_rules protocol_rules() { return {.canonical = canonical_protocol}; }

bool matches_special_scheme(std::string_view protocol)
{
    auto const pieces = parse_parts(protocol, protocol_rules());
    if (pieces.size() == 1 && pieces[0].expression.empty() && pieces[0].modifier == '\0') {
        return is_special(pieces[0].prefix);
    }
    std::string expression;
    for (auto const& piece : pieces) {
        expression += expression_of(piece);
    }
    auto const compiled = compile_expression(expression, protocol.size());
    if (auto const why = why_not(*compiled, protocol.size()); !why.empty()) {
        throw refused{0, why};
    }
    static constexpr std::string_view schemes[] = {"ftp", "file", "http", "https", "ws", "wss"};
    return std::ranges::any_of(schemes, [&](std::string_view scheme) { return matches_whole(*compiled, scheme); });
}

} // namespace sluice::url_pattern
