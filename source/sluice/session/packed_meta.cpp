#include <sluice/session/packed_meta.hpp>

#include <cstddef>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

/// Visits every part in its one order: what measures, writes and reads all go by it.
template <class Meta, class Visitor>
void visit_parts(Meta& m, Visitor& v)
{
    v(m.user_agent);
    v(m.remote_address);
    v(m.subject);
    v(m.client_version);
    v(m.subscriptions);
    v(m.headers);
    v(m.query_parameters);
}

/// A number in groups of seven bits, the lowest first, of which all but the last are marked.
constexpr unsigned group_bits = 7;
constexpr unsigned char group_mark = 1U << group_bits;

class measure {
public:
    void operator()(std::string const& text) noexcept { size_ += number(text.size()) + text.size(); }
    template <class A, class B>
    void operator()(std::pair<A, B> const& both)
    {
        (*this)(both.first);
        (*this)(both.second);
    }
    template <class T>
    void operator()(std::vector<T> const& list)
    {
        size_ += number(list.size());
        for (auto const& each : list) {
            (*this)(each);
        }
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    [[nodiscard]] static std::size_t number(std::size_t n) noexcept
    {
        std::size_t groups = 1;
        while ((n >>= group_bits) != 0) {
            ++groups;
        }
        return groups;
    }

    std::size_t size_ = 0;
};

class writer {
public:
    explicit writer(char* to) noexcept : to_{to} {}

    void operator()(std::string const& text) noexcept
    {
        number(text.size());
        std::memcpy(to_, text.data(), text.size());
        to_ += text.size();
    }
    template <class A, class B>
    void operator()(std::pair<A, B> const& both)
    {
        (*this)(both.first);
        (*this)(both.second);
    }
    template <class T>
    void operator()(std::vector<T> const& list)
    {
        number(list.size());
        for (auto const& each : list) {
            (*this)(each);
        }
    }

private:
    void number(std::size_t n) noexcept
    {
        for (; n >= group_mark; n >>= group_bits) {
            *to_++ = static_cast<char>(static_cast<unsigned char>(n) | group_mark);
        }
        *to_++ = static_cast<char>(n);
    }

    char* to_;
};

class reader {
public:
    explicit reader(char const* from) noexcept : from_{from} {}

    void operator()(std::string& text)
    {
        auto const size = number();
        text.assign(from_, size);
        from_ += size;
    }
    template <class A, class B>
    void operator()(std::pair<A, B>& both)
    {
        (*this)(both.first);
        (*this)(both.second);
    }
    template <class T>
    void operator()(std::vector<T>& list)
    {
        list.resize(number());
        for (auto& each : list) {
            (*this)(each);
        }
    }

private:
    [[nodiscard]] std::size_t number() noexcept
    {
        std::size_t n = 0;
        for (unsigned shift = 0;; shift += group_bits) {
            auto const group = static_cast<unsigned char>(*from_++);
            n |= static_cast<std::size_t>(group % group_mark) << shift;
            if (group < group_mark) {
                return n;
            }
        }
    }

    char const* from_;
};

} // namespace

packed_meta::packed_meta(session_meta const& m)
{
    measure size;
    visit_parts(m, size);
    bytes_ = std::make_unique_for_overwrite<char[]>(size.size());
    writer out{bytes_.get()};
    visit_parts(m, out);
}

session_meta packed_meta::unpack() const
{
    session_meta m;
    if (bytes_) {
        reader in{bytes_.get()};
        visit_parts(m, in);
    }
    return m;
}

} // namespace sluice
