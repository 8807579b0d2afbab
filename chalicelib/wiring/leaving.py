"""Where messages leave, by channel, and what each channel is told. No container pays for a channel that it never
uses."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.wiring.judging import Judging

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chalicelib.aws.mail import Allowance
    from chalicelib.messages.channels import Gateway, Request
    from chalicelib.messages.texting import TextTerms
    from chalicelib.tracking.event import Event


class Leaving(Judging):
    """Gateways."""

    @cached_property
    def gateways(self) -> Mapping[str, Gateway]:
        """Where messages leave, by channel."""
        from chalicelib.messages.channels import OnDemand

        return OnDemand(
            {
                "email": lambda: self.mailer,
                "sms": self._heeding,
                "push": self._devices,
                "webhook": self._calls,
                "task": self._list,
                "onsite": self._list,
            }
        )

    def _calls(self) -> Gateway:
        from chalicelib.messages.calls import SignedCalls
        from chalicelib.messages.signing import PURPOSE

        return SignedCalls(self.http, lambda: self.secrets_named(PURPOSE), self.now)

    def _list(self) -> Gateway:
        from chalicelib.messages.calls import TaskList

        return TaskList()

    def _heeding(self) -> Gateway:
        from chalicelib.messages.heeding import Heeding, told

        return Heeding(self.texts, lambda request: self._state(told(request, self.now())))

    def _state(self, events: Sequence[Event]) -> None:
        if events:
            self.events.store(events)

    def _devices(self) -> Gateway:
        from chalicelib.messages.pushing import Devices, told

        def failed(request: Request, device: Mapping[str, Any], why: str, gone: bool) -> None:
            self._state(told(request, device, why, gone, self.now()))

        return Devices(self.pushes, failed)

    def text_terms(self) -> TextTerms:
        """What text messages are sent by, now."""
        from chalicelib.messages.texting import Texting, TextTerms

        reports = self.settings.configuration_set if self.settings.text_sender else ""
        return TextTerms(self.workspace.get(Texting), reports)

    def _text_rate(self) -> float:
        return self.text_terms().setting.rate

    @property
    def allowances(self) -> Mapping[str, Callable[[], Allowance]]:
        """What the account may send, by channel, where its provider or a setting says so."""
        from chalicelib.aws.mail import Allowance

        return {"email": self.mailer.allowance, "sms": lambda: Allowance(self._text_rate())}
