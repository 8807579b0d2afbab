"""Templates and the blocks that they share: PUT makes an immutable version, in force from the next message on."""

from __future__ import annotations

from typing import Final

from chalicelib.api.definition_models import Definitions, DefinitionVersion, PageQuery, PutQuery, VersionQuery
from chalicelib.api.http import Request, Routes
from chalicelib.api.template_models import (
    BlockDefinition,
    BlockVersion,
    PreviewOf,
    TemplateDefinition,
    TemplatePreview,
    TemplateVersion,
    TrialSent,
    TrialTo,
)

READ: Final = "definitions:read"
WRITE: Final = "definitions:write"
PEOPLE: Final = "customers:read"

routes: Final = Routes("templates")


@routes.endpoint("GET", "/v1/templates", scope=READ, query=PageQuery, response=Definitions)
def list_templates(request: Request) -> Definitions:
    """The templates by name."""
    from chalicelib.api import definition_work

    query = request.parameters(PageQuery)
    return definition_work.listed("template", query.limit, query.cursor)


@routes.endpoint(
    "GET",
    "/v1/templates/{name}",
    scope=READ,
    query=VersionQuery,
    response=DefinitionVersion,
    problems=("template_not_found", "version_not_found"),
)
def read_template(request: Request) -> DefinitionVersion:
    """One version of a template; the newest, if none is asked for."""
    from chalicelib.api import definition_work

    return definition_work.read("template", request.path["name"], request.parameters(VersionQuery).version)


@routes.endpoint(
    "PUT",
    "/v1/templates/{name}",
    scope=WRITE,
    query=PutQuery,
    request=TemplateDefinition,
    response=TemplateVersion,
    problems=("invalid_template", "version_conflict"),
)
def put_template(request: Request) -> TemplateVersion:
    """Make a new version of a template, in force from the next message on.

    Blocks are woven in, MJML is compiled, and what comes out is rendered in every locale for somebody of whom nothing
    is known, for a sample customer and for a few real ones. Marketing must show `{{ links.unsubscribe }}` and
    `{{ postal_address }}` in every body; links must be complete, images need an alt, and HTML over 102 KB is refused,
    because Gmail clips it. `advice` is what does not keep it from being sent. The same content as the newest version
    makes none.
    """
    from chalicelib.api import template_work

    expected = request.parameters(PutQuery).expected_version
    return template_work.put(request.path["name"], request.value(), expected)


@routes.endpoint(
    "POST",
    "/v1/templates/{name}/preview",
    scope=READ,
    request=PreviewOf,
    response=TemplatePreview,
    problems=("template_not_found", "version_not_found", "customer_not_found", "invalid_template", "not_rendered"),
)
def preview_template(request: Request) -> TemplatePreview:
    """A template as somebody would get it: a real customer, or a sample of whom everything is known.

    Of a version, or of a `definition` that has not been put yet; then with everything found by its checks. Nothing is
    stored and nothing is sent; links lead nowhere. A real `customer` asks for the scope customers:read, too.
    """
    from chalicelib.api import template_work

    wanted = request.json(PreviewOf)
    if wanted.customer is not None:
        authorise_people(request)
    return template_work.preview(request.path["name"], wanted)


@routes.endpoint(
    "POST",
    "/v1/templates/{name}/test",
    scope=WRITE,
    request=TrialTo,
    response=TrialSent,
    problems=(
        "template_not_found",
        "version_not_found",
        "customer_not_found",
        "not_allowed_recipient",
        "not_rendered",
    ),
)
def send_test(request: Request) -> TrialSent:
    """Send a template to an address that the deployment's AllowedRecipients lists.

    It goes the way of every message, as a row of the ledger that says it is a test: its subject begins with [Test], it
    counts for no cap and no report, and its unsubscribe link takes nobody off. A real `customer` asks for the scope
    customers:read, too.
    """
    from chalicelib.api import template_work

    wanted = request.json(TrialTo)
    if wanted.customer is not None:
        authorise_people(request)
    return template_work.test(request.path["name"], wanted)


@routes.endpoint("GET", "/v1/blocks", scope=READ, query=PageQuery, response=Definitions)
def list_blocks(request: Request) -> Definitions:
    """The blocks by name."""
    from chalicelib.api import definition_work

    query = request.parameters(PageQuery)
    return definition_work.listed("block", query.limit, query.cursor)


@routes.endpoint(
    "GET",
    "/v1/blocks/{name}",
    scope=READ,
    query=VersionQuery,
    response=DefinitionVersion,
    problems=("block_not_found", "version_not_found"),
)
def read_block(request: Request) -> DefinitionVersion:
    """One version of a block; the newest, if none is asked for."""
    from chalicelib.api import definition_work

    return definition_work.read("block", request.path["name"], request.parameters(VersionQuery).version)


@routes.endpoint(
    "PUT",
    "/v1/blocks/{name}",
    scope=WRITE,
    query=PutQuery,
    request=BlockDefinition,
    response=BlockVersion,
    problems=("invalid_block", "version_conflict"),
)
def put_block(request: Request) -> BlockVersion:
    """Make a new version of a block, and of every template that holds it.

    All of them are compiled and checked before the first is in force. `remade` names them. A step that pins a version
    of its template keeps the block as it was.
    """
    from chalicelib.api import template_work

    expected = request.parameters(PutQuery).expected_version
    return template_work.put_block(request.path["name"], request.value(), expected)


def authorise_people(request: Request) -> None:
    """Let pass who may read customers."""
    from chalicelib.api.http import authorise

    authorise(request, PEOPLE)
