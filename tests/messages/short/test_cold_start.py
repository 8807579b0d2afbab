"""Who sends mails only pays for no other channel: not at a cold start, and not with a message."""

from __future__ import annotations

import subprocess
import sys

SENDING_A_MAIL = """
import sys
from tests.messages.world import world
at, row = world()
assert at.dispatch(row) == "sent"
import app
from chalicelib import wiring, settings
perennial = wiring.Perennial(settings.read(dict.fromkeys(settings.variables(), "1")))
assert set(perennial.gateways) == {"email", "sms", "push", "webhook", "task", "onsite"}
mine = ("channels.sms", "channels.push", "messages.pushing", "messages.gsm", "messages.texting", "messages.brief")
mine += ("aws.texts", "aws.pushes", "tracking.keywords", "sources.sms")
print([name for name in sys.modules if name.startswith("chalicelib.") and name.endswith(mine)])
"""


def test_a_mail_imports_nothing_of_telephones() -> None:
    run = subprocess.run(
        [sys.executable, "-c", SENDING_A_MAIL],
        capture_output=True,
        text=True,
        check=False,
        env={"SERVES_HTTP": "no", "AWS_DEFAULT_REGION": "us-east-1", "PYTHONPATH": "."},
    )
    assert (run.stdout.strip(), run.stderr[-500:] if run.returncode else "") == ("[]", "")
