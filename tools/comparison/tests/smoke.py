"""Runs tools/compare against the real floor and the real sluice, small and quick, and looks at what it leaves.

Usage: smoke.py DIR-OF-PROGRAMS
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parents[2] / "compare"
PROGRAMS = Path(sys.argv[1] if len(sys.argv) > 1 else "build/release/bin").resolve()
QUICK = (
    "--rows",
    "prompt,idle",
    "--servers",
    "floor,sluice",
    "--rounds",
    "1",
    "--duration",
    "0.3",
    "--warm-up",
    "0.1",
    "--scale",
    "0.01",
)


class Smoke(unittest.TestCase):
    """One comparison, from the command line to the charts."""

    directory: tempfile.TemporaryDirectory[str]
    group: int
    done: subprocess.CompletedProcess[str]
    out: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        cls.out = Path(cls.directory.name) / "out"
        command = [sys.executable, "-B", str(TOOL), *QUICK, "--bin", str(PROGRAMS), "--out", str(cls.out)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        ) as tool:
            cls.group = tool.pid
            said, errors = tool.communicate(timeout=60)
        cls.done = subprocess.CompletedProcess(command, tool.returncode, said, errors)

    def test_it_succeeds(self) -> None:
        self.assertEqual(self.done.returncode, 0, self.done.stderr)

    def test_no_server_is_left(self) -> None:
        with self.assertRaises(ProcessLookupError):
            os.killpg(self.group, 0)

    def test_every_run_delivered_what_was_published(self) -> None:
        rows = json.loads((self.out / "results.json").read_text())["rows"]
        self.assertEqual(list(rows), ["prompt", "idle"])
        for name, row in rows.items():
            self.assertEqual([run["server"] for run in row["runs"]], ["floor", "sluice"], name)
            self.assertEqual([run["failure"] for run in row["runs"]], ["", ""], name)
        for run in rows["prompt"]["runs"]:
            self.assertEqual(run["figures"]["deliveries"], 10 * run["figures"]["published"])
            self.assertGreater(run["figures"]["server_cpu_us_per_delivery"], 0)
        for run in rows["idle"]["runs"]:
            self.assertEqual(run["figures"]["streams"], 90)

    def test_bars_are_judged_by_the_figures(self) -> None:
        given = json.loads((self.out / "results.json").read_text())
        costs = [run["figures"]["server_cpu_us_per_delivery"] for run in given["rows"]["prompt"]["runs"]]
        prompt = given["bars"][0]
        self.assertAlmostEqual(prompt["figure"], costs[1] / costs[0])
        self.assertIs(prompt["met"], costs[1] / costs[0] <= 1.1)

    def test_the_table_and_the_chart_are_written(self) -> None:
        table = (self.out / "table.md").read_text()
        self.assertEqual(self.done.stdout.strip(), table.strip())
        self.assertRegex(table, r"\| median \| floor \| sluice \|\n")
        self.assertRegex(table, r"\| CPU per delivery, .* \| [\d.,]+ µs \| [\d.,]+ µs \|\n")
        self.assertIn("with 0.01 of the subscribers", table)
        self.assertIn("KB", (self.out / "memory.svg").read_text())

    def test_drawing_again_gives_the_same(self) -> None:
        table = (self.out / "table.md").read_text()
        (self.out / "table.md").unlink()
        subprocess.run(
            [sys.executable, "-B", TOOL, "--draw", "--out", self.out], check=True, capture_output=True, timeout=30
        )
        self.assertEqual((self.out / "table.md").read_text(), table)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
