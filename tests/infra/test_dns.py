"""DNS records: what is printed, and what counts as there."""

from __future__ import annotations

from chalicelib.messages.deliverability.records import SIGNING_ZONE
from infra import dns, records, stages
from infra.package import declared_parameters
from infra.report import Report
from tests.infra.fakes import SmallAccount

MAIL = records.mail("shop.example", "eu-west-1", ["aaa", "bbb"], "dkim.amazonses.com", "mail.shop.example")
WORLD = {
    ("aaa._domainkey.shop.example", "CNAME"): ["aaa.dkim.amazonses.com."],
    ("mail.shop.example", "MX"): ["10 feedback-smtp.eu-west-1.amazonses.com."],
    ("mail.shop.example", "TXT"): ['"v=spf1 include:amazonses.com include:other.example -all"'],
    ("_dmarc.shop.example", "TXT"): ['"v=DMARC1; p=quarantine; rua=mailto:d@shop.example"'],
}


def test_mail_needs_dkim_mail_from_spf_and_dmarc() -> None:
    assert [(record.name, record.kind) for record in MAIL] == [
        ("aaa._domainkey.shop.example", "CNAME"),
        ("bbb._domainkey.shop.example", "CNAME"),
        ("mail.shop.example", "MX"),
        ("mail.shop.example", "TXT"),
        ("_dmarc.shop.example", "TXT"),
    ]


def test_a_check_compares_what_matters_and_shows_what_it_found() -> None:
    findings = records.check(MAIL, lambda name, kind: WORLD.get((name, kind), []))
    assert [finding.right for finding in findings] == [True, False, True, True, True]
    wrong = records.check(MAIL[:1], lambda name, kind: ["elsewhere.example."])
    assert (wrong[0].right, wrong[0].found) == (False, ("elsewhere.example.",))


def test_lines_are_ready_to_paste() -> None:
    lines = records.zone_lines(MAIL)
    assert lines[0].split()[:3] == ["aaa._domainkey.shop.example", "CNAME", "aaa.dkim.amazonses.com"]
    assert '"v=spf1 include:amazonses.com ~all"' in lines[3]
    assert all("; " in line for line in lines)


def test_the_endpoints_and_tracking_names_have_records() -> None:
    assert records.api("api.shop.example", "d-x.execute-api.example").value == "d-x.execute-api.example"
    assert records.tracking("go.shop.example", "eu-west-1").value == "r.eu-west-1.awstrack.me"
    assert records.certificate("_x.api.shop.example.", "_y.acm-validations.aws.").value == "_y.acm-validations.aws"


def test_ses_is_asked_for_a_new_domains_keys_once() -> None:
    said: list[str] = []
    parameters = stages.parameters("dev", declared_parameters(), changed={"TrackingDomain": "go.shop.example"})
    account = SmallAccount()
    listed = dns.wanted(account, parameters, "shop.example", Report(say=said.append))
    assert dns.wanted(account, parameters, "shop.example", Report(say=said.append))[:-1] == [
        *records.mail("shop.example", "eu-west-1", ["aaa", "bbb", "ccc"], SIGNING_ZONE, "mail.shop.example")
    ]
    assert said == ["SES did not know shop.example: asked for its keys."]
    assert listed[-1].name == "go.shop.example"
    assert (
        dns.ses_view(account, "shop.example") == "SES: shop.example may not send yet; DKIM PENDING, MAIL FROM PENDING"
    )
