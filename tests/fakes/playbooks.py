"""The playbooks that come with the code, as whoever installs them with nothing said would have them."""

from __future__ import annotations

from typing import Any

from chalicelib.journeys.playbooks import store


def playbook(name: str) -> dict[str, Any]:
    """Its first journey, with its name, and its templates by name."""
    made = store.standard(name)
    first, body = next(iter(made.journeys.items()))
    return {"journey": {"name": first, **body}, "templates": dict(made.templates)}
