"""Look after a deployment's facts: prove that they are the fold of the stored events, or make them so.

    python -m infra.operate rebuild --check --all --stage dev
    python -m infra.operate rebuild --customer 42 --stage dev

Uses ordinary AWS credentials; `--stage local` is the local cloud that `.local/cloud.json` describes. `--check` writes
nothing and ends with status 1 if anything differs. Events that are still on their way through the stream count as a
difference (`uncounted`): ask again when it is quiet. So do conditions (who is in which segment, what journeys wait for)
that are not what their rules say of the events. Without `--check` the customers are rebuilt, which is safe at any time
and as often as one likes.

Checking everybody reads both tables once in whole and then each customer's events once more; it holds the ids of all
customers in memory, about 100 MB for a million.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import boto3

from chalicelib import times
from chalicelib.aws.database import Database, Item
from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.catalog.store import DefinitionStore
from chalicelib.customers.home import Home
from chalicelib.customers.identity import customer_id
from chalicelib.customers.prices import Prices
from chalicelib.customers.retention import Retention
from chalicelib.customers.standing import SETTING, Settings
from chalicelib.customers.store import CustomerStore
from chalicelib.customers.words import Words
from chalicelib.errors import Transient
from chalicelib.lifecycle.frame import frames
from chalicelib.lifecycle.own_frames import Frames
from chalicelib.lifecycle.settings import Lifecycle, parameters_of
from chalicelib.lifecycle.store import CurrentFit, FitStore
from chalicelib.resources import EVENTS
from chalicelib.review.advance import Rules
from chalicelib.review.rebuild import Difference, Rebuilder
from chalicelib.review.store import EventLog, WatchList, concerns_facts
from chalicelib.review.survey import Survey
from chalicelib.segments.conditions.store import ConditionStore
from chalicelib.segments.store import HistoryStore
from infra import stages
from infra.aws import Account, Stopped, account, explained
from infra.demo.progress import Progress
from infra.local.places import Places
from infra.local.processes import Processes

LOCAL: Final = "local"
WORKERS: Final = 8
SHOWN: Final = 200  # characters of a value in a line

Tell = Callable[[float], None]
_Answer = TypeVar("_Answer")


class Operator:
    """What the commands do, on any database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._customers = CustomerStore(db)
        self._conditions = ConditionStore(db, times.utcnow)
        survey = Survey(self._customers, HistoryStore(db).read, lambda v: self._conditions.live(at_least=v))
        self._rebuilder = Rebuilder(self._customers, EventLog(db), survey)

    def everybody(self) -> list[str]:
        """Everybody of whom there is an event or a state: an event that was never counted must show too."""
        with ThreadPoolExecutor(WORKERS) as pool:
            stored = set[str]().union(*pool.map(self._subjects, range(WORKERS)))
            kept = set[str]().union(*pool.map(self._states, range(WORKERS)))
        return sorted(stored | kept)

    def check(self, customers: Collection[str], tell: Tell) -> list[Difference]:
        """Where kept facts are not the fold of the stored events, or conditions not what their rules say of it."""
        rules = self._rules()
        checked = self._each(lambda one: self._rebuilder.check(one, rules, times.utcnow()), customers, tell)
        return [found for differences in checked for found in differences]

    def rebuild(self, customers: Collection[str], tell: Tell) -> int:
        """Fold the stored events of each anew; how many events that were."""
        rules = self._rules()
        rebuilt = self._each(lambda one: self._rebuilder.rebuild(one, rules, times.utcnow()), customers, tell)
        return sum(done.events for done in rebuilt)

    def _rules(self) -> Rules:
        """What reviews go by, by the settings and the fit that stand."""
        workspace = Settings(DefinitionStore(self._db, SETTING), times.utcnow)
        lifecycle, fitted = workspace.get(Lifecycle), CurrentFit(FitStore(self._db), times.utcnow).get()
        prices, version = Prices.standing(workspace), workspace.version(Lifecycle)
        return Rules(
            parameters_of(lifecycle, fitted, prices.exchange, version=version),
            WatchList(self._db, times.utcnow).names(),
            workspace.get(Retention).events,
            workspace.get(Words).vocabulary(lifecycle.preset),
            self._conditions.live(),
            prices,
            workspace.get(Home).zone,
            frames(workspace.get(Frames).by_name()),
        )

    def _each(self, work: Callable[[str], _Answer], customers: Collection[str], tell: Tell) -> Iterator[_Answer]:
        with ThreadPoolExecutor(WORKERS) as pool:
            asked = [pool.submit(work, customer) for customer in customers]
            for count, answer in enumerate(as_completed(asked), 1):
                tell(count)
                yield answer.result()

    def _subjects(self, segment: int) -> set[str]:
        subjects: set[str] = set()
        start: Item | None = None
        while True:
            page = self._db.scan(EVENTS, segment=segment, segments=WORKERS, start=start)
            subjects.update(item["pk"] for item in page.items if concerns_facts(item))
            start = page.next
            if start is None:
                return subjects

    def _states(self, segment: int) -> set[str]:
        return {state.customer for state in self._customers.everybody(segment=segment, segments=WORKERS)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status."""
    asked = _parser().parse_args(arguments)
    try:
        with explained():
            return run(Operator(database(asked.stage, asked.profile, asked.region)), asked)
    except (Stopped, Transient) as stopped:
        print(f"\n{stopped}", file=sys.stderr)
        return 1


def run(operator: Operator, asked: argparse.Namespace) -> int:
    """Do what was asked, say what came of it; the exit status."""
    progress = Progress()
    customers = operator.everybody() if asked.all else [customer_id(spoken) for spoken in asked.customer]
    try:
        with progress.bar("checked" if asked.check else "rebuilt", len(customers)) as tell:
            if not asked.check:
                events = operator.rebuild(customers, tell)
            else:
                found = operator.check(customers, tell)
    finally:
        progress.close()
    if not asked.check:
        print(f"{len(customers)} customers rebuilt from {events} events")
        return 0
    for one in sorted(found, key=lambda one: (one.customer, one.what)):
        print(f"{one.customer}: {one.what} is {one.kept[:SHOWN]}, the stored events say {one.folded[:SHOWN]}")
    different = len({one.customer for one in found})
    print(f"{len(customers)} customers checked, {different} differ from the fold of their events")
    return 1 if different else 0


def database(stage: str, profile: str | None = None, region: str | None = None) -> Database:
    """The tables of a stage, those that a restore put in place included."""
    where = local_account() if stage == LOCAL else account(profile, region)
    return DynamoDatabase(where.client("dynamodb"), stages.table_names(stage))


@dataclass(frozen=True)
class LocalAccount(Account):
    """The local cloud, in which the mailbox is SES."""

    mailbox: str = ""

    def client(self, service: str) -> Any:
        """A client of the one or the other."""
        return Account(self.session, self.mailbox if service == "sesv2" else self.endpoint).client(service)


def local_account(places: Places | None = None) -> Account:
    """The local cloud, where one runs. Raises Stopped."""
    places = places or Places.of()
    if not places.described.exists():
        raise Stopped("There is no local cloud. `make up` starts it.")
    if not Processes(places.processes).all():
        raise Stopped("The local cloud does not run. `make up` starts it, with what it holds.")
    cloud: dict[str, Any] = json.loads(places.described.read_text(encoding="utf-8"))
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=cloud["region"])
    return LocalAccount(session, cloud["aws"], cloud["mailbox"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.operate", description="The facts of a deployment.")
    commands = parser.add_subparsers(dest="command", required=True)
    rebuild = commands.add_parser("rebuild", help="fold the stored events anew")
    rebuild.add_argument("--check", action="store_true", help="write nothing; say what differs")
    who = rebuild.add_mutually_exclusive_group(required=True)
    who.add_argument("--customer", action="append", metavar="ID", help="42, u#42 or a#b1; may be repeated")
    who.add_argument("--all", action="store_true", help="everybody")
    rebuild.add_argument("--stage", required=True, help="local, dev, prod...")
    rebuild.add_argument("--profile", help="of the AWS configuration")
    rebuild.add_argument("--region")
    return parser


if __name__ == "__main__":
    sys.exit(main())
