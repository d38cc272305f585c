#include <sluice/fan_out/sent_seam.hpp>

#include <doctest/doctest.h>

using namespace sluice;

TEST_SUITE_BEGIN("fan_out/sent_seam");

TEST_CASE("others_lack_after · until the other shard has taken and written the event")
{
    sent_board all{2};
    sent_seam here{all, 0};
    sent_seam there{all, 1};
    CHECK_FALSE(here.others_lack_after(0));

    here.accepted(7, 0);
    CHECK(here.others_lack_after(6));
    CHECK_FALSE(here.others_lack_after(7));

    there.accepted(7, 7);
    CHECK(here.others_lack_after(6));

    there.tell(0);
    CHECK_FALSE(here.others_lack_after(6));
}

TEST_CASE("others_lack_after · what waits on this shard itself does not count")
{
    sent_board all{2};
    sent_seam here{all, 0};
    sent_seam{all, 1}.accepted(3, 0);
    here.accepted(3, 3);
    CHECK_FALSE(here.others_lack_after(0));
    CHECK(all.of[0].undelivered.load() == 3);
}

TEST_CASE("others_lack_after · an event that was lost with its session stays in doubt")
{
    sent_board all{2};
    sent_seam here{all, 1};
    sent_seam there{all, 0};
    here.accepted(9, 0);
    there.accepted(9, 5); // 9 is written, 5 was lost
    CHECK(here.others_lack_after(4));
    CHECK_FALSE(here.others_lack_after(5));
}

TEST_CASE("others_lack_after · what waits for a session that is moving here does not count where it comes from")
{
    sent_board all{3};
    sent_seam here{all, 2};
    sent_seam there{all, 1};
    sent_seam{all, 0}.accepted(9, 0);
    here.accepted(9, 0);
    there.accepted(9, 8); // 8 waits for the session, 5 for another one
    left_behind const moving{.shard = 1, .undelivered = 8, .undelivered_by_others = 5};
    CHECK(here.others_lack_after(5));
    CHECK_FALSE(here.others_lack_after(5, moving));
    CHECK(here.others_lack_after(4, moving));

    there.accepted(10, 10); // what has come since may be for any session
    here.accepted(10, 0);
    CHECK(here.others_lack_after(9, moving));

    there.tell_of_move(5);
    CHECK(all.moves.load() == 1);
    CHECK(all.of[1].undelivered.load() == 5);
}

TEST_SUITE_END();
