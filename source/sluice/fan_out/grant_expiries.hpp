#pragma once

#include <boost/intrusive/set.hpp>

#include <chrono>

namespace sluice {

/// Something that a grant's end concerns: the base of the entries of `grant_expiries`.
class expiry_entry {
public:
    using time_point = std::chrono::system_clock::time_point;

    /// It is not to be ended any more.
    void keep() noexcept { hook_.unlink(); }

private:
    friend class grant_expiries;
    using hook = boost::intrusive::set_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

    hook hook_;
    time_point expires_{};
};

/// Entries by the time when their grants expire, which the wall clock tells. An entry leaves it when it is destroyed.
/// Not thread-safe.
class grant_expiries {
public:
    using steady_clock = std::chrono::steady_clock;

    void watch(expiry_entry& e, expiry_entry::time_point expires) noexcept
    {
        e.keep();
        e.expires_ = expires;
        entries_.insert(e);
        look();
    }

    /// Removes and returns an entry whose grant has expired; null if there is none.
    [[nodiscard]] expiry_entry* pop_due() noexcept
    {
        if (entries_.empty() || entries_.begin()->expires_ > std::chrono::system_clock::now()) {
            look();
            return nullptr;
        }
        auto& e = *entries_.begin();
        e.keep();
        return &e;
    }

    /// When the next grant expires, as far as that was known at the last `look`; `time_point::max()` if none does.
    [[nodiscard]] steady_clock::time_point next() const noexcept { return next_; }

    /// Compares the clocks again: the wall clock may have been set.
    void look() noexcept
    {
        next_ = steady_clock::time_point::max();
        if (!entries_.empty()) {
            // Long ones are looked at again, so that no time is out of the clock's range.
            constexpr std::chrono::hours longest{24};
            auto const left = entries_.begin()->expires_ - std::chrono::system_clock::now();
            next_ = steady_clock::now() + (left < longest ? steady_clock::duration{left} : longest);
        }
    }

private:
    struct sooner {
        bool operator()(expiry_entry const& a, expiry_entry const& b) const noexcept { return a.expires_ < b.expires_; }
    };

    boost::intrusive::multiset<expiry_entry,
                               boost::intrusive::member_hook<expiry_entry, expiry_entry::hook, &expiry_entry::hook_>,
                               boost::intrusive::compare<sooner>, boost::intrusive::constant_time_size<false>>
        entries_;
    steady_clock::time_point next_ = steady_clock::time_point::max();
};

} // namespace sluice
