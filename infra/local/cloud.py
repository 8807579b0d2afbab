"""The local cloud: the packaged application, deployed by its real template into an emulator of AWS on this machine.

Two processes in the background: MiniStack for everything but mail (emulator.py), and the mailbox as SES. The
functions are led to them by the two endpoint variables that any AWS SDK reads; nothing else tells them that they are
local. What they hold survives `down`; what did not change is neither packaged nor deployed again.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from infra.local import deployment
from infra.local.places import ACCOUNT, REGION, ROOT, STAGE, Places
from infra.local.processes import Processes, command_of
from infra.local.steps import Steps

EMULATOR: Final = "ministack"
MAILBOX: Final = "mailbox"
OWNER: Final = "PERENNIAL_OWNER"
_START = 60.0  # seconds to answer after a start; a large state takes a while to read
_STOP = 90.0  # seconds to finish what is under way and to write the state
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Unavailable(Exception):
    """The local cloud cannot run; the message says what to do about it."""


class Cloud:
    """One local cloud, running or not."""

    def __init__(self, places: Places | None = None, steps: Steps | None = None, *, owner: int | None = None) -> None:
        """owner: a process without which this cloud is to stop by itself; it outlives every command unless given."""
        self.places = places or Places.of()
        self._owner = owner
        self._steps = steps or Steps()
        self._processes = Processes(self.places.processes)

    def up(self) -> dict[str, Any]:
        """Start what does not run, deploy what changed; returns what .local/cloud.json says. Raises Unavailable."""
        self.places.home.mkdir(parents=True, exist_ok=True)
        self.start()
        built = deployment.package(self.places, self._steps)
        deployed = deployment.deploy(self.places, built, self._steps)
        self._answers(f"{deployed}/v1/openapi.json", "the application")
        described = {
            "endpoint": deployed,
            **deployment.keys(self.places),
            "mailbox": self.places.mailbox,
            "aws": self.places.aws,
            "stage": STAGE,
            "region": REGION,
            "pids": self.running(),
        }
        self._describe(described)
        return described

    def start(self) -> None:
        """Start the processes that do not run, and wait until they answer. Raises Unavailable."""
        running = self.running()
        if len(running) == 2:
            return
        for name, port, variable in (
            (EMULATOR, self.places.cloud_port, "PERENNIAL_CLOUD_PORT"),
            (MAILBOX, self.places.mailbox_port, "PERENNIAL_MAILBOX_PORT"),
        ):
            if name not in running:
                _check_port(port, variable)
        with self._steps.step("Starting the cloud and the mailbox"):
            if MAILBOX not in running:
                self._start(MAILBOX, _mailbox_command(self.places), {"PYTHONPATH": str(ROOT)})
            if EMULATOR not in running:
                self._start(EMULATOR, _emulator_command(), _emulator_variables(self.places))
            self._answers(f"{self.places.mailbox}/_mailbox/health", MAILBOX)
            self._answers(f"{self.places.aws}/_ministack/ready", EMULATOR)

    def down(self) -> list[str]:
        """Stop what runs, after it finished what was under way; the names of what was stopped."""
        running = self.running()
        if not running:
            return []
        with self._steps.step("Stopping the cloud and keeping its state"):
            return [name for name in (EMULATOR, MAILBOX) if self._processes.stop(name, patience=_STOP)]

    def restart(self) -> None:
        """Stop the emulator in the middle of whatever it does, and start it with the state it had."""
        self._processes.stop(EMULATOR, patience=_STOP)
        self.start()

    def running(self) -> dict[str, int]:
        """The pids of what runs."""
        return self._processes.all()

    def described(self) -> dict[str, Any] | None:
        """What .local/cloud.json says; None before the first `up`."""
        try:
            loaded: dict[str, Any] = json.loads(self.places.described.read_text())
        except FileNotFoundError:
            return None
        return loaded

    def kill_workers(self, *, spare: Collection[str] = ()) -> int:
        """End every running Lambda worker at once, as if its machine had failed; how many there were.

        spare: functions to leave alone, by their names without prefix (`api`, `project-events`).
        What they had taken from queues stays invisible for the visibility timeout: see `pass_visibility_timeouts`.
        """
        killed = 0
        for pid in self._processes.children(EMULATOR):
            command = command_of(pid)
            if "_worker.py" in command and not any(f"perennial-{STAGE}-{name}-" in command for name in spare):
                os.kill(pid, signal.SIGKILL)
                killed += 1
        return killed

    def pass_visibility_timeouts(self) -> None:
        """Let queue messages that were taken and not finished be seen again now instead of minutes later."""
        self._processes.signal(EMULATOR, signal.SIGUSR1)

    def _start(self, name: str, command: list[str], variables: dict[str, str]) -> None:
        if not Path(command[0]).exists():
            raise Unavailable(f"{command[0]} is missing. `make setup` makes it.")
        log = self.places.log(name)
        log.unlink(missing_ok=True)
        home = self.places.emulator
        for folder in (home / "tmp", home / "state"):
            folder.mkdir(parents=True, exist_ok=True)
        owned = {} if self._owner is None else {OWNER: str(self._owner)}
        self._processes.start(name, command, {**_plain_environment(home), **owned, **variables}, log)

    def _answers(self, url: str, name: str) -> None:
        end = time.monotonic() + _START
        while not _answers(url):
            if name in (EMULATOR, MAILBOX) and self._processes.pid(name) is None:
                raise Unavailable(
                    f"{name} ended at once. Its log is {self.places.log(name)}:\n{self._last_words(name)}"
                )
            if time.monotonic() > end:
                raise Unavailable(f"{name} does not answer at {url}. The log is {self.places.log(EMULATOR)}.")
            time.sleep(0.1)

    def _last_words(self, name: str) -> str:
        return "\n".join(self.places.log(name).read_text(errors="replace").splitlines()[-15:])

    def _describe(self, described: dict[str, Any]) -> None:
        """Keys stand in the file: nobody else on the machine may read it."""
        new = self.places.described.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(json.dumps(described, indent=2) + "\n")
        new.replace(self.places.described)


@contextmanager
def temporary(home: Path, steps: Steps | None = None, *, access: bool = True) -> Iterator[Cloud]:
    """A local cloud of its own in `home`, on free ports, up while the block runs: for tests and measurements."""
    cloud_port, mailbox_port = _free_ports(2)
    cloud = Cloud(Places(home, cloud_port, mailbox_port, access), steps, owner=os.getpid())
    try:
        cloud.up()
        yield cloud
    finally:
        cloud.down()


def up(places: Places | None = None) -> dict[str, Any]:
    """Start the local cloud and deploy into it; what .local/cloud.json says."""
    return Cloud(places).up()


def down(places: Places | None = None) -> list[str]:
    """Stop the local cloud."""
    return Cloud(places).down()


def kill_workers(places: Places | None = None) -> int:
    """End every Lambda worker of the local cloud at once; how many there were."""
    return Cloud(places).kill_workers()


def _plain_environment(home: Path) -> dict[str, str]:
    """What every process gets: nothing of the person who starts it, above all no credentials of theirs."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "LANG": "C.UTF-8",
    }


