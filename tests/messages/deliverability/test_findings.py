"""What is said of a domain: each thing that may be wrong with it, with what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.messages.deliverability.authentication import tagged
from chalicelib.messages.deliverability.finding import Finding
from chalicelib.messages.deliverability.findings import Own, findings
from chalicelib.messages.deliverability.seen import Seen, above, look
from chalicelib.messages.deliverability.warm_up import plan
from tests.fakes.account import MemoryAccount
from tests.fakes.names import MemoryNames

DOMAIN = "shop.example"
IDENTITY = {
    "VerifiedForSendingStatus": True,
    "VerificationStatus": "SUCCESS",
    "DkimAttributes": {
        "SigningEnabled": True,
        "Status": "SUCCESS",
        "Tokens": ["aaa", "bbb"],
        "CurrentSigningKeyLength": "RSA_2048_BIT",
    },
    "MailFromAttributes": {"MailFromDomain": "mail.shop.example", "MailFromDomainStatus": "SUCCESS"},
}
SET = {
    "TrackingOptions": {"CustomRedirectDomain": "go.shop.example"},
    "SuppressionOptions": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
}
NAMES: dict[tuple[str, str], tuple[str, ...]] = {
    ("aaa._domainkey.shop.example", "CNAME"): ("aaa.dkim.amazonses.com.",),
    ("bbb._domainkey.shop.example", "CNAME"): ("bbb.dkim.amazonses.com.",),
    ("mail.shop.example", "MX"): ("10 feedback-smtp.eu-west-1.amazonses.com.",),
    ("mail.shop.example", "TXT"): ("v=spf1 include:amazonses.com ~all",),
    ("_dmarc.shop.example", "TXT"): ("v=DMARC1; p=quarantine; rua=mailto:d@shop.example",),
    ("go.shop.example", "CNAME"): ("r.eu-west-1.awstrack.me.",),
    ("shop.example", "MX"): ("10 mx.shop.example.",),
}
HEADERS = {
    "List-Unsubscribe": "<https://in.shop.example/u/token>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}
OWN = Own(DOMAIN, "1 High Street, Bath", HEADERS, "good")


def ses(**changes: Any) -> MemoryAccount:
    return MemoryAccount(identities={DOMAIN: {**IDENTITY, **changes}}, sets={"perennial": SET})


def found(
    account: MemoryAccount | None = None, names: dict[tuple[str, str], tuple[str, ...]] | None = None, own: Own = OWN
) -> dict[str, Finding]:
    seen = look(DOMAIN, "perennial", account or ses(), MemoryNames({**NAMES, **(names or {})}))
    return {each.check: each for each in findings(seen, own)}


def test_where_everything_is_right_there_is_nothing_to_do() -> None:
    made = found()
    assert {(check, each.result, each.do) for check, each in made.items()} == {(check, "good", None) for check in made}
    assert set(made) == {
        "account", "identity", "dkim", "mail_from", "spf", "dmarc", "tracking_domain", "one_click", "postal_address",
        "reputation", "suppression", "replies",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("names", "check", "result", "says"),
    [
        ({("aaa._domainkey.shop.example", "CNAME"): ()}, "dkim", "bad", "1 of 2 records"),
        ({("mail.shop.example", "MX"): ("10 mx.elsewhere.example.",)}, "mail_from", "bad", "no MX record for SES"),
        ({("mail.shop.example", "TXT"): ()}, "spf", "bad", "has no SPF record"),
        ({("mail.shop.example", "TXT"): ("v=spf1 -all", "v=spf1 ~all")}, "spf", "bad", "has 2 SPF records"),
        ({("mail.shop.example", "TXT"): ("v=spf1 mx -all",)}, "spf", "bad", "does not let SES send"),
        ({("mail.shop.example", "TXT"): ("v=spf1 include:amazonses.com +all",)}, "spf", "bad", "lets everybody send"),
        (
            {("mail.shop.example", "TXT"): (f"v=spf1 include:amazonses.com{' a:x.example' * 10} -all",)},
            "spf",
            "bad",
            "asks 11 look-ups",
        ),
        ({("mail.shop.example", "TXT"): ("V=SPF1 INCLUDE:amazonses.com -all", "token=1")}, "spf", "good", "lets SES"),
        ({("_dmarc.shop.example", "TXT"): ()}, "dmarc", "bad", "There is no DMARC policy"),
        ({("_dmarc.shop.example", "TXT"): ("v=DMARC1; p=none", "v=DMARC1; p=none")}, "dmarc", "bad", "several"),
        ({("_dmarc.shop.example", "TXT"): ("v=DMARC1; p=maybe",)}, "dmarc", "bad", "no policy that is known"),
        ({("_dmarc.shop.example", "TXT"): ("v=DMARC1; p=none; rua=mailto:a@b.example",)}, "dmarc", "advice", "none"),
        ({("_dmarc.shop.example", "TXT"): ("v=DMARC1;p=reject",)}, "dmarc", "advice", "nobody gets its reports"),
        (
            {("_dmarc.shop.example", "TXT"): ("v=DMARC1; p=reject; rua=mailto:a@b.example; aspf=s",)},
            "dmarc",
            "good",
            "reject",
        ),
        ({("go.shop.example", "CNAME"): ()}, "tracking_domain", "bad", "is not there"),
        ({("go.shop.example", "CNAME"): ("d1.cloudfront.net.",)}, "tracking_domain", "advice", "leads to d1."),
        ({("shop.example", "MX"): ()}, "replies", "advice", "Nobody gets what is answered"),
    ],
)
def test_what_name_servers_say(
    names: dict[tuple[str, str], tuple[str, ...]], check: str, result: str, says: str
) -> None:
    finding = found(names=names)[check]
    assert (finding.result, says in finding.found) == (result, True), finding
    assert (finding.do is None) is (result == "good")


@pytest.mark.parametrize(
    ("account", "check", "result", "says"),
    [
        (MemoryAccount(), "identity", "bad", "SES does not know shop.example in eu-west-1"),
        (ses(VerifiedForSendingStatus=False, VerificationStatus="PENDING"), "identity", "bad", "PENDING"),
        (ses(DkimAttributes={"SigningEnabled": False}), "dkim", "bad", "does not sign"),
        (ses(DkimAttributes={"Status": "PENDING", "Tokens": ["aaa"]}), "dkim", "bad", "SES: PENDING"),
        (
            ses(DkimAttributes={"Status": "SUCCESS", "CurrentSigningKeyLength": "RSA_1024_BIT"}),
            "dkim",
            "advice",
            "1024 bits",
        ),
        (ses(MailFromAttributes={}), "mail_from", "advice", "SPF is not aligned"),
        (
            ses(MailFromAttributes={"MailFromDomain": "mail.shop.example", "MailFromDomainStatus": "FAILED"}),
            "mail_from",
            "bad",
            "FAILED",
        ),
        (replace(ses(), said={"ProductionAccessEnabled": False}), "account", "bad", "sandbox"),
        (replace(ses(), said={"SendingEnabled": False}), "account", "bad", "paused"),
        (replace(ses(), said={"EnforcementStatus": "PROBATION"}), "account", "bad", "PROBATION"),
        (replace(ses(), sets={"perennial": {}}), "tracking_domain", "advice", "awstrack.me"),
        (
            replace(ses(), said={"SuppressionAttributes": {"SuppressedReasons": ["BOUNCE"]}}, sets={"perennial": {}}),
            "suppression",
            "advice",
            "does not remember",
        ),
    ],
)
def test_what_ses_says(account: MemoryAccount, check: str, result: str, says: str) -> None:
    finding = found(account)[check]
    assert (finding.result, says in finding.found) == (result, True), finding
    assert finding.do


@pytest.mark.parametrize(
    ("own", "check", "result"),
    [
        (replace(OWN, headers={}), "one_click", "bad"),
        (replace(OWN, headers={"List-Unsubscribe": "<http://in.shop.example/u/t>"}), "one_click", "bad"),
        (replace(OWN, headers={"List-Unsubscribe": "<https://in.shop.example/u/t>"}), "one_click", "bad"),
        (replace(OWN, postal_address=" "), "postal_address", "bad"),
        (replace(OWN, standing="paused"), "reputation", "bad"),
        (replace(OWN, standing="bad"), "reputation", "bad"),
        (replace(OWN, standing="watch"), "reputation", "advice"),
        (replace(OWN, standing="too_few"), "reputation", "good"),
        (replace(OWN, domain="other.example"), "sender", "advice"),
    ],
)
def test_what_the_deployment_itself_does(own: Own, check: str, result: str) -> None:
    assert found(own=own)[check].result == result


def test_what_does_not_answer_is_unknown_and_no_fault() -> None:
    silent = frozenset({"mail.shop.example", "_dmarc.shop.example", "go.shop.example", "shop.example"})
    seen = look(DOMAIN, "perennial", ses(), MemoryNames(NAMES, silent))
    unknown = {each.check for each in findings(seen, OWN) if each.result == "unknown"}
    assert unknown == {"mail_from", "spf", "dmarc", "tracking_domain", "replies"}
    seen = look(DOMAIN, "perennial", MemoryAccount(silent=True), MemoryNames(NAMES))
    unknown = {each.check for each in findings(seen, OWN) if each.result == "unknown"}
    assert unknown == {"account", "identity", "tracking_domain"}


def test_the_worst_comes_first() -> None:
    made = found(replace(ses(), said={"ProductionAccessEnabled": False}), {("shop.example", "MX"): ()})
    assert [each.result for each in made.values()] == ["bad", "advice", *["good"] * 10]


def test_a_policy_above_holds_for_a_domain_below_and_says_how_far_the_organisation_reaches() -> None:
    below = MemoryAccount(identities={"news.shop.example": IDENTITY}, sets={"perennial": SET})
    policy = {("_dmarc.shop.example", "TXT"): ("v=DMARC1; p=reject; sp=none; rua=mailto:d@shop.example",)}
    seen = look("news.shop.example", "perennial", below, MemoryNames({**NAMES, **policy}))
    made = {each.check: each for each in findings(seen, replace(OWN, domain="news.shop.example"))}
    assert seen.policy_at == "shop.example"
    assert (made["dmarc"].result, "none" in made["dmarc"].found) == ("advice", True)
    assert made["mail_from"].result == "good"
    assert above("a.b.c.d.shop.example") == ["b.c.d.shop.example", "c.d.shop.example", "d.shop.example", "shop.example"]


def test_mails_that_neither_are_signed_nor_come_from_below_the_domain_do_not_pass() -> None:
    unsigned = ses(DkimAttributes={"Status": "FAILED"}, MailFromAttributes={"MailFromDomain": "mail.other.example"})
    assert found(unsigned)["dmarc"].result == "bad"


def test_tags_of_a_policy() -> None:
    assert tagged("v=DMARC1; P=None ;; rua = mailto:A@b.example;") == {
        "v": "dmarc1",
        "p": "none",
        "rua": "mailto:a@b.example",
    }


@pytest.mark.parametrize(
    ("best_day", "quota", "days"),
    [
        (0, 1_000.0, [200, 320, 510, 810, 1000]),
        (500, 3_000.0, [800, 1200, 1900, 3000]),
        (5_000, 50_000.0, []),
        (250, 200.0, []),
        (0, 200.0, [200]),
    ],
)
def test_a_new_domain_begins_with_little(best_day: int, quota: float, days: list[int]) -> None:
    assert plan(best_day, quota) == days


def test_without_a_quota_the_plan_still_ends() -> None:
    assert len(plan(0, None)) == 15
    assert plan(0, -1)[-1] == 100_000  # SES's word for no limit


def test_nothing_is_seen_of_what_was_not_asked() -> None:
    assert Seen(DOMAIN, "eu-west-1").said("x.example", "TXT") is None
