#include <url_pattern/compiled.hpp>
#include <url_pattern/expression.hpp>
#include <url_pattern/parts.hpp>
#include <url_pattern/pattern.hpp>
#include <url_pattern/percent.hpp>
#include <url_pattern/refused.hpp>
#include <url_pattern/utf8.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::url_pattern {

namespace {

/// How an expression's values are written, by its operator (RFC 6570, appendix A).
struct operation {
    char sign;
    std::string_view first;
    char separator;
    /// Whether each value has its variable's name before it.
    bool named;
    /// Whether reserved characters stand in values as they are.
    bool reserved;
};

constexpr std::array<operation, 8> operations{{{'\0', "", ',', false, false},
                                               {'+', "", ',', false, true},
                                               {'#', "#", ',', false, true},
                                               {'.', ".", '.', false, false},
                                               {'/', "/", '/', false, false},
                                               {';', ";", ';', true, false},
                                               {'?', "?", '&', true, false},
                                               {'&', "&", '&', true, false}}};

struct variable {
    std::string_view name;
    bool exploded = false;
    /// The most characters of the value.
    std::optional<int> prefix;
};

/// A value's character, with all bytes that it is encoded as; `more` are allowed beside the unreserved ones.
std::string character(std::string_view more)
{
    return "(?:[\\w.~" + quoted(more) + "\\-]|%[0-9A-Fa-f][0-9A-Fa-f](?:%[89ABab][0-9A-Fa-f]){0,3})";
}

class parser {
public:
    explicit parser(std::string_view text) noexcept : text_{text} {}

    /// The whole as an RE2 expression.
    std::string run()
    {
        while (at_ != text_.size()) {
            if (text_[at_] == '{') {
                out_ += expression();
            } else if (text_[at_] == '}') {
                throw refused{at_, "a } without its {"};
            } else {
                auto const literal = text_.substr(at_, text_.find_first_of("{}", at_) - at_);
                out_ += quoted(literal);
                at_ += literal.size();
            }
        }
        return std::move(out_);
    }

private:
    std::string expression()
    {
        ++at_;
        auto const& how = take_operation();
        std::vector<variable> variables;
        do {
            variables.push_back(take_variable());
        } while (take(','));
        if (!take('}')) {
            throw refused{at_, at_ == text_.size() ? "a { without its }" : "not a variable's name in {…}"};
        }
        return values(how, variables);
    }

    operation const& take_operation()
    {
        char const sign = at_ == text_.size() ? '\0' : text_[at_];
        if (std::string_view{"=,!@|"}.find(sign) != std::string_view::npos) {
            throw refused{at_, "an operator that is reserved"};
        }
        auto const* const found = std::ranges::find(operations, sign, &operation::sign);
        if (found == operations.end() || found->sign == '\0') {
            return operations.front();
        }
        ++at_;
        return *found;
    }

    variable take_variable()
    {
        auto const begin = at_;
        while (at_ != text_.size() && is_name_at(at_)) {
            ++at_;
        }
        variable v{.name = text_.substr(begin, at_ - begin), .exploded = false, .prefix = {}};
        if (v.name.empty() || v.name.starts_with('.') || v.name.ends_with('.')) {
            throw refused{begin, "not a variable's name in {…}"};
        }
        v.exploded = take('*');
        if (!v.exploded && take(':')) {
            v.prefix = take_length();
        }
        return v;
    }

    [[nodiscard]] bool is_name_at(std::size_t at) const
    {
        char const c = text_[at];
        return is_alpha(c) || is_digit(c) || c == '_' || c == '.' || c == '%';
    }

    int take_length()
    {
        auto const begin = at_;
        int length = 0;
        while (at_ != text_.size() && is_digit(text_[at_]) && at_ - begin < 4) {
            length = length * 10 + (text_[at_++] - '0');
        }
        if (length == 0 || text_[begin] == '0') {
            throw refused{begin, "a length that is not 1 to 9999"};
        }
        return length;
    }

    bool take(char c)
    {
        bool const there = at_ != text_.size() && text_[at_] == c;
        at_ += there ? 1 : 0;
        return there;
    }

    /// All that the variables can be expanded to, some or all of them undefined.
    static std::string values(operation const& how, std::vector<variable> const& variables)
    {
        std::vector<std::string> items;
        for (auto const& v : variables) {
            auto one = how.named ? named_item(how, v) : item(how, v);
            if (std::ranges::find(items, one) == items.end()) {
                items.push_back(std::move(one));
            }
        }
        std::string any = "(?:";
        for (auto const& one : items) {
            any += (any.size() > 3 ? "|" : "") + one;
        }
        any += ')';
        // An exploded variable is any number of items; named ones come in any order.
        bool const endless = how.named || std::ranges::any_of(variables, &variable::exploded);
        auto const times = endless ? "*" : "{0," + std::to_string(variables.size() - 1) + "}";
        return "(?:" + quoted(how.first) + any + "(?:" + quoted({&how.separator, 1}) + any + ")" + times + ")?";
    }

    static std::string item(operation const& how, variable const& v)
    {
        static constexpr std::string_view reserved = "!#$&'()*+,/:;=?@[]";
        auto const more = [&](std::string_view unless_reserved) {
            return character(how.reserved ? reserved : unless_reserved);
        };
        if (v.exploded) {
            return more("") + "*(?:=" + more("") + "*)?"; // of a list, or a key and its value
        }
        return v.prefix ? more("") + "{0," + std::to_string(*v.prefix) + "}" : more(",") + "*";
    }

    static std::string named_item(operation const& how, variable const& v)
    {
        auto const name = v.exploded ? character("") + "+" : quoted(v.name);
        auto const value = "=" + item(how, {.name = v.name, .exploded = false, .prefix = v.prefix});
        return name + (how.sign == ';' ? "(?:" + value + ")?" : value);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string out_;
};

} // namespace

outcome<pattern> compile_template(std::string_view text)
{
    if (text.size() > longest_pattern) {
        return failure{"longer than " + std::to_string(longest_pattern) + " bytes"};
    }
    if (!is_utf8(text)) {
        return failure{"not UTF-8"};
    }
    try {
        auto expression = parser{text}.run();
        plain_matcher plain;
        plain.add(text.substr(0, text.find('{')));
        if (text.find('{') != std::string_view::npos) {
            plain.give_up();
        }
        return finish(text, subject::text, std::move(plain), std::move(expression));
    } catch (refused const& e) {
        return failure{one_line("byte " + std::to_string(e.at()) + ": " + e.what())};
    }
}

} // namespace sluice::url_pattern
