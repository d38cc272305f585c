"""The Debian package: built of what is tested, installed into a root of its own, run from there, removed and purged.

To be run by fakeroot, which lets dpkg and the package's scripts do what they do as root."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import stat
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path

from process import DEADLINE, Child, run

CONTENT = """\
drwxr-xr-x ./etc/sluice/
-rw-r--r-- ./etc/sluice/sluice.toml
-rw-r--r-- ./lib/systemd/system/sluice.service
-rw-r--r-- ./lib/systemd/system/sluice.socket
-rwxr-xr-x ./usr/bin/sluice
-rw-r--r-- ./usr/lib/sysusers.d/sluice.conf
-rw-r--r-- ./usr/share/doc/sluice/changelog.Debian.gz
-rw-r--r-- ./usr/share/doc/sluice/copyright
-rw-r--r-- ./usr/share/doc/sluice/examples/grafana-dashboard.json
-rw-r--r-- ./usr/share/doc/sluice/examples/haproxy.cfg
-rw-r--r-- ./usr/share/doc/sluice/examples/kubernetes.yaml
-rw-r--r-- ./usr/share/doc/sluice/examples/nginx.conf
-rw-r--r-- ./usr/share/doc/sluice/examples/prometheus-rules.yml
-rw-r--r-- ./usr/share/doc/sluice/examples/sluice.toml
-rw-r--r-- ./usr/share/man/man1/sluice.1.gz
-rw-r--r-- ./usr/share/man/man5/sluice.toml.5.gz
"""
ENABLED = "etc/systemd/system/multi-user.target.wants/sluice.service"


class Root:
    """A root directory with a dpkg database."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "var/lib/dpkg/info").mkdir(parents=True)
        (path / "var/lib/dpkg/updates").mkdir()
        (path / "var/lib/dpkg/status").touch()

    def dpkg(self, *arguments: str | Path) -> None:
        """The package's dependencies are on this system, and not in there."""
        path = os.environ["PATH"] + ":/usr/sbin:/sbin"
        options = ("--log=/dev/null", "--force-depends", "--force-script-chrootless", "--force-unsafe-io")
        run("env", f"PATH={path}", "dpkg", f"--root={self.path}", *options, *arguments)

    def describe(self, path: str) -> str:
        """Mode, and the numbers of owner and group."""
        found = (self.path / path).stat()
        return f"{stat.filemode(found.st_mode)} {found.st_uid}:{found.st_gid}"

    def number_of(self, name: str) -> str:
        """That of a group."""
        found = re.search(rf"^{name}:[^:]*:(\d+):", (self.path / "etc/group").read_text(), re.MULTILINE)
        assert found, f"no group {name}"
        return found[1]

    def left(self) -> list[str]:
        """The files in there; dpkg's own and the users' are for the system to keep."""
        kept = ("var/lib/dpkg/", "etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/.pwd.lock")
        files = (str(path.relative_to(self.path)) for path in self.path.rglob("*") if not path.is_dir())
        return sorted(path for path in files if not path.startswith(kept))


PACKAGE: Path
"""One for all tests."""


def setUpModule() -> None:
    """Makes the package of what has been built."""
    global PACKAGE
    place = temporary_directory(unittest.addModuleCleanup)
    run("cpack", "--config", os.environ["SLUICE_CPACK_CONFIG"], "-B", place)
    (PACKAGE,) = place.glob("*.deb")


def temporary_directory(at_end: Callable[..., None]) -> Path:
    """One that is there until then."""
    place = tempfile.mkdtemp(prefix="sluice-package-")
    at_end(shutil.rmtree, place)
    return Path(place)


