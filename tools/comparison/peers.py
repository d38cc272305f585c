"""The peers: servers that others make, each set up as its documentation advises."""

from __future__ import annotations

import base64
import hmac
import json
import re
import shutil
import subprocess
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Template

from . import process
from .errors import ComparisonError
from .model import Case
from .process import Cores
from .servers import Listening, Running, Server

PEERS = Path(__file__).resolve().parent / "peers"
KEY = "the comparison's own key of more than 256 bits"
"""With it a peer knows its publisher."""
NCHAN_MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")


class Nchan(Server):
    """The pub/sub module of nginx, with one worker."""

    name = "nchan"
    load_options = (
        "--ready-event", "", "--loss-event", "", "--event-type", "", "--publish-type", "text/plain", "--publish-body", "{data}",
    )  # fmt: skip

    def absence(self) -> str:
        return "" if _nginx() and NCHAN_MODULE.exists() else "not installed"

    def version(self) -> str:
        nginx = subprocess.run([_nginx() or "nginx", "-v"], capture_output=True, text=True, check=False).stderr
        query = ["dpkg-query", "--show", "--showformat=${Version}", "libnginx-mod-nchan"]
        nchan = subprocess.run(query, capture_output=True, text=True, check=False).stdout
        return f"{nchan.rpartition(':')[2].partition('+')[0]} in {nginx.strip().rpartition(' ')[2].replace('/', ' ')}"

    @contextmanager
    def running(self, case: Case, cores: Cores, work: Path) -> Iterator[Running]:
        port = process.free_port()
        log = work / "nchan.log"
        configuration = work / "nginx.conf"
        template = Template((PEERS / "nginx.conf.template").read_text(encoding="utf-8"))
        configuration.write_text(template.substitute(port=port, work=work, module=NCHAN_MODULE), encoding="utf-8")
        command = [_nginx() or "nginx", "-p", str(work), "-e", str(log), "-c", str(configuration)]
        started = process.start(command, cores.of_server(case.shares_core), work / "nginx.out")
        try:
            process.await_answer(started, ("127.0.0.1", port), log)
            yield Running(f"127.0.0.1:{port}", _worker_of(started.pid))
        finally:
            process.end(started)


class BetterSse(Listening):
    """A library for Node, in the small server that its documentation shows."""

    name = "better-sse"
    load_options = ("--ready-event", "", "--loss-event", "")

    def command(self, case: Case) -> list[str]:
        return [shutil.which("node") or "node", str(PEERS / "better-sse" / "server.mjs")]

    def absence(self) -> str:
        installed = (PEERS / "better-sse" / "node_modules" / "better-sse").is_dir()
        return "" if installed and shutil.which("node") else "not installed"

    def version(self) -> str:
        package = PEERS / "better-sse" / "node_modules" / "better-sse" / "package.json"
        node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
        return f"{json.loads(package.read_text(encoding='utf-8'))['version']} on Node {node.removeprefix('v')}"


class Configured(Server):
    """A Go program of the caller's, on one processor, with a configuration from a template."""

    template: str
    option: str
    """That of tools/compare by which it is given."""

    def __init__(self, program: Path | None) -> None:
        self._program = program

    @abstractmethod
    def arguments(self, configuration: Path) -> list[str]:
        """Of the program, to serve with this configuration."""

    def absence(self) -> str:
        if self._program is None:
            return f"not given ({self.option})"
        return "" if shutil.which(self._program) else f"{self._program} is no program"

    def version(self) -> str:
        said = subprocess.run([str(self._program), "version"], capture_output=True, text=True, check=False).stdout
        found = re.search(r"v?(\d+\.\d+\.\d+\S*)", said)
        return found[1] if found else "of unknown version"

    @contextmanager
    def running(self, case: Case, cores: Cores, work: Path) -> Iterator[Running]:
        port = process.free_port()
        log = work / f"{self.name}.log"
        configuration = work / self.template.removesuffix(".template")
        template = Template((PEERS / self.template).read_text(encoding="utf-8"))
        configuration.write_text(template.substitute(port=port, key=KEY), encoding="utf-8")
        # What they keep in the user's directories goes to this one.
        own = {"GOMAXPROCS": "1", "HOME": str(work), "XDG_DATA_HOME": str(work), "XDG_CONFIG_HOME": str(work)}
        command = [str(self._program), *self.arguments(configuration)]
        started = process.start(command, cores.of_server(case.shares_core), log, environment=own)
        try:
            process.await_answer(started, ("127.0.0.1", port), log)
            yield Running(f"127.0.0.1:{port}", started.pid)
        finally:
            process.end(started)


def publisher_token(key: str) -> str:
    """A JWT (HS256) that lets its bearer publish everything on Mercure."""

    def encode(part: bytes) -> str:
        return base64.urlsafe_b64encode(part).rstrip(b"=").decode("ascii")

    head, claims = ({"alg": "HS256", "typ": "JWT"}, {"mercure": {"publish": ["*"]}})
    signed = ".".join(encode(json.dumps(part, separators=(",", ":")).encode("ascii")) for part in (head, claims))
    return f"{signed}.{encode(hmac.digest(key.encode('ascii'), signed.encode('ascii'), 'sha256'))}"


class Mercure(Configured):
    """The hub of mercure.rocks (0.x): updates in memory, subscribers without a token."""

    name = "mercure"
    template = "mercure.Caddyfile.template"
    option = "--mercure"
    load_options = (
        "--path", "/.well-known/mercure?topic=load", "--ready-event", "", "--loss-event", "",
        "--publish-path", "/.well-known/mercure", "--publish-type", "application/x-www-form-urlencoded",
        "--publish-body", "topic=load&type={type}&data={data}",
        "--publish-header", f"Authorization: Bearer {publisher_token(KEY)}",
    )  # fmt: skip

    def arguments(self, configuration: Path) -> list[str]:
        return ["run", "--config", str(configuration), "--adapter", "caddyfile"]

    def version(self) -> str:
        return f"on Caddy {super().version()}"  # its own it does not tell


class Centrifugo(Configured):
    """Its unidirectional SSE, with the memory engine; events stand in an envelope of JSON."""

    name = "centrifugo"
    template = "centrifugo.json.template"
    option = "--centrifugo"
    load_options = (
        "--path", "/connection/uni_sse?cf_connect=%7B%22subs%22%3A%7B%22load%22%3A%7B%7D%7D%7D",
        "--ready-event", "", "--loss-event", "", "--event-type", "",
        "--event-data", '{"channel":"load","pub":{"data":"{data}"}}',
        "--publish-path", "/api/publish", "--publish-body", '{"channel":"load","data":"{data}"}',
        "--publish-header", f"X-API-Key: {KEY}",
    )  # fmt: skip

    def arguments(self, configuration: Path) -> list[str]:
        return ["--config", str(configuration)]


def _nginx() -> str | None:
    return shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


def _worker_of(master: int) -> int:
    workers = process.children_of(master)
    if len(workers) != 1:
        raise ComparisonError(f"nginx has {len(workers)} workers instead of one")
    return workers[0]
