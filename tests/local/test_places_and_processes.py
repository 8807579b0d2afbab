"""The parts of the local cloud that need no cloud."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import cloud, deployment
from infra.local.cloud import Cloud, Unavailable
from infra.local.places import ROOT, Places
from infra.local.processes import Processes, command_of
from tests.local.conftest import eventually

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)",
]


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    made = Processes(tmp_path / "processes.json")
    yield made
    for name in made.all():
        made.stop(name, patience=0)


def test_the_places_are_those_of_the_contract() -> None:
    places = Places.of({})
    assert (places.aws, places.mailbox) == ("http://127.0.0.1:4566", "http://127.0.0.1:4580")
    assert places.described.parts[-2:] == (".local", "cloud.json")
    assert places.access


def test_the_environment_moves_the_ports() -> None:
    places = Places.of(
        {"PERENNIAL_CLOUD_PORT": "5000", "PERENNIAL_MAILBOX_PORT": "5001", "PERENNIAL_CLOUD_ACCESS": "no"}
    )
    assert (places.cloud_port, places.mailbox_port, places.access) == (5000, 5001, False)


@pytest.mark.parametrize("text", ["x", "0", "70000", "-1", "1.5"])
def test_a_bad_port_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="PERENNIAL_CLOUD_PORT must be a port number"):
        Places.of({"PERENNIAL_CLOUD_PORT": text})


def test_a_port_in_use_is_explained(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        places = Places(home=tmp_path, cloud_port=port, mailbox_port=1)
        with pytest.raises(Unavailable, match=rf"Port {port} is in use.*PERENNIAL_CLOUD_PORT={port + 100} make run"):
            Cloud(places).start()
    assert Cloud(places).running() == {}


def test_processes_get_nothing_of_the_person_who_starts_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    places = Places(home=tmp_path)
    environment = {**cloud._plain_environment(places.emulator), **cloud._emulator_variables(places)}
    played = [f"AWS_ENDPOINT_URL_{service}" for service in ("SESV2", "PINPOINT_SMS_VOICE_V2", "SNS")]
    assert {name for name in environment if name.startswith("AWS_")} == {"AWS_ENDPOINT_URL", *played}
    assert {environment[name] for name in played} == {places.mailbox}
    assert str(tmp_path) in environment["HOME"]
    assert "real" not in environment.values()


def test_a_process_lives_until_it_is_stopped(processes: Processes, tmp_path: Path) -> None:
    pid = processes.start("sleeper", SLEEP, {}, tmp_path / "log")
    assert processes.all() == {"sleeper": pid}
    eventually(lambda: "time.sleep" in command_of(pid))
    assert os.getpgid(pid) == pid
    assert processes.stop("sleeper", patience=5)
    assert processes.all() == {}
    assert not processes.stop("sleeper", patience=5)
    assert command_of(pid) == ""


def test_who_does_not_stop_is_ended(processes: Processes, tmp_path: Path) -> None:
    log = tmp_path / "log"
    processes.start("stubborn", STUBBORN, {}, log)
    eventually(lambda: log.exists() and "deaf" in log.read_text())
    assert processes.stop("stubborn", patience=0.2)
    assert processes.all() == {}


def test_a_process_that_died_is_not_running(processes: Processes, tmp_path: Path) -> None:
    pid = processes.start("sleeper", SLEEP, {}, tmp_path / "log")
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: processes.pid("sleeper") is None)


def test_another_process_with_the_same_pid_is_left_alone(tmp_path: Path) -> None:
    record = tmp_path / "processes.json"
    record.write_text(json.dumps({"mine": {"pid": os.getpid(), "born": "before"}}))
    processes = Processes(record)
    assert processes.pid("mine") is None
    assert not processes.signal("mine", signal.SIGKILL)
    assert not processes.stop("mine", patience=1)


def test_a_fingerprint_changes_with_what_it_covers(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1")
    two.write_text("2")
    before = deployment.fingerprint([one, two], tmp_path)
    assert before == deployment.fingerprint([two, one], tmp_path)
    two.write_text("3")
    assert before != deployment.fingerprint([one, two], tmp_path)
    assert before != deployment.fingerprint([one], tmp_path)


def test_the_package_is_made_anew_for_every_source_that_ships() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in deployment._sources()}
    assert {"app.py", "requirements.txt", "infra/resources.yaml", "infra/template.py", ".chalice/config.json"} <= names
    assert any(name.startswith("chalicelib/lifecycle/") for name in names)
    assert not any("__pycache__" in name or name.startswith(("tests/", ".local/")) for name in names)
