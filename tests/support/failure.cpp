#include <support/failure.hpp>

#include <fmt/format.h>

#include <map>
#include <mutex>

namespace sluice::test {
namespace {

struct source_registry {
    std::mutex mutex;
    std::map<const log_source*, std::function<std::string()>> sources;
};

source_registry& registry()
{
    static source_registry instance;
    return instance;
}

std::string all_logs()
{
    const std::lock_guard lock(registry().mutex);
    std::string text;
    for (const auto& [owner, source] : registry().sources) {
        text += source();
    }
    return text;
}

void append_printable(std::string& out, std::string_view bytes)
{
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        switch (c) {
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        case '\\':
            out += "\\\\";
            break;
        default:
            if (byte < 0x20 || byte == 0x7F) {
                out += fmt::format("\\x{:02x}", byte);
            } else {
                out += c;
            }
        }
    }
}

} // namespace

void fail(std::string_view expected, std::string_view came)
{
    throw test_failure(fmt::format("expected {}\n  came: {}{}", expected, came, all_logs()));
}

std::string printable(std::string_view bytes, std::size_t limit)
{
    std::string out = "\"";
    if (bytes.size() <= limit) {
        append_printable(out, bytes);
    } else {
        append_printable(out, bytes.substr(0, limit / 2));
        out += fmt::format("\"...{} bytes...\"", bytes.size() - limit / 2 * 2);
        append_printable(out, bytes.substr(bytes.size() - limit / 2));
    }
    return out + '"';
}

std::string last_lines(std::string_view text, std::size_t count)
{
    auto begin = text.size();
    if (begin > 0 && text.back() == '\n') {
        --begin;
    }
    for (; count > 0 && begin > 0; --count) {
        const auto at = text.rfind('\n', begin - 1);
        if (at == std::string_view::npos) {
            return std::string(text);
        }
        begin = at;
    }
    return std::string(text.substr(begin == 0 ? 0 : begin + 1));
}

log_source::log_source(std::function<std::string()> source)
{
    const std::lock_guard lock(registry().mutex);
    registry().sources.emplace(this, std::move(source));
}

log_source::~log_source()
{
    const std::lock_guard lock(registry().mutex);
    registry().sources.erase(this);
}

} // namespace sluice::test
