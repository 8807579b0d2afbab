"""Where a local cloud lives: its folder, its ports, its addresses."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
STAGE: Final = "local"
REGION: Final = "us-east-1"
ACCOUNT: Final = "000000000000"
_OFF: Final = ("0", "false", "no", "off")


@dataclass(frozen=True)
class Places:
    """One local cloud. Several can run side by side if their folders and ports differ.

    home: everything that it keeps. access: whether calls are checked against the functions' IAM policies, as on AWS.
    package: the deployment package of the stage `local`, the same for all.
    """

    home: Path = ROOT / ".local"
    cloud_port: int = 4566
    mailbox_port: int = 4580
    access: bool = True
    package: Path = ROOT / ".local" / "package"

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Places:
        """By PERENNIAL_CLOUD_PORT, PERENNIAL_MAILBOX_PORT and PERENNIAL_CLOUD_ACCESS. Raises ValueError."""
        return cls(
            cloud_port=_port(environment, "PERENNIAL_CLOUD_PORT", cls.cloud_port),
            mailbox_port=_port(environment, "PERENNIAL_MAILBOX_PORT", cls.mailbox_port),
            access=environment.get("PERENNIAL_CLOUD_ACCESS", "1").lower() not in _OFF,
        )

    @property
    def aws(self) -> str:
        """The endpoint of everything AWS but SES."""
        return f"http://127.0.0.1:{self.cloud_port}"

    @property
    def mailbox(self) -> str:
        """The endpoint of SES, and the inbox page."""
        return f"http://127.0.0.1:{self.mailbox_port}"

    @property
    def described(self) -> Path:
        """What others read to find this cloud."""
        return self.home / "cloud.json"

    @property
    def processes(self) -> Path:
        """What of it runs."""
        return self.home / "processes.json"

    @property
    def emulator(self) -> Path:
        """The emulator's own folder: state, unpacked code, temporary files."""
        return self.home / "cloud"

    @property
    def deployed(self) -> Path:
        """What was deployed here last."""
        return self.home / "deployed.json"

    def log(self, name: str) -> Path:
        """The log of a process."""
        return self.home / f"{name}.log"


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ValueError(f"{name} must be a port number, not {text!r}")
    return int(text)
