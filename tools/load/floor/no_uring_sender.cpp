#include "event_sender.hpp"

namespace sluice::load {

std::unique_ptr<event_sender> make_uring_sender()
{
    throw uring_unavailable("this program was built without liburing");
}

} // namespace sluice::load
