"""What a deploy uploads: the zip and the template, each under the hash of its bytes: the same one goes up once."""

from __future__ import annotations

import copy
import hashlib
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.aws import Account, Stopped, code
from infra.report import Report
from infra.template import FUNCTION, Template


def bucket(account: Account, number: str) -> str:
    """The account's bucket for deployments in this region: made if missing, closed to the public, never emptied."""
    s3 = account.client("s3")
    name = f"perennial-artifacts-{number}-{account.region}"
    try:
        s3.head_bucket(Bucket=name, ExpectedBucketOwner=number)
        return name
    except ClientError as error:
        if code(error) in ("403", "AccessDenied"):
            raise Stopped(f"The bucket {name} is not yours, or these credentials may not see it.\n({error})") from error
        if code(error) not in ("404", "NoSuchBucket"):
            raise
    place = (
        {} if account.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": account.region}}
    )
    s3.create_bucket(Bucket=name, **place)
    closed = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=closed)
    return name


def upload(account: Account, into: str, folder: str, path: Path, report: Report) -> str:
    """Put a file under `{folder}/{sha256}{suffix}` unless it is there; its key."""
    s3 = account.client("s3")
    size = path.stat().st_size
    key = f"{folder}/{hashlib.sha256(path.read_bytes()).hexdigest()}{path.suffix}"
    if _is_there(s3, into, key):
        return key
    sent = 0

    def count(more: int) -> None:
        nonlocal sent
        sent += more
        report.progress(f"uploading {path.name}", sent // 1024, max(size // 1024, 1))

    s3.upload_file(str(path), into, key, Callback=count)
    return key


def with_code(template: Template, into: str, key: str) -> Template:
    """The template whose functions take their code from the uploaded zip."""
    changed = copy.deepcopy(template)
    for resource in changed["Resources"].values():
        if resource["Type"] == FUNCTION:
            resource["Properties"]["CodeUri"] = {"Bucket": into, "Key": key}
    return changed


def address(account: Account, into: str, key: str) -> str:
    """The URL by which CloudFormation fetches a template."""
    return f"https://s3.{account.region}.amazonaws.com/{into}/{key}"


def _is_there(s3: Any, into: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=into, Key=key)
    except ClientError as error:
        if code(error) in ("404", "NoSuchKey"):
            return False
        raise
    return True
