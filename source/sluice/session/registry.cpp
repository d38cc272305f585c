#include <sluice/session/registry.hpp>

namespace sluice {

std::size_t registry::where_is(session_id id) const noexcept
{
    auto const found = entries_.find(id);
    return found == entries_.end() ? here_ : found->second.where;
}

std::uint64_t registry::note_of(session_id id) const noexcept
{
    auto const found = entries_.find(id);
    return found == entries_.end() ? 0 : found->second.note;
}

bool registry::is_taken(session_id id) const noexcept
{
    auto const found = entries_.find(id);
    return found != entries_.end() && !found->second.turn.expired();
}

claim_turn registry::try_take(session_id id)
{
    auto turn = std::make_shared<char>();
    auto& e = entries_.try_emplace(id, entry{.where = here_, .turn = {}}).first->second;
    if (!e.turn.expired()) {
        return nullptr;
    }
    e.turn = turn;
    return turn;
}

void registry::note(session_id id, std::size_t shard) noexcept
{
    if (auto const found = entries_.find(id); found != entries_.end()) {
        found->second.where = shard;
        found->second.note = ++notes_;
    }
}

void registry::forget(session_id id, std::size_t shard) noexcept
{
    if (auto const found = entries_.find(id); found != entries_.end() && found->second.where == shard) {
        found->second.where = here_;
        tidy(id);
    }
}

void registry::tidy(session_id id) noexcept
{
    if (auto const found = entries_.find(id); found != entries_.end() && !is_needed(found->second)) {
        entries_.erase(found);
    }
}

void registry::tidy_all() noexcept
{
    boost::unordered::erase_if(entries_, [this](auto const& each) { return !is_needed(each.second); });
}

void registry::note_forgotten(session_id id, std::uint64_t end) noexcept
{
    if (auto const found = ended_.find(id); found != ended_.end() && found->second == end) {
        ended_.erase(found);
    }
}

} // namespace sluice
