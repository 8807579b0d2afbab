"""Everything that can be seen of a domain, asked side by side: of SES, and of name servers.

What did not answer is None and named in `silent`: no answer is no finding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from chalicelib.aws.account import MailAccount
from chalicelib.aws.dns import Names
from chalicelib.errors import Transient
from chalicelib.messages.deliverability.records import DMARC

AT_ONCE: Final = 8

T = TypeVar("T")


@dataclass(frozen=True)
class Seen:
    """identity, configuration_set, account: as SES answers; an empty mapping for what SES does not know, None where it
    did not answer.   names: by (name, kind) what name servers said; None where none answered.
    policy_at: the domain at which a DMARC policy was found, this one or one above it."""

    domain: str
    region: str
    identity: Mapping[str, Any] | None = None
    configuration_set: Mapping[str, Any] | None = None
    account: Mapping[str, Any] | None = None
    names: Mapping[tuple[str, str], tuple[str, ...] | None] = field(default_factory=dict)
    policy_at: str | None = None

    def said(self, name: str, kind: str) -> tuple[str, ...] | None:
        """What name servers say of a name; None if nobody answered, or was asked."""
        return self.names.get((name.lower(), kind))

    @property
    def mail_from(self) -> str | None:
        """The domain that bounces go to; None if SES's own is used."""
        told = ((self.identity or {}).get("MailFromAttributes") or {}).get("MailFromDomain")
        return str(told).lower() if told else None

    @property
    def tracking(self) -> str | None:
        """The name by which links lead through SES; None if SES's own is used."""
        told = ((self.configuration_set or {}).get("TrackingOptions") or {}).get("CustomRedirectDomain")
        return str(told).lower() if told else None

    @property
    def tokens(self) -> tuple[str, ...]:
        """Of SES's own DKIM keys; none where the keys are the owner's."""
        return tuple(((self.identity or {}).get("DkimAttributes") or {}).get("Tokens") or ())

    @property
    def signing_zone(self) -> str | None:
        """Where SES keeps the keys of this region; None for the usual place."""
        told = ((self.identity or {}).get("DkimAttributes") or {}).get("SigningHostedZone")
        return str(told) if told else None


def look(domain: str, configuration_set: str, account: MailAccount, names: Names) -> Seen:
    """See a domain, the configuration set by which the deployment sends, and the account."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        identity = pool.submit(_asked, lambda: account.identity(domain) or {})
        options = pool.submit(_asked, lambda: account.configuration_set(configuration_set) or {})
        quota = pool.submit(_asked, account.account)
        seen = Seen(domain, account.region, identity.result(), options.result(), quota.result())
        asked = _names(seen)
        answers = pool.map(lambda one: _asked(lambda: names.lookup(*one)), asked)
        said = dict(zip(asked, answers, strict=True))
    found = next((name for name in above(domain) if _policies(said.get((f"_dmarc.{name}", "TXT")))), None)
    return Seen(domain, seen.region, seen.identity, seen.configuration_set, seen.account, said, found)


def above(domain: str) -> list[str]:
    """A domain and those above it that can have a policy: of two labels at least, five at most."""
    labels = domain.lower().split(".")[-5:]
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


def _names(seen: Seen) -> list[tuple[str, str]]:
    asked = [(seen.domain, "MX"), (seen.domain, "TXT"), *((f"_dmarc.{name}", "TXT") for name in above(seen.domain))]
    asked += [(f"{token}._domainkey.{seen.domain}".lower(), "CNAME") for token in seen.tokens]
    if seen.mail_from:
        asked += [(seen.mail_from, "MX"), (seen.mail_from, "TXT")]
    if seen.tracking:
        asked.append((seen.tracking, "CNAME"))
    return list(dict.fromkeys(asked))


def _policies(said: tuple[str, ...] | None) -> bool:
    return any(text.strip().lower().startswith(DMARC.lower()) for text in said or ())


def _asked(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except Transient:
        return None
