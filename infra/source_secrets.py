"""Put and forget the secrets that webhook sources sign with, and count them; nothing ever shows one.

    make source-secret STAGE=prod ARGS="put shopify"      asks for the secret, or reads it from standard input
    make source-secret STAGE=prod ARGS="forget shopify"   the one before the newest is no longer good
    make source-secret STAGE=prod ARGS="count shopify"

The newest is tried first and the one before it stays good, so that a shop can be turned to a new one without a gap.
`PUT /v1/sources/{name}/secret` does the same. Uses ordinary AWS credentials; AWS_ENDPOINT_URL leads to a local cloud.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable, Sequence

from chalicelib.aws.secrets import LIVE, Secrets, SsmSecrets
from chalicelib.tracking import setup
from infra.aws import Stopped, account, explained


def put(secrets: Secrets, source: str, secret: str) -> int:
    """Put a secret before the one that is live; returns how many are live then. Stopped if there is none to put."""
    if len(secret) < 8:
        raise Stopped("That is too short for a secret: copy it as the shop shows it.")
    known = secrets.of_source(source)
    kept = known if secret in known[:1] else (secret, *(one for one in known if one != secret))
    secrets.keep_source(source, kept[:LIVE])
    return len(kept[:LIVE])


def forget(secrets: Secrets, source: str) -> int:
    """Keep the newest alone; returns how many are live then."""
    known = secrets.of_source(source)
    if len(known) > 1:
        secrets.keep_source(source, known[:1])
    return len(known[:1])


def main(arguments: Sequence[str] | None = None, ask: Callable[[], str] | None = None) -> int:
    """Run the command; returns its exit status."""
    asked = _parser().parse_args(arguments)
    try:
        if not setup.is_name(asked.source):
            raise Stopped(f"No source can be called {asked.source!r}.")
        stage = f"/perennial/{asked.stage}"
        with explained():
            secrets = SsmSecrets(account().client("ssm"), f"{stage}/secrets", f"{stage}/public-url")
            live = _run(secrets, asked.command, asked.source, ask or _asked)
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        return 1
    print(f"{asked.source}: {live} of {LIVE} secrets live; containers that run know within five minutes.")
    return 0


def _run(secrets: Secrets, command: str, source: str, ask: Callable[[], str]) -> int:
    if command == "put":
        return put(secrets, source, ask().strip())
    return forget(secrets, source) if command == "forget" else len(secrets.of_source(source))


def _asked() -> str:
    """Typed without an echo, or piped: never an argument, which everybody on the machine and the history would see."""
    return getpass.getpass("The secret, as the shop shows it: ") if sys.stdin.isatty() else sys.stdin.readline()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.source_secrets", description="Secrets of webhook sources.")
    parser.add_argument("--stage", required=True)
    parser.add_argument("command", choices=("put", "forget", "count"))
    parser.add_argument("source", help="its name, the last part of the address that it posts to")
    return parser


if __name__ == "__main__":
    sys.exit(main())
