"""Make, list and revoke the keys of a deployment.

`python -m infra.api_keys create --stage dev --kind write --label shop`

Uses ordinary AWS credentials; against the local cloud set AWS_ENDPOINT_URL. A key is printed once and kept nowhere.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import Final

from chalicelib import api, times
from chalicelib.aws import clients
from chalicelib.aws.database import Database
from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.tracking.keys import EVERYTHING, TRACK, KeyKind
from chalicelib.tracking.store import KeyStore
from infra import stages

KINDS: Final = {"write": KeyKind.PUBLIC, "secret": KeyKind.SECRET}


def make_key(db: Database, kind: str, label: str, scopes: Iterable[str] = (EVERYTHING,)) -> str:
    """A new `write` or `secret` key, stored by its hash. Scopes are a secret key's; a write key may only track."""
    made = KINDS[kind]
    granted = scopes if made is KeyKind.SECRET else (TRACK,)
    return KeyStore(db).create(made, label, granted, times.utcnow())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    asked = _parser().parse_args(arguments)
    db = _database(asked.stage)
    if asked.command == "create":
        print(make_key(db, asked.kind, asked.label, asked.scope or (EVERYTHING,)))
        return 0
    if asked.command == "list":
        for key in KeyStore(db).all():
            scopes = " ".join(sorted(key.scopes))
            print(f"{key.prefix}…  {key.kind}  {times.text(key.created_at)}  {key.label}  [{scopes}]  {key.id[:12]}")
        return 0
    return _revoke(KeyStore(db), asked.id)


def _revoke(store: KeyStore, beginning: str) -> int:
    found = [key for key in store.all() if key.id.startswith(beginning)]
    if len(found) != 1:
        print(f"{len(found)} keys have an id that begins with {beginning}", file=sys.stderr)
        return 1
    store.revoke(found[0].id)
    print(f"{found[0].prefix}… ({found[0].label}) is refused within a minute")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.api_keys", description="The keys of a deployment.")
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create", help="make a key and print it, once")
    create.add_argument("--kind", choices=sorted(KINDS), required=True)
    create.add_argument("--label", required=True, help="what it is for, for people")
    create.add_argument("--scope", action="append", choices=sorted(_scopes()), help="of a secret key; default: all")
    commands.add_parser("list", help="show what is known of each key")
    revoke = commands.add_parser("revoke", help="refuse a key from now on")
    revoke.add_argument("id", help="the key's id as `list` shows it, or its beginning")
    for command in commands.choices.values():
        command.add_argument("--stage", required=True)
    return parser


def _scopes() -> set[str]:
    """Every scope that some endpoint asks for."""
    return {TRACK, *(endpoint.scope for endpoint in api.endpoints() if endpoint.scope)}


def _database(stage: str) -> Database:
    return DynamoDatabase(clients.client("dynamodb"), stages.table_names(stage))


if __name__ == "__main__":
    sys.exit(main())
