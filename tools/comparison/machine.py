"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
from datetime import date
from pathlib import Path


def describe() -> dict[str, str]:
    """Processor, cores, system, kernel and day."""
    return {
        "processor": _first(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo")) or platform.machine(),
        "cores": str(os.cpu_count()),
        "virtual": "yes" if _first(r"flags\s*:.*\b(hypervisor)\b", Path("/proc/cpuinfo")) else "no",
        "system": _first(r'PRETTY_NAME="(.+)"', Path("/etc/os-release")) or platform.system(),
        "kernel": platform.release(),
        "date": date.today().isoformat(),
    }


def sentence(machine: dict[str, str]) -> str:
    """The same in a few words."""
    cores = f"{machine['cores']} {'virtual ' if machine['virtual'] == 'yes' else ''}cores"
    return f"{cores} of {machine['processor']}, {machine['system']}, Linux {machine['kernel']}, {machine['date']}"


def _first(pattern: str, file: Path) -> str:
    try:
        found = re.search(pattern, file.read_text(encoding="utf-8"))
    except OSError:
        return ""
    return found.group(1).strip() if found else ""
