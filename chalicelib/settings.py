"""What the deployment tells the code: environment variables, read on first use and never at import, but for one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from chalicelib import resources
from chalicelib.errors import Permanent

PRODUCTION = "prod"
LOCAL = "local"
ENDPOINT = "AWS_ENDPOINT_URL"
SERVES_HTTP = "SERVES_HTTP"


_PUSH = {"ios": "PUSH_APPLICATION_IOS", "android": "PUSH_APPLICATION_ANDROID"}


@dataclass(frozen=True)
class Settings:
    """One deployment's settings.

    stage:              `local`, `dev`, `prod`...; only `prod` may write to everybody.
    tables, queues:     logical name to table name, to queue URL.
    sender:             the From of mails, `Shop <hello@shop.example>`.
    postal_address:     printed in marketing mail, as law asks.
    allowed_recipients: patterns (`*@shop.example`) that may receive mail outside production.
    text_sender:        a number, a pool or a sender id of AWS End User Messaging; "" for none.
    push_applications:  platform (`ios`, `android`) to SNS's application; "" for none.
    executions:         most at once of each sender, as it was said.
    """

    stage: str
    tables: Mapping[str, str]
    queues: Mapping[str, str]
    configuration_set: str
    sender: str
    postal_address: str
    allowed_recipients: tuple[str, ...]
    secrets_parameter: str
    public_url_parameter: str
    files_bucket: str
    failures_bucket: str
    executions: str
    text_sender: str = ""
    push_applications: Mapping[str, str] = field(default_factory=dict)

    @property
    def sender_domain(self) -> str:
        """The domain of the From."""
        return self.sender.rpartition("@")[2].rstrip("> ").lower()

    @property
    def send_concurrency(self) -> int:
        """Most executions at once of each sender. ValueError for what is no number: only senders ask."""
        return int(self.executions)

    @property
    def production(self) -> bool:
        """Whether mail may leave for addresses that nobody listed."""
        return self.stage == PRODUCTION


def read(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables; a missing one is a Permanent error that names it."""
    missing = sorted(name for name in variables() if name not in environment)
    if missing:
        raise Permanent(f"environment variables missing: {', '.join(missing)}; infra/resources.yaml sets them")
    return Settings(
        stage=environment["PERENNIAL_STAGE"],
        tables={table: environment[resources.table_variable(table)] for table in resources.TABLES},
        queues={queue: environment[resources.queue_variable(queue)] for queue in _QUEUES},
        configuration_set=environment["SES_CONFIGURATION_SET"],
        sender=environment["SENDER"],
        postal_address=environment["POSTAL_ADDRESS"],
        allowed_recipients=_patterns(environment["ALLOWED_RECIPIENTS"]),
        secrets_parameter=environment["SECRETS_PARAMETER"],
        public_url_parameter=environment["PUBLIC_URL_PARAMETER"],
        files_bucket=environment["FILES_BUCKET"],
        text_sender=environment["SMS_ORIGINATION"],
        push_applications={platform: environment[name] for platform, name in _PUSH.items()},
        failures_bucket=environment["FAILURES_BUCKET"],
        executions=environment["SEND_CONCURRENCY"],
    )


def variables() -> tuple[str, ...]:
    """Every variable that `read` needs: the template must set these and no others."""
    return (
        "PERENNIAL_STAGE",
        *(resources.table_variable(table) for table in resources.TABLES),
        *(resources.queue_variable(queue) for queue in _QUEUES),
        "SES_CONFIGURATION_SET",
        "SENDER",
        "POSTAL_ADDRESS",
        "ALLOWED_RECIPIENTS",
        "SECRETS_PARAMETER",
        "PUBLIC_URL_PARAMETER",
        "FILES_BUCKET",
        "SMS_ORIGINATION",
        *_PUSH.values(),
        "FAILURES_BUCKET",
        "SEND_CONCURRENCY",
    )


def serves_http() -> bool:
    """Whether this function answers HTTP requests. Asked at import: the endpoints and their models are a third of what
    importing the application takes, and most functions would wait for them at each cold start for nothing. Yes, unless
    the deployment says no."""
    return os.environ.get(SERVES_HTTP) != "no"


def on_local_cloud(stage: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this is the local cloud of a developer: by the stage's name, and because AWS itself is on this machine,
    which is so nowhere else. Asked for what is safe only there."""
    host = urlsplit(environment.get(ENDPOINT, "")).hostname or ""
    return stage == LOCAL and host in ("localhost", "127.0.0.1", "::1")


@cache
def current() -> Settings:
    """The settings of this container, read once."""
    return read(os.environ)


_QUEUES = (*resources.QUEUES, resources.DEAD)


def _patterns(listed: str) -> tuple[str, ...]:
    return tuple(pattern.strip().lower() for pattern in listed.split(",") if pattern.strip())
