#pragma once

#include <sluice/session/session.hpp>

#include <boost/intrusive/list.hpp>
#include <boost/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace sluice {

/// The sessions of one subject (`grant::subject`). Confined to the shard's thread.
class subject_group : public boost::intrusive_ref_counter<subject_group, boost::thread_unsafe_counter> {
public:
    explicit subject_group(std::string_view subject) : subject_{subject} {}

    [[nodiscard]] std::string const& subject() const noexcept { return subject_; }
    /// Calls `f(session&)` for each of them.
    template <class F>
    void for_each(F f)
    {
        for (auto it = sessions_.begin(); it != sessions_.end();) {
            f(*it++);
        }
    }

private:
    friend class subject_index;

    std::string subject_;
    boost::intrusive::list<
        session, boost::intrusive::member_hook<session, decltype(session::subject_hook), &session::subject_hook>,
        boost::intrusive::constant_time_size<false>>
        sessions_;
};

using subject_ptr = boost::intrusive_ptr<subject_group>;

/// Finds a shard's sessions by their subject, without a look at the others: an event for a user is sent to a few of a
/// million sessions. A session without a subject is not in it. Confined to the shard's thread.
class subject_index {
public:
    /// The group of the subject, which is made if there is none; null for the empty subject. It stays while a session
    /// is in it, and until `release`. Throws `std::bad_alloc`.
    [[nodiscard]] subject_ptr get(std::string_view subject);
    /// The group of the subject; null if there is none.
    [[nodiscard]] subject_group* find(std::string_view subject) const noexcept;
    /// Moves the session from the group that it is in to this one. Null: to none.
    void put(session& s, subject_ptr const& to) noexcept;
    /// Forgets the group if it has no session, and only the index and the caller refer to it. Null does nothing.
    void release(subject_ptr const& g) noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return groups_.size(); }

private:
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view subject) const noexcept
        {
            return std::hash<std::string_view>{}(subject);
        }
        std::size_t operator()(subject_ptr const& g) const noexcept { return (*this)(g->subject()); }
    };
    struct equal {
        using is_transparent = void;
        bool operator()(subject_ptr const& a, subject_ptr const& b) const noexcept { return a == b; }
        bool operator()(std::string_view subject, subject_ptr const& g) const noexcept
        {
            return subject == g->subject();
        }
        bool operator()(subject_ptr const& g, std::string_view subject) const noexcept
        {
            return subject == g->subject();
        }
    };

    boost::unordered_flat_set<subject_ptr, hash, equal> groups_;
};

} // namespace sluice
