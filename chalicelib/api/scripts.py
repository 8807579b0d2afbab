"""The browser SDKs' own files, where the deployment has them (infra/scripts.py puts them into the package)."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent.parent / "scripts"


class Scripts:
    """Files by name, as `analytics-next/standalone.js`: those that were there at first use, and no others."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._read: dict[str, str] = {}

    def has(self, package: str) -> bool:
        """Whether there are any files of a package."""
        return any(name.startswith(f"{package}/") for name in self._names)

    def find(self, name: str) -> str | None:
        """The text of a file; None if there is none of that name. No name leads out of the folder."""
        if name not in self._names:
            return None
        if name not in self._read:
            self._read[name] = (self._folder / name).read_text(encoding="utf-8")
        return self._read[name]

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(path.relative_to(self._folder).as_posix() for path in self._folder.glob("*/*.js"))
