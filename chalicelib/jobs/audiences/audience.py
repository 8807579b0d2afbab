"""An audience: which segments, for which network, by what of a person.

{"title": "Carts left behind", "network": "google", "segments": ["cart-left"], "exclude": ["customers"]}
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, model_validator

from chalicelib.jobs.audiences.network import MATCHES, NETWORKS, Match, NetworkName
from chalicelib.jobs.audiences.rows import Form
from chalicelib.segments.fields import Definition, Name, Some, Title
from chalicelib.segments.problems import objection, validated
from chalicelib.tracking.problems import Problem

MOST: Final = 20  # segments of each kind


def _few(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names) or len(names) > MOST:
        raise objection("segments", f"This names a segment twice, or more than {MOST}", "Name each once, and fewer.")
    return names


Segments = Annotated[tuple[Name, ...], AfterValidator(_few)]


class Audience(Definition):
    """One version of an audience.

    segments: whoever is in any of them. exclude: whoever is in any of these is not.
    seeds:    lists of your own people who are in it whatever is excluded: they see what others see.
    match_on: by what people are matched; what is left out is not exported.
    topic:    of the channel `advertising`, if people agree to this by itself.
    worth:    adds what each person's orders came to, where the network has a column for it.
    """

    name: Name
    title: Title
    network: NetworkName
    segments: Annotated[Segments, Field(min_length=1)]
    exclude: Segments = ()
    seeds: Segments = ()
    match_on: Some[Match] = MATCHES
    topic: Name | None = None
    worth: bool = False

    @model_validator(mode="after")
    def _worth_has_a_column(self) -> Audience:
        if self.worth and NETWORKS[self.network].worth is None:
            raise objection("worth", "This network has no column for what people are worth", "Leave out worth.")
        return self

    @property
    def form(self) -> Form:
        """How its rows are written."""
        return Form(NETWORKS[self.network], tuple(one for one in MATCHES if one in self.match_on), self.worth)

    @property
    def asked(self) -> tuple[str, ...]:
        """Every segment that it names, once."""
        return tuple(dict.fromkeys([*self.segments, *self.exclude, *self.seeds]))

    def body(self) -> dict[str, Any]:
        """The definition as canonical JSON."""
        return self.model_dump(mode="json", exclude_none=True)


def parse_audience(raw: object) -> Audience:
    """An audience from JSON. Raises Invalid with every problem found, and nothing else."""
    return validated(Audience, raw)


def objections(audience: Audience, live: Collection[str]) -> Sequence[Problem]:
    """What keeps an audience from being exported: segments that there are not, ways of matching that match nobody."""
    named: Mapping[str, tuple[str, ...]] = {
        "segments": audience.segments,
        "exclude": audience.exclude,
        "seeds": audience.seeds,
    }
    problems = [
        Problem(f"{field}[{number}]", f"There is no segment {name}", f"PUT /v1/segments/{name} first.")
        for field, names in named.items()
        for number, name in enumerate(names)
        if name not in live
    ]
    form = audience.form
    of = {one.of for one in form.columns if one.name in form.network.keys}
    whole = {one.of for one in form.columns if one.name in form.network.together}
    if not (of & set(audience.match_on) or (whole and whole <= set(audience.match_on))):
        known = ", ".join(sorted(str(one) for one in of))
        problems.append(
            Problem("match_on", f"{form.network.title} knows nobody by this alone", f"Add one of: {known}.")
        )
    return problems
