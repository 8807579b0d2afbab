"""The page: a table of all playbooks, and for each what it would have done, with its chart. Pure.

It stands by itself: one file, no script, nothing that a browser would have to fetch. The same rehearsal gives the same
page, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from html import escape
from typing import Any

from infra.rehearse import made_up
from infra.rehearse.charts import weekly
from infra.rehearse.run import Rehearsal
from infra.rehearse.style import STYLE

Report = Mapping[str, Any]

REASONS = {
    "already_entered": "had been in it before",
    "capped": "had heard from the shop just before (caps)",
    "entry_rule": "were not whom it is for (entry rule)",
    "goal_reached": "had reached its goal already",
    "group": "were in another journey of its group",
    "journey_exited": "had left the journey meanwhile",
    "no_address": "gave no address",
    "no_consent": "had not agreed to mail",
    "silent": "were moved by nothing they did",
    "stale": "were told of too late",
    "too_late": "could not be sent in time",
    "too_soon": "had been in it not long ago",
    "unsubscribed": "had unsubscribed",
}


def page(found: Rehearsal) -> str:
    """The whole of it."""
    cards = "".join(_card(found, place) for place in range(len(found.installed)))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Every playbook, rehearsed</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<header>
<h1>Every playbook, rehearsed</h1>
<p>{found.customers} customers of a real shop (UCI Online Retail, a sample), from {found.since:%d %B %Y} to
{found.until:%d %B %Y}. Each lived through that year on a virtual clock with all playbooks in force as they come, under
the same caps, decided about by the code that decides live. Nothing was sent.</p>
<p>What was bought, and when, is the file's. What an invoice file cannot know is made up: {escape(made_up.SAID)}.</p>
<p class="note">Goals are counted, not attributed: many of these customers would have ordered anyway. Costs are at the
prices that each report states. Made by <code>make rehearse</code>; what the words mean is in
<a href="REHEARSAL.md">REHEARSAL.md</a>.</p>
</header>
{_table(found)}
<p class="legend"><span class="key sent"></span>messages sent <span class="key skipped"></span>decided, and not sent
<span class="key line"></span>entries, by week</p>
{cards}
</main>
</body>
</html>
"""


def _table(found: Rehearsal) -> str:
    rows = "".join(_row(found.reports[live.journey.name], one.playbook.title, one.playbook.name)
                   for one in found.installed for live in one.journeys[:1])  # fmt: skip
    heads = ("playbook", "entered", "sent", "not sent", "waited", "goals", "cost of sending")
    said = "".join(f'<th scope="col"{" class=number" if place else ""}>{head}</th>' for place, head in enumerate(heads))
    return f"<table><thead><tr>{said}</tr></thead><tbody>{rows}</tbody></table>"


def _row(report: Report, title: str, name: str) -> str:
    held = report["held_back"]
    figures = (
        _number(report["entered"]),
        _number(report["sent"]),
        _number(sum(held["skipped"].values())),
        _number(sum(held["held"].values())),
        _number(report["goal"]["reached"]) if report["goal"] else "",
        _dollars(report["cost"]["sending"]["amount"]) if report["sent"] else "",
    )
    cells = "".join(f'<td class="number">{figure}</td>' for figure in figures)
    quiet = "" if report["entered"] else ' class="quiet"'
    return f'<tr{quiet}><th scope="row"><a href="#{name}">{escape(title)}</a></th>{cells}</tr>'


def _card(found: Rehearsal, place: int) -> str:
    one = found.installed[place]
    playbook, main = one.playbook, one.journeys[0].journey.name
    report = found.reports[main]
    served = ", ".join(str(stage).replace("_", " ") for stage in playbook.serves.stages)
    parts = [
        f'<section id="{playbook.name}"><h2>{escape(playbook.title)}</h2>',
        f"<p>{escape(playbook.says)}</p>",
        f'<p class="note">{escape(playbook.serves.activity)} · for {escape(served)}</p>',
    ]
    if report["entered"]:
        parts.append(weekly(report["days"], found.since.date(), found.until.date()))
        parts.append(f"<p>{_told(report)}</p>{_steps(report)}{_asides(report)}")
        parts += [_other(found.reports[live.journey.name]) for live in one.journeys[1:]]
    else:
        parts.append(f'<p class="none">{_why_nobody(found, playbook.needs, report)}</p>')
    return "".join(parts) + "</section>"


