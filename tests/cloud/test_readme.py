"""What README.md shows works as it stands there: with the endpoint and the keys put in, nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cloud.asking import eventually
from tests.cloud.deployed import Deployed

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
ASKED = re.findall(r'"\$ENDPOINT(/v1[^"]*)"', README)


@pytest.fixture(scope="module")
def posted(deployed: Deployed) -> str:
    """The customer that README.md's program speaks of, after it ran by itself in a fresh interpreter."""
    (program,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    program = re.sub(r'"pk_[^"]*"', repr(deployed.api.write_key), program)
    program = re.sub(r'"http://127[^"]*"', repr(deployed.api.endpoint), program)
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert not ran.stderr, ran.stderr  # the SDK logs what it could not post, and goes on
    customer: str
    (customer,) = set(re.findall(r'analytics\.(?:identify|track)\("(\w+)"', program))
    return customer


def test_the_program_makes_a_customer(deployed: Deployed, posted: str) -> None:
    path = f"/v1/customers/{posted}"
    eventually("README.md's customer has ordered", lambda: deployed.api.ask("GET", path).status == 200)
    eventually("the order counts", lambda: deployed.api.ask("GET", path).json()["orders"]["count"] == 1)
    assert deployed.api.ask("GET", path).json()["traits"]["firstName"] == "Ada"


@pytest.mark.parametrize("path", ASKED)
def test_the_questions_are_answered(deployed: Deployed, posted: str, path: str) -> None:
    eventually(f"GET {path}", lambda: deployed.api.ask("GET", path).status == 200)
