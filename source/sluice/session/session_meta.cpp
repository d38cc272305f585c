#include <sluice/session/session_meta.hpp>

namespace sluice {
namespace {

template <class T>
void replace_if_named(T& older, T&& newer)
{
    if (!newer.empty()) {
        older = std::move(newer);
    }
}

} // namespace

void merge(session_meta& older, session_meta newer)
{
    replace_if_named(older.user_agent, std::move(newer.user_agent));
    replace_if_named(older.remote_address, std::move(newer.remote_address));
    replace_if_named(older.subject, std::move(newer.subject));
    replace_if_named(older.client_version, std::move(newer.client_version));
    replace_if_named(older.subscriptions, std::move(newer.subscriptions));
    replace_if_named(older.headers, std::move(newer.headers));
    replace_if_named(older.query_parameters, std::move(newer.query_parameters));
}

} // namespace sluice
