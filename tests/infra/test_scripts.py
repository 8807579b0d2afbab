"""The browser SDKs' files come into the package whole and as pinned, or not at all."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest

from infra import scripts
from infra.scripts import PACKAGES, NotAsPinned, Package, bring

FILES = {
    "package/dist/umd/standalone.js": b"analytics",
    "package/dist/umd/index.js": b"not for pages",
    "package/dist/umd/part.bundle.0a1b2c.js": b"part",
    "package/dist/umd/part.bundle.0a1b2c.js.map": b"{}",
    "package/dist/umd/../../../../escaped.bundle.0a1b.js": b"hostile",
    "package/dist/web/p.js.txt": b"jitsu",
    "package/LICENSE.MD": b"MIT",
    "package/LICENSE": b"MIT",
}


def archive(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return made.getvalue()


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """An archive that is what was pinned."""
    content = archive(FILES)
    pinned = b64encode(hashlib.sha512(content).digest()).decode()
    monkeypatch.setattr(scripts, "PACKAGES", tuple(replace(package, sha512=pinned) for package in PACKAGES))
    return content


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_files_that_pages_ask_for_come_with_their_licence_and_no_others(packed: bytes, tmp_path: Path) -> None:
    asked: list[str] = []

    def fetch(package: Package, into: Path) -> bool:
        asked.append(f"{package.name}@{package.version}")
        return bool((into / package.archive).write_bytes(packed))

    said: list[str] = []
    for into in ("once", "again"):  # the second time from the cache
        bring(tmp_path / into, tmp_path / "cache", said.append, fetch)
        assert names(tmp_path / into) == {
            "analytics-next/standalone.js",
            "analytics-next/part.bundle.0a1b2c.js",
            "analytics-next/LICENSE.MD",
            "jitsu/p.js",
            "jitsu/LICENSE",
        }
    assert asked == ["@segment/analytics-next@1.84.3", "@jitsu/js@1.11.0"]
    assert said == []


def test_without_npm_the_package_is_complete_but_for_them(tmp_path: Path) -> None:
    said: list[str] = []
    bring(tmp_path / "scripts", tmp_path / "cache", said.append, lambda package, into: False)
    assert names(tmp_path) == set()
    assert [line.split(":")[0] for line in said] == [
        "Without the files of @segment/analytics-next",
        "Without the files of @jitsu/js",
    ]


def test_what_is_not_as_pinned_is_thrown_away(packed: bytes, tmp_path: Path) -> None:
    with pytest.raises(NotAsPinned, match="analytics-next"):
        bring(
            tmp_path / "scripts",
            tmp_path / "cache",
            print,
            lambda package, into: bool((into / package.archive).write_bytes(b"something else")),
        )
    assert names(tmp_path) == set()


def test_no_npm_is_no_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("npm") is None
    assert scripts.npm_pack(PACKAGES[0], tmp_path) is False
