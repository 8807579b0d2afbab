"""Carry definitions between a folder and a deployment, and from one deployment to another.

    make definitions ARGS="pull my-shop --stage local"                 the deployment into the folder
    make definitions ARGS="diff my-shop --url https://api.example"     what a push would change; status 1 if anything
    make definitions ARGS="push my-shop --url https://api.example"     the folder into the deployment

The key is read from PERENNIAL_SECRET_KEY, or from .local/cloud.json for the stage `local`. A push puts what differs,
then publishes the journeys that live.json names. It deletes nothing, and says what only the deployment has.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.definitions.diff import plan, shown
from infra.definitions.layout import KINDS, Definitions, Unreadable, from_files, to_files
from infra.definitions.normal import normal
from infra.definitions.remote import Deployment, Refused, put_all
from infra.http import Api

KEY: str = "PERENNIAL_SECRET_KEY"
CLOUD = Path(".local/cloud.json")


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Run the command; returns its exit status."""
    asked = _parser().parse_args(arguments)
    try:
        deployment = Deployment(_api(asked.url, asked.stage, environment), newest=asked.newest)
        if asked.command == "pull":
            return pull(deployment, asked.folder)
        wanted = normal(from_files(read(asked.folder)))
        return difference(deployment, wanted) if asked.command == "diff" else push(deployment, wanted)
    except (Unreadable, Refused, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 2


def pull(deployment: Deployment, folder: Path) -> int:
    """Write the deployment's definitions; files of definitions that it does not have (any more) are removed.

    Unreadable for a folder with anything else in it: nobody's other files are taken for definitions that are gone.
    """
    standing = read(folder)
    from_files(standing)
    files = to_files(deployment.read())
    for path in sorted(standing.keys() - files.keys()):
        (folder / path).unlink()
        print(f"removed {path}")
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    print(f"{len(files)} files in {folder}")
    return 0


def difference(deployment: Deployment, wanted: Definitions) -> int:
    """Print what a push would change; 1 if it would change anything."""
    lines = list(shown(wanted, deployment.read()))
    sys.stdout.writelines(lines)
    return 1 if lines else 0


def push(deployment: Deployment, wanted: Definitions) -> int:
    """Put what differs and publish what shall be live; 1 if the API refused any of it."""
    todo = plan(wanted, deployment.read(), KINDS)
    refused = {str(key): why for key, why in put_all(deployment, wanted, todo.put, print).items()}
    for journey in todo.publish:
        objection = None if f"journeys/{journey}" in refused else deployment.publish(journey)
        if objection is not None:
            refused[f"publish journeys/{journey}"] = objection
        elif f"journeys/{journey}" not in refused:
            print(f"published journeys/{journey}")
    for key in todo.only_there:
        print(f"only in the deployment, and left as it is: {key}")
    for what, why in refused.items():
        print(f"refused {what}: {why}", file=sys.stderr)
    if todo.empty:
        print("Nothing differs.")
    return 1 if refused else 0


def read(folder: Path) -> dict[str, str]:
    """The texts of the folder's files, by path. Hidden ones (git's) and notes (`.md`) are not looked at. Raises
    Unreadable."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and path.suffix != ".md" and not any(part.startswith(".") for part in inside.parts):
            try:
                found[inside.as_posix()] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                raise Unreadable(f"{inside}: this is no text in UTF-8.") from None
    return found


def _api(url: str | None, stage: str | None, environment: Mapping[str, str]) -> Api:
    if stage == "local" and url is None:
        if not CLOUD.exists():
            raise Unreadable("The local cloud is not running: `make up` starts it.")
        cloud = json.loads(CLOUD.read_text(encoding="utf-8"))
        return Api(cloud["endpoint"], cloud["secret_key"])
    if url is None:
        raise Unreadable("Say which deployment: --url with the address of its API, or --stage local.")
    if not environment.get(KEY):
        raise Unreadable(f"Set {KEY} to a secret key of that deployment. It is no argument, which others could see.")
    return Api(url.rstrip("/"), environment[KEY])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.definitions", description="Definitions as files.")
    parser.add_argument("command", choices=("pull", "diff", "push"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", help="the address of the API, without /v1")
    parser.add_argument("--stage", choices=("local",), help="the local cloud, where `make up` has started it")
    parser.add_argument("--newest", action="store_true", help="read newest versions, not those that are in force")
    return parser


if __name__ == "__main__":
    sys.exit(main())
