"""The OpenAPI description as a plain page, made on the server and needing nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

router = APIRouter(include_in_schema=False)
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
code,pre{font:14px/1.5 ui-monospace,monospace}h2{margin-top:2.5rem}h3{margin-bottom:.2rem}
h3 b{display:inline-block;min-width:4rem;color:#0b5cad}table{border-collapse:collapse;width:100%;font-size:14px}
td,th{border-bottom:1px solid #d8dee4;padding:.25rem .75rem .25rem 0;text-align:left;vertical-align:top}
a{color:#0b5cad}:focus-visible{outline:3px solid #f5a623}
@media(prefers-color-scheme:dark){body{background:#14181d;color:#e6eaef}
a,h3 b{color:#7db8f7}td,th{border-color:#39424e}}
"""


@router.get("/docs")
def docs(request: Request) -> Response:
    """The OpenAPI description as a page."""
    return _page(
        "graphsvc API",
        "".join(_document(request.app.openapi())),
        head='<p><a href="/openapi.json">openapi.json</a></p>',
    )


@router.get("/style.css")
def style() -> Response:
    """The pages' style."""
    return Response(STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


def _page(title: str, body: str, head: str = "") -> HTMLResponse:
    start = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    links = (
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/style.css"><link rel="icon" href="/web/icon.svg">'
    )
    return HTMLResponse(f"{start}{links}<body><h1>{escape(title)}</h1>{head}<main>{body}</main></body></html>")


def _document(document: Mapping[str, Any]) -> Iterator[str]:
    yield "".join(f"<p>{escape(part)}</p>" for part in document["info"]["description"].split("\n\n"))
    for tag in document["tags"]:
        yield f'<h2 id="{escape(tag["name"])}">{escape(tag["name"])}</h2><p>{escape(tag["description"])}</p>'
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if tag["name"] in operation["tags"]:
                    yield from _operation(method, path, operation)
    yield '<h2 id="schemas">schemas</h2>'
    for name, schema in document["components"]["schemas"].items():
        yield from _schema(name, schema)


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f'<h3 id="{escape(operation["operationId"])}"><b>{method.upper()}</b> <code>{escape(path)}</code></h3>'
    yield f"<p><strong>{escape(operation['summary'])}.</strong> {escape(operation['description'])}</p>"
    rows = [(p["name"], p["in"], _type(p["schema"]), p.get("description", "")) for p in operation.get("parameters", ())]
    content = operation.get("requestBody", {}).get("content", {})
    rows += [("body", media, _type(c.get("schema", {})), "") for media, c in content.items()]
    yield _table(rows)
    answers = operation["responses"]["200"].get("content", {}).values()
    yield f"<p>→ {', '.join(_type(c.get('schema', {})) for c in answers)}</p>"


def _schema(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f'<h3 id="schema-{escape(name)}"><code>{escape(name)}</code></h3>'
    yield f"<p>{escape(schema.get('description', ''))}</p>"
    fields = schema.get("properties", {}).items()
    yield _table([(field, "", _type(s), s.get("description", "")) for field, s in fields])


def _table(rows: list[tuple[str, str, str, str]]) -> str:
    """Rows of name, place, type (HTML already) and description."""
    cells = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(place)}</td><td>{kind}</td><td>{escape(text)}</td></tr>"
        for name, place, kind, text in rows
    )
    return f"<table>{cells}</table>" if cells else ""


def _type(schema: Mapping[str, Any]) -> str:
    """A schema in a few words, as HTML; named ones link to their table."""
    if "$ref" in schema:
        name = escape(str(schema["$ref"]).rsplit("/", 1)[-1])
        return f'<a href="#schema-{name}">{name}</a>'
    if "anyOf" in schema:
        return " | ".join(_type(s) for s in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(v))}</code>" for v in schema["enum"])
    return escape(str(schema.get("type", "any")))
