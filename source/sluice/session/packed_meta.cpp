#include <sluice/session/packed_meta.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {
namespace {

/// Visits all parts in one order, which measuring, writing and reading share.
template <class Meta, class Visitor>
void visit_parts(Meta& m, Visitor& v)
{
    v(m.user_agent);
    v(m.remote_address);
    v(m.grant.subject);
    v(m.grant.token_id);
    v(m.grant.issued);
    v(m.grant.expires);
    v(m.client_version);
    v(m.subscriptions);
    v(m.topics);
    v(m.topic_patterns);
    v(m.grant.may_subscribe);
    v(m.grant.private_topics);
    v(m.headers);
    v(m.query_parameters);
    v(m.grant.payloads);
    v(m.grant.tells_subject);
}

/// A number in groups of seven bits, the lowest first; all but the last group are marked.
constexpr unsigned group_bits = 7;
constexpr unsigned char group_mark = 1U << group_bits;

using wall_time = std::optional<std::chrono::system_clock::time_point>;

/// The milliseconds since the epoch and one more; 0: no time.
[[nodiscard]] std::size_t packed_time(wall_time const& t) noexcept
{
    using std::chrono::milliseconds;
    auto const since = t ? std::chrono::floor<milliseconds>(t->time_since_epoch()).count() : 0;
    return t ? static_cast<std::size_t>(std::max<milliseconds::rep>(since, 0)) + 1 : 0;
}

[[nodiscard]] wall_time unpacked_time(std::size_t packed) noexcept
{
    using std::chrono::milliseconds;
    return packed == 0
               ? wall_time{}
               : std::chrono::system_clock::time_point{milliseconds{static_cast<milliseconds::rep>(packed - 1)}};
}

/// Traverses pairs and lists; `Derived` handles numbers and the bytes of texts.
template <class Derived>
class walk {
public:
    void operator()(std::string const& text)
    {
        self().number(text.size());
        self().bytes(text);
    }
    void operator()(std::pair<std::string, std::string> const& both)
    {
        (*this)(both.first);
        (*this)(both.second);
    }
    void operator()(presence_payload const& p)
    {
        (*this)(p.topics);
        (*this)(p.json);
    }
    void operator()(bool const& is) { self().number(is ? 1 : 0); }
    void operator()(wall_time const& t) { self().number(packed_time(t)); }
    template <class Self>
    void operator()(name_selection<Self> const& s)
    {
        self().number(s.is_everything() ? 1 : 0);
        (*this)(s.names());
    }
    void operator()(topic_selection const& s)
    {
        (*this)(static_cast<name_selection<topic_selection> const&>(s));
        (*this)(s.patterns());
    }
    template <class T>
    void operator()(std::vector<T> const& list)
    {
        self().number(list.size());
        for (auto const& each : list) {
            (*this)(each);
        }
    }

private:
    friend Derived;
    walk() = default;
    [[nodiscard]] Derived& self() noexcept { return static_cast<Derived&>(*this); }
};

class measure : public walk<measure> {
public:
    void number(std::size_t n) noexcept
    {
        do {
            ++size_;
        } while ((n >>= group_bits) != 0);
    }
    void bytes(std::string const& text) noexcept { size_ += text.size(); }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    std::size_t size_ = 0;
};

class writer : public walk<writer> {
public:
    explicit writer(char* to) noexcept : to_{to} {}

    void number(std::size_t n) noexcept
    {
        for (; n >= group_mark; n >>= group_bits) {
            *to_++ = static_cast<char>(static_cast<unsigned char>(n) | group_mark);
        }
        *to_++ = static_cast<char>(n);
    }
    void bytes(std::string const& text) noexcept
    {
        std::memcpy(to_, text.data(), text.size());
        to_ += text.size();
    }

private:
    char* to_;
};

class reader {
public:
    explicit reader(char const* from) noexcept : from_{from} {}

    void operator()(std::string& text) { text = view(); }
    /// The next text, as a view into the block.
    [[nodiscard]] std::string_view view() noexcept
    {
        auto const size = number();
        return {std::exchange(from_, from_ + size), size};
    }
    void operator()(std::pair<std::string, std::string>& both)
    {
        (*this)(both.first);
        (*this)(both.second);
    }
    void operator()(presence_payload& p)
    {
        (*this)(p.topics);
        (*this)(p.json);
    }
    void operator()(bool& is) { is = number() != 0; }
    void operator()(wall_time& t) { t = time(); }
    [[nodiscard]] wall_time time() noexcept { return unpacked_time(number()); }
    template <class Self>
    void operator()(name_selection<Self>& s)
    {
        bool const all = number() != 0;
        std::vector<std::string> names;
        (*this)(names);
        static_cast<Self&>(s) = all ? Self::everything() : Self::of_names(std::move(names));
    }
    void operator()(topic_selection& s)
    {
        (*this)(static_cast<name_selection<topic_selection>&>(s));
        std::vector<std::string> patterns;
        (*this)(patterns);
        if (!patterns.empty()) {
            s = topic_selection::of(s.topics(), std::move(patterns));
        }
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

grant_terms packed_meta::terms() const noexcept
{
    grant_terms t;
    if (bytes_) {
        reader in{bytes_.get()};
        // Relies on the order of `visit_parts`.
        static_cast<void>(in.view()); // user agent
        static_cast<void>(in.view()); // remote address
        t.subject = in.view();
        t.token_id = in.view();
        t.issued = in.time();
        t.expires = in.time();
    }
    return t;
}

} // namespace sluice
