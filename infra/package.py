"""`make package`: the deployment zip and its CloudFormation template, by `chalice package`; same sources, same bytes.

The sources are copied beside the result first, so that nothing but them (and the browser SDKs' files, infra/scripts.py)
reaches the zip, no byte code of whoever ran the tests, and Chalice's cache of built packages is keyed by them alone.
Lambda's runtime is the version of the Python that runs this. Byte code of that version is put beside every module: a
function cannot write where its code lies, so it would compile all that it imports at every cold start.
"""

from __future__ import annotations

import argparse
import json
import marshal
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from pathlib import Path
from typing import Any, Final

import yaml
from chalice.package import YAMLTemplateSerializer

from infra import scripts, template

ROOT: Final = Path(__file__).resolve().parent.parent
SHIPPED: Final = ("app.py", "chalicelib", "requirements.txt", ".chalice/config.json", "infra/policies")
CHALICE: Final = (
    "from chalice.cli import main; main()"  # the command itself may not be on the PATH of whoever calls Python
)
UNCHANGING: Final = (
    2020,
    1,
    1,
    0,
    0,
    0,
)  # every file's date in the zip: it would be the only difference between two builds
ORDERED: Final = b"perennial: ordered and compiled"  # the zip's comment, once it is


class PackagingFailed(Exception):
    """Chalice could not package; the message is what it printed."""


def package(stage: str, out_dir: Path, *, root: Path = ROOT, echo: Callable[[str], None] = lambda _: None) -> Path:
    """Write `deployment.zip` and `sam.yaml` into `out_dir` and return the template's path.

    stage: a section of .chalice/config.json, if it has one of that name. root: the sources. Raises PackagingFailed.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    project = out_dir / "project"
    _copy_sources(root, project)
    try:
        scripts.bring(project / "chalicelib" / "scripts", root / ".local" / "npm", echo)
    except scripts.NotAsPinned as wrong:
        raise PackagingFailed(str(wrong)) from wrong
    built = out_dir / "deployment.zip"
    echo("Building the deployment package")
    _chalice(
        project,
        [
            "package",
            "--stage",
            stage,
            "--merge-template",
            str(root / "infra" / "resources.yaml"),
            str(out_dir.resolve()),
        ],
    )
    _forget_old_packages(project)
    _put_in_order(built, next((project / ".chalice" / "deployments").glob("*.zip")))
    path = out_dir / "sam.yaml"
    write_template(template.finish(read_template(path)), path)
    echo(f"Packaged {path} and {built} ({built.stat().st_size / 1e6:.1f} MB)")
    return path


def read_template(path: Path) -> dict[str, Any]:
    """A packaged template."""
    loaded: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_FastLoader)
    return loaded


def declared_parameters() -> dict[str, Any]:
    """The Parameters section of infra/resources.yaml, for commands that need no package."""
    text = (ROOT / "infra" / "resources.yaml").read_text(encoding="utf-8")
    loaded = YAMLTemplateSerializer().load_template(text)  # which knows !Ref and its like
    parameters: dict[str, Any] = loaded["Parameters"]
    return parameters


def write_template(content: dict[str, Any], path: Path) -> None:
    """Without YAML's aliases, which CloudFormation does not take."""
    path.write_text(yaml.dump(content, Dumper=_PlainDumper, allow_unicode=True, width=150), encoding="utf-8")


_FastLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _PlainDumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def _copy_sources(root: Path, project: Path) -> None:
    for name in SHIPPED:
        source, target = root / name, project / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def _chalice(project: Path, arguments: list[str]) -> None:
    # A region is asked for only to name service principals, which are the same in all of them.
    environment = {"AWS_DEFAULT_REGION": "us-east-1", **os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CHALICE, *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PackagingFailed(f"chalice {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")


def _forget_old_packages(project: Path) -> None:
    """Keep the newest: each is 30 MB, and every change of the sources makes another."""
    built = sorted((project / ".chalice" / "deployments").glob("*.zip"), key=lambda path: path.stat().st_mtime)
    for path in built[:-1]:
        path.unlink()


def _put_in_order(built: Path, cached: Path) -> None:
    """Files by name, all of one date: CloudFormation then updates functions only when something changed.

    The zip in Chalice's cache is put in order too, so that it is done once.
    """
    with zipfile.ZipFile(built) as disordered:
        if disordered.comment == ORDERED:
            return
        files = dict(_files(disordered))
    handle, name = tempfile.mkstemp(suffix=".zip", dir=built.parent)
    os.close(handle)
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as ordered:
        ordered.comment = ORDERED
        for path, (content, executable) in sorted(files.items()):
            info = zipfile.ZipInfo(path, UNCHANGING)
            info.external_attr = (0o755 if executable else 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            ordered.writestr(info, content)
    os.replace(name, built)
    shutil.copyfile(built, cached)


def _files(built: zipfile.ZipFile) -> Iterator[tuple[str, tuple[bytes, bool]]]:
    """Every file by its path, with its content and whether it can be executed, and the byte code of every module."""
    for entry in built.infolist():
        if "__pycache__" in entry.filename:
            continue
        content = built.read(entry)
        yield entry.filename, (content, bool(entry.external_attr >> 16 & 0o100))
        compiled = byte_code(entry.filename, content) if entry.filename.endswith(".py") else None
        if compiled is not None:
            yield cache_from_source(entry.filename), (compiled, False)


def byte_code(name: str, source: bytes) -> bytes | None:
    """What Python keeps of a module in `__pycache__`, to be believed without a look at the source (PEP 552); None for
    a module of a library that this Python cannot read, which nobody imports then.

    The second version of marshal's format has no references, which depend on what else the compiling process has done:
    the same source gives the same bytes.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries' authors
        try:
            code = compile(source, name, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return None
    unchecked_hash = (1).to_bytes(4, "little")
    return MAGIC_NUMBER + unchecked_hash + source_hash(source) + marshal.dumps(code, 2)


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.package", description="Build the deployment zip and its template."
    )
    parser.add_argument("--stage", default="dev")
    parser.add_argument("--out", type=Path, default=ROOT / "out")
    parser.add_argument("--json", action="store_true", help="print where things are, as JSON")
    options = parser.parse_args(arguments)
    try:
        path = package(options.stage, options.out, echo=lambda text: print(text, file=sys.stderr))
    except PackagingFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"template": str(path), "zip": str(path.with_name("deployment.zip"))}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
