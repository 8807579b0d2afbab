"""The mailbox: what SES decides when a message comes in, and what a person or a test may let happen to it
afterwards."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from infra.local.mailbox import events, telephone
from infra.local.mailbox.box import Box
from infra.local.mailbox.fate import Happening, fate, simulator_name
from infra.local.mailbox.http import Request
from infra.local.mailbox.kept import Ledger
from infra.local.mailbox.mail import Mail, Refusal, accept
from infra.local.mailbox.publish import Outbox, Publisher
from infra.local.mailbox.settings import Faults, Rate, Settings

Clock = Callable[[], datetime]


class ConnectionLost(Exception):
    """The connection breaks now: the sender hears nothing, whatever was done."""


class Mailbox:
    """One account of SES in one region, all threads welcome. `start` before use, `close` after."""

    def __init__(
        self,
        box: Box,
        publisher: Publisher,
        clock: Clock,
        *,
        settings: Settings | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        ledger: Ledger | None = None,
    ) -> None:
        self.box = box
        self.settings = settings or Settings()
        self.faults = Faults()
        self.clock = clock
        self._publisher = publisher
        self._rate = Rate(monotonic)
        self._gone: set[str] = set()
        self.ledger = ledger
        self._outbox = Outbox(box, publisher, self.faults, clock, lambda: self.settings.publish)

    def start(self) -> None:
        """Publish what is due, from now on; also what an earlier run left."""
        self._outbox.start()

    def close(self) -> None:
        """Stop publishing and close the file."""
        self._outbox.stop()
        self.box.close()

    def configure(self, changes: Mapping[str, Any]) -> None:
        """Change some settings. Raises ValueError."""
        self.settings = self.settings.changed(changes)
        self._outbox.wake()

    def send(self, request: Mapping[str, Any]) -> str:
        """SendEmail: the message id. Raises Refusal as SES would, ConnectionLost and server errors as a
        test asked."""
        self._break_before()
        mail = accept(request, id=_message_id(self.clock()), at=self.clock())
        self._check(mail)
        if not self._rate.admit(len(mail.recipients), self.settings.rate):
            raise _throttled()
        lost = self.faults.take("lose_acknowledgement")
        happenings = fate(mail, self.settings, self.box.suppressed(mail.recipients))
        self.box.keep(mail, happenings, acknowledged=not lost)
        self._suppress_by(mail, happenings)
        self._outbox.wake()
        if lost:
            raise ConnectionLost
        return mail.id

    def text(self, request: Mapping[str, Any]) -> str:
        """SendTextMessage: the message id. Raises as `send`."""
        self._break_before("ThrottlingException")
        mail = telephone.text(request, id=str(uuid.uuid4()), at=self.clock())
        if not self._rate.admit(1, self.settings.rate):
            raise _throttled("ThrottlingException")
        after = mail.at + timedelta(seconds=self.settings.after)
        delivered = [Happening("TEXT_DELIVERED", after)] if self.settings.delivery > 0 else []
        return self._keep(mail, [Happening("TEXT_SUCCESSFUL", mail.at), *delivered])

    def push(self, form: Mapping[str, str]) -> str:
        """Publish to a device: the message id. Raises as `send`."""
        self._break_before("Throttled")
        mail = telephone.pushed(form, id=str(uuid.uuid4()), at=self.clock())
        if mail.recipients[0].partition(":")[2] in self._gone:
            raise Refusal("EndpointDisabled", "Endpoint is disabled")
        return self._keep(mail, [])

    def hook(self, request: Request) -> str:
        """Keep a webhook."""
        return self._keep(telephone.called(request, id=str(uuid.uuid4()), at=self.clock()), [])

    def forget(self, token: str) -> None:
        """A device's endpoint is deleted: whoever tells its token again begins anew."""
        self._gone.discard(token)

    def _keep(self, mail: Mail, happenings: list[Happening]) -> str:
        lost = self.faults.take("lose_acknowledgement")
        self.box.keep(mail, happenings, acknowledged=not lost)
        self._outbox.wake()
        if lost:
            raise ConnectionLost
        return mail.id

    def let_happen(self, mail: Mail, kind: str, detail: Mapping[str, Any]) -> None:
        """Publish another event of a kept message, as if it had happened just now. Raises ValueError for
        one that cannot be."""
        if mail.channel != "email":
            self._let_happen_on_telephone(mail, kind, detail)
            return
        if kind not in events.KINDS:
            raise ValueError(f"there is no event {kind!r}; there are {', '.join(events.KINDS)}")
        if kind == "Click" and not isinstance(detail.get("link"), str):
            raise ValueError("a Click needs its link")
        if kind == "Bounce" and detail.get("subtype", "General") not in events.BOUNCE_SUBTYPES:
            raise ValueError(f"a Bounce has one of the subtypes {', '.join(events.BOUNCE_SUBTYPES)}")
        if detail.get("recipient", mail.recipients[0]) not in mail.recipients:
            raise ValueError("the message has no such recipient")
        happening = Happening(kind, self.clock(), {"recipient": mail.recipients[0], **detail})
        self.box.add_events(mail, [happening])
        self._suppress_by(mail, [happening])
        self._outbox.wake()

    def _let_happen_on_telephone(self, mail: Mail, kind: str, detail: Mapping[str, Any]) -> None:
        if mail.channel == "push" and kind == telephone.GONE:
            self._gone.add(mail.recipients[0].partition(":")[2])
            return
        answered = kind == telephone.RECEIVED and isinstance(detail.get("text"), str)
        if mail.channel != "sms" or not (answered or kind in telephone.FATES):
            raise ValueError(f"there is no event {kind!r} of this message")
        self.box.add_events(mail, [Happening(kind, self.clock(), detail)])
        self._outbox.wake()

    def account(self) -> dict[str, Any]:
        """GetAccount."""
        sent = self.box.sent_since(self.clock() - timedelta(days=1))
        quota = {
            "Max24HourSend": self.settings.daily,
            "MaxSendRate": self.settings.rate,
            "SentLast24Hours": float(sent),
        }
        return {
            "ProductionAccessEnabled": not self.settings.sandbox,
            "SendingEnabled": True,
            "EnforcementStatus": "HEALTHY",
            "DedicatedIpAutoWarmupEnabled": False,
            "SendQuota": quota,
            "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        }

    def _break_before(self, throttled: str = "TooManyRequestsException") -> None:
        if self.faults.take("delay"):
            time.sleep(self.faults.seconds)
        if self.faults.take("lose_request"):
            raise ConnectionLost
        if self.faults.take("server_error"):
            raise Refusal("InternalFailure", "The request processing has failed because of an unknown error.", 500)
        if self.faults.take("throttle"):
            raise _throttled(throttled)

    def _check(self, mail: Mail) -> None:
        if mail.configuration_set and not self._publisher.knows(mail.configuration_set):
            raise Refusal("NotFoundException", f"Configuration set <{mail.configuration_set}> does not exist.", 404)
        unverified = [] if self.box.may_send_as(mail.sender) else [mail.sender]
        if self.settings.sandbox:
            recipients = [r for r in mail.recipients if simulator_name(r) is None]
            unverified += [recipient for recipient in recipients if not self.box.may_send_as(recipient)]
        if unverified:
            where = (
                f"The following identities failed the check in region {events.REGION.upper()}: {', '.join(unverified)}"
            )
            raise Refusal("MessageRejected", f"Email address is not verified. {where}")

    def _suppress_by(self, mail: Mail, happenings: list[Happening]) -> None:
        """Hard bounces and complaints put an address on the account's suppression list; simulator
        addresses never get there."""
        for happening in happenings:
            hard = happening.kind == "Bounce" and happening.detail.get("subtype", "General") in ("General", "NoEmail")
            complaint = happening.kind == "Complaint" and happening.detail.get("subtype") != "not-spam"
            recipient = happening.detail.get("recipient", mail.recipients[0])
            if (hard or complaint) and simulator_name(recipient) is None:
                self.box.suppress(recipient, "BOUNCE" if hard else "COMPLAINT", happening.at)


def _throttled(code: str = "TooManyRequestsException") -> Refusal:
    return Refusal(code, "Maximum sending rate exceeded.", 429)


def _message_id(now: datetime) -> str:
    return f"0100{int(now.timestamp() * 1000):012x}-{uuid.UUID(bytes=secrets.token_bytes(16), version=4)}-000000"
