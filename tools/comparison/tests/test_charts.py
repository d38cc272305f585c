"""The charts."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from xml.etree import ElementTree

from comparison import charts
from comparison.results import Results, RowResults, Run

from . import samples


def row(*runs: Run) -> RowResults:
    """The results of a row."""
    return RowResults({"duration": 5.0, "warm_up": 1.0, "scale": 1.0}, {}, list(runs))


class Spread(unittest.TestCase):
    """Labels that do not cover each other."""

    def test_labels_with_room_stay_where_they_are(self) -> None:
        self.assertEqual(charts.spread([1.0, 3.0, 2.0], 0.5), [1.0, 3.0, 2.0])

    def test_labels_that_meet_part_around_their_middle(self) -> None:
        self.assertEqual(charts.spread([2.0, 2.0], 1.0), [1.5, 2.5])

    def test_labels_that_part_may_meet_others(self) -> None:
        places = charts.spread([0.0, 0.1, 0.9], 1.0)
        gaps = [after - before for before, after in zip(places, places[1:], strict=False)]
        self.assertTrue(all(gap > 0.999 for gap in gaps), places)
        self.assertAlmostEqual(sum(places), 1.0)


class Drawing(unittest.TestCase):
    """What gnuplot makes of the figures."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def words(self, name: str) -> str:
        """All that is written in a chart."""
        root = ElementTree.parse(self.directory / f"{name}.svg").getroot()
        return " ".join(" ".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text"))

    def test_throughput_has_a_line_for_each_server_and_units(self) -> None:
        runs = [
            Run(0, server, case, {"deliveries_per_server_cpu_s": value * int(case)})
            for server, value in (("sluice", 5e4), ("nchan", 1e3))
            for case in ("10", "100", "9000")
        ]
        charts.draw(Results(rows={"throughput": row(*runs)}), self.directory)
        words = self.words("throughput")
        for expected in ("sluice", "nchan", "subscribers", "deliveries per CPU second", "9,000"):
            self.assertIn(expected, words)
        self.assertNotIn("better-sse", words)

    def test_latency_is_shown_by_percentile(self) -> None:
        figures = {f"latency_{name}_us": 100.0 * at for at, name in enumerate(("p50", "p90", "p99", "p999"), 1)}
        charts.draw(Results(rows={"latency": row(Run(0, "floor", "", figures))}), self.directory)
        for expected in ("floor", "latency, ms", "99.9 %"):
            self.assertIn(expected, self.words("latency"))

    def test_memory_is_told_in_kilobytes(self) -> None:
        runs = (Run(0, "sluice", "", {"server_rss_per_connection_bytes": 2560.0}),)
        charts.draw(Results(rows={"idle": row(*runs)}), self.directory)
        self.assertIn("2.5 KB", self.words("memory"))

    def test_a_chart_without_figures_is_not_drawn_and_an_old_one_goes(self) -> None:
        (self.directory / "memory.svg").write_text("old")
        failed = Run(0, "sluice", "", {}, "2 lost")
        self.assertEqual(charts.draw(Results(dict(samples.MACHINE), rows={"idle": row(failed)}), self.directory), [])
        self.assertEqual(list(self.directory.iterdir()), [])
