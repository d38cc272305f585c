#include <url_pattern/topic_patterns.hpp>

#include <url_pattern/pattern.hpp>
#include <url_pattern/set.hpp>

#include <cstddef>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::url_pattern {
namespace {

constexpr std::string_view template_mark = "}template:";

[[nodiscard]] outcome<pattern> compile_either(std::string_view text, base_url const& base)
{
    auto const uri_template = template_in(text);
    return uri_template ? compile_template(*uri_template) : compile(text, base);
}

[[nodiscard]] topic_patterns::verdict verdict_on(outcome<pattern> const& made)
{
    return made ? topic_patterns::verdict{.refusal = {}, .steps = static_cast<std::size_t>(made->cost())}
                : topic_patterns::verdict{.refusal = made.error()};
}

class url_patterns final : public topic_patterns {
public:
    explicit url_patterns(base_url base) : base_{std::move(base)} {}

    [[nodiscard]] verdict judge(std::string_view text) const override { return verdict_on(compile(text, base_)); }
    [[nodiscard]] std::unique_ptr<topic_patterns::set> make_set() const override
    {
        return std::make_unique<patterns_at>(base_);
    }

private:
    class patterns_at final : public topic_patterns::set {
    public:
        explicit patterns_at(base_url base) : base_{std::move(base)} {}

        std::optional<std::size_t> add(std::string_view text) override
        {
            auto made = compile_either(text, base_);
            return made ? std::optional{patterns_.add(std::move(*made))} : std::nullopt;
        }
        void remove(std::size_t number) noexcept override
        {
            try {
                patterns_.remove(number);
            } catch (std::bad_alloc const&) { // NOLINT(bugprone-empty-catch): it goes on to match, for nobody
            }
        }
        void match(std::string_view of, std::vector<std::size_t>& found) override
        {
            patterns_.match(topic{of, base_}, found);
        }

    private:
        base_url base_;
        url_pattern::set patterns_;
    };

    base_url base_;
};

} // namespace

std::shared_ptr<topic_patterns const> make_topic_patterns(base_url base)
{
    return std::make_shared<url_patterns>(std::move(base));
}

std::string make_template_text(std::string_view uri_template)
{
    return std::string{template_mark}.append(uri_template);
}

std::optional<std::string_view> template_in(std::string_view text) noexcept
{
    return text.starts_with(template_mark) ? std::optional{text.substr(template_mark.size())} : std::nullopt;
}

topic_patterns::verdict judge_template(std::string_view uri_template)
{
    return verdict_on(compile_template(uri_template));
}

} // namespace sluice::url_pattern
