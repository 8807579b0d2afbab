"""The setting `vocabulary`: what the names of a workspace's own events mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, ClassVar, Final, Self

from pydantic import Field, StringConstraints, model_validator

from chalicelib.customers.business import VOCABULARIES, Business
from chalicelib.customers.setting import Setting, Values, objection
from chalicelib.customers.vocabulary import ORDER_ID, TOTALS, Conversion, IntentKind, Vocabulary

MOST_CONVERSIONS: Final = 30
MOST_WEIGHTS: Final = 200
MOST_KINDS: Final = 8
MOST_NAMES: Final = 30

EventName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
PropertyName = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
Weight = Annotated[int, Field(ge=0, le=100)]
Names = Annotated[list[EventName], Field(max_length=MOST_NAMES)]


class ConversionWord(Values):
    """An event that makes a buyer: an order, a booking, a donation, a signed contract."""

    event: EventName = Field(description="Its name; case does not matter.")
    id: PropertyName = Field(ORDER_ID, description="The property that tells one from another, in all its reports.")
    totals: list[PropertyName] = Field(
        list(TOTALS),
        min_length=1,
        max_length=10,
        description="Properties that may say its worth, the best first.",
    )
    undone_by: Names = Field([], description="Events with the same id that take it back.")

    def conversion(self) -> Conversion:
        """As the fold has it."""
        return Conversion(self.event, self.id, tuple(self.totals), tuple(self.undone_by))


class IntentWord(Values):
    """One kind of open intent, by the names of the events that say something of it."""

    opens: Names = Field([], description="It is open from then on, or goes on.")
    sees: Names = Field([], description="It goes on; a list `products` is all that is in it.")
    adds: Names = Field([], description="One product is put in: it is open while anything is in it.")
    removes: Names = Field([], description="One product is taken out.")
    closes: Names = Field([], description="It is done with. Conversions close every kind.")
    expires_days: float = Field(30, gt=0, le=730, description="After its last event, unless one says until when.")

    def kind(self) -> IntentKind:
        """As the fold has it."""
        return IntentKind(
            tuple(self.opens),
            tuple(self.sees),
            tuple(self.adds),
            tuple(self.removes),
            tuple(self.closes),
            self.expires_days,
        )


class Words(Setting):
    """What the names of events mean. What is left out is as the kind of business has it. Another vocabulary counts
    everybody's events anew, each person when next looked at; what that changes is silent."""

    name: ClassVar[str] = "vocabulary"

    preset: Business | None = Field(None, description="The kind of business; null: that of the setting `lifecycle`.")
    conversions: list[ConversionWord] | None = Field(
        None, min_length=1, max_length=MOST_CONVERSIONS, description="All of them; null: those of the preset."
    )
    weights: dict[EventName, Weight] = Field(
        {},
        max_length=MOST_WEIGHTS,
        description="How much an event says about wanting, in product views: added to the preset's. 0: nothing.",
    )
    intents: dict[Kind, IntentWord | None] = Field(
        {}, max_length=MOST_KINDS, description="By kind, instead of the preset's; null: there is no such kind here."
    )

    @model_validator(mode="after")
    def _says_each_once(self) -> Self:
        said = [each.event for each in self.conversions or ()]
        undone = [name for each in self.conversions or () for name in each.undone_by]
        for name in _twice([*said, *undone]):
            raise objection("conversions", f"{name!r} stands for two things", "Name every event once.")
        if len(self.kinds(self.preset or "shop")) > MOST_KINDS:
            raise objection("intents", f"There are more than {MOST_KINDS} kinds", "Set some of the preset's to null.")
        return self

    def kinds(self, preset: Business) -> dict[str, IntentKind]:
        """Every kind of intent, by name."""
        own = {kind: said.kind() if said else None for kind, said in self.intents.items()}
        return {kind: about for kind, about in {**VOCABULARIES[preset].intents, **own}.items() if about is not None}

    def vocabulary(self, preset: Business) -> Vocabulary:
        """The vocabulary, in a workspace whose kind of business is `preset`."""
        business = self.preset or preset
        usual = VOCABULARIES[business]
        conversions = usual.conversions
        if self.conversions is not None:
            conversions = tuple(each.conversion() for each in self.conversions)
        own = {name.casefold() for name in self.weights}
        weights = {name: weight for name, weight in usual.weights.items() if name.casefold() not in own}
        kinds = dict(list(self.kinds(business).items())[:MOST_KINDS])
        return Vocabulary(conversions, {**weights, **self.weights}, kinds)


def _twice(names: Sequence[str]) -> list[str]:
    counted = Counter(name.casefold() for name in names)
    return [name for name in names if counted[name.casefold()] > 1]
