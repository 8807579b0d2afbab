"""How definitions lie in a folder. Pure.

    journeys/welcome.json
    segments/best-customers.json, audiences/
    coupons/spring.json, referrals/, broadcasts/
    settings/consent.json
    templates/welcome-hello/template.json        what is not words: class, topic, sender
                            subject.liquid       the words, each part a file that an editor knows how to colour
                            mjml.liquid
                            it/subject.liquid    the same in another language
    blocks/footer/block.json, ...
    live.json                                    which journeys are live

What is written is read back as exactly the same definitions. Files that this layout does not know are refused with
their path, so that a misspelt name is not silently left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

KINDS: Final = (
    *("settings", "segments", "audiences", "coupons", "referrals"),
    *("blocks", "templates", "journeys", "broadcasts"),
)
"""In the order in which they are put: whatever comes later may name what comes before."""
WORDED: Final[Mapping[str, str]] = {"templates": "template.json", "blocks": "block.json"}
"""The kinds whose words are files of their own, and the name of the file that holds the rest."""
WORDS: Final = ("subject", "html", "mjml", "text")
LOCALES: Final = "locales"
LIVE: Final = "live.json"

Files = Mapping[str, str]
"""The texts of files, by their paths in the folder."""


class Unreadable(Exception):
    """A file that is no definition; the text says which, and what to do."""


@dataclass(frozen=True, order=True)
class Key:
    """What a definition is called: `kind` is one of KINDS."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True)
class Definitions:
    """The definitions of one deployment, or of one folder. `live`: the names of the journeys that are live."""

    bodies: Mapping[Key, Mapping[str, Any]]
    live: frozenset[str] = frozenset()


def to_files(definitions: Definitions) -> dict[str, str]:
    """The folder of some definitions."""
    files: dict[str, str] = {}
    for key, body in definitions.bodies.items():
        named = {name: value for name, value in body.items() if name != "name"}
        if key.kind in WORDED:
            files |= _worded(f"{key}", WORDED[key.kind], named)
        else:
            files[f"{key}.json"] = _json(named)
    files[LIVE] = _json({"journeys": sorted(definitions.live)})
    return files


def from_files(files: Files) -> Definitions:
    """The definitions of a folder. Raises Unreadable for the first file that is none."""
    bodies: dict[Key, dict[str, Any]] = {}
    for path, text in sorted(files.items()):
        if path == LIVE:
            continue
        parts = PurePosixPath(path).parts
        if len(parts) < 2 or parts[0] not in KINDS:
            raise Unreadable(f"{path}: no kind of definition is kept there. The folders are {', '.join(KINDS)}.")
        if parts[0] in WORDED:
            _read_worded(bodies.setdefault(Key(parts[0], parts[1]), {}), path, parts, text)
        else:
            bodies[_key(path, parts)] = _object(path, text)
    for key in bodies:
        if key.kind in WORDED and f"{key}/{WORDED[key.kind]}" not in files:
            raise Unreadable(f"{key}: there is no {WORDED[key.kind]} beside its words.")
    live = _object(LIVE, files[LIVE]).get("journeys", []) if LIVE in files else []
    return Definitions(bodies, _live(live, bodies))


def _worded(folder: str, rest: str, body: Mapping[str, Any]) -> dict[str, str]:
    files: dict[str, str] = {}
    left = dict(body)
    for part in WORDS:
        if isinstance(left.get(part), str):
            files[f"{folder}/{part}.liquid"] = left.pop(part)
    others: dict[str, Any] = {}
    for locale, own in (left.pop(LOCALES, None) or {}).items():
        words = {part: own[part] for part in WORDS if isinstance(own.get(part), str)}
        files |= {f"{folder}/{locale}/{part}.liquid": text for part, text in words.items()}
        others[locale] = {name: value for name, value in own.items() if name not in words}
    if others:
        left[LOCALES] = others
    files[f"{folder}/{rest}"] = _json(left)
    return files


def _read_worded(body: dict[str, Any], path: str, parts: tuple[str, ...], text: str) -> None:
    file = parts[-1]
    if len(parts) == 3 and file == WORDED[parts[0]]:
        rest = _object(path, text)
        for locale, own in rest.pop(LOCALES, {}).items():
            body.setdefault(LOCALES, {}).setdefault(locale, {}).update(own)
        body.update(rest)
        return
    part = file.removesuffix(".liquid")
    if part not in WORDS or part == file or len(parts) not in (3, 4):
        allowed = ", ".join(f"{word}.liquid" for word in WORDS)
        raise Unreadable(f"{path}: this is not a part of one. Its folder holds {WORDED[parts[0]]} and {allowed}.")
    where = body if len(parts) == 3 else body.setdefault(LOCALES, {}).setdefault(parts[2], {})
    where[part] = text


def _key(path: str, parts: tuple[str, ...]) -> Key:
    if len(parts) != 2 or not parts[1].endswith(".json"):
        raise Unreadable(f"{path}: a definition of {parts[0]} is one file, {parts[0]}/<name>.json.")
    return Key(parts[0], parts[1].removesuffix(".json"))


def _live(names: object, bodies: Iterable[Key]) -> frozenset[str]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Unreadable(f'{LIVE}: write {{"journeys": ["welcome"]}}, the names of the journeys that are live.')
    missing = sorted(set(names) - {key.name for key in bodies if key.kind == "journeys"})
    if missing:
        raise Unreadable(f"{LIVE}: there is no journey {', '.join(missing)} in this folder.")
    return frozenset(names)


def _object(path: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as wrong:
        raise Unreadable(f"{path}: this is no JSON: {wrong}.") from None
    if not isinstance(found, dict):
        raise Unreadable(f"{path}: this is JSON, but no object.")
    return found


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
