"""What somebody wrote into a form, against what was asked: whatever was not asked is not taken. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from chalicelib.messages.onsite import Filled
from chalicelib.messages.permission import deliverable
from chalicelib.tracking import contact
from chalicelib.tracking.problems import Invalid, Problem

LONGEST_ANSWER: Final = 2_000  # characters


def filled(
    form: Mapping[str, Any], email: str | None, consent: bool, answers: Mapping[str, str], phone: str | None = None
) -> Filled:
    """A form's answers, checked. `form`: as the row has it. Raises Invalid with everything that is wrong."""
    given = {name: text for name, said in answers.items() if (text := said.strip())}
    questions: Sequence[Mapping[str, Any]] = form.get("questions", [])
    address, number = (email or "").strip() or None, (phone or "").strip() or None
    problems = [*_of_address(form, address), *_of_number(form, number), *_of_consent(form, consent)]
    problems += _of_answers(questions, given)
    if problems:
        raise Invalid(problems)
    return Filled(address, consent, given, phone=contact.phone(number))


def _of_address(form: Mapping[str, Any], address: str | None) -> Iterator[Problem]:
    if "email" not in form:
        if address is not None:
            yield Problem("email", "This form asks for no address", "Leave it out.")
    elif address is None or not deliverable(address):
        yield Problem("email", "This is not an address that mail can be sent to", "Write one, as ada@example.com.")


def _of_number(form: Mapping[str, Any], number: str | None) -> Iterator[Problem]:
    if "phone" not in form:
        if number is not None:
            yield Problem("phone", "This form asks for no number", "Leave it out.")
    elif contact.phone(number) is None:
        yield Problem("phone", "This is no telephone number with its country code", "Write one, as +40 721 234 567.")


def _of_consent(form: Mapping[str, Any], consent: bool) -> Iterator[Problem]:
    tick = form.get("consent")
    if tick is None and consent:
        yield Problem("consent", "This form asks for no consent", "Leave it out.")
    elif tick is not None and tick.get("required") and not consent:
        yield Problem("consent", "Without this nothing can be sent", "Tick the box.")


def _of_answers(questions: Sequence[Mapping[str, Any]], given: Mapping[str, str]) -> Iterator[Problem]:
    asked = {question["name"]: question for question in questions}
    for name in given.keys() - asked.keys():
        yield Problem(f"answers.{name}", "This was not asked", "Leave it out.")
    for name, question in asked.items():
        said = given.get(name)
        choices = [choice["value"] for choice in question.get("choices", [])]
        if said is None:
            if question.get("required"):
                yield Problem(f"answers.{name}", "This is required", "Answer it.")
        elif choices and said not in choices:
            yield Problem(f"answers.{name}", "This is none of the choices", f"One of {', '.join(choices)}.")
        elif len(said) > LONGEST_ANSWER:
            yield Problem(f"answers.{name}", f"This is longer than {LONGEST_ANSWER} characters", "Shorten it.")
