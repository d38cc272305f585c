"""nginx and HAProxy, run with the very examples that are shipped; only addresses and paths are others."""

from __future__ import annotations

import os
import pwd
import unittest
from pathlib import Path

from process import DEADLINE, Child, answers, free_port, run, until

EXAMPLES = Path(os.environ["SLUICE_PACKAGING"])
ATTEMPTS = 5


def replaced(text: str, changes: dict[str, str]) -> str:
    """The example with each of these replaced. One that is not in it is a mistake of the test."""
    for old, new in changes.items():
        assert old in text, f"the example has no '{old}'"
        text = text.replace(old, new)
    return text


def make_certificate(work: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    certificate, key = work / "fullchain.pem", work / "privkey.pem"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate)  # fmt: skip
    return certificate, key


class Front:
    """A running proxy in front of a sluice."""

    example: str
    without_tls: dict[str, str]
    """What to change for that."""

    def __init__(
        self, test: unittest.TestCase, hub_port: int, work: Path, changes: dict[str, str] | None = None
    ) -> None:
        self._work = work
        self.certificate, self._key = make_certificate(work)
        template = replaced((EXAMPLES / self.example).read_text(encoding="utf-8"), changes or {})
        # The port may be taken between the look and the start.
        for _ in range(ATTEMPTS):
            self.port = free_port()
            config = work / self.example
            config.write_text(replaced(template, self._addresses(hub_port)), encoding="utf-8")
            log = work / f"{self.example}.log"
            log.unlink(missing_ok=True)
            self._child = Child(test, self._command(config), log)
            until(lambda: self._child.ended() or answers(self.port), f"{self.example} listens", DEADLINE)
            if not self._child.ended():
                break
            assert "in use" in self._child.complaint(), self._child.complaint()
        self.url = f"https://127.0.0.1:{self.port}"

    def logs(self) -> str:
        """All that it has written to its logs."""
        raise NotImplementedError

    def stop(self) -> int:
        """Ends it."""
        return self._child.stop()

    def _addresses(self, hub_port: int) -> dict[str, str]:
        raise NotImplementedError

    def _command(self, config: Path) -> list[str | Path]:
        raise NotImplementedError


class Nginx(Front):
    """`nginx.conf`."""

    example = "nginx.conf"
    without_tls = {"listen 443 ssl http2": "listen 443"}

    def _addresses(self, hub_port: int) -> dict[str, str]:
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"    {kind}_temp_path {self._work}/{kind};\n" for kind in kinds)
        return {
            "user www-data;": f"user {pwd.getpwuid(os.geteuid()).pw_name};",
            "/run/nginx.pid": f"{self._work}/nginx.pid",
            "/var/log/nginx": str(self._work),
            "worker_rlimit_nofile 65536;": "",
            "worker_connections 32768;": "worker_connections 512;",
            "http {\n": "http {\n" + temporary,
            "127.0.0.1:8080;": f"127.0.0.1:{hub_port};",
            "listen 443": f"listen 127.0.0.1:{self.port}",
            "        listen [::]:443 ssl http2;\n": "",
            "/etc/ssl/sluice/fullchain.pem": str(self.certificate),
            "/etc/ssl/sluice/privkey.pem": str(self._key),
        }

    def _command(self, config: Path) -> list[str | Path]:
        return [os.environ["NGINX"], "-c", config, "-g", "daemon off;", "-e", "stderr"]

    def logs(self) -> str:
        names = ("access.log", "error.log")
        return "".join((self._work / name).read_text(encoding="utf-8") for name in names) + self._child.complaint()


class Haproxy(Front):
    """`haproxy.cfg`."""

    example = "haproxy.cfg"
    without_tls = {" ssl crt ": " crt "}

    def _addresses(self, hub_port: int) -> dict[str, str]:
        both = self._work / "front.pem"
        both.write_bytes(self.certificate.read_bytes() + self._key.read_bytes())
        return {
            "log /dev/log local0": "log stderr format raw local0",
            "    user haproxy\n    group haproxy\n    chroot /var/lib/haproxy\n": "",
            "maxconn 32768": "maxconn 200",
            " 127.0.0.1:8080": f" 127.0.0.1:{hub_port}",
            "bind :443,[::]:443 v6only": f"bind 127.0.0.1:{self.port}",
            "/etc/ssl/sluice/front.pem": str(both),
        }

    def _command(self, config: Path) -> list[str | Path]:
        return [os.environ["HAPROXY"], "-W", "-f", config]

    def logs(self) -> str:
        return self._child.complaint()
