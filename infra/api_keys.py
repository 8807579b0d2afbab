"""Make, list and revoke the keys of a deployment, and show again what user hashes are made with.

`python -m infra.api_keys create --stage dev --kind write --label shop`

Uses ordinary AWS credentials; against the local cloud set AWS_ENDPOINT_URL. A key is printed once and kept nowhere.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Final

from chalicelib import times
from chalicelib.api.keys import scopes
from chalicelib.aws import clients
from chalicelib.aws.database import Database
from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.tracking import proof
from chalicelib.tracking.keys import EVERYTHING, TRACK, Key, KeyKind
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
    found = _found(KeyStore(db), asked.id)
    if found is None:
        return 1
    if asked.command == "identity-secret":
        return _show_identity(found, asked.stage)
    KeyStore(db).revoke(found.id)
    print(f"{found.prefix}… ({found.label}) is refused within a minute")
    return 0


def _found(store: KeyStore, beginning: str) -> Key | None:
    found = [key for key in store.all() if key.id.startswith(beginning)]
    if len(found) == 1:
        return found[0]
    print(f"{len(found)} keys have an id that begins with {beginning}", file=sys.stderr)
    return None


def _show_identity(key: Key, stage: str) -> int:
    if not key.public:
        print("a secret key needs no user hashes: what it says is trusted", file=sys.stderr)
        return 1
    parameter = clients.client("ssm").get_parameter(Name=f"/perennial/{stage}/secrets", WithDecryption=True)
    masters = json.loads(parameter["Parameter"]["Value"])[proof.PURPOSE]
    print(proof.identity_secret(masters[0], key.family))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.api_keys", description="The keys of a deployment.")
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create", help="make a key and print it, once")
    create.add_argument("--kind", choices=sorted(KINDS), required=True)
    create.add_argument("--label", required=True, help="what it is for, for people")
    create.add_argument("--scope", action="append", choices=sorted(scopes()), help="of a secret key; default: all")
    commands.add_parser("list", help="show what is known of each key")
    revoke = commands.add_parser("revoke", help="refuse a key from now on")
    identity = commands.add_parser("identity-secret", help="show what user hashes are made with, for a public key")
    for command in (revoke, identity):
        command.add_argument("id", help="the key's id as `list` shows it, or its beginning")
    for command in commands.choices.values():
        command.add_argument("--stage", required=True)
    return parser


def _database(stage: str) -> Database:
    return DynamoDatabase(clients.client("dynamodb"), stages.table_names(stage))


if __name__ == "__main__":
    sys.exit(main())
