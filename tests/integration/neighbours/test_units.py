"""The units as systemd-analyze reads them, well shut in, and in keeping with the server's defaults, as the fronts are."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import tomllib
import unittest
from pathlib import Path
from typing import Any

from front import EXAMPLES, replaced
from process import DEADLINE

BINARY = os.environ["SLUICE_BINARY"]
MOST_EXPOSED = 1.5
"""Of 10; systemd calls up to 2 "OK", its best but for what cannot use the network."""


def default_of(option: str) -> Any:
    """What the example file has for it, in which defaults are commented out."""
    example = Path(os.environ["SLUICE_EXAMPLE_FILE"]).read_text(encoding="utf-8")
    return tomllib.loads(re.sub(r"(?m)^#(?=\w)", "", example))[option]


def seconds(duration: str) -> int:
    """Of one like 30s."""
    return int(duration.removesuffix("s"))


def setting(unit: str, name: str) -> str:
    """The value of a setting that is there once."""
    (value,) = re.findall(rf"^{name}=(.*)$", (EXAMPLES / unit).read_text(encoding="utf-8"), re.MULTILINE)
    return str(value)


class UnitsTest(unittest.TestCase):
    """`sluice.service` and `sluice.socket`."""

    def setUp(self) -> None:
        place = tempfile.TemporaryDirectory(prefix="sluice-units-")
        self.addCleanup(place.cleanup)
        self.units = [Path(place.name) / name for name in ("sluice.service", "sluice.socket")]
        service, socket = ((EXAMPLES / unit.name).read_text(encoding="utf-8") for unit in self.units)
        self.units[0].write_text(replaced(service, {"/usr/bin/sluice": BINARY}), encoding="utf-8")
        self.units[1].write_text(socket, encoding="utf-8")

    def analyze(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Runs systemd-analyze, which needs no systemd that runs."""
        command = ["systemd-analyze", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)

    def test_systemd_understands_every_line(self) -> None:
        done = self.analyze("verify", "--man=no", *self.units)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_a_wrong_line_would_be_seen(self) -> None:
        with self.units[0].open("a", encoding="utf-8") as service:
            service.write("[Service]\nNoSuchSetting=yes\n")
        self.assertIn("NoSuchSetting", self.analyze("verify", "--man=no", *self.units).stderr)

    def test_the_service_is_shut_in(self) -> None:
        done = self.analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED * 10:.0f}", self.units[0])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_stop_leaves_time_for_the_drain(self) -> None:
        self.assertGreater(seconds(setting("sluice.service", "TimeoutStopSec")), seconds(default_of("drain_timeout")))

    def test_there_are_descriptors_for_every_stream(self) -> None:
        self.assertGreater(int(setting("sluice.service", "LimitNOFILE")), default_of("max_connections"))

    def test_the_socket_is_the_default_one(self) -> None:
        self.assertEqual([setting("sluice.socket", "ListenStream")], default_of("listen"))

    def test_the_fronts_wait_longer_than_a_heartbeat(self) -> None:
        heartbeat = seconds(default_of("heartbeat_interval"))
        waits = {"nginx.conf": r"proxy_read_timeout (\d+)s;", "haproxy.cfg": r"timeout (?:client|server) (\d+)s"}
        for example, pattern in waits.items():
            found = re.findall(pattern, (EXAMPLES / example).read_text(encoding="utf-8"))
            self.assertTrue(found, example)
            for wait in found:
                self.assertGreaterEqual(int(wait), 2 * heartbeat, example)


if __name__ == "__main__":
    unittest.main()
