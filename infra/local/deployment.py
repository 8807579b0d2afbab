"""Package and deploy into the local cloud by the commands that AWS gets, and only what changed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import boto3

from chalicelib import resources, times
from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.tracking.store import KeyStore
from infra import api_keys, stages
from infra import deploy as deploying
from infra import package as packaging
from infra.aws import Account
from infra.local.places import REGION, ROOT, STAGE, Places
from infra.local.steps import Steps
from infra.stack import GOOD, Stack

LABEL: Final = "local cloud"
_KEYS: Final = {"write_key": "write", "secret_key": "secret"}


def package(places: Places, steps: Steps) -> Path:
    """The packaged template, made anew if its sources changed."""
    places.package.mkdir(parents=True, exist_ok=True)
    with (places.package / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # clouds side by side share the package
        mark, sources = places.package / "sources.sha256", fingerprint(_sources()) + _tools()
        template = places.package / "sam.yaml"
        if template.exists() and mark.exists() and mark.read_text() == sources:
            return template
        mark.unlink(missing_ok=True)
        with steps.step("Packaging the application"):
            packaging.package(STAGE, places.package, echo=lambda _: None)
        mark.write_text(sources)
    return template


def deploy(places: Places, template: Path, steps: Steps) -> str:
    """The base address of the API, after the stack is what the template says. Raises what `infra.deploy` raises."""
    target = account(places)
    mark = places.deployed
    wanted = fingerprint([template, template.with_name("deployment.zip"), stages.FOLDER / f"{STAGE}.yaml"])
    stack = Stack(target, f"perennial-{STAGE}", pause=0.2)
    if mark.exists() and stack.status() in GOOD:
        before: dict[str, str] = json.loads(mark.read_text())
        if before["sources"] == wanted and before["endpoint"].startswith(f"{places.aws}/"):
            _verify_sender(places, before["sender"])
            return before["endpoint"]
    with steps.step("Deploying it by CloudFormation") as report:
        options = deploying.Options(packaged=template, agree=lambda _: True, pause=0.2, advise=False)
        deployed = deploying.deploy(STAGE, target, options, report)
    sender = _sender(template)
    _verify_sender(places, sender)
    mark.write_text(json.dumps({"sources": wanted, "endpoint": deployed.public_url, "sender": sender}))
    return deployed.public_url


def keys(places: Places) -> dict[str, str]:
    """The write key and the secret key: those that .local/cloud.json holds, if the deployment still knows them."""
    clients = account(places)
    tables = {table: f"perennial-{STAGE}-{table}" for table in resources.TABLES}
    database = DynamoDatabase(clients.client("dynamodb"), tables)
    store, now = KeyStore(database), times.utcnow()
    held = json.loads(places.described.read_text()) if places.described.exists() else {}
    return {
        name: held[name] if store.find(held.get(name), now) else api_keys.make_key(database, kind, LABEL)
        for name, kind in _KEYS.items()
    }


def account(places: Places) -> Account:
    """The emulator as an account of AWS, by its own root credentials."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
    return Account(session, places.aws)


def forget(places: Places) -> None:
    """Remove everything that the stopped cloud holds; packages stay."""
    for path in (places.emulator, places.described, places.home / "demo.json", places.deployed):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for path in places.home.glob("mailbox.sqlite*"):
        path.unlink()


def fingerprint(paths: Iterable[Path], root: Path = ROOT) -> str:
    """A digest of the files' names and contents, and of the Python that packages."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for path in sorted(paths):
        name = path.relative_to(root) if path.is_relative_to(root) else path.name
        digest.update(f"\0{name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> list[Path]:
    """Everything that the package and its template are made of."""
    found = [ROOT / name for name in packaging.SHIPPED] + [ROOT / "infra" / "resources.yaml"]
    files = [file for path in found for file in (path.rglob("*") if path.is_dir() else [path])]
    makers = (ROOT / "infra").glob("*.py")
    return [file for file in (*files, *makers) if file.is_file() and "__pycache__" not in file.parts]


def _tools() -> str:
    """What else the package depends on: npm brings the browser SDKs' files, and may have been installed meanwhile."""
    return " npm" if shutil.which("npm") else ""


def _sender(template: Path) -> str:
    """The domain that mails come from."""
    declared = packaging.read_template(template)["Parameters"]
    return stages.parameters(STAGE, declared)["SenderAddress"].rpartition("@")[2]


def _verify_sender(places: Places, domain: str) -> None:
    """As on AWS, nobody sends from an address that SES did not verify; here the domain is taken at its word."""
    session = account(places).session
    ses: Any = session.client("sesv2", endpoint_url=places.mailbox)
    try:
        ses.create_email_identity(EmailIdentity=domain)
    except ses.exceptions.AlreadyExistsException:
        return
