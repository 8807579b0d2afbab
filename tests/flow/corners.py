"""What seldom happens, once each: losses, late and broken records, twins, rows that cannot be read, plans of a moment.

Together with the story it makes every call to AWS that any function ever makes: tests/test_policies.py counts on it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.fakes.world import World
from tests.flow.advertising import audiences_are_exported
from tests.flow.broadcasts import a_broadcast, a_course_for_many
from tests.flow.codes import codes_are_given_and_used
from tests.flow.crowds import segments_come_and_go
from tests.flow.goodbyes import browsing_is_forgotten, somebody_is_exported_and_erased
from tests.flow.homecoming import a_wrong_merge, an_identify_that_the_stream_lost, somebody_comes_home
from tests.flow.letters import a_subscription_is_confirmed, people_and_systems_are_asked, templates_see_everything
from tests.flow.losses import lost_messages, neighbours, rebuilt_at_once, rebuilt_later, twins, waits_side_by_side
from tests.flow.mailboxes import a_gateway_follows_every_link, mailboxes_complain
from tests.flow.marketers import (
    a_night_and_its_reports,
    a_threshold_moves_people,
    an_account,
    journeys_are_rehearsed,
    the_models_are_fitted_anew,
    what_marketers_ask,
)
from tests.flow.operators import jobs_of_another_version, what_operators_ask, what_was_given_up
from tests.flow.pages import pages_are_opened
from tests.flow.runs import journeys_run_their_course
from tests.flow.sources import a_shop_is_connected, an_import, browsers_get_ready
from tests.flow.story import RECEIPT, TEMPLATES
from tests.flow.telephones import telephones
from tests.flow.unreadable import unreadable_event, unreadable_reports, unreadable_rows
from tests.flow.visitors import visitors_are_asked

NEWS = {
    "name": "news",
    "title": "What is new",
    "class": "marketing",
    "trigger": {"on": "event", "name": "News Asked For"},
    "re_entry": "always",
    "steps": [
        {"id": "a-while", "do": "wait", "for": "PT10M"},
        {"id": "news", "do": "send", "template": "news", "within": "P2D"},
    ],
}
REMINDER = {
    "name": "reminder",
    "priority": 90,
    "title": "Your basket is kept",
    "class": "transactional",
    "trigger": {"on": "event", "name": "Basket Kept"},
    "re_entry": "always",
    "steps": [
        {"id": "a-while", "do": "wait", "for": "PT10M"},
        {"id": "kept", "do": "send", "template": "kept"},
    ],
}
NEWS_TEMPLATES = {
    "news": {
        "class": "marketing",
        "subject": "News",
        "text": "New things. {{ links.unsubscribe }} {{ postal_address }}",
    }
}
REMINDER_TEMPLATES = {"kept": {"class": "transactional", "subject": "Kept for you", "text": "Until tomorrow."}}


def visit(world: World) -> Iterator[str]:
    """Every corner."""
    world.define(RECEIPT, TEMPLATES)
    world.define(NEWS, NEWS_TEMPLATES)
    world.define(REMINDER, REMINDER_TEMPLATES)
    for corner in (
        lost_messages,
        waits_side_by_side,
        twins,
        rebuilt_at_once,
        unreadable_event,
        rebuilt_later,
        unreadable_rows,
        neighbours,
        somebody_comes_home,
        a_wrong_merge,
        an_identify_that_the_stream_lost,
        unreadable_reports,
        a_subscription_is_confirmed,
        pages_are_opened,
        templates_see_everything,
        codes_are_given_and_used,
        a_gateway_follows_every_link,
        mailboxes_complain,
        people_and_systems_are_asked,
        telephones,
        visitors_are_asked,
        audiences_are_exported,
        what_marketers_ask,
        what_operators_ask,
        segments_come_and_go,
        journeys_are_rehearsed,
        journeys_run_their_course,
        a_broadcast,
        a_course_for_many,
        what_was_given_up,
        a_night_and_its_reports,
        an_account,
        browsers_get_ready,
        a_shop_is_connected,
        jobs_of_another_version,
        an_import,
        somebody_is_exported_and_erased,
        browsing_is_forgotten,
        the_models_are_fitted_anew,
        a_threshold_moves_people,
    ):
        corner(world)
        world.settle()
        yield corner.__name__
