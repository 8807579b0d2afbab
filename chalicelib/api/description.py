"""What the API says of itself: an OpenAPI document for programs, and a page for people."""

from __future__ import annotations

import functools
import re
from html import escape
from typing import Any, Final

from chalice.app import Response
from pydantic_core import to_json

from chalicelib.api.http import Request, Routes, page

routes: Final = Routes("description")

_CODE: Final = re.compile("`([^`]+)`")

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881 }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 6rem }
h1 { margin-bottom: .2rem }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); text-transform: capitalize }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .6rem 0; padding: .2rem .8rem }
summary { cursor: pointer; padding: .4rem 0 }
summary b { display: inline-block; min-width: 4.2rem; font: 600 .8rem ui-monospace, monospace }
code, pre { font: .85rem/1.5 ui-monospace, monospace }
pre { background: var(--soft); padding: .8rem; overflow: auto; border-radius: .4rem }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-top: 1px solid var(--line) }
p { margin: .5rem 0 }
.path { font-family: ui-monospace, monospace }
.what { opacity: .75; margin-left: .6rem }
"""


@routes.endpoint("GET", "/v1/openapi.json")
def read_openapi(request: Request) -> Response:
    """This API as an OpenAPI 3.1 document."""
    body = to_json(_document()).decode()
    return Response(body, headers={"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"})


@routes.endpoint("GET", "/docs", content_type="text/html")
def read_docs(request: Request) -> Response:
    """This API as a page."""
    return page(_page(_document()))


@functools.cache
def _document() -> dict[str, Any]:
    # Imported here: only these two endpoints need the schemas, and making them takes a moment.
    from chalicelib import api
    from chalicelib.api import openapi

    return openapi.document(api.endpoints())


def _page(document: dict[str, Any]) -> str:
    schemas = document["components"]["schemas"]
    sections = []
    for tag in document["tags"]:
        operations = [
            _operation(method, path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if tag["name"] in operation["tags"]
        ]
        sections.append(f"<h2>{escape(tag['name'])}</h2>{''.join(operations)}")
    models = "".join(_model(name, schema) for name, schema in schemas.items())
    info = document["info"]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style>"
        f"<h1>{escape(info['title'])}</h1><p>{escape(info['summary'])}</p>{_prose(info['description'])}"
        f'<p>For programs: <a href="v1/openapi.json">openapi.json</a>.</p>'
        f"{''.join(sections)}<h2>models</h2>{models}</html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(field['name'])}</code></td><td>{field['in']}</td>"
        f"<td>{escape(_kind(field))}</td><td>{_inline(field.get('description', ''))}</td></tr>"
        for field in operation["parameters"]
    )
    table = f"<table><tr><th>parameter</th><th>in</th><th>is</th><th></th></tr>{rows}</table>" if rows else ""
    body = operation.get("requestBody", {}).get("content", {})
    answers = operation["responses"]["200"]["content"]
    return (
        f'<details><summary><b>{method.upper()}</b><span class="path">{escape(path)}</span>'
        f'<span class="what">{_inline(operation["summary"])}</span></summary>'
        f'<div id="{escape(operation["operationId"])}">{_prose(operation["description"])}'  # a link to it opens it
        f"{table}{_shown('Body', body)}{_shown('Answer', answers)}"
        f"{_prose(operation['responses']['default']['description'])}</div></details>"
    )


def _prose(text: str) -> str:
    """Paragraphs, with what stands in backticks as code."""
    return "".join(f"<p>{_inline(paragraph)}</p>" for paragraph in text.split("\n\n") if paragraph.strip())


def _inline(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _kind(field: dict[str, Any]) -> str:
    """What a parameter may be, in a few words: `integer, 1 to 500, default 50`."""
    schema = next((kind for kind in field["schema"].get("anyOf", ()) if kind != {"type": "null"}), field["schema"])
    low, high = schema.get("minimum"), schema.get("maximum")
    limits = f"{low} to {high}" if low is not None and high is not None else ""
    choice = " | ".join(map(str, schema.get("enum", ())))
    default = field["schema"].get("default")
    given = "required" if field["required"] else f"default {default}" if default is not None else ""
    return ", ".join(part for part in (choice or schema.get("type", ""), limits, given) if part)


def _shown(title: str, content: dict[str, Any]) -> str:
    names = [held.get("schema", {}).get("$ref", "").rpartition("/")[2] for held in content.values()]
    links = ", ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in names if name)
    return f"<p>{title}: {links}</p>" if links else ""


def _model(name: str, schema: dict[str, Any]) -> str:
    text = escape(to_json(schema, indent=2).decode())
    return f'<details><summary><code>{escape(name)}</code></summary><pre id="{escape(name)}">{text}</pre></details>'
