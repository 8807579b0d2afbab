"""The conventions of the HTTP API, kept in one place: every endpoint is declared, checked and answered here.

JSON in and out; errors `{"code", "message", "details"}`; RFC 3339 times; `limit` and `cursor` for lists; secret keys
with scopes as `Authorization: Bearer sk_...`. What is declared is what docs and /v1/openapi.json say.
"""

from __future__ import annotations

import functools
import logging
import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeVar
from urllib.parse import unquote

from chalice.app import Blueprint, CORSConfig, Response
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import from_json, to_json

from chalicelib.api import answers
from chalicelib.errors import Refused, Transient

logger = logging.getLogger(__name__)
Model = TypeVar("Model", bound=BaseModel)
Answer = BaseModel | Response

# Browser SDKs name these in their preflights: without X-Retry-Count every retry is blocked, and without Retry-After
# being exposed they cannot see how long to wait.
CORS: Final = CORSConfig(
    allow_origin="*",
    allow_headers=[
        "Authorization",
        "Content-Type",
        "X-Retry-Count",
        "X-Write-Key",
        "AnonymousId",
        "SentAt",
        "X-Enable-Debug",
        "X-IP-Policy",
        "rsa-retry-attempt",
        "rsa-retry-reason",
        "rsa-since-first-attempt",
        "rsa-since-last-attempt",
    ],
    expose_headers=["Retry-After"],
    max_age=86400,
)


class Error(answers.Model):
    """What every answer of 400 and above carries."""

    code: str = Field(description="Stable, lower_snake: programs branch on it.")
    message: str = Field(description="What was wrong and what to do, for a person.")
    details: Any = Field(description="More, where there is more: for definitions a list of problems. Else null.")


class Problem(answers.Model):
    """One thing wrong with what was sent."""

    path: str
    problem: str


@dataclass(frozen=True)
class Request:
    """One request. `path` and `query` are decoded; `headers` are looked up in any case; `body` is as received."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self, model: type[Model]) -> Model:
        """The body as a model; Refused `invalid_json` or `invalid_body`."""
        return _checked(model, self.value(), "invalid_body", "The body does not have the form that is asked for.")

    def value(self) -> Any:
        """The body as JSON has it; Refused `invalid_json`."""
        try:
            return from_json(self.body)
        except ValueError as unreadable:
            raise Refused(400, "invalid_json", f"The body is not readable JSON: {unreadable}") from unreadable

    def parameters(self, model: type[Model]) -> Model:
        """The query as a model; Refused `invalid_parameters`."""
        return _checked(model, dict(self.query), "invalid_parameters", "The query is not what is asked for.")


@dataclass(frozen=True)
class Endpoint:
    """One method of one path, as declared.

    scope: None means that no secret key is asked for. write_key: it takes events, from whoever has a write key.
    later: it may answer 202, and a job does it. sheet: it answers CSV to whoever asks for it (api/sheets.py).
    """

    method: str
    path: str
    run: Callable[[Request], Answer]
    tag: str
    scope: str | None
    request: type[BaseModel] | None
    query: type[BaseModel] | None
    response: type[BaseModel] | None
    content_type: str
    problems: tuple[str, ...]
    write_key: bool
    later: bool = False
    sheet: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of every error that it may answer: its own, and those of the conventions."""
        common = {
            "unauthorized": self.scope is not None,
            "forbidden": self.scope is not None,
            "invalid_parameters": self.query is not None,
            "invalid_json": self.request is not None,
            "invalid_body": self.request is not None,
            "try_again": True,
        }
        asked = (code for code, may in common.items() if may)
        return tuple(dict.fromkeys((*asked, *self.problems)))

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring, which is what the docs show."""
        return (self.run.__doc__ or self.run.__name__).strip().partition("\n")[0]

    @property
    def description(self) -> str:
        """The rest of it."""
        return (self.run.__doc__ or "").strip().partition("\n")[2].strip()


@dataclass
class Routes:
    """The endpoints of one subject, and the Chalice blueprint that serves them."""

    tag: str
    blueprint: Blueprint = field(init=False)
    endpoints: list[Endpoint] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.blueprint = Blueprint(f"chalicelib.api.{self.tag}")

    def endpoint(
        self,
        method: str,
        path: str,
        *,
        scope: str | None = None,
        request: type[BaseModel] | None = None,
        query: type[BaseModel] | None = None,
        response: type[BaseModel] | None = None,
        content_type: str = "application/json",
        cors: bool = False,
        problems: tuple[str, ...] = (),
        write_key: bool = False,
        later: bool = False,
        sheet: bool = False,
    ) -> Callable[[Callable[[Request], Answer]], Callable[[Request], Answer]]:
        """Declare a handler. `problems` are the codes of the errors that are its own.

        Any content type is let in: a body is judged by what it is, and browsers send JSON as text/plain.
        """

        def declare(run: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
            declared = Endpoint(
                method,
                path,
                run,
                self.tag,
                scope,
                request,
                query,
                response,
                content_type,
                problems,
                write_key,
                later,
                sheet,
            )
            self.endpoints.append(declared)
            view = functools.partial(self._serve, declared)
            register = self.blueprint.route(
                path, methods=[method], content_types=["*/*"], cors=CORS if cors else None, name=run.__name__
            )
            register(functools.update_wrapper(view, run))
            return run

        return declare

    def _serve(self, endpoint: Endpoint, **path: str) -> Response:
        received = self.blueprint.current_request
        try:
            body = _bytes(received.raw_body)
        except (
            ValueError
        ):  # half a character, or base64 that is none: no gateway brings it, but whoever calls Lambda may
            return error(400, "invalid_body", "The body is neither text nor what its encoding says.")
        request = Request(
            path={name: unquote(value) for name, value in path.items()},
            query=dict(received.query_params or {}),
            headers=received.headers,
            body=body,
        )
        return serve(endpoint, request)


def serve(endpoint: Endpoint, request: Request) -> Response:
    """Run an endpoint and answer by the conventions, whatever happens. No browser guesses what an answer may be: what
    people have written stands in many of them."""
    answer = _answered(endpoint, request)
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    return answer


def _answered(endpoint: Endpoint, request: Request) -> Response:
    try:
        if endpoint.scope is not None:
            authorise(request, endpoint.scope)
        return respond(endpoint.run(request))
    except Refused as refused:
        answer = error(refused.status, refused.code, refused.message, refused.details)
        if refused.retry_after is not None:
            answer.headers["Retry-After"] = _seconds(refused.retry_after)
        return answer
    except Transient as later:
        logger.warning("not now: %s", later)
        answer = error(503, "try_again", "Not possible at this moment; try again.")
        answer.headers["Retry-After"] = _seconds(later.retry_after or timedelta(seconds=1))
        return answer
    except Exception:  # the last place that can: logged with its trace, answered without it
        logger.exception("failed: %s %s", endpoint.method, endpoint.path)
        return error(500, "internal_error", "Something went wrong here; it has been logged.")


def respond(answer: Answer, status: int = 200) -> Response:
    """A model as JSON; a Response as it stands."""
    if isinstance(answer, Response):
        return answer
    body = to_json(answer, inf_nan_mode="null").decode()
    return Response(body, status_code=status, headers={"Content-Type": "application/json"})


def error(status: int, code: str, message: str, details: object | None = None) -> Response:
    """An error in the API's shape."""
    body = to_json({"code": code, "message": message, "details": details}, inf_nan_mode="null").decode()
    return Response(body, status_code=status, headers={"Content-Type": "application/json"})


