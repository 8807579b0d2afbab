"""Whether mails prove whose they are: DKIM, MAIL FROM, SPF, DMARC and its alignment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from chalicelib.messages.deliverability import records
from chalicelib.messages.deliverability.finding import SOONER, Finding, aligned
from chalicelib.messages.deliverability.records import DMARC, SES, SPF, Record, plain
from chalicelib.messages.deliverability.seen import Seen


def dkim(seen: Seen) -> Finding | None:
    """Whether SES signs the domain's mails with keys that are found. None: SES does not know it, or did not answer."""
    if not seen.identity:
        return None
    told = seen.identity.get("DkimAttributes") or {}
    status = str(told.get("Status") or "NOT_STARTED")
    wanted = records.dkim(seen.domain, seen.tokens, seen.signing_zone or records.SIGNING_ZONE)
    missing = tuple(each for each in wanted if _there(seen, each) is False)
    if told.get("SigningEnabled") is False:
        return Finding("dkim", "bad", "SES does not sign mails of this domain.", "Turn DKIM on for it in SES.")
    if status != "SUCCESS" or missing:
        found = f"SES: {status}; {len(wanted) - len(missing)} of {len(wanted)} records are seen."
        return Finding("dkim", "bad", found, "Publish these records.", missing or tuple(wanted))
    if "1024" in str(told.get("CurrentSigningKeyLength") or ""):
        do = "Let SES sign with keys of 2048 bits (Easy DKIM, next signing key length)."
        return Finding("dkim", "advice", "Mails are signed with a key of 1024 bits.", do)
    return Finding("dkim", "good", f"Mails are signed as {seen.domain}, which is what they say they are from: aligned.")


def mail_from(seen: Seen) -> Finding | None:
    """Where bounces go, and whether SPF is aligned by it. None: SES does not know the domain, or did not answer."""
    if not seen.identity:
        return None
    domain = seen.mail_from
    if domain is None:
        do = "Set a MAIL FROM domain below yours (`make dns` does): then SPF is aligned, and DMARC stands on two feet."
        wanted = (records.bounces(f"mail.{seen.domain}", seen.region), records.spf(f"mail.{seen.domain}"))
        return Finding("mail_from", "advice", "Bounces go to SES's own domain, so SPF is not aligned.", do, wanted)
    status = str((seen.identity.get("MailFromAttributes") or {}).get("MailFromDomainStatus") or "PENDING")
    wanted_mx, there = records.bounces(domain, seen.region), seen.said(domain, "MX")
    if there is None:
        return Finding("mail_from", "unknown", f"No name server answered for {domain}.", SOONER)
    if plain(wanted_mx.value) not in map(plain, there) or status not in ("SUCCESS", "PENDING"):
        found = f"{domain} has no MX record for SES (SES: {status})."
        return Finding("mail_from", "bad", found, "Publish this record.", (wanted_mx,))
    if status == "PENDING":
        return Finding(
            "mail_from", "advice", f"SES has not seen the MX record of {domain} yet.", "Wait; it looks itself."
        )
    if not aligned(domain, seen):
        do = "Choose a MAIL FROM domain below the domain of the sender."
        return Finding("mail_from", "advice", f"{domain} is not below the sender's domain: SPF is not aligned.", do)
    return Finding("mail_from", "good", f"Bounces go to {domain}, which is aligned.")


