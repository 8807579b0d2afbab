"""Permission that the workspace decides: how much, when, in which stage, who is left alone. A table, and its laws."""

# ruff: noqa: E501  a case is a line, however long

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.journeys.clock import Window
from chalicelib.journeys.send import Send
from chalicelib.messages.brake import Pause
from chalicelib.messages.permission import (
    Allowed,
    Cap,
    Holdout,
    Later,
    Permit,
    Policy,
    Recipient,
    Sent,
    Skipped,
    Stage,
    Verdict,
    Waiting,
    counted,
    permitted,
)
from chalicelib.messages.permission.whose import zones_of
from tests.messages.samples import DAY, MINUTE, NOW, receipt, send

HOUR = timedelta(hours=1)
ADA = Recipient("ada@example.com", consent="granted")
MOBILE = Recipient("+390612345678", consent="granted", channel="sms")
PAGE = Recipient(None, channel="onsite")
ROME, KYIV = ZoneInfo("Europe/Rome"), ZoneInfo("Europe/Kyiv")
NIGHT = NOW.replace(hour=22)  # 23:00 in Rome
MORNING = (NOW + DAY).replace(hour=7)  # 08:00 in Rome
SMS = send(channel="sms", deadline=NOW + 30 * DAY)
SLIP = receipt(channel="sms")


def window(begins: str, ends: str, *weekdays: str) -> Window:
    return Window.model_validate({"from": begins, "to": ends} | ({"weekdays": weekdays} if weekdays else {}))


def sent(*before: tuple[str, timedelta], **more: Any) -> Permit:
    return Permit(1, {f"other-{n}": Sent(NOW - ago, channel, **more) for n, (channel, ago) in enumerate(before)})


def first(due: timedelta, channel: str | None = "email", worth: timedelta = 9 * DAY) -> Waiting:
    """A message of a journey of higher priority that asks again then."""
    return Waiting(channel, NOW + due, NOW + worth)


OFFICE = {"email": (window("09:00", "18:00", "mon", "tue", "wed", "thu", "fri"),)}  # NOW is a Sunday
LOST = {"lost": Stage(frozenset({"email"}), (Cap(1, 30 * DAY),))}
SAID = sent(("email", 2 * DAY), words="abc")
EVERYBODY = Holdout(0.999999)

