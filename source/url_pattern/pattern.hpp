#pragma once

#include <url_pattern/export.hpp>
#include <url_pattern/outcome.hpp>
#include <url_pattern/topic.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::url_pattern {

/// The most bytes that a pattern may have.
inline constexpr std::size_t longest_pattern = 4096;

/// A compiled pattern: a WHATWG URL Pattern or a URI template. A copy shares it; several threads may match with it at
/// once. Matching takes time linear in the topic's length, whatever the pattern.
class SLUICE_URL_PATTERN_EXPORT pattern {
public:
    /// @cond the component's own business
    struct compiled;
    explicit pattern(std::shared_ptr<compiled const> inner) noexcept : compiled_{std::move(inner)} {}
    [[nodiscard]] compiled const& inner() const noexcept { return *compiled_; }
    /// @endcond

    /// Whether the topic matches.
    [[nodiscard]] bool matches(topic const& t) const;

    /// At most how many steps matching takes for each byte of a topic: 1,024 and 4 for each byte of the pattern's text
    /// at most, usually far fewer. Where strangers may send many patterns, their sum is what one event can cost.
    [[nodiscard]] int cost() const noexcept;

    /// As it was given to `compile` or `compile_template`.
    [[nodiscard]] std::string const& text() const noexcept;

private:
    std::shared_ptr<compiled const> compiled_;
};

/// Compiles a URL Pattern as the standard's constructor does with a string, and with the base where the text names no
/// protocol: then components before the first one named come from the base. What is named neither there nor in the text
/// is a wildcard. At most `longest_pattern` bytes of UTF-8.
///
/// Fails, with one line that names the byte and the component, where the text is no pattern; where an expression in it
/// cannot be matched in linear time (look-around, back-references) or takes more steps a byte
/// than its text's length allows (`pattern::cost`); where it needs what is not supported, such as a host name outside
/// ASCII.
/// @code
/// auto const base = sluice::url_pattern::base_url::parse("https://hub.example/");
/// auto const rooms = sluice::url_pattern::compile("/chat/:room", *base);
/// if (!rooms) {
///     fmt::print("topic_pattern: {}\n", rooms.error());
/// } else if (rooms->matches(sluice::url_pattern::topic{"/chat/7", *base})) {
///     fmt::print("a room\n");
/// }
/// @endcode
[[nodiscard]] SLUICE_URL_PATTERN_EXPORT outcome<pattern> compile(std::string_view text, base_url const& base);

/// Compiles a URI template (RFC 6570) that matches the texts it can be expanded to, as Mercure's hubs before 1.0 use
/// templates: byte by byte, without a base, where any variable may be undefined. Named values (`{?a,b}`) may come in
/// any order, but must have the template's names; `{?a*}` stands for any names. A text without braces matches itself
/// alone. At most `longest_pattern` bytes of UTF-8.
///
/// Fails, with one line that names the byte, where the text is no template, or takes more steps a byte than its length
/// allows (`pattern::cost`). What Mercure does then, which is to compare the text as it is, is the caller's to do.
[[nodiscard]] SLUICE_URL_PATTERN_EXPORT outcome<pattern> compile_template(std::string_view text);

} // namespace sluice::url_pattern
