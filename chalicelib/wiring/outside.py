"""What reaches out of the process: AWS, the clock, and what tests put in their place."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib import times
from chalicelib.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.aws.account import MailAccount
    from chalicelib.aws.database import Database
    from chalicelib.aws.dns import Names
    from chalicelib.aws.files import Files
    from chalicelib.aws.functions import Functions
    from chalicelib.aws.http import Http
    from chalicelib.aws.instruments import Instruments
    from chalicelib.aws.letters import DeadLetters
    from chalicelib.aws.mail import Mailer
    from chalicelib.aws.pushes import Pushes
    from chalicelib.aws.queues import Queues
    from chalicelib.aws.secrets import Secrets
    from chalicelib.aws.tail import Stream
    from chalicelib.aws.texts import Texts


class Ports:
    """What reaches out of the process. Tests hand in fakes; `None` means the real one, made when it is first used."""

    def __init__(
        self,
        db: Database | None = None,
        queues: Queues | None = None,
        secrets: Secrets | None = None,
        mailer: Mailer | None = None,
        clock: Callable[[], datetime] = times.utcnow,
        files: Files | None = None,
        stream: Stream | None = None,
        http: Http | None = None,
        texts: Texts | None = None,
        pushes: Pushes | None = None,
        letters: DeadLetters | None = None,
        failures: Files | None = None,
        functions: Functions | None = None,
        instruments: Instruments | None = None,
        mail_account: MailAccount | None = None,
        names: Names | None = None,
    ) -> None:
        self.db = db
        self.queues = queues
        self.secrets = secrets
        self.mailer = mailer
        self.clock = clock
        self.files = files
        self.stream = stream
        self.http = http
        self.texts = texts
        self.pushes = pushes
        self.letters = letters
        self.failures = failures
        self.functions = functions
        self.instruments = instruments
        self.mail_account = mail_account
        self.names = names


class Outside:
    """One deployment's clients, each made when it is first used."""

    def __init__(self, settings: Settings, ports: Ports | None = None) -> None:
        self.settings = settings
        self.pause: Callable[[float], None] = time.sleep
        self._ports = ports or Ports()

    def now(self) -> datetime:
        """The present moment: the only place from which it enters."""
        return self._ports.clock()

    @cached_property
    def db(self) -> Database:
        """The tables."""
        from chalicelib.aws import clients
        from chalicelib.aws.dynamo import DynamoDatabase

        return self._ports.db or DynamoDatabase(clients.client("dynamodb"), self.settings.tables)

    @cached_property
    def stream(self) -> Stream:
        """The events table's stream, to be looked at."""
        from chalicelib.aws import clients
        from chalicelib.aws.tail import DynamoStream
        from chalicelib.resources import EVENTS

        return self._ports.stream or DynamoStream(
            clients.client("dynamodb"), clients.client("dynamodbstreams"), self.settings.tables[EVENTS]
        )

    @cached_property
    def queues(self) -> Queues:
        """The queues."""
        from chalicelib.aws import clients
        from chalicelib.aws.queues import SqsQueues

        return self._ports.queues or SqsQueues(clients.client("sqs"), self.settings.queues)

    @cached_property
    def secrets(self) -> Secrets:
        """Signing secrets and the public address."""
        from chalicelib.aws import clients
        from chalicelib.aws.secrets import SsmSecrets

        return self._ports.secrets or SsmSecrets(
            clients.client("ssm"), self.settings.secrets_parameter, self.settings.public_url_parameter
        )

    def secrets_named(self, purpose: str) -> tuple[str, ...]:
        """The live secrets of a purpose, read when they are asked for."""
        return self.secrets.named(purpose)

    @cached_property
    def mailer(self) -> Mailer:
        """SES, asked once."""
        from chalicelib.aws import clients
        from chalicelib.aws.mail import SesMailer

        return self._ports.mailer or SesMailer(clients.client("sesv2", attempts=1))

    @cached_property
    def texts(self) -> Texts:
        """AWS End User Messaging SMS, asked once."""
        from chalicelib.aws import clients
        from chalicelib.aws.texts import AwsTexts

        def made() -> Any:
            return clients.client("pinpoint-sms-voice-v2", attempts=1)

        return self._ports.texts or AwsTexts(made, self.settings.text_sender, now=self.now)

    @cached_property
    def pushes(self) -> Pushes:
        """SNS mobile push, asked once."""
        from chalicelib.aws import clients
        from chalicelib.aws.pushes import SnsPushes

        def made() -> Any:
            return clients.client("sns", attempts=1)

        return self._ports.pushes or SnsPushes(made, self.settings.push_applications, now=self.now)

    @cached_property
    def mail_account(self) -> MailAccount:
        """SES beside its sending."""
        from chalicelib.aws import clients
        from chalicelib.aws.account import SesAccount

        return self._ports.mail_account or SesAccount(clients.client("sesv2"))

    @cached_property
    def names(self) -> Names:
        """Name servers."""
        from chalicelib.aws.dns import Resolver

        return self._ports.names or Resolver()

    @cached_property
    def http(self) -> Http:
        """Servers of others; this machine only where everything is on it."""
        from chalicelib.aws.http import PinnedHttp
        from chalicelib.settings import on_local_cloud

        return self._ports.http or PinnedHttp(loopback=on_local_cloud(self.settings.stage))

    def refusal(self, url: str) -> str | None:
        """Why a URL would not be called now; None if it would."""
        from chalicelib.aws.reach import Unreachable
        from chalicelib.errors import Transient

        try:
            self.http.check(url)
        except Unreachable as refused:
            return str(refused)
        except Transient:
            return "its name is not known"
        return None

    @cached_property
    def files(self) -> Files:
        """What people bring and take away."""
        from chalicelib.aws import clients
        from chalicelib.aws.files import S3Files

        return self._ports.files or S3Files(clients.client("s3"), self.settings.files_bucket)

    @cached_property
    def letters(self) -> DeadLetters:
        """Messages that were given up."""
        from chalicelib.aws import clients
        from chalicelib.aws.letters import SqsLetters

        return self._ports.letters or SqsLetters(clients.client("sqs"), self.settings.queues)

    @cached_property
    def batches(self) -> Files:
        """Batches of streams that were given up."""
        from chalicelib.aws import clients
        from chalicelib.aws.files import S3Files

        return self._ports.failures or S3Files(clients.client("s3"), self.settings.failures_bucket)

    @cached_property
    def functions(self) -> Functions:
        """The deployment's own functions. Their names begin as everything does: with the configuration set's."""
        from chalicelib.aws import clients
        from chalicelib.aws.functions import PATIENCE, LambdaFunctions

        return self._ports.functions or LambdaFunctions(
            clients.client("lambda", attempts=1, patience=PATIENCE), self.settings.configuration_set
        )

    @cached_property
    def instruments(self) -> Instruments:
        """What AWS says of the deployment."""
        from chalicelib.aws import clients
        from chalicelib.aws.instruments import AwsInstruments

        settings = self.settings
        return self._ports.instruments or AwsInstruments(clients.client, settings.queues, settings.configuration_set)
