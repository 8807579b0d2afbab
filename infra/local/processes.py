"""Processes that outlive the command that started them, each in a session of its own, known by pid and birth.

A pid alone could be somebody else's by now: nothing is signalled whose time of birth is not the recorded one.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

_PROC = Path("/proc")


class _Known(TypedDict):
    pid: int
    born: str | None


class Processes:
    """The processes recorded in one file."""

    def __init__(self, record: Path) -> None:
        self._record = record

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> int:
        """Start a command in the background under a name, its output appended to `log`; returns the pid."""
        null = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
        out = (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        actions = [null, out, (os.POSIX_SPAWN_DUP2, 1, 2)]
        pid = os.posix_spawn(command[0], list(command), dict(environment), file_actions=actions, setsid=True)
        self._write({**self._read(), name: {"pid": pid, "born": _born(pid)}})
        return pid

    def pid(self, name: str) -> int | None:
        """The pid of a running process; None if it does not run."""
        known = self._read().get(name)
        if known is None:
            return None
        return known["pid"] if known["born"] is not None and _born(known["pid"]) == known["born"] else None

    def all(self) -> dict[str, int]:
        """Those that run, by name."""
        return {name: pid for name in self._read() if (pid := self.pid(name)) is not None}

    def stop(self, name: str, *, patience: float) -> bool:
        """Ask a process to end, wait, and end its whole session by force after `patience` seconds; whether it ran."""
        pid = self.pid(name)
        if pid is not None:
            os.kill(pid, signal.SIGTERM)
            end = time.monotonic() + patience
            while self.pid(name) is not None and time.monotonic() < end:
                time.sleep(0.05)
            # whoever of the session is left: workers of a process that is gone, or the process that would not go
            _signal_group(pid, signal.SIGKILL)
        self._write({other: known for other, known in self._read().items() if other != name})
        return pid is not None

    def children(self, name: str) -> list[int]:
        """The pids of a process's direct children."""
        parent = self.pid(name)
        return [] if parent is None else _children(parent)

    def signal(self, name: str, number: signal.Signals) -> bool:
        """Send a signal; False if the process does not run."""
        pid = self.pid(name)
        if pid is None:
            return False
        os.kill(pid, number)
        return True

    def _read(self) -> dict[str, _Known]:
        try:
            loaded: dict[str, _Known] = json.loads(self._record.read_text())
        except FileNotFoundError:
            return {}
        return loaded

    def _write(self, known: Mapping[str, _Known]) -> None:
        self._record.parent.mkdir(parents=True, exist_ok=True)
        self._record.write_text(json.dumps(known))


def command_of(pid: int) -> str:
    """The command line of a process; empty if it is gone."""
    if _PROC.exists():
        try:
            return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            return ""
    return _ps(pid, "command")


def _born(pid: int) -> str | None:
    """When a process was born, in whatever unit the system counts; None if it does not run or has ended."""
    with contextlib.suppress(ChildProcessError):  # it is no child of this command, as usual
        os.waitpid(pid, os.WNOHANG)
    if not _PROC.exists():
        return _ps(pid, "lstart") or None
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def _children(parent: int) -> list[int]:
    if not _PROC.exists():
        listed = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True, check=False).stdout
        return [int(pid) for pid in listed.split()]
    tasks = (_PROC / str(parent) / "task").glob("*/children")
    return sorted({int(pid) for task in tasks for pid in task.read_text().split()})


def _ps(pid: int, field: str) -> str:
    asked = ["ps", "-o", f"{field}=", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def _signal_group(leader: int, number: signal.Signals) -> None:
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        return  # nobody is left
