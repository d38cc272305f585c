"""The file of results."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

from comparison import results, table
from comparison.errors import ComparisonError

from . import samples


class File(unittest.TestCase):
    """Written and read again."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.file = Path(directory.name) / "results.json"

    def test_what_was_saved_is_loaded(self) -> None:
        given = samples.results({"floor": 10.0, "sluice": 10.5}, {"floor": "1 lost", "sluice": 9.5})
        given.save(self.file, table.bars(given, [samples.row()]))
        self.assertEqual(results.load(self.file), given)

    def test_the_bars_are_there_to_be_read_by_others(self) -> None:
        given = samples.results({"floor": 10.0, "sluice": 10.5})
        given.save(self.file, table.bars(given, [samples.row()]))
        self.assertEqual(json.loads(self.file.read_text())["bars"][0]["figure"], 1.05)

    def test_nothing_measured_is_a_file_too(self) -> None:
        given = results.Results(dict(samples.MACHINE))
        given.save(self.file, [])
        self.assertEqual(results.load(self.file), given)

    def test_what_cannot_be_read_is_named(self) -> None:
        for text in ("", "[]", "{}", '{"format": 1}', '{"format": 0}'):
            self.file.write_text(text)
            with self.subTest(text), self.assertRaisesRegex(ComparisonError, "results.json: "):
                results.load(self.file)
        self.file.unlink()
        with self.assertRaisesRegex(ComparisonError, "results.json: cannot be read: .*No such file"):
            results.load(self.file)
