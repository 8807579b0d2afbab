"""Charts as SVG text: no script, no font and no picture from anywhere. Pure.

Colours are the page's CSS variables, so that a chart is as dark or as light as the page is. Every bar says on hovering
what it stands for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape

WIDTH, HEIGHT = 720, 150
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 10, 22
SHOWN = (("sent", "sent"), ("skipped", "not sent"))
_WEEK = timedelta(days=7)


def weekly(days: Mapping[str, Mapping[str, int]], since: date, until: date) -> str:
    """A year of a journey by weeks: bars of messages sent and not sent, a line of entries, dots of goals."""
    weeks = _weeks(days, since, until)
    most = max([*(sum(week[what] for what, _ in SHOWN) for week in weeks), *(week["entered"] for week in weeks), 1])
    top = _round(most)
    room = WIDTH - LEFT - RIGHT
    step = room / len(weeks)

    def y(number: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - number / top)

    parts, hits = [_grid(top, y), _months(weeks, since, step)], list[str]()
    for place, week in enumerate(weeks):
        x, base = LEFT + place * step, 0
        for what, _ in SHOWN:
            if week[what]:
                height = y(base) - y(base + week[what])
                parts.append(
                    f'<rect class="{what}" x="{x + 1:.1f}" y="{y(base + week[what]):.1f}" width="{step - 2:.1f}" '
                    f'height="{height:.1f}"/>'
                )
                base += week[what]
        told = _told(since + place * _WEEK, week)
        if told:
            hits.append(
                f'<rect class="hit" x="{x:.1f}" y="{TOP}" width="{step:.1f}" height="{HEIGHT - TOP - BOTTOM}">'
                f"<title>{escape(told)}</title></rect>"
            )
    line = " ".join(f"{LEFT + (place + 0.5) * step:.1f},{y(week['entered']):.1f}" for place, week in enumerate(weeks))
    parts += [f'<polyline class="entered" points="{line}"/>', *hits]
    label = "messages sent and not sent by week, entries as a line"
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _weeks(days: Mapping[str, Mapping[str, int]], since: date, until: date) -> list[Counter[str]]:
    weeks: list[Counter[str]] = [Counter() for _ in range(max(1, -(-(until - since).days // 7)))]
    for day, held in days.items():
        place = (date.fromisoformat(day) - since).days // 7
        if 0 <= place < len(weeks):
            weeks[place].update(held)
    return weeks


def _told(monday: date, week: Mapping[str, int]) -> str:
    words = (("entered", "entered"), ("sent", "sent"), ("skipped", "not sent"), ("held", "waited"), ("goal", "goals"))
    found = [f"{week[what]} {word}" for what, word in words if week.get(what)]
    return f"week of {monday:%d %b %Y}: {', '.join(found)}" if found else ""


def _grid(top: int, y: object) -> str:
    place = y if callable(y) else float
    lines = []
    for number in (0, top // 2, top) if top > 1 else (0, top):
        at = place(number)
        lines.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        lines.append(f'<text class="axis" x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{number}</text>')
    return "".join(lines)


def _months(weeks: Sequence[object], since: date, step: float) -> str:
    said, last = [], None
    for place in range(len(weeks)):
        day = since + place * _WEEK
        if day.month != last and (day + _WEEK).month == day.month and place < len(weeks) - 2:
            x = LEFT + place * step
            year = f" ’{day:%y}" if last is None or day.month == 1 else ""
            said.append(f'<text class="axis" x="{x:.1f}" y="{HEIGHT - 6}">{day:%b}{year}</text>')
            last = day.month
    return "".join(said)


def _round(number: int) -> int:
    """A round figure that is not less, and even where it can be."""
    for scale in (1, 10, 100, 1_000, 10_000, 100_000):
        for step in (1, 2, 4, 6, 8, 10):
            if step * scale >= number:
                return step * scale
    return number
