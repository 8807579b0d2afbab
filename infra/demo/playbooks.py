"""The starter journeys and their templates, published as anybody would: through the HTTP API."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import chalicelib
from infra.demo.http import Api

FOLDER = Path(chalicelib.__file__).parent / "journeys" / "playbooks"
STARTERS = ("welcome", "win_back")


def publish(api: Api, echo: Callable[[str], object]) -> None:
    """Put every starter in force. Doing it again changes nothing. Raises Unexpected if the API refuses one."""
    for starter in STARTERS:
        playbook = json.loads((FOLDER / f"{starter}.json").read_text(encoding="utf-8"))
        for name, content in playbook["templates"].items():
            api.send("PUT", f"/v1/templates/{name}", content)
        name = playbook["journey"]["name"]
        version = api.send("PUT", f"/v1/journeys/{name}", playbook["journey"])["version"]
        api.send("POST", f"/v1/journeys/{name}/publish", {"version": version})
        echo(f"  Journey {name!r} is published, version {version}")
