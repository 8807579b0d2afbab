"""A run of five mails costs what is claimed, and everything that it asks of AWS is in the count."""

from __future__ import annotations

from benchmarks import fivemails
from chalicelib import resources


def test_a_thousand_runs_cost_less_than_the_target() -> None:
    run = fivemails.measure()
    assert fivemails.missed(run) == []
    assert run.calls == fivemails.MAILS
    assert set(run.writes) == {resources.ENROLMENTS, resources.WORK, resources.SENDS}
    assert run.writes[resources.SENDS] >= 2 * fivemails.MAILS, "planned in a transaction, with a date"
    assert "together" in fivemails.shown(run)
