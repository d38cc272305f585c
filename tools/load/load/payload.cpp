#include "payload.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

namespace sluice::load {
namespace {

constexpr std::size_t digits = 16;
constexpr std::size_t sequence_at = digits + 1;
constexpr std::size_t due_at = sequence_at + digits + 1;

std::optional<std::uint64_t> read_hex(std::string_view text)
{
    std::uint64_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value, 16);
    return error == std::errc() && rest == end ? std::optional(value) : std::nullopt;
}

} // namespace

payload_format::payload_format(std::uint64_t run, std::size_t size) : run_(fmt::format("{:016x} ", run))
{
    if (size < min_size) {
        throw std::invalid_argument(fmt::format("a payload needs at least {} bytes", min_size));
    }
    filling_.assign(1 + size - min_size, '.').front() = ' ';
}

std::string payload_format::write(stamp what) const
{
    return fmt::format("{}{:016x} {:016x}{}", run_, what.sequence, what.due_ns, filling_);
}

std::optional<stamp> payload_format::read(std::string_view text) const
{
    const bool is_ours = text.size() == due_at + digits + filling_.size() && text.starts_with(run_) &&
                         text[due_at - 1] == ' ' && text.ends_with(filling_);
    if (!is_ours) {
        return std::nullopt;
    }
    const auto sequence = read_hex(text.substr(sequence_at, digits));
    const auto due = read_hex(text.substr(due_at, digits));
    return sequence && due ? std::optional(stamp{*sequence, *due}) : std::nullopt;
}

} // namespace sluice::load
