"""`make uninstall STAGE=dev`: delete the stack and keep the data; a later deploy adopts the tables again."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from infra import changeset
from infra.aws import Account, Stopped, account, explained
from infra.report import Report, confirm, terminal
from infra.stack import Stack


def uninstall(
    stage: str,
    target: Account,
    report: Report,
    *,
    prefix: str | None = None,
    agree: Callable[[str], bool] = confirm,
    pause: float = 3.0,
) -> list[str]:
    """Delete the stage's stack; the names of the tables that stay. Raises Stopped if any table would go with it."""
    stack = Stack(target, prefix or f"perennial-{stage}", pause=pause)
    if stack.status() is None:
        raise Stopped(f"There is no stack {stack.name} in {target.region}.")
    lost = changeset.unprotected_tables(stack.template())
    if lost:
        raise Stopped(f"Refused: {', '.join(lost)} would be deleted with the stack.")
    kept = stack.tables()
    report.say("\n".join([f"Deleting {stack.name}. These tables stay, and cost what they hold:", *_indented(kept)]))
    report.say("Events are refused from now on, and links in mails that were sent (unsubscribing too) stop working.")
    if not agree("Delete the stack?"):
        raise Stopped("Nothing was changed.")
    stack.delete(report)
    return kept


def remains(stage: str, kept: list[str]) -> str:
    """What still stands afterwards, and how it is got rid of: by hand, because nothing of ours deletes data."""
    tables = "\n".join(
        f"  aws dynamodb update-table --table-name {name} --no-deletion-protection-enabled"
        f" && aws dynamodb delete-table --table-name {name}"
        for name in kept
    )
    return (
        f"Deployed again, the stage {stage} finds its data as it was. Still there, besides the tables: the secrets "
        f"/perennial/{stage}/..., the bucket of failed batches and the bucket of deployments.\n"
        f"To delete the data for good:\n{tables}"
    )


def _indented(names: list[str]) -> list[str]:
    return [f"  {name}" for name in names]


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m infra.uninstall", description="Delete the stack, keep the data.")
    parser.add_argument("--stage", default="dev")
    parser.add_argument("--prefix")
    parser.add_argument("--region")
    parser.add_argument("--profile")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options, report = parser.parse_args(arguments), terminal()
    agree = (lambda _: True) if options.yes else confirm
    try:
        with explained():
            target = account(options.profile, options.region)
            kept = uninstall(options.stage, target, report, prefix=options.prefix, agree=agree)
    except Stopped as stop:
        print(stop, file=sys.stderr)
        return 1
    report.say(remains(options.stage, kept))
    return 0


if __name__ == "__main__":
    sys.exit(main())
