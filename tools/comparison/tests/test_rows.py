"""The rows' words: they say what is measured, at whatever scale."""

from __future__ import annotations

import unittest

from comparison.model import Case, Row, Size
from comparison.rows import make_rows

UNCOUNTED = ("threads", "throughput")
"""Rows whose title does not name the streams of every run."""


def streams(case: Case) -> int:
    """How many a run opens."""
    return int(case.load[case.load.index("--streams") + 1])


def words(row: Row) -> str:
    """All that is written of a row."""
    return " | ".join([row.work, *(bar.text for bar in row.bars), *(line.text for line in row.lines)])


class Titles(unittest.TestCase):
    """What stands in the table."""

    def test_they_name_the_streams_that_are_opened(self) -> None:
        for scale in (1.0, 0.1, 0.01):
            for name, row in make_rows(Size(scale=scale)).items():
                for case in row.cases:
                    if name not in UNCOUNTED:
                        with self.subTest(scale=scale, row=name, case=case.name):
                            self.assertRegex(row.work, rf"(?<![\d,.]){streams(case):,}(?!,?\d)")

    def test_bars_and_lines_follow_the_scale(self) -> None:
        rows = make_rows(Size(scale=0.1))
        self.assertEqual(rows["scale"].bars[1].text, "CPU per delivery at 900 ≤ 1.15 × that at 100")
        self.assertEqual(rows["latency"].lines[0].text, "latency, p50, 100 subscribers, 20 events/s")
        self.assertEqual(rows["idle"].lines[0].text, "resident memory per idle connection, of 900")
        self.assertEqual(rows["churn"].lines[0].text, "CPU per delivery while 10 clients/s drop and come back")

    def test_at_full_scale_they_are_these(self) -> None:
        rows = make_rows(Size())
        self.assertEqual(rows["prompt"].work, "1,000 subscribers, 100 events/s of 128 bytes")
        self.assertEqual(rows["scale"].work, "100,000 deliveries/s to 10, 1,000 and 9,000 subscribers")
        self.assertEqual(rows["scale"].bars[0].text, "CPU per delivery at 10 ≤ 1.15 × that at 1,000")
        self.assertEqual(
            rows["filters"].work,
            "10,000 sessions of which each event matches 100, beside 100 sessions without a filter",
        )
        self.assertEqual(
            rows["churn"].work, "1,000 subscribers, 100 events/s, 100 clients/s drop and come back"
        )

    def test_a_row_that_was_measured_at_another_scale_says_that_one(self) -> None:
        measured = {"prompt": {"duration": 1.0, "warm_up": 0.5, "scale": 0.5}}
        rows = make_rows(Size(), measured)
        self.assertEqual(rows["prompt"].work, "500 subscribers, 100 events/s of 128 bytes")
        self.assertIn("1,000 subscribers", rows["latency"].work)
