"""The bill in docs/DEPLOY.md is the computed one, of what is really deployed."""

from __future__ import annotations

import pytest

from infra import costs
from infra.package import ROOT
from tests.infra.conftest import Template, of_type


def test_the_documented_bill_is_the_computed_one() -> None:
    text = (ROOT / "docs" / "DEPLOY.md").read_text()
    written = text.split("<!-- costs:")[1].split("-->", 1)[1].split("<!-- /costs -->")[0].strip()
    assert written == f"{costs.tables()}\n\nAssumed: {costs.assumptions()}."


def test_what_stands_is_counted_from_the_template(template: Template) -> None:
    standing = costs.Standing()
    assert standing.alarms == len(of_type(template, "AWS::CloudWatch::Alarm"))
    assert standing.queues == sum(
        "RedrivePolicy" in queue["Properties"] for queue in of_type(template, "AWS::SQS::Queue").values()
    )


def test_idle_stays_under_fifteen_cents_a_day() -> None:
    assert sum(costs.idle().values()) / costs.DAYS < 0.15


def test_costs_follow_contacts() -> None:
    assert sum(costs.busy(100_000).values()) == pytest.approx(100 * sum(costs.busy(1_000).values()))
    assert costs.busy(1_000)["SES"] == pytest.approx(0.5)  # 5,000 mails at $0.10 for 1,000


def test_the_readme_rounds_the_same_bill() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    idle = sum(costs.idle().values())
    months = {size: idle + sum(costs.busy(size).values()) for size in (1_000, 10_000, 100_000)}
    assert f"about ${idle / costs.DAYS:.2f} a day" in readme
    assert f"${months[1_000]:.0f} a month at 1,000 contacts, ${months[10_000]:.0f} at 10,000" in readme
    assert f"${months[100_000]:.0f} at 100,000" in readme
