"""`make deploy STAGE=dev`: package, upload, show what would change, ask, change it, say where everything is.

The same code deploys to the local cloud: only the account's endpoint differs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from infra import artifacts, changeset, gaps, keys, preflight, stages, tables, template
from infra.aws import Account, Stopped, account, explained
from infra.package import ROOT, PackagingFailed, package, read_template, write_template
from infra.report import Report, confirm, terminal
from infra.stack import Stack

BUSY: Final = "_IN_PROGRESS"
STUCK: Final = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")


@dataclass(frozen=True)
class Options:
    """How to deploy.

    prefix:   begins every name and is the stack's name; `perennial-{stage}` unless given.
    changed:  parameters over those of the stage's file.
    packaged: a template made before, beside its zip; packaged anew, into `out`, unless given.
    agree:    asked before anything changes.
    pause:    seconds between two looks at CloudFormation.
    advise:   say what is missing for mail, links, alarms and load.
    restored: tables that a restore made, short name to whole name; those of the stage's file unless given.
    """

    prefix: str | None = None
    changed: Mapping[str, str] = field(default_factory=dict)
    packaged: Path | None = None
    out: Path = ROOT / "out"
    agree: Callable[[str], bool] = confirm
    pause: float = 3.0
    advise: bool = True
    restored: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Deployment:
    """What stands after a deploy. public_url: base of links and of the API, without a slash at its end."""

    stack: str
    outputs: Mapping[str, str]
    public_url: str
    changed: bool


def deploy(stage: str, target: Account, options: Options, report: Report) -> Deployment:
    """Make or change the stage's stack. Raises Stopped (with advice) and PackagingFailed."""
    number = target.number()
    packaged = options.packaged or package(stage, options.out, echo=report.say)
    content = read_template(packaged)
    parameters = stages.parameters(stage, content["Parameters"], prefix=options.prefix, changed=options.changed)
    restored = stages.restored(stage) if options.restored is None else options.restored
    stack = Stack(target, parameters["Prefix"], pause=options.pause)
    report.say(f"Deploying {stack.name} to account {number}, {target.region}")
    if options.advise:
        preflight.advise(target, parameters, report)
    _clear_the_way(stack, options, report)
    final = template.literal_names(tables.swap(content, restored), parameters["Prefix"])
    if target.endpoint:
        final = gaps.with_literal_numbers(final, parameters)
    url = _upload(target, number, packaged, final, report)
    keys.ensure_secrets(target, stage, report)
    swapped = {tables.logical_id(content, table) for table in restored}
    changed = _change(stack, url, parameters, swapped, options, report)
    outputs = stack.outputs()
    if target.endpoint:
        gaps.complete_api(target, outputs["RestAPIId"], content)
    address = public_url(target, outputs, parameters["ApiDomain"])
    keys.publish(target, stage, address, report)
    return Deployment(stack.name, outputs, address, changed)


def public_url(target: Account, outputs: Mapping[str, str], domain: str) -> str:
    """The base of links: the domain, else the endpoint's own address, which at a local endpoint has another form."""
    if domain:
        return f"https://{domain}"
    if target.endpoint:
        return f"{target.endpoint}/restapis/{outputs['RestAPIId']}/api/_user_request_"
    return outputs["EndpointURL"].rstrip("/")


def _upload(target: Account, number: str, packaged: Path, content: template.Template, report: Report) -> str:
    bucket = artifacts.bucket(target, number)
    key = artifacts.upload(target, bucket, "code", packaged.with_name("deployment.zip"), report)
    final = packaged.with_name("deployed.yaml")
    write_template(artifacts.with_code(content, bucket, key), final)
    return artifacts.address(target, bucket, artifacts.upload(target, bucket, "templates", final, report))


def _clear_the_way(stack: Stack, options: Options, report: Report) -> None:
    """A stack that failed to be made must go before it can be made again; its tables stay and are adopted."""
    status = stack.status()
    if status is None or status == "REVIEW_IN_PROGRESS":
        return
    if status.endswith(BUSY):
        raise Stopped(
            f"{stack.name} is {status}: somebody deploys. Wait for it, or look into CloudFormation's console."
        )
    if status in STUCK:
        if not options.agree(
            f"{stack.name} is {status} and must be deleted before it can be made (tables stay). Delete it?"
        ):
            raise Stopped("Nothing was changed.")
        stack.delete(report)
    elif status == "UPDATE_ROLLBACK_FAILED":
        raise Stopped(
            f"{stack.name} is {status}. Mend the cause, then: "
            f"aws cloudformation continue-update-rollback --stack-name {stack.name}"
        )


def _change(
    stack: Stack, url: str, parameters: Mapping[str, str], swapped: set[str], options: Options, report: Report
) -> bool:
    plan = stack.plan(url, parameters)
    if plan is None:
        report.say("Nothing to change.")
        return False
    report.say("\n".join([f"{len(plan.changes)} changes:", *changeset.lines(plan.changes)]))
    refused = changeset.refusals(plan.changes, swapped=swapped)
    if refused:
        stack.discard(plan)
        raise Stopped("\n".join(["This deploy is refused, nothing was changed:", *refused]))
    if not options.agree("Make these changes?"):
        stack.discard(plan)
        raise Stopped("Nothing was changed.")
    stack.execute(plan, report)
    return True


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description="Deploy a stage by CloudFormation.")
    parser.add_argument("--stage", default="dev", help="infra/stages/{stage}.yaml holds its parameters")
    parser.add_argument("--prefix", help="begins every name, and names the stack (perennial-{stage})")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter, over the stage's file"
    )
    parser.add_argument("--region")
    parser.add_argument("--profile")
    parser.add_argument("--yes", action="store_true", help="do not ask (it still refuses what would lose data)")
    parser.add_argument("--rotate", choices=keys.KINDS, help="first turn this secret; the one before still verifies")
    parser.add_argument("--force", action="store_true", help="turn it although it was turned less than 60 days ago")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    options, report = _parsed(arguments), terminal()
    try:
        with explained():
            target = account(options.profile, options.region)
            if options.rotate:
                keys.rotate(target, options.stage, options.rotate, datetime.now(UTC), force=options.force)
            how = Options(options.prefix, _pairs(options.set), agree=(lambda _: True) if options.yes else confirm)
            deployed = deploy(options.stage, target, how, report)
    except (Stopped, PackagingFailed) as stop:
        print(stop, file=sys.stderr)
        return 1
    for name, value in sorted(deployed.outputs.items()):
        report.say(f"  {name}: {value}")
    report.say(f"{deployed.stack} answers at {deployed.public_url}")
    return 0


def _pairs(given: list[str]) -> dict[str, str]:
    broken = [pair for pair in given if "=" not in pair]
    if broken:
        raise Stopped(f"--set takes NAME=VALUE, not {', '.join(broken)}.")
    return dict(pair.split("=", 1) for pair in given)


if __name__ == "__main__":
    sys.exit(main())
