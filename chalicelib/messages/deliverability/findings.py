"""What is seen of a domain, judged: each finding with what is there and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from chalicelib.messages.deliverability import authentication, records
from chalicelib.messages.deliverability.finding import ORDER, SOONER, Finding, aligned
from chalicelib.messages.deliverability.records import plain
from chalicelib.messages.deliverability.seen import Seen
from chalicelib.messages.health import Standing


@dataclass(frozen=True)
class Own:
    """What the deployment says of itself. headers: those of a marketing mail as it would leave now."""

    domain: str
    postal_address: str
    headers: Mapping[str, str]
    standing: Standing | Literal["paused"]


def findings(seen: Seen, own: Own) -> list[Finding]:
    """Everything that was looked at, the worst first."""
    made = [found for rule in _RULES if (found := rule(seen, own)) is not None]
    return sorted(made, key=lambda one: ORDER.index(one.result))


def _account(seen: Seen, own: Own) -> Finding:
    if seen.account is None:
        return Finding("account", "unknown", "SES did not say how the account stands.", SOONER)
    if seen.account.get("SendingEnabled") is False:
        return Finding("account", "bad", "Sending is paused for the account.", "Look at the reputation page of SES.")
    if seen.account.get("ProductionAccessEnabled") is False:
        do = "Ask for production access in the SES console; until then it writes only to verified addresses."
        return Finding("account", "bad", "The account is in SES's sandbox.", do)
    status = str(seen.account.get("EnforcementStatus") or "HEALTHY")
    if status != "HEALTHY":
        do = "Answer the case that AWS has opened, and send only to those who asked for it until it is closed."
        return Finding("account", "bad", f"SES calls the account {status}.", do)
    return Finding("account", "good", "SES lets the account write to everybody.")


def _identity(seen: Seen, own: Own) -> Finding:
    if seen.identity is None:
        return Finding("identity", "unknown", "SES did not say whether it knows the domain.", SOONER)
    if not seen.identity:
        do = "`make dns` makes the domain known to SES and prints its records."
        return Finding("identity", "bad", f"SES does not know {seen.domain} in {seen.region}.", do)
    if not seen.identity.get("VerifiedForSendingStatus"):
        status = seen.identity.get("VerificationStatus") or "PENDING"
        do = "Publish the records of the finding dkim; SES looks by itself, and may take a day."
        return Finding("identity", "bad", f"SES has not verified the domain: {status}.", do)
    return Finding("identity", "good", "SES has verified the domain.")


def _tracking(seen: Seen, own: Own) -> Finding:
    if seen.configuration_set is None:
        return Finding("tracking_domain", "unknown", "SES did not say by which name links lead.", SOONER)
    name = seen.tracking
    if name is None:
        do = "Set TrackingDomain in the stage's file to a name below yours and deploy: links then bear your name."
        return Finding("tracking_domain", "advice", "Links lead through awstrack.me, a name of AWS's.", do)
    wanted, said = records.tracking(name, seen.region), seen.said(name, "CNAME")
    if said is None:
        return Finding("tracking_domain", "unknown", f"No name server answered for {name}.", SOONER)
    if not said:
        do = "Publish this record, or links in mails lead nowhere."
        return Finding("tracking_domain", "bad", f"{name} is not there.", do, (wanted,))
    if plain(wanted.value) not in map(plain, said):
        do = "Right if it is a content network of yours that asks SES's (for HTTPS); else publish this record."
        return Finding("tracking_domain", "advice", f"{name} leads to {said[0]}.", do, (wanted,))
    if not aligned(name, seen):
        return Finding("tracking_domain", "advice", f"{name} is not below the sender's domain.", "Choose one that is.")
    return Finding("tracking_domain", "good", f"Links lead through {name}.")


def _one_click(seen: Seen, own: Own) -> Finding:
    link, post = own.headers.get("List-Unsubscribe", ""), own.headers.get("List-Unsubscribe-Post", "")
    if not link.startswith("<https://"):
        do = "Give the endpoint a name of its own (ApiDomain): mailboxes post only to https."
        return Finding("one_click", "bad", f"List-Unsubscribe says {link or 'nothing'}.", do)
    if post != "List-Unsubscribe=One-Click":
        return Finding("one_click", "bad", "There is no List-Unsubscribe-Post.", "This is a fault of this version.")
    return Finding("one_click", "good", "Marketing mails carry a one-click way out (RFC 8058).")


def _postal(seen: Seen, own: Own) -> Finding:
    if not own.postal_address.strip():
        do = (
            "Set PostalAddress in the stage's file and deploy: the law asks it of marketing; none is published without."
        )
        return Finding("postal_address", "bad", "There is no postal address.", do)
    return Finding("postal_address", "good", "Marketing mails carry a postal address.")


def _replies(seen: Seen, own: Own) -> Finding:
    said = seen.said(seen.domain, "MX")
    if said is None:
        return Finding("replies", "unknown", f"No name server answered for {seen.domain}.", SOONER)
    if not said:
        do = "Give the domain an MX record, or templates a reply_to that is read: people answer, and filters look."
        return Finding("replies", "advice", f"Nobody gets what is answered to {seen.domain}.", do)
    return Finding("replies", "good", "Answers arrive somewhere.")


def _suppression(seen: Seen, own: Own) -> Finding | None:
    if seen.configuration_set is None or seen.account is None:
        return None
    of_set = (seen.configuration_set.get("SuppressionOptions") or {}).get("SuppressedReasons")
    of_account = (seen.account.get("SuppressionAttributes") or {}).get("SuppressedReasons")
    reasons = of_set if of_set is not None else of_account
    if reasons is None or {"BOUNCE", "COMPLAINT"} <= set(reasons):
        return Finding("suppression", "good", "SES keeps a list of dead mailboxes and of who complained.")
    do = "Deploy again: the configuration set asks for both reasons."
    return Finding("suppression", "advice", "SES does not remember all bounces and complaints.", do)


def _reputation(seen: Seen, own: Own) -> Finding:
    match own.standing:
        case "paused":
            do = "GET /v1/senders says why. Put it right, then POST /v1/sending/resume."
            return Finding("reputation", "bad", "Marketing mail is paused for this domain's rates.", do)
        case "bad":
            return Finding("reputation", "bad", "Bounces or complaints are above the limit.", "See GET /v1/senders.")
        case "watch":
            do = "See GET /v1/senders; write to those first who clicked lately."
            return Finding("reputation", "advice", "Bounces or complaints are above half of the limit.", do)
        case "too_few":
            return Finding("reputation", "good", "Too few mails have left lately to tell.")
    return Finding("reputation", "good", "Bounces and complaints are below half of the limits.")


def _sender(seen: Seen, own: Own) -> Finding | None:
    if seen.domain == own.domain:
        return None
    do = f"Functions may send only as {own.domain} (Sender in the stage's file)."
    return Finding("sender", "advice", f"This deployment does not send from {seen.domain}.", do)


def _of_seen(rule: Callable[[Seen], Finding | None]) -> Callable[[Seen, Own], Finding | None]:
    return lambda seen, own: rule(seen)


_RULES: Final[tuple[Callable[[Seen, Own], Finding | None], ...]] = (
    _account,
    _identity,
    _of_seen(authentication.dkim),
    _of_seen(authentication.mail_from),
    _of_seen(authentication.spf),
    _of_seen(authentication.dmarc),
    _tracking,
    _one_click,
    _postal,
    _reputation,
    _suppression,
    _replies,
    _sender,
)