def _emulator_command() -> list[str]:
    python = ROOT / ".local" / "ministack" / "bin" / "python"
    return [str(python), "-P", str(ROOT / "infra" / "local" / "emulator.py")]


def _emulator_variables(places: Places) -> dict[str, str]:
    home = places.emulator
    return {
        "PERENNIAL_EMULATOR_HOME": str(home),
        "GATEWAY_PORT": str(places.cloud_port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "AUTH": "true" if places.access else "false",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home / "s3"),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": "unix:///nonexistent",  # it would tidy up containers
        "LOG_LEVEL": "INFO",
        # its Lambda workers inherit the environment: this is all that leads the application to the mailbox
        "AWS_ENDPOINT_URL": places.aws,
        "AWS_ENDPOINT_URL_SESV2": places.mailbox,
        "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": places.mailbox,
        "AWS_ENDPOINT_URL_SNS": places.mailbox,  # the functions ask SNS for nothing but devices
    }


def _mailbox_command(places: Places) -> list[str]:
    file = str(places.home / "mailbox.sqlite")
    options = ["--port", str(places.mailbox_port), "--file", file, "--aws", places.aws, "--region", REGION]
    options += ["--ledger", f"perennial-{STAGE}-sends"]
    return [sys.executable, "-P", "-m", "infra.local.mailbox", *options]


def _check_port(port: int, variable: str) -> None:
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise Unavailable(
                f"Port {port} is in use by another program. Stop that program, or choose another port: "
                f"{variable}={port + 100} make run"
            )


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(listener.getsockname()[1]) for listener in held]
    for listener in held:
        listener.close()
    return ports


def _answers(url: str) -> bool:
    try:
        with _DIRECT.open(url, timeout=30) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError):
        return False
