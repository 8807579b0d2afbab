"""The browser SDKs' own files, for pages that load them from the deployment: analytics.js and Jitsu's p.js.

They are other people's work (MIT) and not part of this repository: the package is given them, with their licences
beside them, by `npm pack` at a pinned version whose hash is checked. Without npm, or without a network, the package
is complete but for them, and the endpoint says so (404 `not_in_this_deployment`).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PATIENCE: Final = 60  # seconds for npm, which otherwise tries for minutes where there is no network


@dataclass(frozen=True)
class Package:
    """An npm package at one version. `wanted`: pattern of a file in it to the name that it gets."""

    name: str
    version: str
    sha512: str
    folder: str
    wanted: Mapping[str, str]

    @property
    def archive(self) -> str:
        """What `npm pack` calls the file."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


PACKAGES: Final = (
    Package(
        "@segment/analytics-next",
        "1.84.3",
        "5l7cPBzScxhfJ0zdcKQI4daDvMIWWUk7hClT1xGRelnHUltIEoQ9w8+ZpFPoWJMpX8D7IA1nVAfJbpiKi3XaKw==",
        "analytics-next",
        {r"package/dist/umd/(standalone\.js|[\w.-]+\.bundle\.\w+\.js)": r"\1", r"package/(LICENSE\.MD)": r"\1"},
    ),
    Package(
        "@jitsu/js",
        "1.11.0",
        "QSHeXLVYfhyDKKPvFDAmQQfh6bqYinR+t45F4PiT+WhDkQ3igef6xh8X0+vF/Y9Vua3M1Psd70CkyilF6fYxvA==",
        "jitsu",
        {r"package/dist/web/p\.js\.txt": "p.js", r"package/(LICENSE)": r"\1"},
    ),
)

Fetch = Callable[[Package, Path], bool]
"""Puts a package's archive into a folder; whether it could."""


class NotAsPinned(Exception):
    """What npm brought is not what was pinned: nothing of it is used."""


def npm_pack(package: Package, into: Path) -> bool:
    """Put the package's archive into a folder; False if npm is not there or cannot."""
    npm = shutil.which("npm")
    if npm is None:
        return False
    hurry = {
        "npm_config_fetch_retries": "1",
        "npm_config_fetch_timeout": "20000",
        "npm_config_update_notifier": "false",
    }
    command = [npm, "pack", "--silent", f"{package.name}@{package.version}"]
    try:
        done = subprocess.run(
            command, cwd=into, env={**os.environ, **hurry}, capture_output=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0 and (into / package.archive).exists()


def bring(into: Path, cache: Path, echo: Callable[[str], None], fetch: Fetch = npm_pack) -> None:
    """Put the files of all packages into `into`/<folder>. What cannot be had is said, and left out.

    cache: where archives stay for the next time. Raises NotAsPinned.
    """
    for package in PACKAGES:
        if archive := _archive(package, cache, fetch):
            _check(package, archive)
            _unpack(package, archive, into / package.folder)
        else:
            echo(f"Without the files of {package.name}: npm is not here or could not get them. The endpoint says so.")


def _archive(package: Package, cache: Path, fetch: Fetch) -> Path | None:
    """The package's archive, fetched if need be; moved into its place whole, for others may look at the same moment."""
    archive = cache / package.archive
    if not archive.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as fetched:
            if not fetch(package, Path(fetched)):
                return None
            os.replace(Path(fetched) / package.archive, archive)
    return archive


def _check(package: Package, archive: Path) -> None:
    found = b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != package.sha512:
        archive.unlink()
        raise NotAsPinned(
            f"{package.name}@{package.version} is not what was pinned (sha512-{found}); it was thrown away."
        )


def _unpack(package: Package, archive: Path, into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as files:
        for member in files:
            content = files.extractfile(member) if member.isfile() else None
            for pattern, name in package.wanted.items():
                if content is not None and (found := re.fullmatch(pattern, member.name)):
                    (into / found.expand(name)).write_bytes(content.read())
