"""Who takes part, as far as programs can be stood in for."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from comparison import process
from comparison.errors import ComparisonError
from comparison.model import Case
from comparison.process import Cores
from comparison.servers import Floor, Sluice

ANY = Cores(*[process.allowed_cores()[0]] * 3)


class Programs(unittest.TestCase):
    """Scripts in the place of servers."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.work = Path(directory.name)

    def script(self, text: str) -> Path:
        """A program of this text."""
        file = self.work / "program"
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)
        return file

    def test_a_floor_without_io_uring_says_so_by_its_status(self) -> None:
        refuses = self.script("exit 3")
        self.assertEqual(Floor("uring", refuses, "uring", "uring-coalesced").absence(), "no io_uring")
        self.assertEqual(Floor("floor", refuses).absence(), "")

    def test_a_floor_that_listens_takes_part(self) -> None:
        listens = self.script("echo 'floor listening on http://127.0.0.1:1'; exec sleep 60")
        self.assertEqual(Floor("uring", listens, "uring", "uring-coalesced").absence(), "")

    def test_flat_out_the_floor_may_send_otherwise(self) -> None:
        floor = Floor("uring", Path("floor"), "uring", "uring-coalesced")
        self.assertEqual(floor.command(Case(()))[-2:], ["--send", "uring"])
        self.assertEqual(floor.command(Case((), flat_out=True))[-2:], ["--send", "uring-coalesced"])

    def test_a_server_is_known_by_its_address_and_ends_with_the_block(self) -> None:
        server = Sluice(self.script("echo 'sluice listening on http://127.0.0.1:4711'; exec sleep 60"))
        with server.running(Case(()), ANY, self.work) as running:
            self.assertEqual(running.address, "127.0.0.1:4711")
            self.assertTrue(Path(f"/proc/{running.pid}").exists())
        self.assertFalse(Path(f"/proc/{running.pid}").exists())

    def test_a_server_that_does_not_start_is_named_with_its_last_words(self) -> None:
        server = Sluice(self.script("echo 'port in use' >&2; exit 1"))
        with self.assertRaisesRegex(ComparisonError, "^program did not get ready: port in use$"):
            with server.running(Case(()), ANY, self.work):
                self.fail("it ran")

    def test_one_core_is_not_enough(self) -> None:
        with self.assertRaisesRegex(ComparisonError, "needs two cores"):
            Cores.pick([0])
        self.assertEqual(Cores.pick([2, 5, 7]), Cores(2, 7, 5))
