#include <sluice/fan_out/sent_seam.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace sluice;

TEST_SUITE_BEGIN("fan_out/sent_seam");

TEST_CASE("others_lack_after · until the other shard has accepted and written the event")
{
    std::vector<sent_events> all(2);
    sent_seam here{all, 0};
    sent_seam there{all, 1};
    CHECK_FALSE(here.others_lack_after(0));

    here.note(1, 7);
    CHECK(here.others_lack_after(6));
    CHECK_FALSE(here.others_lack_after(7));

    there.note(1, 7);
    there.accepted(7, 7);
    CHECK(here.others_lack_after(6));

    there.tell(0);
    CHECK_FALSE(here.others_lack_after(6));
}

TEST_CASE("others_lack_after · what waits on this shard itself does not count")
{
    std::vector<sent_events> all(2);
    sent_seam here{all, 0};
    here.note(0, 3);
    here.accepted(3, 3);
    CHECK_FALSE(here.others_lack_after(0));
    CHECK(all[0].undelivered.load() == 3);
}

TEST_CASE("accepted · an event that was sent to no session of the shard tells nothing")
{
    std::vector<sent_events> all(2);
    sent_seam here{all, 0};
    here.note(1, 4);
    here.accepted(4, 2);
    CHECK(all[0].accepted.load() == 0);
    CHECK(all[0].undelivered.load() == 0);
}

TEST_CASE("others_lack_after · an event that was lost with its session stays in doubt")
{
    std::vector<sent_events> all(3);
    sent_seam here{all, 2};
    sent_seam there{all, 0};
    here.note(0, 5);
    there.note(0, 5);
    there.accepted(5, 5);
    here.note(0, 9);
    there.note(0, 9);
    there.accepted(9, 5); // 9 is written, 5 was lost
    CHECK(here.others_lack_after(4));
    CHECK_FALSE(here.others_lack_after(5));
}

TEST_SUITE_END();
