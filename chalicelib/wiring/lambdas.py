"""The application: a method for each Lambda, in the order of app.py."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.aws import queues as sqs
from chalicelib.aws import streams, telemetry
from chalicelib.wiring.operating import Operating

if TYPE_CHECKING:
    from chalicelib.customers.state import State

Answer = dict[str, Any]


class Perennial(Operating):
    """One deployment's application: what it is made of, and a method for each Lambda."""

    def project_events(self, event: Mapping[str, Any]) -> Answer:
        """Count the events of a batch of the events table's stream."""
        report = self.projector.project(streams.new_images(event), self.now())
        self.tally.write(self.now())
        telemetry.count("project_events", report)
        return {"batchItemFailures": []}

    def start_journeys(self, event: Mapping[str, Any]) -> Answer:
        """Follow the outboxes in a batch of the customers table's stream."""
        from chalicelib.journeys.enrol import start_journeys

        records = streams.new_images(event)
        failed = dict.fromkeys([*start_journeys(records, self.engine), *self.follower.follow(records)])
        return {"batchItemFailures": [{"itemIdentifier": sequence} for sequence in failed]}

    def tick(self) -> Answer:
        """Hand what falls due soon to the queues, and start what the calendar has brought."""
        from chalicelib.jobs.occurrences import start_due
        from chalicelib.journeys.schedule.store import ScheduleStore
        from chalicelib.review.due import tick
        from chalicelib.review.store import DueIndex

        found = tick(DueIndex(self.db), self.queues, self.now())
        found["occurrences"] = start_due(ScheduleStore(self.db), self.jobs, self.now())
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
        self.began = time.monotonic()
        answer = sqs.work_off(event, lambda body: outcomes.update(map(str, handle(queue, body, self.sender(queue)))))
        self.noted.write(str(self.now()))
        telemetry.count(f"send_{queue}", outcomes)
        return answer

    def take_feedback(self, event: Mapping[str, Any]) -> Answer:
        """Take what SES reports."""
        from chalicelib.messages.feedback import take

        answer = sqs.work_off(event, lambda body: take(body, self.desk))
        self.noted.write(str(self.now()))
        telemetry.count("take_feedback", {"paused": len(self.watch.write(self.now()))})
        return answer

    def work_jobs(self, event: Mapping[str, Any]) -> Answer:
        """Do a slice of each job in a batch of the work table's stream."""
        from chalicelib.jobs.run import Runner

        runner = Runner(self.db, self.files, self.queues, self.secrets, self.now, around=self.around)
        done = Counter(runner.work(record.item) for record in streams.new_images(event))
        telemetry.count("work_jobs", done)
        return {"batchItemFailures": []}

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

    def census(self) -> Answer:
        """Take the night's census of the customers, from which reports are answered, and on the way count which
        products go together, from which they are recommended, and how many are in each segment. Then have SES's list
        of suppressed addresses read."""
        from chalicelib.jobs.suppressions import nightly
        from chalicelib.products.book import fitting
        from chalicelib.products.together import Watcher
        from chalicelib.segments.sizes import Watcher as Insiders
        from chalicelib.segments.sizes.store import SizeStore

        now = self.now()
        watcher, insiders = Watcher(now.toordinal() // 7), Insiders(self.conditions.live())

        def watch(state: State) -> None:
            watcher.see(state.facts.interests)
            insiders.see(state)

        taken = self.censuses.tonight(watch)
        SizeStore(self.db).keep(insiders.estimate(taken.customers, now))
        book, packed = fitting(watcher, now)
        self.books.keep(packed)
        self.jobs.start(nightly(now))
        done = {"customers": taken.customers, "sampled": taken.sampled, "baskets": book.baskets}
        telemetry.count("census", done)
        return done
