"""task: ask a person to do something: call, write a letter, look at an order.

    {"id": "call", "do": "task", "title": "Call {{ customer.first_name | default: 'the customer' }}",
     "text": "Ask how the delivery went.", "channel": "phone", "owner": "support", "due": "P2D"}

The task is on the list at `GET /v1/tasks`. Title and text are Liquid, rendered when the task is made. On the channels
`phone` and `post` permission is asked as for a message: who has not agreed to be called is not called. `other` is work
that reaches nobody. What came of it is an event of the customer, `Task Completed` with its `outcome`, for which
`wait_until` may wait.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import StringConstraints

from chalicelib import times
from chalicelib.journeys.step import Moment, SendMessage, Step, StepDefinition, Taken
from chalicelib.segments.fields import Duration, Title


class TaskStep(StepDefinition):
    """Put a task on the list. due: how long it may take. within: how long it is worth putting on the list at all."""

    do: Literal["task"]
    title: Title
    text: Annotated[str, StringConstraints(max_length=10_000)] = ""
    channel: Literal["phone", "post", "other"] = "phone"
    owner: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = None
    due: Duration = timedelta(days=2)
    within: Duration = timedelta(days=7)


class _Task:
    definition = TaskStep

    def take(self, step: TaskStep, moment: Moment) -> Taken:
        due = {"due": times.text(moment.now + step.due)}
        owner = {"owner": step.owner} if step.owner else {}
        content = {"title": step.title, "text": step.text, "by": step.channel, **due, **owner}
        message = SendMessage(step.id, None, "task", moment.message_class, step.within, content=content)
        return Taken(f"decided on a task: {step.title}", decisions=(message,), outcome="decided")


plugin: Step[TaskStep] = _Task()
