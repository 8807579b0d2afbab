"""What is said about a definition beside its content: which versions there are and which one is in force. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chalicelib import ids, resources, times


@dataclass(frozen=True)
class Pointer:
    """The state of one definition, the one thing about it that changes.

    title:   what the newest version is called, for lists.
    latest:  the newest version, 1 for the first.
    version: the version in force: published for a journey, the newest for a template; None if none ever was.
    live:    whether it is in force now: a paused journey keeps its version and is not live.
    content: a digest of the newest version's content, by which putting the same again is recognised.
    v:       raised by every change; changes are conditional on it.
    run:     what the kind keeps beside, as JSON: how a journey runs; empty for nothing.
    """

    kind: str
    name: str
    title: str
    latest: int
    version: int | None
    live: bool
    content: str
    updated_at: str
    v: int
    run: Mapping[str, Any] = field(default_factory=dict)

    def to_item(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "pk": self.kind,
            "sk": pointer_key(self.name),
            "schema_v": resources.SCHEMA_VERSION,
            "title": self.title,
            "latest": self.latest,
            "version": self.version,
            "live": self.live,
            "content": self.content,
            "updated_at": self.updated_at,
            "v": self.v,
            **({"run": canonical(self.run)} if self.run else {}),
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Pointer:
        """Read a stored pointer."""
        version = item["version"]
        return cls(
            kind=item["pk"],
            name=item["sk"].removeprefix(pointer_key("")),
            title=item["title"],
            latest=int(item["latest"]),
            version=None if version is None else int(version),
            live=item["live"],
            content=item["content"],
            updated_at=item["updated_at"],
            v=int(item["v"]),
            run=json.loads(item["run"]) if "run" in item else {},
        )

    def in_force(self, version: int | None, live: bool, now: datetime, run: Mapping[str, Any] | None = None) -> Pointer:
        """The pointer with another version in force, or with none live; and with another `run`, if one is given."""
        kept = self.run if run is None else run
        return replace(self, version=version, live=live, updated_at=times.text(now), v=self.v + 1, run=kept)


def pointer_key(name: str) -> str:
    """`current#{name}`: pointers stand together, so that a list of them reads no version."""
    return f"current#{name}"


def version_key(name: str, version: int) -> str:
    """`version#{name}#000001`: versions sort in their order."""
    return f"version#{name}#{version:06d}"


def canonical(body: Mapping[str, Any]) -> str:
    """The one text of a body. Bodies come from models, whose fields have one order, which readers are shown."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def following(
    standing: Pointer | None, kind: str, name: str, title: str, text: str, *, in_force: bool, now: datetime
) -> Pointer | None:
    """The pointer when `text` has become the newest version; None if it is that already.

    A new version of a journey waits to be published; a new version of a template is in force at once (`in_force`).
    """
    content = ids.digest(text)
    if standing is None:
        return Pointer(kind, name, title, 1, 1 if in_force else None, in_force, content, times.text(now), 1)
    if standing.content == content:
        return None
    latest = standing.latest + 1
    return replace(
        standing,
        title=title,
        latest=latest,
        version=latest if in_force else standing.version,
        live=in_force or standing.live,
        content=content,
        updated_at=times.text(now),
        v=standing.v + 1,
    )


def version_item(kind: str, name: str, version: int, text: str, now: datetime) -> dict[str, Any]:
    """The stored form of one version."""
    return {
        "pk": kind,
        "sk": version_key(name, version),
        "schema_v": resources.SCHEMA_VERSION,
        "body": text,
        "created_at": times.text(now),
    }
