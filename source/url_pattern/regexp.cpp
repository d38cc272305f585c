#include <url_pattern/regexp.hpp>

#include <url_pattern/character_set.hpp>
#include <url_pattern/percent.hpp>
#include <url_pattern/refused.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::url_pattern {

namespace {

constexpr std::size_t deepest = 100;
constexpr unsigned most_repetitions = 1000;
constexpr std::string_view syntax_characters = "^$\\.*+?()[]{}|/";
/// Those that cannot stand twice in a row in a character class, and may be escaped there.
constexpr std::string_view double_punctuators = "&!#$%*+,.:;<=>?@^`~";
constexpr std::string_view class_punctuation = "&-!#%,:;<=>@`~";

class translator {
public:
    explicit translator(std::string_view text) noexcept : text_{text} {}

    std::string run()
    {
        disjunction();
        if (at_ != text_.size()) {
            fail("an unmatched )");
        }
        return std::move(out_);
    }

private:
    [[noreturn]] void fail(std::string const& why) const { throw refused{at_, why}; }

    [[nodiscard]] bool at_end() const noexcept { return at_ == text_.size(); }
    [[nodiscard]] char peek() const noexcept { return at_end() ? '\0' : text_[at_]; }
    [[nodiscard]] bool next_is(std::string_view what) const noexcept { return text_.substr(at_).starts_with(what); }
    bool take(std::string_view what)
    {
        if (!next_is(what)) {
            return false;
        }
        at_ += what.size();
        return true;
    }

    void deeper()
    {
        if (++depth_ > deepest) {
            fail("groups more than " + std::to_string(deepest) + " deep");
        }
    }

    void disjunction()
    {
        while (!at_end() && peek() != ')') {
            if (take("|")) {
                out_ += '|';
            } else {
                term();
            }
        }
    }

    void term()
    {
        // In lines, so that the begin and the end hold where components are joined by line ends.
        if (take("^")) {
            out_ += "(?m:^)";
        } else if (take("$")) {
            out_ += "(?m:$)";
        } else if (take("\\b")) {
            out_ += "\\b";
        } else if (take("\\B")) {
            out_ += "\\B";
        } else {
            atom();
            quantifier();
        }
    }

    void atom()
    {
        if (take(".")) {
            out_ += expression_of(~character_set{});
        } else if (next_is("(")) {
            group();
        } else if (next_is("[")) {
            out_ += expression_of(character_class());
        } else if (next_is("\\")) {
            out_ += expression_of(escape(false));
        } else if (syntax_characters.find(peek()) != std::string_view::npos && peek() != '/') {
            fail(std::string{"nothing that "} + peek() + " could stand for here (as itself it is written \\" + peek() +
                 ")");
        } else {
            out_ += expression_of(set_of(text_[at_++]));
        }
    }

    void group()
    {
        static constexpr std::string_view look_around[] = {"(?=", "(?!", "(?<=", "(?<!"};
        if (std::ranges::any_of(look_around, [&](auto begin) { return next_is(begin); })) {
            fail("look-ahead and look-behind cannot be matched in linear time");
        }
        if (take("(?<")) {
            group_name();
        } else if (!take("(?:")) {
            fail("modifiers such as (?i:…) are not supported");
        }
        deeper();
        out_ += "(?:";
        disjunction();
        if (!take(")")) {
            fail("a group without its end");
        }
        out_ += ')';
        --depth_;
    }

    void group_name()
    {
        auto const begin = at_;
        auto const is_part = [&](char c) {
            return is_alpha(c) || c == '_' || c == '$' || (at_ != begin && is_digit(c));
        };
        while (is_part(peek())) {
            ++at_;
        }
        auto const name = text_.substr(begin, at_ - begin);
        if (name.empty() || std::ranges::find(names_, name) != names_.end() || !take(">")) {
            fail("a group's name that is none, or is there already");
        }
        names_.push_back(name);
    }

    void quantifier()
    {
        if (take("*")) {
            out_ += '*';
        } else if (take("+")) {
            out_ += '+';
        } else if (take("?")) {
            out_ += '?';
        } else if (take("{")) {
            counted();
        } else {
            return;
        }
        // Lazy or not, the same texts match.
        (void)take("?");
    }

    void counted()
    {
        auto const least = number();
        bool const open = take(",") && next_is("}");
        auto const most = is_digit(peek()) ? number() : least;
        if (!take("}")) {
            fail("a repetition that is not {n}, {n,} or {n,m}");
        }
        if (most < least) {
            fail("a repetition whose numbers are out of order");
        }
        if (most > most_repetitions) {
            fail("a repetition of more than " + std::to_string(most_repetitions) + " times");
        }
        out_ += '{' + std::to_string(least) + (open ? "," : ',' + std::to_string(most)) + '}';
    }

    unsigned number()
    {
        if (!is_digit(peek())) {
            fail("a repetition that is not {n}, {n,} or {n,m}");
        }
        unsigned value = 0;
        while (is_digit(peek())) {
            value = std::min(most_repetitions + 1, value * 10 + static_cast<unsigned>(text_[at_++] - '0'));
        }
        return value;
    }

    /// What stands behind a backslash, outside of a class or in it.
    character_set escape(bool in_class)
    {
        ++at_;
        if (at_end()) {
            fail("a backslash with nothing behind it");
        }
        char const letter = peek();
        if (auto const set = class_escape(letter)) {
            ++at_;
            return *set;
        }
        if (letter == 'p' || letter == 'P') {
            return property_escape();
        }
        if (!in_class && (letter == 'k' || (is_digit(letter) && letter != '0'))) {
            fail("a back-reference cannot be matched in linear time");
        }
        auto const c = character_escape(in_class);
        return set_of_range(c, c);
    }

