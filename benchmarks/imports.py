"""How long a cold start spends on importing, as a ratio, so that the machine cancels out."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stack import environment
from chalicelib.settings import SERVES_HTTP

RUNS = 9
_ROOT = Path(__file__).parent.parent
_TIMED = "import time; started = time.process_time(); {code}; print(time.process_time() - started)"
_CLIENT = "botocore.session.get_session().create_client('dynamodb', region_name='us-east-1')"
FLOOR = f"from chalice.app import Chalice; import pydantic; import botocore.session; {_CLIENT}"
"""The least that any Lambda of this kind imports: Chalice, pydantic, one botocore client."""
APP = "import app"
APP_AND_CLIENT = "import app; from chalicelib import wiring; wiring.perennial().db"
"""What the first request waits for."""
PROJECTOR = "import app; from chalicelib import wiring; wiring.perennial().db; wiring.perennial().projector"
"""What the first batch of the events' stream waits for."""


@dataclass(frozen=True)
class Imports:
    """Seconds of processor time, each the least of several fresh interpreters.

    worker:    `import app` in a function that serves no HTTP. projector: until the first of these is ready.
    projector_with_http: the same if it imported the endpoints too.
    uncompiled: `import app` from a package without byte code, as Lambda would run one.
    """

    floor: float
    app: float
    app_and_client: float
    worker: float = 0.0
    projector: float = 0.0
    projector_with_http: float = 0.0
    uncompiled: float = 0.0

    @property
    def ratio(self) -> float:
        """`import app` against the floor."""
        return self.app / self.floor

    @property
    def ready_ratio(self) -> float:
        """The same with the application's own first client made, which the floor has too."""
        return self.app_and_client / self.floor


def measure() -> Imports:
    """Run each in turn, so that a slow moment of the machine falls on all of them."""
    runs = (
        (FLOOR, True, True),
        (APP, True, True),
        (APP_AND_CLIENT, True, True),
        (APP, False, True),
        (PROJECTOR, False, True),
        (PROJECTOR, True, True),
        (APP, True, False),
    )
    times = [[_run(code, serves_http=http, compiled=compiled) for code, http, compiled in runs] for _ in range(RUNS)]
    return Imports(*(min(column) for column in zip(*times, strict=True)))


def _run(code: str, *, serves_http: bool, compiled: bool) -> float:
    deployment = environment("http://127.0.0.1:9")  # nothing is asked of AWS: any address will do
    kept = os.path.join(tempfile.gettempdir(), f"perennial-bench-{'pyc' if compiled else 'none'}")
    # All code from its bytecode, the libraries' and ours: else the floor is spared the compiling that we are charged.
    caching = {"PYTHONPYCACHEPREFIX": kept} | ({} if compiled else {"PYTHONDONTWRITEBYTECODE": "1"})
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", _TIMED.format(code=code)],
        cwd=_ROOT,
        env={**inherited, **caching, **deployment, SERVES_HTTP: "yes" if serves_http else "no"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{code}: {done.stderr[-800:]}")
    return float(done.stdout)
