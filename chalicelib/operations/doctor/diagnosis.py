"""What follows from the readings: for each subject one finding, or one for each thing that is wrong with it. Pure.

    well     nothing to do
    watch    worth a look today
    bad      worth a look now
    unknown  it could not be read

Limits are those of the alarms where there is one, so the doctor does not contradict them; he sees more, and sooner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, TypeVar

from chalicelib.messages.ledger import ADVICE
from chalicelib.operations.doctor.readings import Missing, Readings
from chalicelib.resources import BULK, CUSTOMERS, DEAD, ENROLMENTS, FEEDBACK, JOURNEYS, SENDS, TRANSACTIONAL, WALKS

State = Literal["well", "watch", "bad", "unknown"]
ORDER: Final[tuple[State, ...]] = ("bad", "unknown", "watch", "well")

MINUTES: Final = 60.0
PATIENCE: Final = {TRANSACTIONAL: 5, FEEDBACK: 15, WALKS: 30, JOURNEYS: 30, BULK: 360}
"""Minutes that a message may wait; a queue that is not named here has an hour. infra/alarms.py has the same."""
LAG: Final = 15.0  # minutes that a function may be behind its stream
LATE: Final = timedelta(minutes=3)
VERY_LATE: Final = timedelta(minutes=15)
OLD_FIT: Final = timedelta(days=22)
NEARLY: Final = 0.8  # of the day's quota
WHAT: Final = {CUSTOMERS: "reviews of customers", ENROLMENTS: "steps of journeys", SENDS: "messages"}

UNREAD: Final = (
    "Ask again. What stays unreadable whoever asks may not read: `make doctor` asks as you, GET /v1/doctor as the API."
)

_Part = TypeVar("_Part")


@dataclass(frozen=True)
class Finding:
    """What was found. do: what to do about it; None where nothing is to be done."""

    subject: str
    state: State
    says: str
    do: str | None = None


def diagnose(readings: Readings) -> list[Finding]:
    """Every finding, the worst first."""
    parts: tuple[tuple[str, Sequence[object], Callable[[Readings], Iterator[Finding]]], ...] = (
        ("alarms", (readings.alarms,), _alarms),
        ("dead letters", (readings.queues,), _dead),
        ("batches given up", (readings.batches,), _batches),
        ("queues", (readings.queues, readings.ages), _queues),
        ("streams", (readings.ages,), _streams),
        ("due dates", (readings.late,), _late),
        ("messages", (readings.waiting,), _messages),
        ("sending", (readings.brake,), _sending),
        ("SES", (readings.quota,), _quota),
        ("models", (readings.model,), _model),
        ("jobs", (readings.jobs,), _jobs),
    )
    found: list[Finding] = []
    for subject, needs, judge in parts:
        missing = next((need for need in needs if isinstance(need, Missing)), None)
        if missing is not None:
            found.append(Finding(subject, "unknown", f"Could not be read: {missing.why}.", UNREAD))
        else:
            found += judge(readings)
    return sorted(found, key=lambda one: ORDER.index(one.state))


def worst(findings: Sequence[Finding]) -> State:
    """The state of the whole."""
    return min((one.state for one in findings), key=ORDER.index, default="well")


def _alarms(readings: Readings) -> Iterator[Finding]:
    for alarm in _read(readings.alarms):
        yield Finding("alarms", "bad", f"{alarm.name} since {alarm.since:%Y-%m-%d %H:%M}.", alarm.why)
    if not readings.alarms:
        yield Finding("alarms", "well", "None has gone off.")


def _dead(readings: Readings) -> Iterator[Finding]:
    count = _read(readings.queues)[DEAD].ready if DEAD in _read(readings.queues) else 0
    if count:
        yield Finding(
            "dead letters",
            "bad",
            f"{_counted(count, 'message was', 'messages were')} given up.",
            "GET /v1/failures; docs/RUNBOOK.md#deadalarm",
        )
    else:
        yield Finding("dead letters", "well", "No message was given up.")


def _batches(readings: Readings) -> Iterator[Finding]:
    count = _read(readings.batches)
    if count:
        yield Finding(
            "batches given up",
            "watch",
            f"{_counted(count, 'batch of a stream lies', 'batches of streams lie')} in the bucket of failures.",
            "GET /v1/failures?place=batches, and POST /v1/failures/replay once their cause is mended",
        )
    else:
        yield Finding("batches given up", "well", "No batch of a stream was given up.")


def _queues(readings: Readings) -> Iterator[Finding]:
    ages, standing = _read(readings.ages).queues, _read(readings.queues)
    for queue in standing:
        age, patience = ages.get(queue, 0.0) / MINUTES, PATIENCE.get(queue, 60)
        if queue == DEAD or age < patience / 2:
            continue
        yield Finding(
            "queues",
            "bad" if age >= patience else "watch",
            f"A message of {queue} has waited {age:.0f} minutes; {_counted(standing[queue].ready, 'waits', 'wait')}.",
            f"docs/RUNBOOK.md#{queue}agealarm",
        )
    if all(ages.get(queue, 0.0) / MINUTES < PATIENCE.get(queue, 60) / 2 for queue in standing if queue != DEAD):
        waiting = sum(one.ready for queue, one in standing.items() if queue != DEAD)
        yield Finding("queues", "well", f"{_counted(waiting, 'message waits', 'messages wait')}, none for long.")


def _streams(readings: Readings) -> Iterator[Finding]:
    ages = _read(readings.ages).functions
    behind = {name: age / MINUTES for name, age in ages.items() if age / MINUTES >= LAG / 3}
    for name, minutes in behind.items():
        state: State = "bad" if minutes >= LAG else "watch"
        anchor = f"docs/RUNBOOK.md#{name.replace('_', '')}lagalarm"
        yield Finding("streams", state, f"{name} is {minutes:.0f} minutes behind its stream.", anchor)
    if not behind:
        yield Finding("streams", "well", "No function is behind its stream.")


def _late(readings: Readings) -> Iterator[Finding]:
    late = {table: by for table, by in _read(readings.late).items() if by is not None and by >= LATE}
    for table, by in late.items():
        state: State = "bad" if by >= VERY_LATE else "watch"
        yield Finding(
            "due dates",
            state,
            f"Of {WHAT[table]} the longest due has been due for {by.total_seconds() / MINUTES:.0f} minutes.",
            "Look at the queues above, and at the tick: docs/RUNBOOK.md#tickerrorsalarm",
        )
    if not late:
        yield Finding("due dates", "well", "Nothing is late.")


def _messages(readings: Readings) -> Iterator[Finding]:
    waiting = _read(readings.waiting)
    more = "" if waiting.all else "At least "
    for (status, reason), count in sorted(waiting.by.items()):
        if status == "held":
            yield Finding(
                "messages",
                "bad",
                f"{more}{_counted(count, 'message is', 'messages are')} held: {reason}.",
                _advice(reason),
            )
        elif status == "retry" and count >= 100:
            yield Finding("messages", "watch", f"{more}{count} messages are tried again: {reason}.", _advice(reason))
    if waiting.stale:
        yield Finding(
            "messages",
            "watch",
            f"{more}{_counted(waiting.stale, 'message', 'messages')} may or may not have left, and settling is late.",
            "They settle themselves within 20 minutes if senders and feedback work. docs/SENDING.md",
        )
    unknown = sum(count for (status, _), count in waiting.by.items() if status in ("unknown", "claimed"))
    waits = _counted(sum(waiting.by.values()), "waits", "wait")
    says = f"{more}{waits} for a date, a try or an answer; {unknown} may have left already."
    yield Finding("messages", "well", says if waiting.by else "None waits.")


def _sending(readings: Readings) -> Iterator[Finding]:
    lasting = list(_read(readings.brake).lasting(readings.at))
    for pause in lasting:
        what = "All marketing" if pause.channel == "all" else f"Marketing by {pause.channel}"
        says = f"{what} is paused since {pause.at:%Y-%m-%d %H:%M} by {pause.by}: {pause.why}"
        yield Finding("sending", "watch", says, "POST /v1/sending/resume when its cause is gone")
    if not lasting:
        yield Finding("sending", "well", "Nothing is paused.")


def _quota(readings: Readings) -> Iterator[Finding]:
    quota = _read(readings.quota)
    if not quota.enabled or quota.standing == "SHUTDOWN":
        yield Finding("SES", "bad", "SES lets the account send nothing.", ADVICE["account_suspended"])
    elif quota.standing != "HEALTHY":
        yield Finding("SES", "bad", f"SES reviews the account ({quota.standing}).", "docs/RUNBOOK.md#bouncesalarm")
    elif not quota.live:
        yield Finding("SES", "watch", "The account is in SES's sandbox.", ADVICE["sandbox"])
    elif 0 < quota.day * NEARLY <= quota.sent:
        says = f"{quota.sent:.0f} of {quota.day:.0f} mails of the day's quota are used up."
        yield Finding("SES", "watch", says, "Ask for a higher quota in the SES console (Account dashboard).")
    else:
        yield Finding("SES", "well", f"{quota.rate:g} mails a second; {quota.sent:.0f} in the last 24 hours.")


def _model(readings: Readings) -> Iterator[Finding]:
    model = _read(readings.model)
    do = "GET /v1/lifecycle/fits; docs/RUNBOOK.md#refitmatteralarm"
    if model.refused is not None:
        yield Finding("models", "watch", f"The newest fit was refused: {model.refused}", do)
    if model.drifted:
        yield Finding("models", "watch", f"Fit {model.version} foretells too many or too few buyers.", do)
    if model.adopted_at is not None and readings.at - model.adopted_at > OLD_FIT:
        days = (readings.at - model.adopted_at).days
        yield Finding("models", "watch", f"Fit {model.version} is {days} days old; there should be one a week.", do)
    which = f"Fit {model.version} is in force." if model.version else "No fit yet: those that come with the code."
    yield Finding("models", "well", which)


def _jobs(readings: Readings) -> Iterator[Finding]:
    failed = _read(readings.jobs)
    for job in failed[:5]:
        do = f"POST /v1/jobs/{job.id}/resume once its cause is mended"
        yield Finding("jobs", "watch", f"A job of kind {job.kind} failed: {job.problem}", do)
    if not failed:
        yield Finding("jobs", "well", "None of the last has failed.")


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _advice(reason: str) -> str:
    return ADVICE.get(reason, "docs/SENDING.md says what the reasons mean")


def _read(part: _Part | Missing) -> _Part:
    """A part that was read: `diagnose` has looked."""
    assert not isinstance(part, Missing)
    return part