def _told(report: Report) -> str:
    """What happened, in a few sentences."""
    entered, who = report["entered"], report["customers_entered"]
    often = "" if entered == who else f" ({_number(entered)} times)"
    sent = report["sent"]
    said = [f"{_people(who)} entered{often}; {_number(sent)} {'message was' if sent == 1 else 'messages were'} sent."]
    goal = report["goal"]
    if goal:
        worth = ", ".join(f"{_number(round(value))} {escape(currency)}" for currency, value in goal["value"].items())
        said.append(f"{_number(goal['reached'])} reached its goal in time{f', worth {worth}' if worth else ''}.")
    left = sum(report["left"].values())
    said.append(
        f"{_number(report['completed'])} came to the end, {_number(left)} left before, "
        f"{_number(report['inside_at_the_end'])} are still inside."
    )
    return " ".join(said)


def _steps(report: Report) -> str:
    """A bar for each step: how many of those who entered came to it."""
    most = max([step["entered"] for step in report["steps"]] + [1])
    rows = []
    for step in report["steps"]:
        met = [f"{_number(number)} {escape(word)}" for word, number in step.get("outcomes", {}).items()]
        if step["sent"]:
            met.insert(0, f"{_number(step['sent'])} sent")
        share = 100 * step["entered"] / most
        rows.append(
            f'<tr><th scope="row">{escape(step["id"])}</th><td>{escape(step["do"])}</td>'
            f'<td class="bar"><span style="width:{share:.1f}%"></span></td>'
            f'<td class="number">{_number(step["entered"])}</td><td>{", ".join(met)}</td></tr>'
        )
    return f'<table class="steps"><tbody>{"".join(rows)}</tbody></table>'


def _asides(report: Report) -> str:
    held = report["held_back"]
    said = [
        _reasons("Not sent", held["skipped"]),
        _reasons("Waited before they left", held["held"]),
        _reasons("Not let in", report["not_let_in"]),
        _meetings(report["overlaps"]),
    ]
    return "<ul>" + "".join(f"<li>{one}</li>" for one in said if one) + "</ul>"


def _reasons(head: str, by: Mapping[str, int]) -> str:
    found = [f"{_number(number)} {escape(REASONS.get(why, why.replace('_', ' ')))}" for why, number in by.items()]
    return f"{head}: {'; '.join(found)}." if found else ""


def _meetings(overlaps: Iterable[Report]) -> str:
    found = [
        f"{escape(met['journey'].replace('_', ' '))} ({_people(met['customers'])}"
        + (f", {_number(met['same_day'])} mails on one day" if met["same_day"] else "")
        + (f", {_number(met['gave_way'])} gave way" if met["gave_way"] else "")
        + ")"
        for met in list(overlaps)[:5]
        if met["customers"]
    ]
    return f"Meets {', '.join(found)}." if found else ""


def _other(report: Report) -> str:
    name = escape(report["journey"].replace("_", " "))
    return f"<p>Its second journey, <em>{name}</em>: {_told(report)}</p>"


def _why_nobody(found: Rehearsal, needs: Any, report: Report) -> str:
    """What would have to come in for it to do anything."""
    missing = [name for name in needs.events if name not in found.events]
    if missing:
        return f"Nobody entered: the shop's year has no {' and no '.join(map(escape, missing))}."
    if needs.traits:
        traits = " and no ".join(map(escape, needs.traits))
        return f"Nobody entered: nobody's traits in this sample say a {traits}."
    reasons = _reasons("Nobody entered. Heard of, and not let in", report["not_let_in"])
    return reasons or "Nobody entered: what it waits for happened to nobody in this sample."


def _dollars(amount: str) -> str:
    return f"${amount}" if Decimal(amount) else "under 1\u202f¢"


def _people(number: int) -> str:
    return f"{_number(number)} {'customer' if number == 1 else 'customers'}"


def _number(number: float) -> str:
    return f"{number:,}".replace(",", "\u202f")
