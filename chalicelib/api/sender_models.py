"""What the API says of senders."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from chalicelib.api.answers import Model, Moment, Strict


class SendersQuery(Strict):
    """Which days to show."""

    days: int = Field(14, ge=1, le=90, description="So many days, with today.")


class SenderRates(Model):
    """What became of a domain's mails. Counts are approximate: each is written in sums, beside the ledger."""

    counts: dict[str, int] = Field(
        description="`sent`, `delivered`, `bounced` (for good), `soft_bounced`, `complained`, `delayed`, `rejected`,"
        " `opened`, `clicked` (by persons, as far as anybody can tell), `opened_by_machine`, `clicked_by_machine`."
    )
    bounce_rate: float | None = Field(description="Bounces for good, of what was sent.")
    complaint_rate: float | None = Field(description="Complaints, of what was delivered. Gmail reports none to SES.")


class SenderDay(SenderRates):
    """One day (UTC)."""

    day: str


class SenderJudged(SenderRates):
    """The time by which the domain is judged (the setting sender_health)."""

    since: Moment


class SenderPause(Model):
    """Marketing mail is paused for this domain's sake."""

    at: Moment
    why: str


class SenderShown(Model):
    """One domain that sends."""

    domain: str
    health: Literal["good", "watch", "bad", "too_few", "paused"] = Field(
        description="`watch` above half a limit, `bad` above one, `too_few` mails to tell."
    )
    paused: SenderPause | None
    judged: SenderJudged
    by_provider: dict[str, SenderRates] = Field(
        description="Of all days that are shown, by mailboxes: `gmail`, `microsoft`, `yahoo`, `apple`, `other`."
    )
    days: list[SenderDay]


class Senders(Model):
    """Every domain from which mails have left in these days, and the deployment's own."""

    senders: list[SenderShown]


class SenderRecord(Model):
    """One DNS record."""

    name: str
    type: str
    value: str


class SenderFinding(Model):
    """One thing that was looked at."""

    check: str = Field(description="`identity`, `dkim`, `spf`, `mail_from`, `dmarc`, `tracking_domain`, ...")
    result: Literal["good", "advice", "bad", "unknown"] = Field(
        description="`bad`: mail suffers or may not leave. `unknown`: neither SES nor a name server told."
    )
    found: str = Field(description="What is there.")
    do: str | None = Field(description="What to do about it; null where nothing is to be done.")
    records: list[SenderRecord] = Field(default=[], description="DNS records to publish.")


class WarmUpDay(Model):
    """One day of a warm-up."""

    day: int
    mails: int = Field(description="At most so many, to those who answer most.")


class SenderCheck(Model):
    """What a domain has and lacks to reach people's inboxes, the worst first."""

    domain: str
    ready: bool = Field(description="Nothing is bad.")
    findings: list[SenderFinding]
    warm_up: list[WarmUpDay] = Field(description="How to begin with a domain that has sent little; empty for others.")
