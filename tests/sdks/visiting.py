"""Running one case in a browser: somebody visits a page of ours whose SDK talks to the deployed API."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any, Final

from tests.sdks.cases import Case, Leaving
from tests.sdks.certificate import Certificate
from tests.sdks.chromium import Chromium, Page
from tests.sdks.recorder import Recorder
from tests.sdks.running import HERE, PATIENCE, Run, node, somebody
from tests.sdks.site import Site
from tests.sdks.trap import Trap

_LETTERS: Final = ("/v1/i", "/v1/t", "/v1/p")  # where analytics.js posts
_LATE: Final = 0.3  # seconds for what comes again although it was answered


def visit(case: Case, endpoint: str, key: str, certificate: Certificate, browser: Chromium) -> Run:
    """Let a browser's SDK say what it is asked, and leave the page as the case wants it."""
    person = somebody(case)
    tls = certificate.context() if case.sdk.https else None
    with Recorder(endpoint, case.faults, tls) as recorder, Trap() as trap, Site(_snippet(case, recorder, key)) as site:
        page = browser.page(trap.url)
        page.prepare(f"window.asked = {json.dumps(_asked(case, recorder, key, person))}")
        page.go(f"{site.url}/{case.sdk.program}")
        page.until("window.said")
        told = _told(case, page, recorder, site)
        log = "\n".join([*page.said, *(f"{status} {url}" for url, status in page.answered)])
        return Run(person, tuple(recorder.seen), tuple(told), (*trap.asked, *page.abroad()), log)


def _told(case: Case, page: Page, recorder: Recorder, site: Site) -> list[str]:
    """Wait until everything has arrived, leave when it is time to, and say what the page was told of errors."""
    match case.leaving:
        case Leaving.CLOSES:
            assert not recorder.posts, f"it did not wait: {recorder.posts}"
            page.close()
            _await_all(case, page, recorder)
            return []
        case Leaving.GOES:
            assert not recorder.posts, f"it did not wait: {recorder.posts}"
            page.go(f"{site.url}/elsewhere.html")
            _await_all(case, page, recorder)
            return []
        case Leaving.RETURNS:
            recorder.wait(lambda: [post.status for post in recorder.posts].count(503) >= len(case.faults), PATIENCE)
            page.go(f"{site.url}/{case.sdk.program}?again")
            page.until("window.said")
    _await_all(case, page, recorder)
    told: list[str] = page.evaluate("window.errors")
    page.close()
    return told


def _await_all(case: Case, page: Page, recorder: Recorder) -> None:
    def arrived() -> bool:
        if case.direct:
            return len([url for url, status in page.answered if url.endswith(_LETTERS) and status == 200]) >= len(
                case.calls
            )
        return len({str(call.get("messageId")) for call in recorder.acknowledged()}) >= len(case.calls)

    if not case.lost:
        came = recorder.wait(arrived, PATIENCE) if not case.direct else _in_time(arrived)
        passed = "\n".join(map(str, recorder.seen))
        assert came, f"waited in vain for {case.calls}\n{passed}\n{page.answered}\nconsole: {page.said}"
    time.sleep(_LATE)


def _in_time(arrived: Any) -> bool:
    end = time.monotonic() + PATIENCE
    while not arrived() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(arrived())


def _asked(case: Case, recorder: Recorder, key: str, person: str) -> dict[str, Any]:
    return {
        "target": recorder.url,
        "host": recorder.host,
        "scheme": recorder.url.partition(":")[0],
        "key": case.sdk.written(key),
        "person": person,
        "calls": case.calls,
        "options": dict(case.options),
    }


def _snippet(case: Case, recorder: Recorder, key: str) -> str:
    """What @segment/snippet prints for a website, where the case's page has a place for it."""
    if "snippet" not in case.sdk.program:
        return ""
    load = (
        True
        if case.direct
        else {"integrations": {"Segment.io": {"apiHost": f"{recorder.host}/v1", "protocol": "https"}}}
    )
    asked = {"host": recorder.host, "apiKey": key, "useHostForBundles": True, "page": False, "load": load}
    command = [node(), str(HERE / "node" / "snippet.mjs"), json.dumps(asked)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
