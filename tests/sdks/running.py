"""Running one case: the SDK's program on one side, the deployed API on the other, and a record of what passed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.sdks.cases import Case
from tests.sdks.certificate import Certificate
from tests.sdks.recorder import Recorder, Seen
from tests.sdks.trap import Trap

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent.parent
PATIENCE: Final = 45.0  # seconds for one program
_PYTHON: Final = ROOT / ".local" / "sdks" / "bin" / "python"
_MODULES: Final = HERE / "node" / "node_modules"


@dataclass(frozen=True)
class Run:
    """What came of a case.

    person: the user id that everything was said of. seen: the requests, in the order of their answers.
    errors: what the client was told. abroad: what was requested of hosts other than this one.
    log:    whatever the program wrote besides.
    """

    person: str
    seen: tuple[Seen, ...]
    errors: tuple[str, ...]
    abroad: tuple[str, ...]
    log: str

    @property
    def posts(self) -> list[Seen]:
        """The requests that carry something."""
        return [seen for seen in self.seen if seen.posts]

    def acknowledged(self) -> list[dict[str, Any]]:
        """The calls that were answered with 200, again when they came again."""
        return [call for seen in self.posts if seen.status == 200 for call in seen.calls()]

    def visitors(self) -> set[str]:
        """The anonymous subjects of which the requests speak: a browser's, until it is told who they are."""
        calls = [call for seen in self.posts for call in seen.calls()]
        return {f"a#{call['anonymousId']}" for call in calls if call.get("anonymousId") and not call.get("userId")}

    def __str__(self) -> str:
        passed = "\n".join(f"  {seen}" for seen in self.seen)
        return f"{self.person}\nrequests:\n{passed}\nerrors: {self.errors}\nlog:\n{self.log[-4000:]}"


def run(case: Case, endpoint: str, key: str, certificate: Certificate, home: Path) -> Run:
    """Run a server's SDK to its end."""
    person = somebody(case)
    tls = certificate.context() if case.sdk.https else None
    with Recorder(endpoint, case.faults, tls) as recorder, Trap() as trap:
        asked = {
            "target": endpoint if case.direct else recorder.url,
            "key": case.sdk.written(key),
            "person": person,
            "calls": case.calls,
            "options": dict(case.options),
        }
        command = [*_interpreter(case.sdk.where), str(HERE / case.sdk.where / case.sdk.program), json.dumps(asked)]
        ended = subprocess.run(
            command,
            env=_environment(home, trap, certificate),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        log = f"{ended.stdout}\n{ended.stderr}"
        assert ended.returncode == 0, f"the program ended with {ended.returncode}\n{log}\n{recorder.seen}"
        errors = json.loads(ended.stdout.splitlines()[-1])["errors"]
        return Run(person, tuple(recorder.seen), tuple(errors), tuple(trap.asked), log)


def somebody(case: Case) -> str:
    """A user id that nobody else has, with characters that paths have to quote."""
    return f"{case}+{uuid.uuid4().hex[:12]}@example.com"


def _interpreter(where: str) -> list[str]:
    if where == "python":
        assert _PYTHON.exists(), f"{_PYTHON} is missing: `make test-sdks` makes it"
        return [str(_PYTHON)]
    return [node()]


def node() -> str:
    """Where Node is."""
    found = shutil.which("node")
    assert found, "Node is missing: `make test-sdks` installs it, or apt-get install nodejs npm"
    assert _MODULES.exists(), f"{_MODULES} is missing: `make test-sdks` makes it"
    return found


def _environment(home: Path, trap: Trap, certificate: Certificate) -> dict[str, str]:
    """Nothing of whoever runs the tests; our certificate is trusted, and what wants to go elsewhere is caught."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "HTTP_PROXY": trap.url,
        "HTTPS_PROXY": trap.url,
        "NO_PROXY": "127.0.0.1",
        "REQUESTS_CA_BUNDLE": str(certificate.path),
        "NODE_EXTRA_CA_CERTS": str(certificate.path),
        "NODE_NO_WARNINGS": "1",
    }
