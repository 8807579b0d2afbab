"""The page that `make rehearse` writes: every playbook is in it, and nothing has to be fetched for it."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser

from chalicelib.journeys.playbooks import store
from infra.rehearse import page, run
from infra.rehearse.charts import weekly

EVERY = 45


@cache
def written() -> str:
    return page.page(run.run(lanes=1, every=EVERY, tell=lambda line: None))


class _Nesting(HTMLParser):
    """What is open, and whether anything was closed that was not."""

    VOID = frozenset({"meta", "link", "br", "hr", "img", "input", "rect", "line", "polyline"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in self.VOID or (tag == "rect" and 'class="hit"' in (self.get_starttag_text() or "")):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        return

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_playbook_has_its_place() -> None:
    read = _Nesting()
    read.feed(written())
    assert read.ids == list(store.names())
    assert read.open == []


def test_nothing_is_fetched_and_nothing_runs() -> None:
    assert not re.findall(r"<script|<link|<img|<iframe|url\(|@import|https?://", written())


def test_it_says_what_it_does_not_claim() -> None:
    assert "counted, not attributed" in written()
    assert "made up" in written()


def test_a_chart_has_a_bar_for_each_week_with_messages() -> None:
    from datetime import date

    days = {"2026-01-05": {"sent": 3, "entered": 2}, "2026-01-20": {"sent": 1, "skipped": 2}}
    drawn = weekly(days, date(2026, 1, 1), date(2026, 3, 1))
    assert drawn.count('class="sent"') == 2
    assert drawn.count('class="skipped"') == 1
    assert "week of 01 Jan 2026: 2 entered, 3 sent" in drawn
