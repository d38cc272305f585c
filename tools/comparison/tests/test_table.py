"""Bars and the Markdown."""

from __future__ import annotations

import unittest
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from comparison import table
from comparison.figures import is_wrong
from comparison.model import Bar
from comparison.text import always, rate, times

from . import samples

GOOD = ({"floor": 10.0, "sluice": 10.5}, {"floor": 8.0, "sluice": 9.6}, {"floor": 10.0, "sluice": 10.9})


def judged(limit: float, *rounds: Mapping[str, float | str]) -> dict[str, Any]:
    """The one bar of the row of samples."""
    return table.bars(samples.results(*rounds), [samples.row(limit)])[0]


class Bars(unittest.TestCase):
    """Whether sluice meets what it must."""

    def test_the_median_of_the_rounds_ratios_is_held_against_the_bar(self) -> None:
        bar = judged(1.1, *GOOD)
        self.assertAlmostEqual(bar["figure"], 1.09)
        self.assertEqual([f"{ratio:.2f}" for ratio in bar["rounds"]], ["1.05", "1.20", "1.09"])
        self.assertEqual(bar["text"], "1.09 ×")
        self.assertIs(bar["met"], True)

    def test_a_figure_beyond_the_bar_does_not_meet_it(self) -> None:
        self.assertIs(judged(1.08, *GOOD)["met"], False)

    def test_the_bar_itself_meets_it(self) -> None:
        for at_most in (True, False):
            bar = Bar("", lambda _: None, 2.0, times, at_most)
            self.assertTrue(bar.is_met(2.0))
            self.assertIs(bar.is_met(1.99), at_most)
            self.assertIs(bar.is_met(2.01), not at_most)

    def test_without_the_server_to_compare_with_it_is_not_known(self) -> None:
        bar = judged(1.1, {"sluice": 10.0}, {"sluice": 11.0})
        self.assertIsNone(bar["met"])
        self.assertEqual(bar["text"], "floor: not measured")

    def test_runs_that_failed_do_not_count(self) -> None:
        bar = judged(1.1, {"floor": 10.0, "sluice": "3 lost"}, {"floor": 10.0, "sluice": 10.0})
        self.assertEqual(bar["figure"], 1)
        self.assertEqual(judged(1.1, {"floor": 10.0, "sluice": "3 lost"})["text"], "sluice: failed: 3 lost")

    def test_what_must_always_hold_is_not_met_by_one_run_that_failed(self) -> None:
        bar = Bar("none lost", is_wrong("sluice"), 0, always, combine=sum)
        row = replace(samples.row(), bars=(bar,))
        for second, text, met in ((9.0, "in every round", True), ("3 lost", "not in 1 of the rounds", False)):
            given = table.bars(samples.results({"sluice": 9.0}, {"sluice": second}, {"sluice": 9.0}), [row])[0]
            self.assertEqual((given["text"], given["met"]), (text, met))

    def test_a_row_that_was_not_measured_has_no_bars(self) -> None:
        given = samples.results(*GOOD)
        given.rows.clear()
        self.assertEqual(table.bars(given, [samples.row()]), [])


class Text(unittest.TestCase):
    """The Markdown as a whole."""

    def test_it_shows_the_servers_side_by_side_the_bars_and_the_machine(self) -> None:
        given = samples.results(*GOOD)
        rows = [samples.row()]
        self.assertEqual(
            table.render(given, rows, table.bars(given, rows)),
            "| median | floor | sluice |\n"
            "|---|---|---|\n"
            "| cost | 10.0 µs | 10.5 µs |\n"
            "\n"
            "|  | work | bar | sluice | met |\n"
            "|---|---|---|---|---|\n"
            "| work | some work | ≤ the floor's | 1.09 × | yes |\n"
            "\n"
            "Measured on 2 virtual cores of A Processor, Debian 12, Linux 6.1, 2026-01-31; the server on one core, the load on "
            "another. Medians of 3 rounds, ratios within a round, 5 s a run. Versions: sluice 0.1.0.\n",
        )

    def test_a_missing_figure_is_explained(self) -> None:
        given = samples.results({"floor": 10.0, "sluice": 10.0, "nchan": "2 refused"})
        why = {server: given.why_not(samples.row(), server) for server in ("nchan", "better-sse", "uring")}
        self.assertEqual(why, {"nchan": "failed: 2 refused", "better-sse": "no such thing", "uring": "not measured"})
        del given.rows["work"].runs[-1]
        self.assertEqual(given.why_not(samples.row(), "nchan"), "not installed")
        given.rows.clear()
        self.assertEqual(given.why_not(samples.row(), "sluice"), "not measured")

    def test_a_bar_that_is_missed_stands_out(self) -> None:
        given = samples.results(*GOOD)
        self.assertIn("| 1.09 × | **no** |", table.bar_table(table.bars(given, [samples.row(1.05)]), [samples.row()]))

    def test_disturbed_runs_are_counted(self) -> None:
        given = samples.results(*GOOD)
        given.rows["work"].runs[0].disturbed = True
        self.assertIn("1 of 6 runs were disturbed", table.notes(given))

    def test_a_smaller_scale_is_told(self) -> None:
        given = samples.results(*GOOD)
        given.rows["work"].settings["scale"] = 0.01
        self.assertIn("with 0.01 of the subscribers", table.notes(given))


class Numbers(unittest.TestCase):
    """Few digits, and the unit."""

    def test_rates(self) -> None:
        given = {
            0: "0",
            7.25: "7.25",
            142_345: "142,000",
            999_600: "1,000,000",
            2_994_000: "2.99 million",
            12e6: "12.0 million",
        }
        self.assertEqual([rate(value) for value in given], list(given.values()))

    def test_ratios(self) -> None:
        self.assertEqual(
            [times(value) for value in (0.5, 1.096, 9.996, 31.44)], ["0.50 ×", "1.10 ×", "10.00 ×", "31.4 ×"]
        )
