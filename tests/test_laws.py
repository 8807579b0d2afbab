"""The laws of docs/ARCHITECTURE.md, held by reading the sources."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib import plugins
from chalicelib.settings import SERVES_HTTP

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "chalicelib").rglob("*.py"))

# From tracking to outcomes, in the order in which a fact travels: a room imports only rooms above it.
ROOMS = [
    "tracking",
    "customers",
    "products",
    "lifecycle",
    "segments",
    "review",
    "journeys",
    "messages",
    "rehearsal",
    "jobs",
    "operations",
    "outcomes",
    "console",
]
BASE = ["errors", "times", "ids", "resources", "plugins", "settings", "aws", "catalog"]
LAST = ["wiring", "api"]

IO_MODULES = {
    "boto3",
    "botocore",
    "socket",
    "ssl",
    "urllib.request",
    "http.client",
    "requests",
    "subprocess",
    "smtplib",
}
DICE = {"random", "secrets", "uuid"}
PLUGINS = {
    "chalicelib.tracking.sources": "Source",
    "chalicelib.journeys.steps": "Step",
    "chalicelib.messages.channels": "Channel",
    "chalicelib.jobs.kinds": "Kind",
    "chalicelib.lifecycle.frames": "Frame",
    "chalicelib.lifecycle.explain.languages": "Language",
}
HEAVY = [
    "boto3",
    "botocore",
    "liquid",
    "babel",
    "jsonschema",
    "yaml",
    "mjml",
    "aws_lambda_powertools.utilities",
    "chalicelib.messages.permission",
    "chalicelib.messages.render",
]


def room(path: Path) -> str:
    """The room a file stands in, or its own name where it stands beside the rooms."""
    first = path.relative_to(ROOT / "chalicelib").parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def does_io(path: Path) -> bool:
    """Whether a file is one of the named places for effects."""
    return room(path) in ("api", "aws", "wiring", "settings") or path.name == "store.py" or "channels" in path.parts


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_rooms_above_it(path: Path) -> None:
    here = room(path)
    order = [*BASE, *ROOMS, *LAST]
    if here == "__init__":
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "chalicelib" or len(parts) < 2:
            continue
        there = parts[1]
        allowed = there == here or there in BASE or order.index(there) < order.index(here) or here in LAST
        assert allowed, f"{path.relative_to(ROOT)} is in {here} and imports {name}, which is not above it"
        if here in BASE and here != "aws":
            assert there in BASE, f"{here} is a base module and imports {name}"


@pytest.mark.parametrize("path", [p for p in SOURCES if not does_io(p)], ids=lambda path: str(path.relative_to(ROOT)))
def test_effects_happen_only_in_the_named_places(path: Path) -> None:
    text = path.read_text()
    for name in imports(path):
        assert not any(name == io or name.startswith(f"{io}.") for io in IO_MODULES), f"{name} does I/O"
        assert name.split(".")[0] not in DICE, f"{name} draws lots: use a hash of stable ids (chalicelib/ids.py)"
    for call in ("open(", "os.environ", "time.sleep(", "print("):
        assert not any(call in line and not line.strip().startswith(("#", '"')) for line in text.splitlines()), call


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_aws_imports_boto3(path: Path) -> None:
    if room(path) == "aws":
        return
    assert not [name for name in imports(path) if name.split(".")[0] in ("boto3", "botocore")]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_edges_read_the_clock(path: Path) -> None:
    if room(path) in ("times", "aws", "wiring", "api"):
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("utcnow", "today", "monotonic"), f"line {node.lineno}: time is an argument, `now`"
            assert not (
                node.attr in ("now", "time") and ast.unparse(node.value) in ("datetime", "time", "datetime.datetime")
            )


@pytest.mark.parametrize(("package", "contract"), PLUGINS.items())
def test_a_plugin_is_one_file_that_ends_with_its_contract(package: str, contract: str) -> None:
    assert plugins.names(package)
    for name in plugins.names(package):
        path = ROOT / package.replace(".", "/") / f"{name}.py"
        last = ast.parse(path.read_text()).body[-1]
        assert isinstance(last, ast.AnnAssign), f"{path} does not end with `plugin: {contract} = ...`"
        assert ast.unparse(last.target) == "plugin"
        assert contract in ast.unparse(last.annotation)


@pytest.mark.parametrize("package", PLUGINS)
def test_nobody_but_the_loader_names_a_plugin(package: str) -> None:
    """A new one needs no second place: nothing outside imports a plugin's module."""
    inside = ROOT / package.replace(".", "/")
    modules = {f"{package}.{name}" for name in plugins.names(package)}
    for path in SOURCES:
        if inside not in path.parents:
            named = {name for name in imports(path) if {name, name.rpartition(".")[0]} & modules}
            assert not named, f"{path.relative_to(ROOT)} imports {named}"


def test_importing_app_does_nothing_and_brings_nothing_heavy() -> None:
    """Every Lambda pays for this import at each cold start: no environment, no network, no file but sources."""
    program = f"""
import os, socket, sys
os.environ.clear()
def refuse(*args, **kwargs):
    raise AssertionError("app does I/O when it is imported")
socket.socket.connect = refuse
import app
heavy = [name for name in {HEAVY} if name in sys.modules]
assert not heavy, heavy
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_a_function_that_serves_no_http_imports_no_endpoint_and_no_model() -> None:
    program = """
import sys
import app
assert not app.app.routes
assert {name for name in sys.modules if name.startswith("chalicelib.api.")} == set()
assert "pydantic" not in sys.modules
assert callable(app.project_events)
"""
    environment = {**os.environ, SERVES_HTTP: "no"}
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_tests_use_fakes_and_not_patches(path: Path) -> None:
    assert not [name for name in imports(path) if name.startswith("unittest.mock")]
    assert "mocker." + "patch" not in path.read_text()