    character_set property_escape()
    {
        bool const complement = peek() == 'P';
        auto const begin = at_ + 1;
        auto const end = text_.find('}', begin);
        if (begin >= text_.size() || text_[begin] != '{' || end == std::string_view::npos) {
            fail("a property without its {name}");
        }
        auto const name = text_.substr(begin + 1, end - begin - 1);
        auto const set = property(name);
        if (!set) {
            fail("the property " + std::string{name} +
                 " is not supported (general categories are, by their short names)");
        }
        at_ = end + 1;
        return complement ? ~*set : *set;
    }

    /// The character that an escape stands for; the letter behind the backslash is next.
    char32_t character_escape(bool in_class)
    {
        static constexpr std::string_view controls = "fnrtv";
        static constexpr std::string_view meanings = "\f\n\r\t\v";
        char const letter = text_[at_++];
        if (auto const i = controls.find(letter); i != std::string_view::npos) {
            return static_cast<unsigned char>(meanings[i]);
        }
        switch (letter) {
        case '0':
            if (!is_digit(peek())) {
                return 0;
            }
            break;
        case 'b':
            if (in_class) {
                return '\b';
            }
            break;
        case 'c':
            if (is_alpha(peek())) {
                return static_cast<unsigned char>(text_[at_++]) % 32U;
            }
            break;
        case 'x':
            return hexadecimal(2);
        case 'u':
            return unicode_escape();
        default:
            if (syntax_characters.find(letter) != std::string_view::npos ||
                (in_class && class_punctuation.find(letter) != std::string_view::npos)) {
                return static_cast<unsigned char>(letter);
            }
        }
        --at_;
        fail(std::string{"an unknown escape \\"} + letter);
    }

    char32_t unicode_escape()
    {
        if (!take("{")) {
            auto const unit = hexadecimal(4);
            // Halves of a pair are one character, which is outside ASCII as they are.
            if (unit >= 0xD800 && unit < 0xDC00 && next_is("\\u") && !next_is("\\u{")) {
                at_ += 2;
                (void)hexadecimal(4);
            }
            return unit;
        }
        char32_t value = 0;
        bool any = false;
        while (hex_digit(peek()) >= 0) {
            value = std::min<char32_t>(0x110000, value * 16 + static_cast<char32_t>(hex_digit(text_[at_++])));
            any = true;
        }
        if (!any || value > 0x10FFFF || !take("}")) {
            fail("an escape \\u{…} that is no character");
        }
        return value;
    }

    char32_t hexadecimal(int digits)
    {
        char32_t value = 0;
        for (int i = 0; i != digits; ++i) {
            if (hex_digit(peek()) < 0) {
                fail("an escape with too few hexadecimal digits");
            }
            value = value * 16 + static_cast<char32_t>(hex_digit(text_[at_++]));
        }
        return value;
    }

    /// What is in brackets: characters, ranges, classes, or differences and intersections of them.
    character_set character_class()
    {
        deeper();
        ++at_;
        bool const complement = take("^");
        character_set set;
        if (!next_is("]")) {
            set = first_of_class();
        }
        if (!take("]")) {
            fail("a character class without its end");
        }
        --depth_;
        return complement ? ~set : set;
    }

    character_set first_of_class()
    {
        auto const [first, single] = operand();
        if (next_is("--") || next_is("&&")) {
            return set_operations(first);
        }
        auto set = range_from(first, single);
        while (!at_end() && !next_is("]")) {
            auto const [more, one] = operand();
            set |= range_from(more, one);
        }
        return set;
    }

    character_set set_operations(character_set set)
    {
        auto const sign = std::string{text_.substr(at_, 2)};
        while (take(sign)) {
            if (next_is("&")) {
                fail("three & in a row");
            }
            auto const right = operand().first;
            set = sign == "--" ? set & ~right : set & right;
        }
        return set;
    }

    /// With the range's end, if a hyphen follows. `first` is the begin's code point where it is a single character.
    character_set range_from(character_set const& set, std::optional<char32_t> first)
    {
        if (next_is("--") || next_is("&&")) {
            fail("a class that mixes -- or && with other members");
        }
        if (!take("-")) {
            return set;
        }
        auto const last = operand().second;
        if (!first || !last || *last < *first) {
            fail("a range that is none");
        }
        return set_of_range(*first, *last);
    }

    /// A member of a class, and its code point if it is a single character.
    std::pair<character_set, std::optional<char32_t>> operand()
    {
        if (at_end()) {
            fail("a character class without its end");
        }
        if (next_is("[")) {
            return {character_class(), std::nullopt};
        }
        if (next_is("\\q")) {
            fail("strings in a character class, \\q{…}, are not supported");
        }
        if (next_is("\\")) {
            return escaped_operand();
        }
        char const c = peek();
        if (std::string_view{"()[]{}/-\\|"}.find(c) != std::string_view::npos) {
            fail(std::string{c} + " in a character class is written \\" + c);
        }
        if (double_punctuators.find(c) != std::string_view::npos && at_ + 1 < text_.size() && text_[at_ + 1] == c) {
            fail(std::string{"two "} + c + " in a row in a character class");
        }
        ++at_;
        return {set_of(c), static_cast<unsigned char>(c)};
    }

    std::pair<character_set, std::optional<char32_t>> escaped_operand()
    {
        char const letter = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (class_escape(letter) || letter == 'p' || letter == 'P' || letter == '\0') {
            return {escape(true), std::nullopt};
        }
        ++at_;
        auto const c = character_escape(true);
        return {set_of_range(c, c), c};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::string out_;
    std::vector<std::string_view> names_;
};

} // namespace

std::string translate_regexp(std::string_view text) { return translator{text}.run(); }

} // namespace sluice::url_pattern
