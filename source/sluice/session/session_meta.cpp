#include <sluice/session/session_meta.hpp>

#include <utility>

namespace sluice {
namespace {

/// Takes the newer value unless it is empty.
template <class T>
void take_named(T& older, T& newer)
{
    if (!newer.empty()) {
        older = std::move(newer);
    }
}

} // namespace

void merge(session_meta& older, session_meta newer)
{
    take_named(older.user_agent, newer.user_agent);
    take_named(older.remote_address, newer.remote_address);
    take_named(older.subject, newer.subject);
    take_named(older.client_version, newer.client_version);
    take_named(older.subscriptions, newer.subscriptions);
    take_named(older.headers, newer.headers);
    take_named(older.query_parameters, newer.query_parameters);
}

} // namespace sluice