CASES: list[tuple[str, Send, Recipient, dict[str, Any], Verdict]] = [
    # what is asked                          message  recipient  circumstances                            verdict
    # caps by channel: what comes by one counts on the others, unless a cap names its channels
    ("a text after a mail", SMS, MOBILE, {"permit": sent(("email", HOUR))}, Later(NOW - HOUR + DAY, "capped")),
    ("two texts this week", SMS, MOBILE, {"permit": sent(("sms", 2 * DAY), ("sms", 3 * DAY))}, Later(NOW + 4 * DAY, "capped")),
    ("a mail after two texts", send(), ADA, {"permit": sent(("sms", 2 * DAY), ("sms", 3 * DAY))}, Allowed()),
    ("where the channel is not known it counts", SMS, MOBILE, {"permit": Permit(1, {"a": Sent(NOW)})}, Later(NOW + DAY, "capped")),
    ("what waits on the page is in no common cap", send(channel="onsite"), PAGE, {"permit": sent(("email", HOUR))}, Allowed()),
    ("and does not count", send(), ADA, {"permit": sent(("onsite", HOUR))}, Allowed()),
    ("but in one that names it", send(channel="onsite"), PAGE, {"caps": (Cap(1, DAY, frozenset({"onsite"})),), "permit": sent(("onsite", HOUR))}, Later(NOW - HOUR + DAY, "capped")),
    # caps by class
    ("receipts are in none", SLIP, MOBILE, {"permit": sent(("sms", MINUTE), ("sms", MINUTE))}, Allowed()),
    ("but in one of their own", SLIP, MOBILE, {"caps": (Cap(1, HOUR, None, "transactional"),), "permit": sent(("sms", MINUTE), message_class="transactional")}, Later(NOW - MINUTE + HOUR, "capped")),
    ("which marketing is not in", SMS, MOBILE, {"caps": (Cap(1, HOUR, None, "transactional"),), "permit": sent(("sms", MINUTE), message_class="transactional")}, Allowed()),
    # priority: the room under a cap is for whoever goes first
    ("a higher one asks in an hour", send(), ADA, {"waiting": (first(HOUR),)}, Later(NOW + HOUR + 2 * MINUTE, "outranked")),
    ("a higher one is being sent", send(), ADA, {"waiting": (first(-MINUTE),)}, Later(NOW + MINUTE, "outranked")),
    ("a higher one has not come", send(), ADA, {"waiting": (first(-3 * MINUTE),)}, Allowed()),
    ("a higher one beyond the cap's window", send(), ADA, {"waiting": (first(8 * DAY),), "caps": (Cap(1, DAY),)}, Allowed()),
    ("a higher one that will be too late", send(), ADA, {"waiting": (first(HOUR, worth=timedelta(0)),)}, Allowed()),
    ("room for both", send(), ADA, {"waiting": (first(HOUR),), "caps": (Cap(2, DAY),)}, Allowed()),
    ("a higher one, and none left", send(), ADA, {"waiting": (first(HOUR),), "caps": (Cap(2, DAY),), "permit": sent(("email", 5 * HOUR))}, Later(NOW + HOUR + 2 * MINUTE, "outranked")),
    ("a higher one, and too late then", send(deadline=NOW + HOUR), ADA, {"waiting": (first(HOUR),)}, Skipped("outranked")),
    ("a higher one on the page", send(), ADA, {"waiting": (first(HOUR, "onsite"),)}, Allowed()),
    ("a higher one, nobody knows where", send(), ADA, {"waiting": (first(HOUR, None),)}, Later(NOW + HOUR + 2 * MINUTE, "outranked")),
    ("receipts are never behind", receipt(), ADA, {"waiting": (first(HOUR),)}, Allowed()),
    ("no caps, no order", send(), ADA, {"waiting": (first(HOUR),), "caps": ()}, Allowed()),
    # hours, on the recipient's clock
    ("a text at night", SMS, replace(MOBILE, zones=(ROME,)), {"now": NIGHT}, Later(MORNING, "quiet_hours")),
    ("a text in the morning", SMS, replace(MOBILE, zones=(ROME,)), {"now": MORNING}, Allowed()),
    ("at nine in the evening", SMS, replace(MOBILE, zones=(ROME,)), {"now": NOW.replace(hour=20)}, Later(MORNING, "quiet_hours")),
    ("a moment before", SMS, replace(MOBILE, zones=(ROME,)), {"now": NOW.replace(hour=19, minute=59)}, Allowed()),
    ("two zones: both must show day", SMS, replace(MOBILE, zones=(ROME, KYIV)), {"now": NOW.replace(hour=19, minute=30)}, Later(MORNING, "quiet_hours")),
    ("no zone: the workspace's", SMS, MOBILE, {"now": NIGHT, "zone": ROME}, Later(MORNING, "quiet_hours")),
    ("no zone at all: UTC", SMS, MOBILE, {"now": NIGHT}, Later(MORNING + HOUR, "quiet_hours")),
    ("a code that somebody waits for", SLIP, replace(MOBILE, zones=(ROME,)), {"now": NIGHT}, Allowed()),
    ("a mail at night", send(), replace(ADA, zones=(ROME,)), {"now": NIGHT}, Allowed()),
    ("a mail on a Sunday", send(), replace(ADA, zones=(ROME,)), {"hours": OFFICE}, Later((NOW + DAY).replace(hour=8), "quiet_hours")),
    ("quiet beyond its deadline", send(channel="sms", deadline=NIGHT + HOUR), replace(MOBILE, zones=(ROME,)), {"now": NIGHT}, Skipped("quiet_hours")),
    ("hours that never meet", SMS, replace(MOBILE, zones=(ROME, KYIV)), {"hours": {"sms": (window("09:00", "09:30"),)}}, Skipped("quiet_hours")),
    # several at once: one moment, the first reason
    ("capped until the night, then quiet", SMS, replace(MOBILE, zones=(ROME,)), {"permit": sent(("email", 12 * HOUR))}, Later(MORNING, "capped")),
    ("quiet, and capped in the morning", SMS, replace(MOBILE, zones=(ROME,)), {"now": NIGHT, "permit": sent(("email", HOUR))}, Later(NOW - HOUR + DAY, "capped")),
    ("a ticket, then the night", SMS, replace(MOBILE, zones=(ROME,), ticket=NOW + 9 * DAY), {"now": NOW.replace(hour=19, minute=30)}, Later(MORNING, "open_ticket")),
    ("a pause, then the night", SMS, replace(MOBILE, zones=(ROME,)), {"now": NOW.replace(hour=19, minute=30), "pause": Pause("all", NOW, "", "", NOW.replace(hour=20, minute=15))}, Later(MORNING, "paused")),
    ("capped, then too late at night", send(channel="sms", deadline=NIGHT + HOUR), replace(MOBILE, zones=(ROME,)), {"permit": sent(("email", 12 * HOUR))}, Skipped("quiet_hours")),
    # stages
    ("a channel that the stage does not get", SMS, replace(MOBILE, stage="lost"), {"stages": LOST}, Skipped("not_for_stage")),
    ("the one that it gets", send(), replace(ADA, stage="lost"), {"stages": LOST}, Allowed()),
    ("as often as it gets it", send(deadline=NOW + 60 * DAY), replace(ADA, stage="lost"), {"stages": LOST, "permit": sent(("email", 10 * DAY))}, Later(NOW + 20 * DAY, "capped")),
    ("another stage", SMS, replace(MOBILE, stage="hero"), {"stages": LOST}, Allowed()),
    ("nobody has judged yet", SMS, MOBILE, {"stages": LOST}, Allowed()),
    ("a stage that gets none", send(), replace(ADA, stage="hero"), {"stages": {"hero": Stage(frozenset())}}, Skipped("not_for_stage")),
    ("its receipts all the same", receipt(), replace(ADA, stage="hero"), {"stages": {"hero": Stage(frozenset())}}, Allowed()),
    # the holdout
    ("held out", send(), ADA, {"holdout": EVERYBODY}, Skipped("holdout")),
    ("held out, a receipt", receipt(), ADA, {"holdout": EVERYBODY}, Allowed()),
    ("held out, on the page", send(channel="onsite"), PAGE, {"holdout": EVERYBODY}, Skipped("holdout")),
    ("held out, but the letter was ordered", send(topic="news"), ADA, {"holdout": Holdout(0.999999, frozenset({"email/news"}))}, Allowed("channel_consent")),
    ("who would not have got it is not held out", send(), replace(ADA, consent="withdrawn"), {"holdout": EVERYBODY}, Skipped("unsubscribed")),
    ("a call that reaches nobody", send(), Recipient(None, channel=None), {"holdout": EVERYBODY}, Allowed()),
    # what was said
    ("the same words this week", send(), ADA, {"permit": SAID, "words": "abc"}, Skipped("duplicate")),
    ("other words", send(), ADA, {"permit": SAID, "words": "abd"}, Allowed()),
    ("the same by text", SMS, MOBILE, {"permit": SAID, "words": "abc"}, Skipped("duplicate")),
    ("the same, long after", send(), ADA, {"permit": SAID, "words": "abc", "repeat_after": 2 * DAY}, Allowed()),
    ("the same, where it may be", send(), ADA, {"permit": SAID, "words": "abc", "repeat_after": None}, Allowed()),
    ("a receipt that says the same", receipt(), ADA, {"permit": SAID, "words": "abc"}, Allowed()),
    ("a page that says the same", send(channel="onsite"), PAGE, {"permit": SAID, "words": "abc"}, Allowed()),
    ("before it is known what it says", send(), ADA, {"permit": SAID}, Allowed()),
    # the person's own wish
    ("asked for one a month, had it", send(deadline=NOW + 30 * DAY), replace(ADA, every=30 * DAY), {"permit": sent(("sms", 10 * DAY))}, Later(NOW + 20 * DAY, "own_frequency")),
    ("asked for one a week, it is time", send(), replace(ADA, every=7 * DAY), {"permit": sent(("email", 7 * DAY))}, Allowed()),
    ("a receipt comes all the same", receipt(), replace(ADA, every=30 * DAY), {"permit": sent(("email", DAY))}, Allowed()),
    ("the page does not count", send(channel="onsite"), replace(PAGE, every=30 * DAY), {"permit": sent(("email", DAY))}, Allowed()),
    # people who call people
    ("who wants no calls", SLIP, replace(MOBILE, channel="phone", consent="withdrawn"), {}, Skipped("do_not_call")),
    # on the page
    ("the page needs no yes", send(channel="onsite"), PAGE, {}, Allowed()),
    ("but hears a no", send(channel="onsite"), replace(PAGE, consent="withdrawn"), {}, Skipped("unsubscribed")),
    ("the page goes to nobody's address", send(channel="onsite"), PAGE, {"only_to": ()}, Allowed()),
]  # fmt: skip
ASKED = ("now", "pause", "words", "waiting")


