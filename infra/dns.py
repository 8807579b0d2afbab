"""`make dns STAGE=dev`: print the DNS records to paste, and say which of them the world sees already.

    python -m infra.dns --stage prod print      # asks SES for the domain's keys if it has none yet
    python -m infra.dns --stage prod check      # exit status 1 while something is missing

The domain is the sender's unless --domain says otherwise; the endpoint's and tracking names are the stage's.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import dns.exception
import dns.resolver
from botocore.exceptions import ClientError

from chalicelib.messages.deliverability.records import SIGNING_ZONE
from infra import records, stages
from infra.aws import Account, Stopped, account, code, explained
from infra.package import declared_parameters
from infra.records import Record
from infra.report import Report, terminal

SECONDS: Final = 5.0


def wanted(target: Account, parameters: Mapping[str, str], domain: str, report: Report) -> list[Record]:
    """Every record of a stage: the mail's, then the endpoint's and the tracking name's if it has them."""
    found = _identity(target, domain, report)
    keys = found["DkimAttributes"]
    zone = keys.get("SigningHostedZone", SIGNING_ZONE)
    mail_from = found.get("MailFromAttributes", {}).get("MailFromDomain") or f"mail.{domain}"
    listed = records.mail(domain, target.region, keys.get("Tokens", []), zone, mail_from)
    if parameters["ApiDomain"]:
        listed += _endpoint(target, parameters, report)
    if parameters["TrackingDomain"]:
        listed.append(records.tracking(parameters["TrackingDomain"], target.region))
    return listed


def ses_view(target: Account, domain: str) -> str:
    """How far SES itself is: it looks by itself, and may take a day."""
    found = target.client("sesv2").get_email_identity(EmailIdentity=domain)
    dkim = found["DkimAttributes"].get("Status", "UNKNOWN")
    mail_from = found.get("MailFromAttributes", {}).get("MailFromDomainStatus", "NOT SET")
    sending = "may send" if found["VerifiedForSendingStatus"] else "may not send yet"
    return f"SES: {domain} {sending}; DKIM {dkim}, MAIL FROM {mail_from}"


def resolve(name: str, kind: str) -> Sequence[str]:
    """Ask this machine's resolver; no answer is an empty list."""
    try:
        return [answer.to_text() for answer in dns.resolver.resolve(name, kind, lifetime=SECONDS)]
    except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
        return []
    except dns.exception.DNSException as error:
        raise Stopped(f"No resolver answered for {name} {kind}: {error}") from error


def _identity(target: Account, domain: str, report: Report) -> dict[str, Any]:
    """The domain as SES knows it; made known to SES if it is not."""
    ses = target.client("sesv2")
    try:
        found: dict[str, Any] = ses.get_email_identity(EmailIdentity=domain)
    except ClientError as error:
        if code(error) != "NotFoundException":
            raise
        ses.create_email_identity(EmailIdentity=domain)
        report.say(f"SES did not know {domain}: asked for its keys.")
        found = ses.get_email_identity(EmailIdentity=domain)
    if not found.get("MailFromAttributes", {}).get("MailFromDomain"):
        ses.put_email_identity_mail_from_attributes(
            EmailIdentity=domain, MailFromDomain=f"mail.{domain}", BehaviorOnMxFailure="USE_DEFAULT_VALUE"
        )
    return found


def _endpoint(target: Account, parameters: Mapping[str, str], report: Report) -> list[Record]:
    """The endpoint's records; its target is known once it is deployed, its certificate's proof before."""
    listed = []
    if parameters["ApiCertificateArn"]:
        listed += _certificate(target, parameters["ApiCertificateArn"])
    try:
        domain = target.client("apigateway").get_domain_name(domainName=parameters["ApiDomain"])
        listed.append(records.api(parameters["ApiDomain"], domain["regionalDomainName"]))
    except ClientError as error:
        if code(error) != "NotFoundException":
            raise
        report.say(f"{parameters['ApiDomain']} has no target yet: deploy, then run this again.")
    return listed


def _certificate(target: Account, arn: str) -> list[Record]:
    options = target.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    proofs = [option["ResourceRecord"] for option in options if "ResourceRecord" in option]
    return [records.certificate(proof["Name"], proof["Value"]) for proof in proofs]


def _report_check(listed: Sequence[Record], report: Report) -> bool:
    findings = records.check(listed, resolve)
    for finding in findings:
        record = finding.record
        report.say(f"  {'ok     ' if finding.right else 'MISSING'} {record.kind:<5} {record.name}")
        if not finding.right:
            report.say(f"          expected {record.value}; found {', '.join(finding.found) or 'nothing'}")
    return all(finding.right for finding in findings)


def main(arguments: list[str] | None = None) -> int:
    """The command; without `print` or `check` it does both."""
    parser = argparse.ArgumentParser(prog="python -m infra.dns", description="DNS records to paste, and to verify.")
    parser.add_argument("do", nargs="?", choices=("print", "check", "both"), default="both")
    parser.add_argument("--stage", default="dev")
    parser.add_argument("--domain", help="the domain that sends; the sender's unless given")
    parser.add_argument("--region")
    parser.add_argument("--profile")
    options, report = parser.parse_args(arguments), terminal()
    try:
        parameters = stages.parameters(options.stage, declared_parameters())
        domain = options.domain or parameters["SenderAddress"].split("@")[1]
        with explained():
            target = account(options.profile, options.region)
            listed = wanted(target, parameters, domain, report)
            if options.do != "check":
                report.say("\n".join(["", *records.zone_lines(listed), ""]))
            if options.do == "print":
                return 0
            complete = _report_check(listed, report)
            report.say(ses_view(target, domain))
    except Stopped as stop:
        print(stop, file=sys.stderr)
        return 1
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
