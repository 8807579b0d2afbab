"""The link in a mail, as people, mail programs and scanners use it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes.world import World
from tests.flow.story import joins, unsubscribe_path

ONE_CLICK = b"List-Unsubscribe=One-Click"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_following_the_link_changes_nothing(shop: World, method: str) -> None:
    (mail,) = shop.mails("bob@example.com")
    before = shop.everything()
    answer = shop.http.request(method, unsubscribe_path(mail))
    shop.settle()
    assert shop.everything() == before
    if method == "GET":
        assert answer.status == 200
        assert '<form method="post"><button type="submit"' in answer.text


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", ONE_CLICK),
        ("application/x-www-form-urlencoded", b"confirm=yes"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
        ),
        ("text/plain", b""),
        ("application/octet-stream", b"\x00\xff"),
        ("", b""),
    ],
)
def test_a_post_acts_at_once_and_only_once(shop: World, content_type: str, body: bytes) -> None:
    (mail,) = shop.mails("bob@example.com")
    shop.wait(timedelta(minutes=1))
    for _ in range(3):
        answer = shop.http.request(
            "POST", unsubscribe_path(mail), headers={"Content-Type": content_type} if content_type else {}, body=body
        )
        assert (answer.status, "You are unsubscribed" in answer.text) == (200, True)
        assert "location" not in answer.headers
    shop.settle()
    (said,) = shop.customer("bob")["consents"]
    assert (said["to"], said["granted"]) == ("email", False)
    titles = [entry["title"] for entry in shop.customer("bob")["timeline"]]
    assert titles.count("Unsubscribed") == 1
    assert shop.customer("ada")["consents"][0]["granted"] is True


def test_who_subscribes_again_may_leave_again_by_an_old_link(shop: World) -> None:
    (mail,) = shop.mails("bob@example.com")
    for expected in (False, True, False):
        shop.wait(timedelta(minutes=2))
        if expected:
            joins(shop, "bob", again=True)
        else:
            shop.http.request("POST", unsubscribe_path(mail), body=ONE_CLICK)
        shop.settle()
        assert shop.customer("bob")["consents"][0]["granted"] is expected


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("spoil", ["", "x", "1", "cut", "more", "other version", "%00", "../../v1/customers", "é"])
def test_whatever_is_wrong_with_a_link_the_answer_is_the_same(shop: World, method: str, spoil: str) -> None:
    (mail,) = shop.mails("bob@example.com")
    token = unsubscribe_path(mail).removeprefix("/u/")
    spoiled = {"": token[::-1], "cut": token[:-1], "more": f"{token}A", "other version": f"2{token[1:]}"}
    before = shop.everything()
    path = "/u/" + spoiled.get(spoil, spoil).replace("/", "%2F")
    answer = shop.http.request(method, path.encode().decode("latin-1"), body=ONE_CLICK)
    shop.settle()
    assert (answer.status, "This link does not work" in answer.text) == (404, True)
    assert shop.everything() == before


def test_the_page_is_inert_and_tells_nobody(shop: World) -> None:
    (mail,) = shop.mails("bob@example.com")
    answer = shop.http.request("GET", unsubscribe_path(mail))
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert (answer.headers["referrer-policy"], answer.headers["cache-control"]) == ("no-referrer", "no-store")
    assert "<script" not in answer.text
    assert "bob" not in answer.text
    assert '<html lang="en">' in answer.text
