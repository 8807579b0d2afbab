"""The deployment's secrets and its public address, in SSM: made once, never overwritten, turned on request.

The secrets are one SecureString, `{"link": [newest, previous], "pii": [newest, previous], ...}`: the first of each
signs or hashes, all of them verify. `proof` makes the identity secrets of public keys (chalicelib/tracking/proof.py),
`webhook` signs the calls that leave (chalicelib/messages/signing.py).
"""

from __future__ import annotations

import base64
import json
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.aws import Account, Stopped, code
from infra.report import Report

KINDS: Final = ("link", "pii", "proof", "webhook")
LIVE: Final = 2
# Of these every secret stays: what was hashed (the addresses of people who were erased and stay suppressed) cannot be
# hashed anew.
KEPT: Final = frozenset({"pii"})
# CAN-SPAM: the unsubscribe link of a mail works for at least 30 days. A link outlives one turn of the key, not two.
BETWEEN_TURNS: Final = timedelta(days=60)


def ensure_secrets(account: Account, stage: str, report: Report) -> None:
    """Make the stage's secrets if there are none, and those of a kind that an earlier version did not have."""
    ssm = account.client("ssm")
    name, found = _secrets_name(stage), _read(ssm, _secrets_name(stage))
    if found is None:
        value = json.dumps({kind: [_new()] for kind in KINDS})
        ssm.put_parameter(Name=name, Type="SecureString", Value=value, Overwrite=False)
        report.say(f"Made the secrets {name}.")
        return
    values: dict[str, list[str]] = json.loads(found["Value"])
    missing = [kind for kind in KINDS if not values.get(kind)]
    if missing:
        value = json.dumps(values | {kind: [_new()] for kind in missing})
        ssm.put_parameter(Name=name, Type="SecureString", Value=value, Overwrite=True)
        report.say(f"Added to the secrets {name}: {', '.join(missing)}.")


def rotate(account: Account, stage: str, kind: str, now: datetime, *, force: bool = False) -> None:
    """Put a new first secret of a kind before the present one; those before that stop to verify.

    now: aware. Raises Stopped within 60 days of the last turn unless forced: a leaked secret is worse than dead links.
    """
    ssm = account.client("ssm")
    parameter = _read(ssm, _secrets_name(stage))
    if parameter is None:
        raise Stopped(f"{_secrets_name(stage)} does not exist yet; deploy first.")
    since = now - parameter["LastModifiedDate"]
    values: dict[str, list[str]] = json.loads(parameter["Value"])
    live = values.get(kind, [])
    if kind not in KEPT and len(live) >= LIVE and since < BETWEEN_TURNS and not force:
        raise Stopped(
            f"The secrets were changed {since.days} days ago. Turning them again within {BETWEEN_TURNS.days} days "
            "breaks unsubscribe links that must still work; --force if a secret leaked."
        )
    values[kind] = [_new(), *live] if kind in KEPT else turned(live, _new())
    ssm.put_parameter(Name=_secrets_name(stage), Type="SecureString", Value=json.dumps(values), Overwrite=True)


def turned(values: list[str], newest: str) -> list[str]:
    """The live secrets after a turn."""
    return [newest, *values][:LIVE]


def publish(account: Account, stage: str, url: str, report: Report) -> None:
    """Write the base of links, and say so if it changes: it stands in mails that were sent."""
    ssm = account.client("ssm")
    name = f"/perennial/{stage}/public-url"
    before = _read(ssm, name)
    if before is not None and before["Value"] == url:
        return
    ssm.put_parameter(Name=name, Type="String", Value=url, Overwrite=True)
    if before is not None:
        report.say(
            f"Links begin with {url} from now on; mails already sent point at {before['Value']}: keep it answering."
        )


def public_url(account: Account, stage: str) -> str | None:
    """The base of links as stored; None before the first deploy."""
    parameter = _read(account.client("ssm"), f"/perennial/{stage}/public-url")
    return None if parameter is None else str(parameter["Value"])


def _secrets_name(stage: str) -> str:
    return f"/perennial/{stage}/secrets"


def _new() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def _read(ssm: Any, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    except ClientError as error:
        if code(error) == "ParameterNotFound":
            return None
        raise
    return found
