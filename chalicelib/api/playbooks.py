"""Playbooks: journeys that are ready, with what they say, installed by one call (docs/PLAYBOOKS.md)."""

from __future__ import annotations

from typing import Final

from chalicelib.api.definitions import READ, WRITE
from chalicelib.api.http import Request, Routes
from chalicelib.api.jobs import caller
from chalicelib.api.playbook_models import Installation, InstalledPlaybook, PlaybookDetails, Playbooks

routes: Final = Routes("playbooks")


@routes.endpoint("GET", "/v1/playbooks", scope=READ, response=Playbooks)
def list_playbooks(request: Request) -> Playbooks:
    """The playbooks that come with Perennial: whom each serves, what it needs, what may be set."""
    from chalicelib.api import playbook_work

    return playbook_work.listed()


@routes.endpoint("GET", "/v1/playbooks/{name}", scope=READ, response=PlaybookDetails, problems=("playbook_not_found",))
def read_playbook(request: Request) -> PlaybookDetails:
    """One playbook, with the definitions that installing it would make, and what is missing for it here.

    What must be set is filled with its example.
    """
    from chalicelib.api import playbook_work

    return playbook_work.read(request.path["name"])


@routes.endpoint(
    "POST",
    "/v1/playbooks/{name}/install",
    scope=WRITE,
    request=Installation,
    response=InstalledPlaybook,
    problems=("playbook_not_found", "invalid_playbook", "invalid_segment", "not_publishable", "version_conflict"),
)
def install_playbook(request: Request) -> InstalledPlaybook:
    """Make the playbook's segments, templates and journeys, and publish the journeys if asked.

    Doing it again makes nothing new; doing it with other settings makes new versions, for new entrants. What was made
    is yours: change it as you like. A later installation makes a version of its own above yours.
    """
    from chalicelib.api import playbook_work

    return playbook_work.install(request.path["name"], request.json(Installation), caller(request))