def spf(seen: Seen) -> Finding | None:
    """Whether the MAIL FROM domain lets SES send. None: it is SES's own."""
    domain = seen.mail_from
    if domain is None:
        return None
    said, wanted = seen.said(domain, "TXT"), (records.spf(domain),)
    if said is None:
        return Finding("spf", "unknown", f"No name server answered for {domain}.", SOONER)
    policies = [text.strip() for text in said if text.strip().lower().split(" ")[0] == SPF]
    if not policies:
        return Finding("spf", "bad", f"{domain} has no SPF record.", "Publish this record.", wanted)
    if len(policies) > 1:
        do = "Make one of them: two are an error, as if there were none (RFC 7208, 4.5)."
        return Finding("spf", "bad", f"{domain} has {len(policies)} SPF records.", do)
    terms = policies[0].lower().split()[1:]
    if SES not in terms and "+" + SES not in terms:
        return Finding("spf", "bad", f"{policies[0]!r} does not let SES send.", f"Put {SES} into it.", wanted)
    if any(term in ("all", "+all", "?all") for term in terms):
        return Finding("spf", "bad", f"{policies[0]!r} lets everybody send.", "End it with ~all or -all.", wanted)
    asking = sum(term.lstrip("+-~?").split(":")[0].split("/")[0].split("=")[0] in _ASKING for term in terms)
    if asking > _MOST_ASKED:
        do = "Leave out whom you do not send with: above ten look-ups it is an error (RFC 7208, 4.6.4)."
        return Finding("spf", "bad", f"{domain}'s SPF record asks {asking} look-ups.", do)
    return Finding("spf", "good", f"{domain} lets SES send.")


_ASKING: Final = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
_MOST_ASKED: Final = 10


def dmarc(seen: Seen) -> Finding:
    """What is to become of mails that prove nothing, by the policy of the domain or of one above it."""
    asked = seen.said(f"_dmarc.{seen.policy_at or seen.domain}", "TXT")
    if asked is None:
        return Finding("dmarc", "unknown", "No name server answered for the policy.", SOONER)
    policies = [text for text in asked if text.strip().lower().startswith(DMARC.lower())]
    if not policies:
        do = "Publish this record: Gmail, Yahoo and Microsoft ask for one of whoever sends much."
        return Finding("dmarc", "bad", "There is no DMARC policy.", do, (records.dmarc(seen.domain),))
    if len(policies) > 1:
        return Finding(
            "dmarc", "bad", "There are several DMARC policies, which is as if there were none.", "Leave one."
        )
    tags = tagged(policies[0])
    policy = tags.get("p", "") if seen.policy_at == seen.domain else tags.get("sp", tags.get("p", ""))
    if policy not in ("none", "quarantine", "reject"):
        do = "Give it p=none, p=quarantine or p=reject."
        return Finding("dmarc", "bad", f"{policies[0]!r} says no policy that is known.", do)
    if not _dmarc_passes(seen, tags):
        do = "Sign as the domain itself, or let it be relaxed (adkim=r; aspf=r)."
        return Finding("dmarc", "bad", f"{policies[0]!r} asks more than mails of this domain show.", do)
    if "rua" not in tags:
        do = "Add rua=mailto:... : reports say who sends in your name, and whether yours arrive as yours."
        return Finding("dmarc", "advice", f"The policy is {policy}, and nobody gets its reports.", do)
    if policy == "none":
        do = "When two weeks of reports show only mails of yours, go on to p=quarantine, then to p=reject."
        return Finding("dmarc", "advice", "The policy is none: whoever mails in your name is let through.", do)
    return Finding("dmarc", "good", f"The policy is {policy}, and reports go to {tags['rua']}.")


def tagged(policy: str) -> dict[str, str]:
    """The tags of a DMARC record, in lower case."""
    pairs = (part.partition("=") for part in policy.split(";"))
    return {name.strip().lower(): value.strip().lower() for name, _, value in pairs if name.strip()}


def _dmarc_passes(seen: Seen, tags: Mapping[str, str]) -> bool:
    """Whether mails pass by one of the two: signed as the domain, which SES does for a verified domain; or sent with an
    aligned MAIL FROM, exactly the same one where the policy is strict."""
    signed = bool(seen.identity) and ((seen.identity or {}).get("DkimAttributes") or {}).get("Status") == "SUCCESS"
    strict = tags.get("aspf") == "s"
    sent = seen.mail_from is not None and (seen.mail_from == seen.domain if strict else aligned(seen.mail_from, seen))
    return seen.identity is None or signed or sent


def _there(seen: Seen, record: Record) -> bool | None:
    said = seen.said(record.name.lower(), record.kind)
    return None if said is None else plain(record.value) in map(plain, said)
