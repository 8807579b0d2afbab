"""The command: from one deployment into a folder, and from the folder into another deployment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from chalice.test import Client

from app import app
from chalicelib import settings, wiring
from chalicelib.tracking.keys import KeyKind
from chalicelib.wiring import Perennial, Ports
from infra.definitions.__main__ import difference, main, pull, push, read
from infra.definitions.layout import Unreadable, from_files
from infra.definitions.normal import normal
from infra.definitions.remote import Deployment, Refused
from infra.http import Answer, Api
from tests.fakes.database import MemoryDatabase
from tests.segments.people import NOW

SCOPES = tuple(
    f"{what}:{how}"
    for what in ("definitions", "settings", "segments", "audiences", "coupons")
    for how in ("read", "write")
)
HELLO = {"class": "marketing", "subject": "Hello", "text": "Hello {{ links.unsubscribe }} {{ postal_address }}"}
WELCOME = {
    "title": "Welcome",
    "class": "marketing",
    "trigger": {"on": "identified"},
    "steps": [{"id": "hello", "do": "send", "template": "hello"}],
}


NEWS = {"title": "News", "segment": "buyers", "template": "hello", "at": "2026-12-01T09:00", "approve_above": None}


class InProcess(Api):
    """The API of an application in this process, behind Chalice's own router."""

    def ask(self, method: str, path: str, document: object | None = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.secret_key}", "Content-Type": "application/json"}
        body = b"" if document is None else json.dumps(document).encode()
        with Client(app) as client:
            answer = client.http.request(method, path, headers=headers, body=body)
        return Answer(answer.status_code, answer.body)


@contextmanager
def deployment(scopes: tuple[str, ...] = SCOPES) -> Iterator[Deployment]:
    """A deployment of which nobody has defined anything."""
    made = Perennial(settings.read(dict.fromkeys(settings.variables(), "test")), Ports(db=MemoryDatabase()))
    wiring.run(made)
    try:
        yield Deployment(InProcess("", made.keys.create(KeyKind.SECRET, "test", scopes, NOW)))
    finally:
        wiring.run(None)


def defined(folder: Path) -> None:
    """A folder as somebody writes it by hand: defaults left out."""
    for path, text in {
        "templates/hello/template.json": json.dumps({"class": "marketing"}),
        "templates/hello/subject.liquid": "Hello",
        "templates/hello/text.liquid": str(HELLO["text"]),
        "journeys/welcome.json": json.dumps(WELCOME),
        "settings/currencies.json": json.dumps({"report": "EUR", "rates": {"RON": "0.2"}}),
        "live.json": json.dumps({"journeys": ["welcome"]}),
        "segments/buyers.json": json.dumps({"title": "Buyers", "rule": {"fact": "order_count", "at_least": 1}}),
        "audiences/few.json": json.dumps({"title": "Few", "network": "meta", "segments": ["a-few"], "worth": True}),
        "segments/a-few.json": json.dumps({"title": "A few", "rule": {"segment": "buyers"}}),
        "blocks/foot/block.json": "{}",
        "blocks/foot/text.liquid": "{{ links.unsubscribe }} {{ postal_address }}",
        "broadcasts/news.json": json.dumps(NEWS),
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def test_a_folder_goes_into_a_deployment_and_comes_out_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written, pulled = tmp_path / "written", tmp_path / "pulled"
    defined(written)
    wanted = normal(from_files(read(written)))
    with deployment() as there:
        assert difference(there, wanted) == 1
        assert push(there, wanted) == 0
        assert "published journeys/welcome" in capsys.readouterr().out
        assert difference(there, wanted) == 0
        assert push(there, wanted) == 0
        assert "Nothing differs" in capsys.readouterr().out
        assert pull(there, pulled) == 0
    assert normal(from_files(read(pulled))) == wanted
    with deployment() as another:
        assert push(another, normal(from_files(read(pulled)))) == 0
        assert difference(another, wanted) == 0


def test_a_pull_takes_away_what_is_no_longer_there(tmp_path: Path) -> None:
    defined(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("of git")
    (tmp_path / "README.md").write_text("What our journeys are for.")
    with deployment() as empty:
        pull(empty, tmp_path)
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"config", "README.md", "live.json"}


def test_a_pull_touches_no_folder_in_which_something_else_lies(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with deployment() as there, pytest.raises(Unreadable):
        pull(there, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_what_the_api_refuses_is_said_and_the_rest_is_put(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    defined(tmp_path)
    (tmp_path / "templates/hello/text.liquid").write_text("no way to unsubscribe")
    with deployment() as there:
        assert push(there, normal(from_files(read(tmp_path)))) == 1
    said = capsys.readouterr()
    assert "put journeys/welcome" in said.out
    assert "marketing must show {{ links.unsubscribe }}" in said.err
    assert "refused publish journeys/welcome" in said.err


def test_a_mistake_in_a_file_is_found_before_anything_is_put(tmp_path: Path) -> None:
    defined(tmp_path)
    (tmp_path / "journeys/welcome.json").write_text(json.dumps({**WELCOME, "class": "spam"}))
    (tmp_path / "settings/colours.json").write_text("{}")
    with pytest.raises(Unreadable) as refused:
        normal(from_files(read(tmp_path)))
    assert "journeys/welcome: class" in str(refused.value)
    assert "settings/colours: the whole: There is no such setting" in str(refused.value)


def test_a_key_that_may_not_is_told_what_it_needs() -> None:
    with deployment(("definitions:read",)) as there, pytest.raises(Refused) as refused:
        there.read()
    assert "settings:read" in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["pull", "here"], {}, "Say which deployment"),
        (["pull", "here", "--url", "https://api.example"], {}, "Set PERENNIAL_SECRET_KEY"),
    ],
)
def test_what_is_missing_is_said(
    arguments: list[str], environment: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments, environment) == 2
    assert said in capsys.readouterr().err
