"""How a journey meets with the others that are in force: who is in both, who hears from both on one day, and what it
does not send because another has just written. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Final

from chalicelib.messages.permission import CAPPED
from chalicelib.rehearsal.diary import Diary, Line

_WEEK: Final = timedelta(days=7)
"""Whatever was sent so long before counts towards the caps that come with the code."""
_EVER: Final = datetime.max.replace(tzinfo=UTC)
Span = tuple[datetime, datetime]


def overlaps(journey: str, diary: Diary) -> dict[str, Counter[str]]:
    """Other journeys, and how one customer met them beside this one.

    customers: 1 if she was in both at one time. same_day: messages of this journey on a day on which the other wrote,
    too. gave_way: messages of this journey that were held or skipped by a cap within a week after the other's last.
    """
    spans = _spans(diary)
    if journey not in spans:
        return {}
    sent = _sent(diary)
    found: dict[str, Counter[str]] = {}
    for other, theirs in spans.items():
        if other == journey:
            continue
        both = any(_meet(one, two) for one in spans[journey] for two in theirs)
        days = {at.date() for at in sent[other]}
        met = Counter(
            customers=int(both),
            same_day=sum(at.date() in days for at in sent[journey]),
            gave_way=sum(_is_last(line, other, sent) for line in diary if _gave_way(line, journey)),
        )
        if any(met.values()):
            found[other] = met
    return found


def _spans(diary: Diary) -> dict[str, list[Span]]:
    """When somebody was in which journey."""
    begun: dict[tuple[str, str], datetime] = {}
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    for line in diary:
        place = line.journey, line.origin
        if line.what == "entered":
            begun[place] = line.at
        elif line.what in ("left", "done") and place in begun:
            spans[line.journey].append((begun.pop(place), line.at))
    for (name, _), at in begun.items():
        spans[name].append((at, _EVER))
    return dict(spans)


def _meet(one: Span, two: Span) -> bool:
    return one[0] <= two[1] and two[0] <= one[1]


def _sent(diary: Diary) -> defaultdict[str, list[datetime]]:
    sent: defaultdict[str, list[datetime]] = defaultdict(list)
    for line in diary:
        if line.what == "sent":
            sent[line.journey].append(line.at)
    return sent


def _gave_way(line: Line, journey: str) -> bool:
    return line.journey == journey and line.what in ("held", "skipped") and line.why == CAPPED


def _is_last(line: Line, other: str, sent: defaultdict[str, list[datetime]]) -> bool:
    """Whether the last message before `line` was the other's, and no more than a week ago."""
    before = {name: max((at for at in each if at <= line.at), default=None) for name, each in sent.items()}
    last = max((at for at in before.values() if at is not None), default=None)
    return last is not None and before.get(other) == last and line.at - last <= _WEEK