@pytest.mark.parametrize(
    ("row", "recipient", "given_", "verdict"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_table(row: Send, recipient: Recipient, given_: dict[str, Any], verdict: Verdict) -> None:
    asked = {name: given_[name] for name in ASKED if name in given_}
    policy = Policy(**{name: said for name, said in given_.items() if name not in (*ASKED, "permit")})
    now = asked.pop("now", NOW)
    assert permitted(row, recipient, given_.get("permit", Permit()), policy, now, **asked) == verdict


# daylight saving: Rome goes from 02:00 to 03:00 on 28 March 2027, and from 03:00 back to 02:00 on 25 October 2026
CLOCKS: list[tuple[str, str, str, str, str]] = [
    ("the night of spring is shorter", "08:00-21:00", "2027-03-27T22:00Z", "2027-03-28T06:00Z", "08:00 in summer time"),
    ("the night of autumn is longer", "08:00-21:00", "2026-10-24T21:00Z", "2026-10-25T07:00Z", "08:00 in winter time"),
    ("a beginning that is skipped", "02:30-05:00", "2027-03-28T00:30Z", "2027-03-28T01:00Z", "as the clock is set"),
    ("an end that is skipped", "23:00-02:30", "2027-03-28T01:00Z", "2027-03-28T21:00Z", "over as the clock is set"),
    ("a beginning that comes twice", "02:30-05:00", "2026-10-25T00:00Z", "2026-10-25T00:30Z", "the first time"),
    ("an end that comes twice", "23:00-02:30", "2026-10-25T00:30Z", "2026-10-25T22:00Z", "the first time"),
]


@pytest.mark.parametrize(("hours", "asked", "opens"), [one[1:4] for one in CLOCKS], ids=[one[0] for one in CLOCKS])
def test_daylight_saving(hours: str, asked: str, opens: str) -> None:
    now, until = datetime.fromisoformat(asked), datetime.fromisoformat(opens)
    policy = Policy(hours={"email": (window(*hours.split("-")),)})
    row, who = send(deadline=now + 9 * DAY), replace(ADA, zones=(ROME,))
    assert permitted(row, who, Permit(), policy, now) == Later(until, "quiet_hours")
    assert permitted(row, who, Permit(), policy, until) == Allowed()


ZONES: list[tuple[str, str, dict[str, Any], str | None, list[str], bool]] = [
    # whose clock              channel  traits                             address          zones              bad
    ("the person's own", "email", {"timezone": "Europe/Kyiv"}, None, ["Europe/Kyiv"], False),
    ("none: the workspace's", "email", {}, None, ["Europe/Rome"], False),
    ("a made-up one", "email", {"timezone": "Mars/Olympus"}, None, ["Europe/Rome"], True),
    ("an offset", "sms", {"timezone": "GMT+3"}, None, ["Europe/Rome"], True),
    ("no text", "email", {"timezone": 3}, None, ["Europe/Rome"], True),
    ("the number's", "sms", {}, "+40721234567", ["Europe/Bucharest"], False),
    ("the number's, for a bad one", "sms", {"tz": "Nowhere"}, "+40721234567", ["Europe/Bucharest"], True),
    ("both: the narrower", "sms", {"timezone": "Europe/Rome"}, "+40721234567", ["Europe/Rome", "Europe/Bucharest"], False),
    ("both are the same", "sms", {"timezone": "Europe/Bucharest"}, "+40721234567", ["Europe/Bucharest"], False),
    ("a country of many", "sms", {}, "+12125550123", ["Pacific/Honolulu", "America/St_Johns"], False),
    ("of which the person names one", "sms", {"timezone": "America/New_York"}, "+12125550123", ["America/New_York"], False),
    ("a number of nowhere", "sms", {}, "+999123456789", ["Europe/Rome"], False),
    ("numbers say nothing of mails", "email", {}, "+40721234567", ["Europe/Rome"], False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("channel", "traits", "address", "zones", "bad"), [z[1:] for z in ZONES], ids=[z[0] for z in ZONES]
)
def test_whose_clock(channel: str, traits: dict[str, Any], address: str | None, zones: list[str], bad: bool) -> None:
    found = zones_of(channel, traits, address, ROME)
    assert ([str(zone) for zone in found.zones], found.bad) == (zones, bad)


# laws
spans = st.sampled_from([HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY])
channels = st.sampled_from(["email", "sms", "push", None])
caps = st.lists(
    st.builds(
        Cap, st.integers(1, 4), spans, st.sampled_from([None, frozenset({"email"}), frozenset({"sms", "email"})])
    ),
    max_size=3,
).map(tuple)
minutes = st.integers(0, 9 * 24 * 60).map(lambda n: n * MINUTE)
permits = st.dictionaries(
    st.text("abc", min_size=1, max_size=4), st.builds(Sent, minutes.map(lambda ago: NOW - ago), channels), max_size=9
).map(lambda held: Permit(1, held))
waits = st.lists(
    st.builds(lambda due, worth, channel: Waiting(channel, NOW + due, NOW + due + worth), minutes, minutes, channels),
    max_size=3,
).map(tuple)
times_of_day = st.sampled_from(["00:00", "02:30", "08:00", "09:15", "18:00", "21:00", "23:59"])
windows = st.builds(
    lambda begins, ends, days: window(begins, ends, *days),
    times_of_day,
    times_of_day,
    st.sampled_from([(), ("mon",), ("sat", "sun"), ("tue", "wed", "thu")]),
)
hours = st.lists(windows, max_size=2).map(lambda held: {"email": tuple(held)} if held else {})
zones = st.sampled_from([(), (UTC,), (ROME,), (ZoneInfo("Pacific/Apia"),), (ROME, ZoneInfo("America/New_York"))])
policies = st.builds(Policy, caps=caps, hours=hours)
nows = st.integers(0, 400 * 24 * 60).map(lambda n: NOW + n * MINUTE)


@settings(max_examples=200, deadline=None)
@given(permits, waits, policies, zones, st.data())
def test_later_is_the_first_moment_at_which_it_may_leave(
    permit: Permit, waiting: tuple[Waiting, ...], policy: Policy, where: Any, data: st.DataObject
) -> None:
    row, who = send(deadline=NOW + 700 * DAY), replace(ADA, zones=where)
    answer = permitted(row, who, permit, policy, NOW, waiting=waiting)
    if isinstance(answer, Skipped):
        assert (answer.reason, len(where)) == ("quiet_hours", 2), "but hours that never meet: else nothing is too late"
    if isinstance(answer, Later):
        assert permitted(row, who, permit, policy, answer.until, waiting=waiting) == Allowed()
        before = NOW + (answer.until - NOW) * data.draw(st.floats(0, 0.999999))
        for moment in (before, answer.until - timedelta(milliseconds=1)):
            again = permitted(row, who, permit, policy, moment, waiting=waiting)
            assert isinstance(again, Later)
            assert again.until == answer.until


@st.composite
def narrower(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Circumstances, and the same with restrictions more."""
    policy = draw(policies)
    wide: dict[str, Any] = {
        "policy": policy,
        "permit": draw(permits),
        "waiting": draw(waits),
        "words": draw(st.sampled_from([None, "w"])),
    }
    more = dict(wide)
    more["policy"] = replace(
        policy,
        caps=policy.caps + draw(caps),
        stages=draw(
            st.sampled_from([{}, {"lead": Stage(frozenset({"sms"}))}, {"lead": Stage(None, (Cap(1, 3 * DAY),))}])
        ),
        holdout=draw(st.sampled_from([Holdout(), Holdout(0.4), EVERYBODY])),
        hours={"email": policy.hours["email"][:1]} if "email" in policy.hours else draw(hours),
    )
    said = {"new": Sent(NOW - draw(minutes), draw(channels), words=draw(st.sampled_from([None, "w"])))}
    more["permit"] = replace(wide["permit"], sent={**wide["permit"].sent, **draw(st.sampled_from([{}, said]))})
    more["waiting"] = wide["waiting"] + draw(waits)
    return wide, more


@settings(max_examples=200, deadline=None)
@given(narrower(), zones, st.sampled_from([3 * DAY, 20 * DAY]))
def test_more_restrictions_never_allow_more(pair: tuple[Any, Any], where: Any, worth: timedelta) -> None:
    wide, more = pair
    row, who = send(deadline=NOW + worth), replace(ADA, zones=where, stage="lead")

    def soonest(given_: dict[str, Any]) -> datetime:
        """When it leaves, as far as it is known now."""
        told = {name: given_[name] for name in ("waiting", "words")}
        match permitted(row, who, given_["permit"], given_["policy"], NOW, **told):
            case Allowed():
                return NOW
            case Later(until):
                return until
            case Skipped():
                return datetime.max.replace(tzinfo=UTC)

    assert soonest(more) >= soonest(wide)


@given(st.lists(st.tuples(st.integers(0, 12 * 24 * 60), st.sampled_from(["email", "sms"])), max_size=40))
def test_what_leaves_never_breaks_a_cap_whatever_the_channel(plan: list[tuple[int, str]]) -> None:
    policy, permit, left = Policy(hours={}), Permit(), list[tuple[datetime, str]]()
    for number, (minute, channel) in enumerate(sorted(plan)):
        now, who = NOW + minute * MINUTE, {"email": ADA, "sms": MOBILE}[channel]
        row = send(id=f"s{number}", channel=channel, deadline=NOW + 365 * DAY)
        if permitted(row, who, permit, policy, now) == Allowed():
            permit = Permit(1, counted(permit, row, Sent(now, channel), policy))
            left.append((now, channel))
    for cap in policy.caps:
        seen = [at for at, channel in left if cap.concerns(channel, "marketing")]
        assert all(last - first_ >= cap.within for first_, last in zip(seen, seen[cap.count :], strict=False))


@given(st.text(min_size=1, max_size=12), st.floats(0, 1), st.floats(0, 1))
def test_whoever_is_held_out_at_a_small_share_is_at_a_larger(customer: str, one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert not Holdout(small).holds(customer) or Holdout(large).holds(customer)
    assert not Holdout(0.0).holds(customer)


def test_the_share_is_what_it_says() -> None:
    held = sum(Holdout(0.1).holds(f"u#{number}") for number in range(10_000))
    assert 900 < held < 1_100, "four standard deviations are 120"


@given(
    st.sampled_from(["email", "sms", None]),
    st.sampled_from(["marketing", "transactional"]),
    st.sampled_from([None, "1a2b"]),
)
def test_what_was_sent_is_kept_as_it_was(channel: str | None, kind: Any, words: str | None) -> None:
    one = Sent(NOW, channel, kind, words)
    assert Sent.of(one.to_text()) == one


def test_the_moment_alone_was_written_once() -> None:
    assert Sent.of("2026-11-22T09:00:00.000Z") == Sent(NOW)
