"""Data of people who mean harm, from the first event to whatever shows it: mails, recipients' pages, answers in JSON,
sheets and files. One shop for the whole corpus: each of its texts is somebody's name, city, address and browser.

Inert means: HTML has the elements and attributes that it has for a harmless person, under a policy that lets nothing
run; JSON is called so and never guessed to be anything else, and says what was sent; no cell of a sheet is a formula;
no line of a header begins with data.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import pytest

from chalicelib import resources, times
from chalicelib.messages.outgoing import harmless as leads_somewhere
from chalicelib.tracking import event as events
from infra.local.mailbox import events as ses
from infra.local.mailbox.mail import Mail
from tests.api.recipients import CONSENT, LETTER, TEMPLATES, path_in
from tests.fakes.gateway import Answer
from tests.fakes.platforms import Fakes, over_fakes
from tests.fakes.world import World
from tests.hostile import ADDRESSES, CORPUS, SMTP_TEXTS, USER_AGENTS
from tests.jobs.test_cells import opened, runs
from tests.messages.templates.test_hostile import shape

HARMLESS: Final = "Ada"
TEXTS: Final = (HARMLESS, *CORPUS)
PEOPLE: Final = tuple(f"p{number}" for number in range(len(TEXTS)))
CALLS: Final = {
    **LETTER,
    "name": "calls",
    "class": "transactional",
    "steps": [
        {
            "id": "call",
            "do": "task",
            "title": "{{ event.about }}",
            "text": "{{ customer.firstName }} of {{ customer.city }}",
            "owner": "support",
        },
    ],
}
EACH: Final = 9  # one of so many gets a text message, which leave at the pace of a sender
GREETING: Final = "Hello {{ customer.firstName | default: 'you' }}"
TEXT_MESSAGES: Final = {
    **LETTER,
    "name": "texts",
    "trigger": {"on": "event", "name": "Text Due"},
    "class": "transactional",
    "steps": [{"id": "text", "do": "send", "template": "text", "channel": "sms"}],
}
POLICY: Final = "default-src 'none'"

pytestmark = pytest.mark.xdist_group("inert")  # one shop for all


@pytest.fixture(scope="module")
def shop() -> Iterator[World]:
    """Everybody has agreed to everything, got a letter, clicked and bounced."""
    with over_fakes() as world:
        assert world.ask("PUT", "/v1/settings/consent", CONSENT).status == 200
        world.define(LETTER, TEMPLATES)
        world.define(CALLS, {})
        assert world.ask("PUT", "/v1/settings/sms", {"rate": 1_000}).status == 200
        world.define(TEXT_MESSAGES, {"text": {"class": "transactional", "sms": {"text": GREETING}}})
        everybody = {"title": "Everybody", "rule": {"trait": "shop", "equals": True}}
        assert world.ask("PUT", "/v1/segments/everybody", everybody).status == 200
        for number, (person, text) in enumerate(zip(PEOPLE, TEXTS, strict=True)):
            _comes(world, number, person, text)
        world.settle()
        for number, mail in enumerate(world.mails()):
            _reports(world, mail, number)
        world.settle()
        yield world


def _comes(world: World, number: int, person: str, text: str) -> None:
    text = text[:900]
    address = {"city": text, "country": text, "postalCode": text}
    traits = {
        "email": f"{person}@example.com",
        "phone": f"+4072123{number:04d}",
        "firstName": text,
        "city": text,
        "address": address,
        "shop": True,
        text[:60] or "x": text,
    }
    browser = {"userAgent": text, "page": {"url": text, "referrer": text, "title": text}, "campaign": {"source": text}}
    about = {"about": text, "url": text, "products": [{"name": text, "price": 1}]}
    agreed: list[dict[str, Any]] = [
        {"type": "track", "event": "Subscribed", "properties": {"channel": channel, "source": text}}
        for channel in ("email", "phone", "advertising")
    ]
    calls: list[dict[str, Any]] = [
        {"type": "identify", "traits": traits, "context": browser},
        *agreed,
        {"type": "page", "name": text, "properties": {"url": text, "path": text}, "context": browser},
        {"type": "track", "event": "Letter Due", "properties": about, "context": browser},
        *([] if number % EACH else [{"type": "track", "event": "Text Due"}]),
    ]
    at = times.text(world.now)
    batch = [
        {"userId": person, "messageId": f"{person}-{number}", "timestamp": at, **call}
        for number, call in enumerate(calls)
    ]
    assert world.post("/v1/batch", {"batch": batch, "sentAt": at}).status == 200


def _reports(world: World, mail: Mail, number: int) -> None:
    """What a mail provider passes on of what others wrote."""
    agent = USER_AGENTS[number % len(USER_AGENTS)]
    world.report(mail, "Open", user_agent=agent)
    world.report(mail, "Click", link=ADDRESSES[number % len(ADDRESSES)], user_agent=agent)
    bounce = ses.record("Bounce", mail, world.now, {"subtype": "General"})
    for recipient in bounce["bounce"]["bouncedRecipients"]:
        recipient["diagnosticCode"] = SMTP_TEXTS[number % len(SMTP_TEXTS)]
    world.report_anything(json.dumps(bounce))


def letter(world: World, person: str) -> Mail:
    (mail,) = [one for one in world.mails(f"{person}@example.com") if one.html and "Dear" in one.html]
    return mail


def test_a_mail_has_the_elements_that_its_author_gave_it(shop: World) -> None:
    expected = shape(letter(shop, PEOPLE[0]).html or "").elements
    names = [name for name, _ in letter(shop, PEOPLE[0]).headers]
    for person, text in zip(PEOPLE, TEXTS, strict=True):
        mail = letter(shop, person)
        found = shape(mail.html or "")
        assert found.elements == expected, text
        assert all(leads_somewhere(address) for address in found.addresses), text
        assert [name for name, _ in mail.headers] == names, text
        assert not any(set(value) & set("\r\n\x00") for _, value in mail.headers), text
        assert mail.recipients == (f"{person}@example.com",)


def test_a_text_message_greets_and_leads_nowhere(shop: World) -> None:
    assert isinstance(shop.platform, Fakes)
    sent = {one["DestinationPhoneNumber"]: one["MessageBody"] for one in shop.platform.texted()}
    assert len(sent) == len(PEOPLE[::EACH])
    for number, text in list(enumerate(TEXTS))[::EACH]:
        said = sent[f"+4072123{number:04d}"]
        assert said.startswith("Hello "), text
        assert not re.search(r"https?://|www\.|evil\.example/", said), text
        assert not set(said) & set("\x00\x1b\u202e\u2066"), text


@pytest.mark.parametrize("page", ["v", "p", "u"])
def test_a_page_has_the_elements_of_a_harmless_one_and_may_run_nothing(shop: World, page: str) -> None:
    expected = None
    for person, text in zip(PEOPLE, TEXTS, strict=True):
        answer = shop.http.request("GET", path_in(letter(shop, person), page))
        assert answer.status == 200, text
        found = shape(answer.text)
        expected = expected or found.elements
        assert found.elements == expected, text
        assert all(leads_somewhere(address) for address in found.addresses if not address.startswith("/")), text
        policy = answer.headers["content-security-policy"]
        assert POLICY in policy
        assert "unsafe-inline" not in policy.replace("style-src 'unsafe-inline'", "")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-type"].startswith("text/html")


def answers(world: World, person: str) -> Iterator[Answer]:
    """What the API says of somebody: one of the answers by turns, and all that stands in the timeline."""
    rest = ("/export", "/consents", "/explain")[PEOPLE.index(person) % 3]
    yield world.ask("GET", f"/v1/customers/{person}", timeline=20)
    yield world.ask("GET", f"/v1/customers/{person}{rest}")


def test_json_is_called_json_and_is_never_guessed_to_be_a_page(shop: World) -> None:
    for person, text in zip(PEOPLE, TEXTS, strict=True):
        for answer in answers(shop, person):
            assert answer.status == 200, (text, answer.text[:300])
            assert answer.headers["content-type"] == "application/json", text
            assert answer.headers["x-content-type-options"] == "nosniff", text
            json.loads(answer.body)


def test_an_export_says_what_was_sent_and_nothing_else(shop: World) -> None:
    for person, text in zip(PEOPLE, TEXTS, strict=True):
        records = shop.ask("GET", f"/v1/customers/{person}/export").json()["records"]
        stored = [events.from_item(item) for item in shop.items(resources.EVENTS) if item["pk"] == f"u#{person}"]
        told = {record["message_id"]: record for record in records if record["kind"] == "event"}
        for event in stored:
            assert told[event.message_id]["properties"] == json.loads(json.dumps(event.properties)), text
        (traits,) = [record["traits"] for record in records if record["kind"] == "traits"]
        assert traits["email"]["value"] == f"{person}@example.com"


def sheets(world: World) -> Iterator[str]:
    """Every page of the sheet of tasks."""
    query: dict[str, Any] = {"format": "csv", "limit": 100}
    while True:
        answer = world.ask("GET", "/v1/tasks", **query)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-disposition"].startswith("attachment")
        yield answer.text
        following = re.search(r"cursor=([^&>]+)", answer.headers.get("link", ""))
        if following is None:
            return
        query["cursor"] = following[1]


def test_the_sheet_of_tasks_runs_nowhere(shop: World) -> None:
    rows = 0
    for text in sheets(shop):
        assert not [cell for cell in opened(text) if runs(cell)]
        rows += len(list(csv.DictReader(io.StringIO(text, newline=""))))
    assert rows >= len(PEOPLE) * 3 // 4  # a title that comes out empty is no task


@pytest.mark.parametrize("network", ["google", "meta", "linkedin", "x"])
def test_the_file_of_an_audience_holds_hashes_and_nothing_that_was_typed(shop: World, network: str) -> None:
    named = f"all-{network}"
    audience = {"title": "All", "network": network, "segments": ["everybody"]}
    assert shop.ask("PUT", f"/v1/audiences/{named}", audience).status == 200
    shop.wait(timedelta(minutes=2))
    job = shop.ask("POST", f"/v1/audiences/{named}/exports", {}).json()["id"]
    shop.settle()
    assert shop.ask("GET", f"/v1/jobs/{job}").json()["counts"]["people"] == len(PEOPLE)
    assert isinstance(shop.platform, Fakes)
    ((body),) = [held for key, held in shop.platform.files.held.items() if key.startswith(f"audiences/{named}/")]
    header, *lines = body.decode().splitlines()
    assert len(lines) == len(PEOPLE)
    for line in lines:
        assert len(line.split(",")) == len(header.split(","))
        assert re.fullmatch(r"[0-9a-z, -]+", line), line


def test_the_report_of_an_import_runs_nowhere(shop: World) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "email"])
    writer.writerows([[f"i{number}", text[:400]] for number, text in enumerate(TEXTS)])
    data = out.getvalue().encode("utf-8", "replace").decode()
    job = shop.ask("POST", "/v1/imports", {"kind": "customers", "format": "csv", "data": data})
    assert job.status == 200, job.text
    shop.settle()
    assert isinstance(shop.platform, Fakes)
    key = f"imports/reports/{job.json()['id']}/rows.csv"
    text = shop.platform.files.held[key].decode("utf-8-sig")
    assert not [cell for cell in opened(text.replace("\x00", "")) if runs(cell)]
