#pragma once

#include <string>
#include <string_view>

namespace sluice::load {

/// The cookies of one client on one server, kept as the text that it sends back: thousands of clients have one each.
/// Of the attributes only `Max-Age=0`, which takes a cookie away, is looked at.
class cookie_jar {
public:
    /// Takes every `Set-Cookie` of a response's head.
    void take(std::string_view head);
    void clear() { pairs_ = {}; }

    /// What goes behind `Cookie:`, as in `a=1; b=2`; empty: nothing to send.
    const std::string& pairs() const { return pairs_; }

private:
    void set(std::string_view value);
    void remove(std::string_view name);

    std::string pairs_;
};

} // namespace sluice::load
