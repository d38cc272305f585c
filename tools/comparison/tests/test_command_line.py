"""tools/compare as a person calls it, as far as nothing is measured."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parents[2] / "compare"


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the tool."""
    return subprocess.run(
        [sys.executable, "-B", TOOL, *arguments], capture_output=True, text=True, timeout=30, check=False
    )


class CommandLine(unittest.TestCase):
    """Options, and what is wrong with them."""

    def test_bad_options_are_named_and_end_with_status_2(self) -> None:
        for arguments, named in (
            (("--rows", "prompt,nothing"), "unknown: nothing"),
            (("--servers", ""), "unknown: (empty)"),
            (("--rounds", "0"), "--rounds"),
            (("--duration", "-1"), "--duration"),
            (("--scale", "nan"), "--scale"),
            (("--nothing",), "--nothing"),
        ):
            with self.subTest(arguments):
                done = call(*arguments)
                self.assertEqual(done.returncode, 2)
                self.assertIn(named, done.stderr)

    def test_a_missing_program_is_named_in_one_line(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            done = call("--bin", directory, "--out", f"{directory}/out")
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stderr, f"compare: {directory}/sluice is missing: build the release preset first\n")

    def test_help_names_every_option(self) -> None:
        done = call("--help")
        self.assertEqual(done.returncode, 0)
        for option in (
            "--rows",
            "--servers",
            "--rounds",
            "--duration",
            "--scale",
            "--bin",
            "--mercure",
            "--centrifugo",
            "--out",
            "--add",
            "--draw",
            "--readme",
        ):
            self.assertIn(option, done.stdout)
