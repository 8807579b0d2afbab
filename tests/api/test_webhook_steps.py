"""Webhooks in journeys, from the definition to the call: looked at when written, when published, and when called."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import resources
from tests.fakes.world import World
from tests.flow.story import joins

URL = "https://crm.example.com/hooks"


def journey(url: str = URL) -> dict[str, Any]:
    steps = [{"id": "tell", "do": "webhook", "url": url}]
    return {"name": "tell", "title": "Tell", "class": "marketing", "trigger": {"on": "identified"}, "steps": steps}


@pytest.mark.parametrize("url", ["http://crm.example.com/", "https://169.254.169.254/", "https://localhost/"])
def test_a_url_that_is_not_public_is_refused(world: World, url: str) -> None:
    put = world.ask("PUT", "/v1/journeys/tell", journey(url))
    if put.status == 400:  # but for this machine, which a local cloud may reach
        assert put.json()["details"][0]["path"] == "steps[0].url"
        return
    published = world.ask("POST", "/v1/journeys/tell/publish", {"version": 1})
    assert (published.status, published.json()["details"][0]["path"]) == (400, "steps: tell")


def test_a_name_with_an_address_that_is_not_public_is_refused_when_published(world: World) -> None:
    world.platform.http.private.add("crm.example.com")
    assert world.ask("PUT", "/v1/journeys/tell", journey()).status == 200
    published = world.ask("POST", "/v1/journeys/tell/publish", {"version": 1})
    assert published.status == 400
    assert "not public" in published.json()["details"][0]["problem"]


def test_a_name_that_turns_private_later_is_not_called(world: World) -> None:
    world.define(journey(), {})
    world.platform.http.private.add("crm.example.com")
    joins(world, "ada")
    world.settle()
    (row,) = [item for item in world.items(resources.SENDS) if item["channel"] == "webhook"]
    assert (row["status"], row["reason"]) == ("failed", "address_not_public")
    assert world.platform.http.calls == []


def test_a_public_one_is_called_once(world: World) -> None:
    world.define(journey(), {})
    joins(world, "ada")
    world.settle()
    assert [url for _, url, _, _ in world.platform.http.calls] == [URL]