def page(html: str, status: int = 200, *, policy: str = "default-src 'none'; style-src 'unsafe-inline'") -> Response:
    """A page for people. Nothing from elsewhere is loaded, nothing may frame it, and no address leaks by referrer."""
    headers: dict[str, str | list[str]] = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": f"{policy}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(html, status_code=status, headers=headers)


def authorise(request: Request, scope: str) -> None:
    """Let the holder of a secret key with that scope pass; Refused with 401 or 403 for everybody else."""
    # Imported here: most Lambdas serve no HTTP, and wiring is what builds the stores.
    from chalicelib import wiring
    from chalicelib.tracking.keys import KeyKind

    kind, _, text = request.headers.get("authorization", "").strip().partition(" ")
    perennial = wiring.perennial()
    key = perennial.keys.find(text.strip(), perennial.now()) if kind.lower() == "bearer" else None
    if key is None or key.kind is not KeyKind.SECRET:  # a write key stands in the source of every page
        raise Refused(401, "unauthorized", "Send a secret key that is in use: Authorization: Bearer sk_...")
    if not key.may(scope):
        raise Refused(403, "forbidden", f"This key has not been given the scope {scope}.")


def sealed(cursor: str) -> str:
    """A store's cursor as callers see it: opaque, and of characters that a URL takes as they are."""
    return urlsafe_b64encode(cursor.encode()).decode().rstrip("=")


def opened(cursor: str) -> str:
    """The store's cursor again. ValueError for what `sealed` never made."""
    return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()


def bad_cursor() -> Refused:
    """The answer to a cursor that no answer gave, or that leads to nothing."""
    return Refused(400, "invalid_cursor", "Use the cursor exactly as the answer before gave it.")


def _seconds(wait: timedelta) -> str:
    """Whole and at least one: some clients read nothing else, and one of them takes 0 for a loop."""
    return str(max(1, math.ceil(wait.total_seconds())))


def _checked(model: type[Model], value: object, code: str, message: str) -> Model:
    try:
        return model.model_validate(value)
    except ValidationError as invalid:
        problems = [
            Problem(
                path=".".join(str(part) for part in found["loc"]), problem=found["msg"].removeprefix("Value error, ")
            ).model_dump()
            for found in invalid.errors(include_url=False, include_context=False, include_input=False)
        ]
        raise Refused(400, code, message, problems) from invalid


def _bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body
