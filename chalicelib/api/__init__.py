"""The HTTP API. Blueprints say what is asked and answered; no decision is made here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from chalice.app import Chalice

if TYPE_CHECKING:  # the types only: functions that serve no HTTP import this package, and nothing in it
    from chalicelib.api.http import Endpoint, Routes


SUBJECTS: Final = (
    "tracking",
    "broadcasts",
    "browsers",
    "onsite",
    "dialects",
    "customerio",
    "webhooks",
    "sources",
    "events",
    "parked",
    "failures",
    "doctor",
    "customers",
    "accounts",
    "explain",
    "products",
    "coupons",
    "identity",
    "consents",
    "permissions",
    "privacy",
    "reports",
    "lifecycle",
    "definitions",
    "segments",
    "audiences",
    "rehearsals",
    "journeys",
    "enrolments",
    "templates",
    "playbooks",
    "tasks",
    "do_not_call",
    "sending",
    "senders",
    "suppressions",
    "calls",
    "settings",
    "imports",
    "jobs",
    "keys",
    "recipients",
    "description",
)
"""The modules of endpoints, in the order of the docs."""


def subjects() -> tuple[Routes, ...]:
    """Everything that is served, by subject."""
    import_module(f"{__name__}.censuses")  # whose endpoints are added to those of reports
    return tuple(import_module(f"{__name__}.{name}").routes for name in SUBJECTS)


def endpoints() -> list[Endpoint]:
    """Every endpoint that is served."""
    return [endpoint for routes in subjects() for endpoint in routes.endpoints]


def register(app: Chalice) -> None:
    """Serve everything from the application's one HTTP Lambda."""
    for routes in subjects():
        app.register_blueprint(routes.blueprint)
