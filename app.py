"""Every Lambda of Perennial, in the order in which a fact travels. What each does is said where it is done."""

from __future__ import annotations

from typing import Any

from chalice.app import Chalice, CloudWatchEvent, Cron, DynamoDBEvent, Rate, SQSEvent

from chalicelib import api, resources, settings, wiring

app = Chalice(app_name="perennial")
if settings.serves_http():
    api.register(app)  # events and webhooks in, definitions and questions of marketers, recipients' pages


@app.on_dynamodb_record(resources.placeholder_stream(resources.EVENTS), batch_size=100)
def project_events(event: DynamoDBEvent) -> Any:
    """Stored events become facts: each customer of the batch is folded and judged anew."""
    return wiring.perennial().project_events(event.to_dict())


@app.on_dynamodb_record(resources.placeholder_stream(resources.CUSTOMERS), batch_size=50)
def start_journeys(event: DynamoDBEvent) -> Any:
    """What follows from a change of a customer (its outbox) starts journeys and is kept as history."""
    return wiring.perennial().start_journeys(event.to_dict())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def tick(event: CloudWatchEvent) -> Any:
    """Once a minute: whatever falls due soon is handed to the queues, at its moment."""
    return wiring.perennial().tick()


@app.on_sqs_message(queue_arn=resources.placeholder_queue(resources.RECOMPUTE), batch_size=10)
def review_due(event: SQSEvent) -> Any:
    """Customers whose stage changes with time alone are judged at the moment it does."""
    return wiring.perennial().review_due(event.to_dict())


@app.on_sqs_message(queue_arn=resources.placeholder_queue(resources.WALKS), batch_size=10)
def walk_due(event: SQSEvent) -> Any:
    """Enrolments whose wait is over walk on through their journey."""
    return wiring.perennial().walk_due(event.to_dict())


@app.on_sqs_message(queue_arn=resources.placeholder_queue(resources.TRANSACTIONAL), batch_size=10)
def send_transactional(event: SQSEvent) -> Any:
    """Messages that somebody waits for leave, with permission and at most once."""
    return wiring.perennial().send(resources.TRANSACTIONAL, event.to_dict())


@app.on_sqs_message(queue_arn=resources.placeholder_queue(resources.JOURNEYS), batch_size=10)
def send_journeys(event: SQSEvent) -> Any:
    """Messages of journeys leave, with permission and at most once."""
    return wiring.perennial().send(resources.JOURNEYS, event.to_dict())


@app.on_sqs_message(queue_arn=resources.placeholder_queue(resources.BULK), batch_size=10)
def send_bulk(event: SQSEvent) -> Any:
    """Messages of broadcasts leave, with permission and at most once."""
    return wiring.perennial().send(resources.BULK, event.to_dict())


@app.on_sqs_message(queue_arn=resources.placeholder_queue(resources.FEEDBACK), batch_size=10)
def take_feedback(event: SQSEvent) -> Any:
    """What SES says of a message (delivered, bounced, clicked) is an event like any other."""
    return wiring.perennial().take_feedback(event.to_dict())


@app.on_dynamodb_record(resources.placeholder_stream(resources.WORK), batch_size=1)
def work_jobs(event: DynamoDBEvent) -> Any:
    """Imports, erasures and exports go on by a slice; what a slice saves calls for the next one."""
    return wiring.perennial().work_jobs(event.to_dict())


@app.on_dynamodb_record(resources.placeholder_stream(resources.WORK), batch_size=1)
def refit(event: DynamoDBEvent) -> Any:
    """Once a week, and when somebody asks: the models are fitted to the customers anew, and adopted or refused."""
    return wiring.perennial().refit(event.to_dict())


@app.schedule(Cron(5, 0, "*", "*", "?", "*"))
def census(event: CloudWatchEvent) -> Any:
    """Every night, soon after midnight (UTC): a sample of the customers becomes the figures of the reports."""
    return wiring.perennial().census()
