#include <url_pattern/pattern.hpp>

#include <url_pattern/canonical.hpp>
#include <url_pattern/compiled.hpp>
#include <url_pattern/constructor_string.hpp>
#include <url_pattern/expression.hpp>
#include <url_pattern/parts.hpp>
#include <url_pattern/refused.hpp>
#include <url_pattern/url.hpp>
#include <url_pattern/utf8.hpp>

#include <array>
#include <optional>

namespace sluice::url_pattern {

namespace {

/// The order of a topic's lines.
constexpr std::array<component, component_count> line_order{component::protocol, component::hostname, component::port,
                                                            component::pathname, component::search,   component::hash,
                                                            component::username, component::password};

/// The text as a pattern that matches it alone.
std::string escaped(std::string_view text)
{
    std::string out;
    for (char const c : text) {
        if (std::string_view{"+*?:{}()\\"}.find(c) != std::string_view::npos) {
            out += '\\';
        }
        out += c;
    }
    return out;
}

/// Fills in what stands before the first component that the pattern names, and resolves its path.
void inherit(component_texts& texts, url const& base)
{
    using enum component;
    struct inherited {
        component which;
        std::string_view text;
    };
    std::array<inherited, 6> const parts{{{protocol, base.scheme},
                                          {hostname, base.host ? std::string_view{*base.host} : ""},
                                          {port, base.port},
                                          {pathname, base.path},
                                          {search, base.query},
                                          {hash, base.fragment}}};
    for (auto const& [which, text] : parts) {
        if (texts[which]) {
            break;
        }
        texts[which] = component_text{escaped(text), 0};
    }
}

void resolve_pathname(component_text& pathname, url const& base)
{
    auto const& text = pathname.text;
    bool const absolute = text.starts_with('/') || text.starts_with("\\/") || text.starts_with("{/");
    if (absolute || base.opaque) {
        return;
    }
    auto const path = escaped(base.path);
    auto const directory = path.substr(0, path.rfind('/') + 1);
    pathname = {directory + text, pathname.at - static_cast<std::ptrdiff_t>(directory.size())};
}

bool is_ipv6(std::string_view hostname)
{
    return hostname.size() > 1 &&
           (hostname.starts_with('[') || hostname.starts_with("{[") || hostname.starts_with("\\["));
}

component_rules rules_of(component which, std::string_view text, bool special)
{
    switch (which) {
    case component::protocol:
        return protocol_rules();
    case component::username:
    case component::password:
        return {.canonical = canonical_credential};
    case component::hostname:
        return {.delimiter = '.', .canonical = is_ipv6(text) ? canonical_ipv6_hostname : canonical_hostname};
    case component::port:
        return {.canonical = canonical_port};
    case component::pathname:
        if (special) {
            return {.delimiter = '/', .prefix = '/', .canonical = canonical_pathname};
        }
        return {.canonical = canonical_opaque_pathname};
    case component::search:
        return {.canonical = canonical_search};
    case component::hash:
        break;
    }
    return {.canonical = canonical_hash};
}

/// The whole pattern over a topic's lines, as it grows.
struct growing {
    std::string expression;
    plain_matcher plain;

    void add(part const& piece)
    {
        expression += expression_of(piece);
        bool const fixed = piece.expression.empty();
        if (piece.modifier != '\0' || (!fixed && piece.reach == wildcard::none)) {
            return plain.give_up();
        }
        plain.add(piece.prefix);
        if (!fixed) {
            plain.add(piece.reach);
            plain.add(piece.suffix);
        }
    }
    void end_line()
    {
        expression += "\\n";
        plain.add("\n");
    }
};

/// Calls `parse`; a refusal then names the byte of the whole pattern and the component.
template <class Parse>
auto located(component which, std::ptrdiff_t at, Parse parse)
{
    try {
        return parse();
    } catch (refused const& e) {
        auto const place = std::max<std::ptrdiff_t>(0, at + static_cast<std::ptrdiff_t>(e.at()));
        throw refused{0, "byte " + std::to_string(place) + " (" + std::string{name_of(which)} + "): " + e.what()};
    }
}

growing grow(std::string_view text, url const& base)
{
    auto texts = located(component::protocol, 0, [&] { return split_pattern(text); });
    if (!texts[component::protocol]) {
        inherit(texts, base);
        resolve_pathname(*texts[component::pathname], base);
    }
    for (std::size_t i = 0; i != component_count; ++i) {
        auto& found = texts[static_cast<component>(i)];
        found = found ? found : component_text{"*", 0};
    }
    auto const& protocol = *texts[component::protocol];
    auto& port = *texts[component::port];
    if (is_special(protocol.text) && parse_port(port.text) == default_port(protocol.text)) {
        port.text.clear();
    }
    bool const special =
        located(component::protocol, protocol.at, [&] { return matches_special_scheme(protocol.text); });
    growing whole;
    for (auto const which : line_order) {
        auto const& [part_text, at] = *texts[which];
        auto const rules = rules_of(which, part_text, special);
        for (auto const& piece : located(which, at, [&, &t = part_text] { return parse_parts(t, rules); })) {
            whole.add(piece);
        }
        whole.end_line();
    }
    return whole;
}

} // namespace

outcome<pattern> finish(std::string_view text, subject matched, plain_matcher plain, std::string expression)
{
    std::unique_ptr<re2::RE2 const> automaton;
    if (!plain.is_whole()) {
        automaton = compile_expression(expression, text.size());
        if (auto why = why_not(*automaton, text.size()); !why.empty()) {
            return failure{std::move(why)};
        }
    }
    return pattern{std::make_shared<pattern::compiled const>(
        pattern::compiled{std::string{text}, matched, std::move(plain), std::move(expression), std::move(automaton)})};
}

bool pattern::matches(topic const& t) const
{
    auto const& text = subject_of(t, compiled_->matched);
    auto const& plain = compiled_->plain;
    if (!text.starts_with(plain.prefix())) {
        return false;
    }
    return plain.is_whole() ? plain.matches_behind_prefix(text) : matches_whole(*compiled_->automaton, text);
}

int pattern::cost() const noexcept { return compiled_->automaton ? compiled_->automaton->ProgramSize() : 1; }

std::string const& pattern::text() const noexcept { return compiled_->text; }

outcome<pattern> compile(std::string_view text, base_url const& base)
{
    if (text.size() > longest_pattern) {
        return failure{"longer than " + std::to_string(longest_pattern) + " bytes"};
    }
    if (!is_utf8(text)) {
        return failure{"not UTF-8"};
    }
    try {
        auto whole = grow(text, base.parts());
        return finish(text, subject::lines, std::move(whole.plain), std::move(whole.expression));
    } catch (refused const& e) {
        return failure{one_line(e.what())};
    }
}

} // namespace sluice::url_pattern
