"""Where everything is put together, once per container and on first use: nothing is built at import.

Each Lambda is one method: it hands its work to the room that does it, with the stores it needs and the time. What a
method needs is imported inside it, so that no Lambda pays at a cold start for what only another one uses.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from chalicelib import settings, times
from chalicelib.aws import queues as sqs
from chalicelib.aws import streams, telemetry
from chalicelib.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.api.scripts import Scripts
    from chalicelib.aws.database import Database
    from chalicelib.aws.files import Files
    from chalicelib.aws.mail import Mailer
    from chalicelib.aws.queues import Queues
    from chalicelib.aws.secrets import Secrets
    from chalicelib.aws.tail import Stream
    from chalicelib.customers.consent import ConsentSettings
    from chalicelib.customers.prices import Prices
    from chalicelib.customers.retention import Retention
    from chalicelib.customers.standing import Settings as WorkspaceSettings
    from chalicelib.customers.store import CustomerStore, UnknownTopics
    from chalicelib.customers.vocabulary import Vocabulary
    from chalicelib.customers.words import Words
    from chalicelib.jobs.kind import Around
    from chalicelib.jobs.privacy import JobDesk
    from chalicelib.jobs.store import JobStore
    from chalicelib.journeys.engine import Engine
    from chalicelib.lifecycle.fitted import Fitted
    from chalicelib.lifecycle.frame import Frame
    from chalicelib.lifecycle.parameters import Parameters
    from chalicelib.lifecycle.reports.store import CensusDesk
    from chalicelib.lifecycle.store import CurrentFit, FitStore
    from chalicelib.messages.dispatch import Dispatcher
    from chalicelib.messages.feedback import Desk
    from chalicelib.messages.store import SendStore
    from chalicelib.review.advance import Rules
    from chalicelib.review.changes.store import ChangeStore
    from chalicelib.review.due import Reviewer
    from chalicelib.review.project import Projector
    from chalicelib.review.store import EventLog, ParkedEvents, WatchList
    from chalicelib.tracking.counts import CountStore
    from chalicelib.tracking.event import Event
    from chalicelib.tracking.intake import Intake
    from chalicelib.tracking.replay import Replayer
    from chalicelib.tracking.store import EventStore, KeyStore, ParkedStore
    from chalicelib.tracking.tally import Tally
    from chalicelib.tracking.webhooks.store import SourceBook
    from chalicelib.tracking.webhooks.take import Webhooks

Answer = dict[str, Any]


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
    ) -> None:
        self.db = db
        self.queues = queues
        self.secrets = secrets
        self.mailer = mailer
        self.clock = clock
        self.files = files
        self.stream = stream


class Perennial:
    """One deployment's application: its stores, and a method for each Lambda."""

    def __init__(self, settings: Settings, ports: Ports | None = None) -> None:
        self.settings = settings
        self.pause: Callable[[float], None] = time.sleep
        self._ports = ports or Ports()
        self._said: tuple[Words, str, Vocabulary] | None = None

    def now(self) -> datetime:
        """The present moment: the only place from which it enters."""
        return self._ports.clock()

    # --- the Lambdas, in the order of app.py ---

    def project_events(self, event: Mapping[str, Any]) -> Answer:
        """Count the events of a batch of the events table's stream."""
        report = self.projector.project(streams.new_images(event), self.now())
        self.tally.write(self.now())
        telemetry.count("project_events", report)
        return {"batchItemFailures": []}

    def start_journeys(self, event: Mapping[str, Any]) -> Answer:
        """Follow the outboxes in a batch of the customers table's stream."""
        from chalicelib.journeys.enrol import start_journeys

        failed = start_journeys(streams.new_images(event), self.engine)
        return {"batchItemFailures": [{"itemIdentifier": sequence} for sequence in failed]}

    def tick(self) -> Answer:
        """Hand what falls due soon to the queues."""
        from chalicelib.review.due import tick
        from chalicelib.review.store import DueIndex

        found = tick(DueIndex(self.db), self.queues, self.now())
        telemetry.count("tick", found)
        return dict(found)

    def review_due(self, event: Mapping[str, Any]) -> Answer:
        """Judge customers whose date has come."""
        report: Counter[str] = Counter()
        answer = sqs.work_off(event, lambda body: report.update(self.reviewer.review(body)))
        telemetry.count("review_due", report)
        return answer

    def walk_due(self, event: Mapping[str, Any]) -> Answer:
        """Walk enrolments whose wait is over."""
        from chalicelib.journeys.proceed import proceed

        outcomes: Counter[str] = Counter()
        answer = sqs.work_off(event, lambda body: outcomes.update(proceed(body, self.engine)))
        telemetry.count("walk_due", outcomes)
        return answer

    def send(self, queue: str, event: Mapping[str, Any]) -> Answer:
        """Bring rows of the ledger as far as they can be brought now."""
        from chalicelib.messages.dispatch import handle

        outcomes: Counter[str] = Counter()
        answer = sqs.work_off(event, lambda body: outcomes.update(map(str, handle(queue, body, self.dispatcher))))
        telemetry.count(f"send_{queue}", outcomes)
        return answer

    def take_feedback(self, event: Mapping[str, Any]) -> Answer:
        """Take what SES reports."""
        from chalicelib.messages.feedback import take

        return sqs.work_off(event, lambda body: take(body, self.desk))

    def work_jobs(self, event: Mapping[str, Any]) -> Answer:
        """Do a slice of each job in a batch of the work table's stream."""
        from chalicelib.jobs.run import Runner

        runner = Runner(self.db, self.files, self.queues, self.secrets, self.now, around=self.around)
        done = Counter(runner.work(record.item) for record in streams.new_images(event))
        telemetry.count("work_jobs", done)
        return {"batchItemFailures": []}

    def census(self) -> Answer:
        """Take the night's census of the customers, from which reports are answered."""
        taken = self.censuses.tonight()
        done = {"customers": taken.customers, "sampled": taken.sampled}
        telemetry.count("census", done)
        return done

    def refit(self, event: Mapping[str, Any]) -> Answer:
        """Do a job that needs much time and memory; or, when the week's schedule calls, start it, which calls again."""
        from chalicelib.jobs.lifecycle import weekly
        from chalicelib.jobs.run import Runner

        if "Records" not in event:
            return {"started": self.jobs.start(weekly(self.now())).id}
        runner = Runner(self.db, self.files, self.queues, self.secrets, self.now, heavy=True, around=self.around)
        done = Counter(runner.work(record.item) for record in streams.new_images(event))
        telemetry.count("refit", done)
        return {"batchItemFailures": []}

    # --- what they are made of ---

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

    @cached_property
    def mailer(self) -> Mailer:
        """SES, asked once."""
        from chalicelib.aws import clients
        from chalicelib.aws.mail import SesMailer

        return self._ports.mailer or SesMailer(clients.client("sesv2", attempts=1))

    @cached_property
    def files(self) -> Files:
        """What people bring and take away."""
        from chalicelib.aws import clients
        from chalicelib.aws.files import S3Files

        return self._ports.files or S3Files(clients.client("s3"), self.settings.files_bucket)

    @cached_property
    def jobs(self) -> JobStore:
        """Long work."""
        from chalicelib.jobs.store import JobStore

        return JobStore(self.db)

    @cached_property
    def around(self) -> Around:
        """What few kinds of job need."""
        from chalicelib.jobs.kind import Around

        return Around(self.rules, self.pause, telemetry.alarm)

    @cached_property
    def keys(self) -> KeyStore:
        """Write keys and secret keys."""
        from chalicelib.tracking.store import KeyStore

        return KeyStore(self.db)

    @cached_property
    def scripts(self) -> Scripts:
        """The browser SDKs' own files."""
        from chalicelib.api.scripts import Scripts

        return Scripts()

    @cached_property
    def events(self) -> EventStore:
        """Every event."""
        from chalicelib.tracking.store import EventStore

        return EventStore(self.db, self._as_stored, self._event_expires)

    def _event_expires(self, event: Event) -> int | None:
        """When an event may be forgotten. Asked of every event; most are kept, and cost nothing here."""
        from chalicelib.tracking.event import is_counted

        if event.source != "ses" and is_counted(event):
            return None
        from chalicelib.customers.retention import is_report

        return self.retention().event_expires(event) if is_report(event) or not is_counted(event) else None

    def retention(self) -> Retention:
        """How long things are kept, now."""
        from chalicelib.customers.retention import Retention

        return self.workspace.get(Retention)

    def _as_stored(self, event: Event) -> Event:
        """The event with what the workspace decides on receipt. Asked of every event, so most cost nothing."""
        from chalicelib.customers import consent

        if not consent.is_statement(event):
            return event
        asked, key = self.consent(), consent.consent_key(event.properties)
        if key is not None and not asked.knows(key):
            self.topics.met(key, self.now())
        return consent.received(event, asked)

    def consent(self) -> ConsentSettings:
        """What the workspace asks of consent, now."""
        from chalicelib.customers.consent import ConsentSettings

        return self.workspace.get(ConsentSettings)

    def is_known(self, subject: str) -> bool:
        """Whether anything is kept about a subject: as a customer, as part of one, or at least an event."""
        return self.customers.find(subject).v > 0 or bool(self.log.latest(subject, 1))

    def family(self, customer: str) -> list[str]:
        """A customer and every subject that belongs to it."""
        from chalicelib.customers.links.family import Graph, TooWide

        try:
            return [customer, *Graph(self.customers.links.node).members(customer)]
        except TooWide:  # more than one person can be: only what is surely hers
            return [customer]

    @cached_property
    def topics(self) -> UnknownTopics:
        """Topics that somebody stated something about and nobody has defined."""
        from chalicelib.customers.store import UnknownTopics

        return UnknownTopics(self.db)

    @cached_property
    def log(self) -> EventLog:
        """Every event, as those read it who must not stumble over one."""
        from chalicelib.review.store import EventLog

        return EventLog(self.db)

    @cached_property
    def parked(self) -> ParkedStore:
        """Calls that were not accepted."""
        from chalicelib.tracking.store import ParkedStore

        return ParkedStore(self.db)

    @cached_property
    def parked_events(self) -> ParkedEvents:
        """Stored events that could not be counted when they came."""
        from chalicelib.review.store import ParkedEvents

        return ParkedEvents(self.db)

    @cached_property
    def replayer(self) -> Replayer:
        """Parked calls, once more."""
        from chalicelib.tracking.replay import Replayer

        return Replayer(self.intake, lambda: self.webhooks)

    @cached_property
    def counts(self) -> CountStore:
        """Approximate counts of tracking."""
        from chalicelib.tracking.counts import CountStore

        return CountStore(self.db)

    @cached_property
    def tally(self) -> Tally:
        """What the projector has counted. One for a container: it adds up over its calls."""
        from chalicelib.tracking.tally import Tally

        return Tally(self.counts)

    @cached_property
    def intake(self) -> Intake:
        """The way in. One for a container: it remembers what each key has spent."""
        from chalicelib.tracking import proof
        from chalicelib.tracking.intake import Intake
        from chalicelib.tracking.limits import Limits

        limits = Limits(self.counts, self.events)
        masters = partial(self.secrets_named, proof.PURPOSE)
        return Intake(self.keys, self.events, self.parked, masters, limits, self.counts, self.privacy)

    def secrets_named(self, purpose: str) -> tuple[str, ...]:
        """The live secrets of a purpose, read when they are asked for."""
        return self.secrets.named(purpose)

    @cached_property
    def sources(self) -> SourceBook:
        """Webhook sources."""
        from chalicelib.tracking.webhooks.store import SourceBook

        return SourceBook(self.db, self.settings.production)

    @cached_property
    def webhooks(self) -> Webhooks:
        """What shops and services post by themselves."""
        from chalicelib.tracking.webhooks.store import FirstHeard, OwnerBook, WaitingRoom
        from chalicelib.tracking.webhooks.take import Webhooks

        return Webhooks(
            self.sources,
            self.secrets,
            self.events,
            self.parked,
            OwnerBook(self.db),
            WaitingRoom(self.db),
            FirstHeard(self.db),
            self.privacy,
            self.now,
            self.counts,
        )

    @cached_property
    def privacy(self) -> JobDesk:
        """What people ask of their data, as jobs."""
        from chalicelib.jobs.persons.store import PersonStore
        from chalicelib.jobs.privacy import JobDesk

        return JobDesk(self.jobs, PersonStore(self.db), self.now)

    @cached_property
    def customers(self) -> CustomerStore:
        """Every customer."""
        from chalicelib.customers.store import CustomerStore

        return CustomerStore(self.db, partial(self.secrets_named, "pii"))

    @cached_property
    def workspace(self) -> WorkspaceSettings:
        """What the workspace has decided."""
        from chalicelib.catalog.store import DefinitionStore
        from chalicelib.customers.standing import SETTING
        from chalicelib.customers.standing import Settings as WorkspaceSettings

        return WorkspaceSettings(DefinitionStore(self.db, SETTING), self.now)

    @cached_property
    def sends(self) -> SendStore:
        """The ledger."""
        from chalicelib.messages.store import SendStore

        return SendStore(self.db)

    @cached_property
    def watch_list(self) -> WatchList:
        """Which events something listens to."""
        from chalicelib.review.store import WatchList

        return WatchList(self.db, self.now)

    @property
    def parameters(self) -> Parameters:
        """What everybody is judged by: thresholds, the fit in force (the stated prior, until one is adopted), rates."""
        return self.parameters_under(self.fit.get())

    def parameters_under(self, fitted: Fitted) -> Parameters:
        """What everybody would be judged by under a fit."""
        from chalicelib.lifecycle.settings import Lifecycle, parameters_of

        setting, version = self.workspace.get(Lifecycle), self.workspace.version(Lifecycle)
        return parameters_of(setting, fitted, self.prices().exchange, version=version)

    @property
    def vocabulary(self) -> Vocabulary:
        """What the names of events mean, now."""
        from chalicelib.customers.words import Words
        from chalicelib.lifecycle.settings import Lifecycle

        said, preset = self.workspace.get(Words), self.workspace.get(Lifecycle).preset
        if self._said is None or self._said[0] is not said or self._said[1] != preset:
            self._said = said, preset, said.vocabulary(preset)  # made once for each version of the settings
        return self._said[2]

    @cached_property
    def fit(self) -> CurrentFit:
        """The fit in force."""
        from chalicelib.lifecycle.store import CurrentFit

        return CurrentFit(self.fits, self.now)

    @cached_property
    def fits(self) -> FitStore:
        """Every fit, adopted or not."""
        from chalicelib.lifecycle.store import FitStore

        return FitStore(self.db)

    @cached_property
    def changes(self) -> ChangeStore:
        """Changes of stage, and how many there were."""
        from chalicelib.review.changes.store import ChangeStore

        return ChangeStore(self.db, self.events)

    @cached_property
    def censuses(self) -> CensusDesk:
        """What reports are answered from. One for a container: it remembers what it has just counted."""
        from chalicelib.lifecycle.reports.store import CensusDesk

        return CensusDesk(self.db, self.customers, lambda: self.parameters, self.frames, self.now)

    def frames(self) -> Mapping[str, Frame]:
        """Every frame by name: those that come with the code, and the workspace's own."""
        from chalicelib.lifecycle.frame import frames
        from chalicelib.lifecycle.own_frames import Frames

        return frames(self.workspace.get(Frames).by_name())

    def prices(self) -> Prices:
        """How the workspace reads money, now."""
        from chalicelib.customers.prices import Prices

        return Prices.standing(self.workspace)

    def rules(self) -> Rules:
        """What reviews go by at this moment."""
        from chalicelib.review.advance import Rules

        return Rules(self.parameters, self.watch_list.names(), self.retention().events, self.vocabulary)

    @cached_property
    def projector(self) -> Projector:
        """Events into facts."""
        from chalicelib.review.project import Projector
        from chalicelib.review.store import ParkedEvents

        return Projector(self.customers, self.log, ParkedEvents(self.db), self.rules, tally=self.tally)

    @cached_property
    def reviewer(self) -> Reviewer:
        """Customers at their moment."""
        from chalicelib.review.due import Reviewer
        from chalicelib.review.store import DueIndex

        return Reviewer(self.customers, self.log, DueIndex(self.db), self.queues, self.rules, self.now)

    @cached_property
    def engine(self) -> Engine:
        """Journeys."""
        from chalicelib.journeys import engine

        return engine.build(self.db, self.queues, self.now, self.consent, self.prices, self.retention, self.events)

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """Messages."""
        import secrets

        from chalicelib.messages.channels import Sender
        from chalicelib.messages.dispatch import Dispatcher
        from chalicelib.messages.pace import Pace
        from chalicelib.messages.permission import Policy
        from chalicelib.messages.store import SituationStore
        from chalicelib.messages.templates import CurrentTemplates

        settings = self.settings
        return Dispatcher(
            sends=self.sends,
            situations=SituationStore(self.db),
            templates=CurrentTemplates(self.db, self.now),
            queues=self.queues,
            secrets=self.secrets,
            gateways={"email": self.mailer},
            sender=Sender(settings.sender, settings.configuration_set),
            policy=Policy(only_to=None if settings.production else settings.allowed_recipients),
            postal_address=settings.postal_address,
            clock=self.now,
            token=lambda: secrets.token_hex(16),
            turn=Pace(self.mailer.rate, time.monotonic, time.sleep).turn,
            consent=self.consent,
            prices=self.prices,
        )

    @cached_property
    def desk(self) -> Desk:
        """What SES reports."""
        from chalicelib.messages.feedback import Desk

        return Desk(self.sends, self.events, self.parked, self.now)


_running: Perennial | None = None


def perennial() -> Perennial:
    """The application of this container, built when it is first asked for."""
    if _running is None:
        telemetry.start_logging()
        run(Perennial(settings.current()))
    assert _running is not None
    return _running


def run(application: Perennial | None) -> None:
    """Let `application` be the one of this process: a test's, over fakes; None for the next one to be built anew."""
    global _running  # the one thing that a container holds on to between its calls
    _running = application
