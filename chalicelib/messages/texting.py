"""What text messages may cost, as the workspace has decided, and what one costs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from pydantic import Field, StringConstraints

from chalicelib.customers.setting import Setting
from chalicelib.messages.gsm import Length, measured, simplified

EXACT: Final = 5  # decimals of a dollar, as AWS has them

Prefix = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{0,6}$")]
Price = Annotated[float, Field(ge=0, le=10)]


class Texting(Setting):
    """What text messages may cost. Prices are those of your contract with AWS, in US dollars for a segment, by what
    numbers begin with; the longest beginning counts."""

    name: ClassVar[str] = "sms"

    prices: dict[Prefix, Price] = Field(
        {}, max_length=300, description="US dollars a segment, by what a number begins with: `+40`, `+1`, `+1787`."
    )
    listed_only: bool = Field(False, description="Send to no number whose price is not listed.")
    max_price: float = Field(
        0.5, ge=0.01, le=99, description="US dollars, the most that one message may cost; AWS is told, too."
    )
    most_segments: int = Field(4, ge=1, le=10, description="The most segments of one message.")
    rate: float = Field(10, gt=0, le=1_000, description="Messages a second that your sender may send.")
    simplify: bool = Field(
        True, description="Typographic quotation marks, dashes and spaces are sent as plain ones, which cost less."
    )

    def price(self, number: str) -> float | None:
        """What a segment to a number costs, in dollars; None where nobody said."""
        known = (number[:length] for length in range(len(number), 1, -1))
        return next((self.prices[prefix] for prefix in known if prefix in self.prices), None)

    def said(self, text: str) -> str:
        """The text as it is sent."""
        return simplified(text) if self.simplify else text

    def length(self, text: str) -> Length:
        """Of the text as it is sent."""
        return measured(self.said(text))

    def cost(self, number: str, segments: int) -> float | None:
        """What a message of so many segments costs, in dollars, if it is known."""
        price = self.price(number)
        return None if price is None else round(price * segments, EXACT)

    def costs(self, segments: int) -> dict[str, float]:
        """The same for every listed beginning of numbers."""
        return {prefix: round(price * segments, EXACT) for prefix, price in sorted(self.prices.items())}


@dataclass(frozen=True)
class TextTerms:
    """What text messages are sent by. configuration_set: where AWS reports what becomes of them; "" for nowhere."""

    setting: Texting
    configuration_set: str = ""
