"""What is asked and answered about templates and blocks."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from chalicelib.api.answers import Model, Strict
from chalicelib.api.definition_models import DefinitionState, nameless


class TemplateDefinition(Model):
    """A template; its name is the path's and may be left out."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        # The template's own model says what it is. It is imported by the docs and by who puts one, not by every Lambda.
        from chalicelib.journeys.template import Content

        return nameless(handler, Content)


class BlockDefinition(Model):
    """A block; its name is the path's and may be left out."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        from chalicelib.journeys.block import Block

        return nameless(handler, Block)


class Finding(Model):
    """Something found in a template: where, what, and what to do about it."""

    path: str
    problem: str
    hint: str


class TemplateVersion(Model):
    """One version of a template, and the state of the template."""

    state: DefinitionState
    version: int
    definition: dict[str, Any] = Field(description="The content, with every default written out.")
    advice: list[Finding] = Field(description="What its author should know; it is in force all the same.")


class BlockVersion(Model):
    """One version of a block, the state of the block, and what followed."""

    state: DefinitionState
    version: int
    definition: dict[str, Any] = Field(description="The content, with every default written out.")
    remade: list[str] = Field(description="The templates that hold it, and have a new version with it.")


class _About(Strict):
    """Which template, and for whom."""

    version: int | None = Field(None, ge=1, le=999_999, description="The one in force, if not given.")
    customer: str | None = Field(
        None, max_length=300, description="The subject of a real customer, `u#...` or `a#...`."
    )
    sample: dict[str, Any] = Field(
        {}, max_length=20, description="What the sample customer's context says otherwise, part by part."
    )
    locale: str | None = Field(None, max_length=35, description="Read in this locale, whatever the customer's is.")


class PreviewOf(_About):
    """What to render, and for whom."""

    definition: dict[str, Any] | None = Field(None, description="A template that has not been put yet.")


class TextPreview(Model):
    """A text message as somebody would get it, and what it costs."""

    text: str = Field(description="As it would be sent.")
    locale: str
    encoding: Literal["GSM-7", "UCS-2"]
    units: int = Field(description="Places taken: 160 of GSM-7 are a segment, 70 of UCS-2; of several 153 and 67.")
    segments: int = Field(description="Each is paid for.")
    costly: list[str] = Field(description="The letters because of which it is UCS-2.")
    costs: dict[str, float] = Field(description="US dollars, by what numbers begin with, as the setting sms has it.")


class PushPreview(Model):
    """A push message as somebody would get it."""

    title: str
    body: str
    locale: str
    url: str | None = Field(description="What opens at a tap.")
    image: str | None


class TemplatePreview(Model):
    """A message as somebody would get it, by each channel on which the template speaks."""

    subject: str | None = Field(description="Of the mail; null if the template says nothing by mail.")
    html: str | None
    text: str | None
    locale: str = Field(description="In which it is told.")
    sender: str
    reply_to: str | None
    html_bytes: int = Field(description="Gmail clips more than 104448.")
    sms: TextPreview | None = Field(description="The text message; null if it says nothing by SMS.")
    push: PushPreview | None = Field(description="The push message; null if it says nothing by push.")
    onsite: dict[str, Any] | None = Field(description="What is said on the site, and where; null if nothing is.")
    problems: list[Finding] = Field(description="What keeps a `definition` from being put; empty for a version.")
    advice: list[Finding]


class TrialTo(_About):
    """To whom a test goes, and as whom."""

    to: str = Field(max_length=254, description="An address that the deployment's AllowedRecipients lists.")
    channel: Literal["email", "sms", "push"] = Field(
        "email", description="By which channel: `to` is a telephone number, or a device (`ios:` or `android:`, token)."
    )


class TrialSent(Model):
    """The row of the ledger that the test is."""

    customer: str = Field(description="Under which the row is kept: a name for the address, of nobody.")
    send: str
