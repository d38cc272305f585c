"""What is made of the figures of one run."""

from __future__ import annotations

import unittest

from comparison.load import is_disturbed, what_failed, with_derived
from comparison.model import Case


class Run(unittest.TestCase):
    """One run of the load."""

    def test_numbers_that_must_be_zero_are_named_when_they_are_not(self) -> None:
        self.assertEqual(what_failed({"lost": 0, "duplicated": 0, "closed": 0}), "")
        self.assertEqual(what_failed({"lost": 3, "duplicated": 0, "refused": 2}), "3 lost, 2 refused")

    def test_the_cost_of_an_event_follows_from_cpu_and_events(self) -> None:
        given = with_derived({"server_cpu_s": 0.5, "published": 1000})
        self.assertEqual(given["server_cpu_us_per_event"], 500)
        self.assertNotIn("server_cpu_us_per_event", with_derived({"server_cpu_s": 0.5, "published": 0}))

    def test_a_server_that_waited_for_its_core_was_disturbed(self) -> None:
        self.assertTrue(is_disturbed({"server_waited_s": 0.2, "server_cpu_s": 1.0}, Case(())))
        self.assertFalse(is_disturbed({"server_waited_s": 0.05, "server_cpu_s": 1.0}, Case(())))
        self.assertFalse(is_disturbed({}, Case(())))

    def test_a_wait_that_nobody_would_notice_disturbs_nothing(self) -> None:
        self.assertFalse(is_disturbed({"server_waited_s": 0.0005, "server_cpu_s": 0.001}, Case(())))

    def test_where_the_load_is_on_the_servers_core_waiting_is_no_disturbance(self) -> None:
        self.assertFalse(is_disturbed({"server_waited_s": 0.5, "server_cpu_s": 1.0}, Case((), shares_core=True)))
