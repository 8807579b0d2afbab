"""``python -m infra.local up|down|status|run|demo|forget``: the local cloud from the command line."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, Final

from infra.aws import Stopped, explained
from infra.local import deployment
from infra.local.cloud import Cloud, Unavailable
from infra.local.places import Places
from infra.local.steps import Steps
from infra.package import PackagingFailed

_FAILURES: Final = (Unavailable, Stopped, PackagingFailed)


def main(arguments: list[str] | None = None) -> int:
    """Run a command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description="The local cloud.")
    parser.add_argument("command", choices=sorted(_COMMANDS))
    options = parser.parse_args(arguments)
    _shed_the_environment()
    try:
        cloud = Cloud(Places.of(), Steps())
        with explained():
            return _COMMANDS[options.command](cloud)
    except ValueError as wrong:
        print(wrong, file=sys.stderr)
    except _FAILURES as failure:
        print(f"\n{failure}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nInterrupted. What runs is shown by `make status` and stopped by `make down`.", file=sys.stderr)
    return 1


def _up(cloud: Cloud) -> int:
    _tell(cloud, cloud.up())
    return 0


def _down(cloud: Cloud) -> int:
    stopped = cloud.down()
    print(f"Stopped {' and '.join(stopped)}." if stopped else "Nothing was running.", file=sys.stderr)
    return 0


def _status(cloud: Cloud) -> int:
    running = cloud.running()
    for name in ("ministack", "mailbox"):
        print(f"{name:<10} {f'runs (pid {running[name]})' if name in running else 'does not run'}")
    if running and (described := cloud.described()):
        print(f"endpoint   {described['endpoint']}\ninbox      {described['mailbox']}/")
    return 0


def _forget(cloud: Cloud) -> int:
    cloud.down()
    deployment.forget(cloud.places)
    print("The local cloud is empty.", file=sys.stderr)
    return 0


def _run(cloud: Cloud) -> int:
    return _replay(cloud, stay=True)


def _demo(cloud: Cloud) -> int:
    return _replay(cloud, stay=False)


def _replay(cloud: Cloud, *, stay: bool) -> int:
    """Up, the replay, and either stay until Ctrl-C or tell the summary; then stop whatever this command started."""
    from infra.demo import replay  # the SDK that it posts with is of no use to the other commands

    ours = not cloud.running()
    signal.signal(signal.SIGTERM, _interrupt)
    last_line: str | None = None
    try:
        described = cloud.up()
        summary = replay.run(described, echo=lambda line: print(line, file=sys.stderr), stay=stay)
        last_line = replay.last_line(summary)
        if stay:
            print(last_line)
            _tell(cloud, described)
            print("\nCtrl-C stops it.", file=sys.stderr)
            signal.pause()
    except KeyboardInterrupt:
        print("", file=sys.stderr)
        return_code = 0 if stay and last_line else 130
    else:
        return_code = 0
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it behind
        if ours:
            cloud.down()
    if last_line and not stay:
        print(last_line, flush=True)
    return return_code


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _tell(cloud: Cloud, described: dict[str, Any]) -> None:
    """Where everything is, and what to try next."""
    api, secret = described["endpoint"], described["secret_key"]
    ask = f"curl -s -H 'Authorization: Bearer {secret}'"
    post = f"curl -s -u '{described['write_key']}:' -H 'Content-Type: application/json' {api}/v1/track -d"
    print(f"""
  Endpoint    {api}
  Write key   {described["write_key"]}
  Secret key  {secret}
  Inbox       {described["mailbox"]}/
  API         {api}/docs

  Try:
    {ask} {api}/v1/reports/lifecycle
    {ask} '{api}/v1/customers?stage=at_risk&limit=3'
    {post} '{{"userId":"ada","event":"Product Viewed"}}'
  All of this stands in {cloud.places.described}.""")


def _shed_the_environment() -> None:
    """Nothing here may reach AWS or a proxy by the settings of whoever types the command."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ.update(
        AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true"
    )
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"


_COMMANDS: Final[dict[str, Callable[[Cloud], int]]] = {
    "up": _up,
    "down": _down,
    "status": _status,
    "run": _run,
    "demo": _demo,
    "forget": _forget,
}

if __name__ == "__main__":
    sys.exit(main())
