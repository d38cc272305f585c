#include <url_pattern/expression.hpp>

namespace sluice::url_pattern {

re2::RE2::Options expression_options(std::int64_t memory)
{
    re2::RE2::Options options;
    options.set_encoding(re2::RE2::Options::EncodingLatin1);
    options.set_log_errors(false);
    options.set_never_capture(true);
    options.set_max_mem(memory);
    return options;
}

std::unique_ptr<re2::RE2 const> compile_expression(std::string_view expression, std::size_t text_size)
{
    return std::make_unique<re2::RE2 const>(re2::StringPiece{expression.data(), expression.size()},
                                            expression_options(memory_of(text_size)));
}

std::string why_not(re2::RE2 const& expression, std::size_t text_size)
{
    static constexpr auto const* too_large = "repeats or alternates more than a pattern of its length may";
    switch (expression.error_code()) {
    case re2::RE2::NoError:
        return expression.ProgramSize() > most_instructions(text_size) ? too_large : "";
    case re2::RE2::ErrorPatternTooLarge:
        return too_large;
    case re2::RE2::ErrorRepeatSize:
        return "more than 1000 repetitions, where those within others are multiplied";
    default:
        return "not an expression that can be matched in linear time (" + expression.error() + ")";
    }
}

bool matches_whole(re2::RE2 const& expression, std::string_view text)
{
    return expression.Match({text.data(), text.size()}, 0, text.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
}

} // namespace sluice::url_pattern