class PackageTest(unittest.TestCase):
    """The file."""

    def test_it_has_what_it_says(self) -> None:
        said = run("dpkg-deb", "--contents", PACKAGE)
        entries = [line.split() for line in said.splitlines()]
        for entry in entries:
            self.assertEqual(entry[1], "root/root", entry)
        parents = ("/etc/", "/lib/", "/usr/", "/systemd/", "/system/", "/bin/", "/sysusers.d/", "/share/", "/doc/",
                   "/doc/sluice/", "/examples/", "/man/", "/man1/", "/man5/")  # fmt: skip
        listed = [f"{entry[0]} {entry[-1]}" for entry in entries if not entry[-1].endswith(parents)]
        self.assertEqual(listed, CONTENT.splitlines())

    def test_it_depends_on_what_the_binary_needs(self) -> None:
        depends = run("dpkg-deb", "--field", PACKAGE, "Depends")
        for name in ("libc6", "libstdc\\+\\+6", "libfmt9", "libboost-json1\\.81\\.0", "systemd"):
            self.assertRegex(depends, rf"(^|[ ,]){name}[ ,]")


class LifeTest(unittest.TestCase):
    """Installation, upgrade, removal and purge."""

    def setUp(self) -> None:
        self.root = Root(temporary_directory(self.addCleanup))
        self.root.dpkg("--install", PACKAGE)

    def test_it_goes_without_a_trace(self) -> None:
        self.assertIn("usr/bin/sluice", self.root.left())
        self.root.dpkg("--remove", "sluice")
        self.assertIn("etc/sluice/sluice.toml", self.root.left())
        self.assertNotIn("usr/bin/sluice", self.root.left())
        self.root.dpkg("--purge", "sluice")
        self.assertEqual(self.root.left(), [])
        self.assertFalse((self.root.path / "etc/sluice").exists())

    def test_an_upgrade_keeps_what_was_changed(self) -> None:
        directory = self.root.path / "etc/sluice"
        token = (directory / "publish-token").read_text()
        with (directory / "sluice.toml").open("a") as config:
            config.write("# mine\n")
        self.assertTrue((self.root.path / ENABLED).is_symlink())
        (self.root.path / ENABLED).unlink()
        self.root.dpkg("--install", PACKAGE)
        self.assertEqual((directory / "publish-token").read_text(), token)
        self.assertTrue((directory / "sluice.toml").read_text().endswith("# mine\n"))
        self.assertFalse((self.root.path / ENABLED).is_symlink(), "it was disabled, and is enabled again")


class InstalledTest(unittest.TestCase):
    """What is there after an installation."""

    root: Root

    @classmethod
    def setUpClass(cls) -> None:
        cls.root = Root(temporary_directory(cls.addClassCleanup))
        cls.root.dpkg("--install", PACKAGE)

    def test_it_makes_its_user_and_a_token_that_only_that_reads(self) -> None:
        self.assertRegex((self.root.path / "etc/passwd").read_text(), "(?m)^sluice:x:.*:/usr/sbin/nologin$")
        group = self.root.number_of("sluice")
        self.assertEqual(self.root.describe("etc/sluice"), f"drwxr-x--- 0:{group}")
        self.assertEqual(self.root.describe("etc/sluice/publish-token"), f"-rw-r----- 0:{group}")
        self.assertRegex((self.root.path / "etc/sluice/publish-token").read_text(), "^[0-9a-f]{64}$")

    def test_it_runs_as_it_is_installed(self) -> None:
        directory = self.root.path / "etc/sluice"
        config = (directory / "sluice.toml").read_text()
        self.assertIn('"/etc/sluice/publish-token"', config)
        (directory / "sluice.toml").write_text(config.replace('"/etc/', f'"{self.root.path}/etc/'))
        options = ["--config", directory / "sluice.toml", "--listen", "127.0.0.1:0"]
        command = [self.root.path / "usr/bin/sluice", *options]
        server = Child(self, command, self.root.path / "log", LD_PRELOAD="")  # without fakeroot
        port = int(server.read_line().rpartition(":")[2])
        token = (directory / "publish-token").read_text()
        self.assertEqual(self._publish(port), 401)
        self.assertEqual(self._publish(port, Authorization=f"Bearer {token}"), 200)
        self.assertEqual(server.stop(), 0)

    def _publish(self, port: int, **headers: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
        self.addCleanup(connection.close)
        connection.request("POST", "/broadcast?data=x", headers=headers)
        return connection.getresponse().status


if __name__ == "__main__":
    unittest.main()
