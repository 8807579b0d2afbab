"""Which mails the replay waits for: those of today, for people who gave permission."""

from __future__ import annotations

from infra.demo import letters
from infra.demo.visitors import NO_PERMISSION, UNSUBSCRIBER
from tests.demo.sample import calls


def test_who_identified_today_with_permission_is_welcomed_and_who_becomes_at_risk_is_won_back() -> None:
    wanted = letters.wanted(calls(), {"u#13656"})
    assert ("customer-13656@shop.example", "win_back") in wanted
    welcomed = {address for address, journey in wanted if journey == "welcome"}
    assert {"customer-12713@shop.example", f"{UNSUBSCRIBER}@visitors.example"} <= welcomed
    assert f"{NO_PERMISSION}@visitors.example" not in welcomed
    assert len(welcomed) == 5


def test_a_mail_says_by_its_tags_whose_it_is() -> None:
    mail = {"to": ["customer-13656@shop.example"], "tags": {"customer": "dSMxMzY1Ng", "journey": "win_back"}}
    assert letters.subject_of(mail) == "u#13656"
    assert (letters.address(mail), letters.journey(mail)) == ("customer-13656@shop.example", "win_back")
