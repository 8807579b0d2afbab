"""webhook: tell another system.

    {"id": "tell-crm", "do": "webhook", "url": "https://crm.example.com/hooks/perennial",
     "body": {"name": "{{ customer.first_name }}"}}

Posts JSON, signed by Standard Webhooks, to a public https address (aws/reach.py). The texts of `body` are Liquid,
rendered when the call is made; without a body it says what happened. A call that is not answered, or answered with
"later", is tried again under the same id for as long as `within` says.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, StringConstraints

from chalicelib.aws import reach
from chalicelib.journeys.step import Moment, SendMessage, Step, StepDefinition, Taken
from chalicelib.segments.fields import Duration
from chalicelib.segments.problems import objection


def _public(url: str) -> str:
    try:
        # The local cloud's own machine is refused where the call is made, everywhere but there.
        reach.target(url, loopback=True)
    except reach.Unreachable as refused:
        raise objection("url", f"This is not called: {refused}", "Use the https address of a public server.") from None
    return url


Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_public)]


class WebhookStep(StepDefinition):
    """Call a URL with JSON."""

    do: Literal["webhook"]
    url: Url
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    body: dict[str, Any] | None = None
    within: Duration = timedelta(days=1)

    def calls(self) -> tuple[str, ...]:
        """The one URL."""
        return (self.url,)


class _Webhook:
    definition = WebhookStep

    def take(self, step: WebhookStep, moment: Moment) -> Taken:
        body = {} if step.body is None else {"body": step.body}
        content = {"url": step.url, "method": step.method, **body}
        message = SendMessage(step.id, None, "webhook", moment.message_class, step.within, content=content)
        return Taken("decided to call", decisions=(message,), outcome="decided")


plugin: Step[WebhookStep] = _Webhook()
