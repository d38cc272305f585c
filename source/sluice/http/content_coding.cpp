#include <sluice/http/content_coding.hpp>

#include <sluice/http/field_value.hpp>

namespace sluice {

content_coding coding_of(std::string_view content_encoding) noexcept
{
    auto coding = content_coding::none;
    while (!content_encoding.empty()) {
        auto const name = take_trimmed(content_encoding, ',');
        if (name.empty() || same_name(name, "identity")) {
            continue;
        }
        bool const gzip = same_name(name, "gzip") || same_name(name, "x-gzip");
        coding = gzip && coding == content_coding::none ? content_coding::gzip : content_coding::other;
    }
    return coding;
}

} // namespace sluice
