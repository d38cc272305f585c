#include <url_pattern/token.hpp>

#include <url_pattern/percent.hpp>
#include <url_pattern/refused.hpp>
#include <url_pattern/utf8.hpp>

namespace sluice::url_pattern {

namespace {

class tokenizer {
public:
    tokenizer(std::string_view text, token_policy policy) noexcept : text_{text}, policy_{policy} {}

    std::vector<token> run()
    {
        while (at_ < text_.size()) {
            step();
        }
        tokens_.push_back({token_type::end, text_.size(), {}});
        return std::move(tokens_);
    }

private:
    void step()
    {
        switch (text_[at_]) {
        case '*':
            return add(token_type::asterisk, at_ + 1);
        case '+':
        case '?':
            return add(token_type::modifier, at_ + 1);
        case '{':
            return add(token_type::open, at_ + 1);
        case '}':
            return add(token_type::close, at_ + 1);
        case '\\':
            return escaped();
        case ':':
            return name();
        case '(':
            return regexp();
        default:
            return add(token_type::character, at_ + utf8_length(text_[at_]));
        }
    }

    void escaped()
    {
        if (at_ + 1 == text_.size()) {
            return bad(at_ + 1, "a backslash with nothing behind it");
        }
        auto const end = at_ + 1 + utf8_length(text_[at_ + 1]);
        tokens_.push_back({token_type::escaped, at_, text_.substr(at_ + 1, end - at_ - 1)});
        at_ = end;
    }

    void name()
    {
        auto const size = identifier_length(text_.substr(at_ + 1));
        if (size == 0) {
            return bad(at_ + 1, "a colon without a name behind it (a plain colon is written \\:)");
        }
        tokens_.push_back({token_type::name, at_, text_.substr(at_ + 1, size)});
        at_ += 1 + size;
    }

    void regexp()
    {
        auto const begin = at_ + 1;
        std::size_t depth = 1;
        std::size_t i = begin;
        for (; i < text_.size() && depth != 0; ++i) {
            if (auto const* const why = fault_in_regexp(begin, i)) {
                return bad(begin, why);
            }
            if (text_[i] == '\\') {
                ++i;
            } else if (text_[i] == ')') {
                --depth;
            } else if (text_[i] == '(') {
                ++depth;
            }
        }
        if (depth != 0) {
            return bad(begin, "a parenthesis without its end");
        }
        if (i == begin + 1) {
            return bad(begin, "an empty regular expression");
        }
        tokens_.push_back({token_type::regexp, at_, text_.substr(begin, i - begin - 1)});
        at_ = i;
    }

    [[nodiscard]] char const* fault_in_regexp(std::size_t begin, std::size_t i) const noexcept
    {
        bool const escapes = text_[i] == '\\';
        if (is_non_ascii(text_[i]) || (escapes && i + 1 < text_.size() && is_non_ascii(text_[i + 1]))) {
            return "a character outside ASCII in a regular expression";
        }
        if (i == begin && text_[i] == '?') {
            return "a regular expression that begins with ?";
        }
        if (escapes && i + 1 == text_.size()) {
            return "a backslash with nothing behind it";
        }
        if (text_[i] == '(' && (i + 1 == text_.size() || text_[i + 1] != '?')) {
            return "a capturing group in a regular expression (write (?:…))";
        }
        return nullptr;
    }

    void add(token_type type, std::size_t end)
    {
        tokens_.push_back({type, at_, text_.substr(at_, end - at_)});
        at_ = end;
    }

    /// Goes on behind the byte that begins what is wrong.
    void bad(std::size_t end, char const* why)
    {
        if (policy_ == token_policy::strict) {
            throw refused{at_, why};
        }
        add(token_type::invalid, end);
    }

    std::string_view text_;
    token_policy policy_;
    std::size_t at_ = 0;
    std::vector<token> tokens_;
};

} // namespace

std::vector<token> tokenize(std::string_view text, token_policy policy) { return tokenizer{text, policy}.run(); }

} // namespace sluice::url_pattern
