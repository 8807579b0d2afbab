"""The Liquid that templates are written in: what is taken away, what is added, what is bounded.

No other file can be included, no filter can declare a value safe, and loops, variables and output are bounded, so
that no template runs away with a sender. Parsed templates are kept, for a sender renders few templates for many.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from chalicelib.messages.locale import filters

if TYPE_CHECKING:
    from liquid import BoundTemplate, Environment

LONGEST_BODY: Final = 300_000  # bytes; SES takes 40 MB, Gmail clips at 102 KB, loops run away

_FORBIDDEN_TAGS: Final = ("include", "render")
_FORBIDDEN_FILTERS: Final = ("safe",)


def rendered(source: str, data: Mapping[str, Any], *, html: bool) -> str | Exception:
    """A template's words over plain data, escaped if they are HTML; or why there are none."""
    from liquid.exceptions import LiquidError

    try:
        return parsed(source, html).render(**data)
    except (LiquidError, ArithmeticError, ValueError, TypeError, RecursionError) as error:
        return error


@lru_cache(maxsize=256)
def names(source: str) -> frozenset[str]:
    """The names of the context that a template uses: `customer`, `cart`. Raises LiquidError if it cannot be read."""
    return frozenset(parsed(source, False).analyze().globals)


@lru_cache(maxsize=256)
def parsed(source: str, html: bool) -> BoundTemplate:
    """The template behind a source. Raises LiquidError."""
    return _environment(html).from_string(source)


@cache
def _environment(html: bool) -> Environment:
    # Imported on first use: of all Lambdas only those that send need it, and it is slow to import.
    from liquid import Environment

    class Bounded(Environment):
        loop_iteration_limit = 1_000
        local_namespace_limit = 200_000
        output_stream_limit = LONGEST_BODY
        context_depth_limit = 10
        block_nesting_limit = 10

    environment = Bounded(autoescape=html)
    for tag in _FORBIDDEN_TAGS:
        del environment.tags[tag]
    for name in _FORBIDDEN_FILTERS:
        del environment.filters[name]
    filters.register(environment.filters)
    return environment
