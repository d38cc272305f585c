"""The peers: servers that others make, each set up as its documentation advises."""

from __future__ import annotations

import json
import shutil
import subprocess
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
            process.await_listening(started, ("127.0.0.1", port), log)
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


def _nginx() -> str | None:
    return shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


def _worker_of(master: int) -> int:
    workers = process.children_of(master)
    if len(workers) != 1:
        raise ComparisonError(f"nginx has {len(workers)} workers instead of one")
    return workers[0]
