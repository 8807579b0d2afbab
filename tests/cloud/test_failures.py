"""What a worker of the deployed cloud gives up is told by the API, with its queue, and by the doctor."""

from __future__ import annotations

from typing import Any

from chalicelib import resources
from tests.cloud.asking import eventually
from tests.cloud.deployed import PREFIX, Deployed


def test_a_message_that_nobody_can_work_off_is_told_of_and_discarded(deployed: Deployed) -> None:
    sqs = deployed.aws("sqs")
    url = sqs.get_queue_url(QueueName=f"{PREFIX}-{resources.WALKS}")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody='{"enrolment": "of nobody"}')
    (letter,) = eventually("it is given up", lambda: _letters(deployed), within=60, every=0.5)
    assert (letter["of"], letter["holds"], letter["replayable"]) == (
        resources.WALKS,
        {"enrolment": "of nobody"},
        True,
    )
    found = {one["subject"]: one for one in deployed.api.get("/v1/doctor")["findings"]}
    assert found["dead letters"]["says"] == "1 message was given up."
    # AWS holds a list of alarms against the name of every alarm; the emulator, against nothing that has a name.
    assert {one["subject"] for one in found.values() if one["state"] == "unknown"} <= {"alarms"}
    discarded = deployed.api.ask("POST", f"/v1/failures/{letter['id']}/discard", {})
    assert discarded.json()["outcome"] == "discarded"
    assert deployed.dead_letters() == {}


def _letters(deployed: Deployed) -> list[dict[str, Any]]:
    """What was given up by now. What a worker has failed at is seen again at once, not minutes later."""
    deployed.cloud.pass_visibility_timeouts()
    found: list[dict[str, Any]] = deployed.api.get("/v1/failures?place=letters")["failures"]
    return found
