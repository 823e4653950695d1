"""The API's own description: OpenAPI 3.1 with every problem documented; ``python -m api.openapi docs/openapi.json``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.problems import MEDIA_TYPE, Problem
from graphsvc.phrases import catalogue

TITLE = "graphsvc"
ABOUT = """Relationship intelligence on a graph: scores that can be taken apart, referral paths and the weekly list.

Every answer has a `meta`: the moment it speaks of (`as_of`), how fresh each channel is, what is missing, what was
hidden from this caller, and how accurate the models behind it were on held-out time. A null value has its reason.
Errors are RFC 9457 problems in the language of `Accept-Language` (en, zh).
"""
TAGS = {
    "lists": "Whom to turn to this week, and why.",
    "delivery": "How the weekly list reaches people: by mail, file, calendar and robots.",
    "boards": "How relationships, organizations and data stand; the hand-over of who leaves.",
    "recommendations": "Next steps, and what people decided about them.",
    "paths": "Who can introduce you.",
    "entities": "People and organizations.",
    "relationships": "Ties.",
    "map": "The influence map, and the whole company as groups.",
    "views": "Saved maps.",
    "scores": "Scores, and what they are made of.",
    "corrections": "Who is one with whom, and what people say a score is.",
    "structure": "Communities, brokers between groups, and groups that fell silent.",
    "plans": "Seats under a budget, what a removal would cost, key people.",
    "records": "Records in.",
    "jobs": "Syncs, fits, scorings and weekly lists that run on their own.",
    "models": "Fitted models: how they stand and compare; promoting, freezing.",
    "store": "Changes and runs.",
    "service": "The service itself.",
}
PUBLIC_STATUSES = (403, 405, 422, 500, 503, 507)
STATUSES = (401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503, 507)
_SCHEMAS = "#/components/schemas/"
_RESPONSES = "#/components/responses/"
_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": f"{_SCHEMAS}Problem"}}}
_TAG = {"ETag": {"description": "State the answer stands for.", "schema": {"type": "string"}}}


def problem_docs(*, public: bool = False) -> dict[int | str, dict[str, Any]]:
    """The problems an operation may answer with, as OpenAPI responses."""
    texts = catalogue("en", "api")
    statuses = PUBLIC_STATUSES if public else STATUSES
    return {s: {"description": texts[f"title_{s}"], "content": {MEDIA_TYPE: {}}} for s in statuses}


def operation_id(route: APIRoute) -> str:
    """The handler's name, which is unique."""
    return route.name


class DescribedApp(FastAPI):
    """FastAPI with the description completed: problems, summaries from docstrings, 304, tags."""

    described: dict[str, Any] | None = None  # the routes do not change once the app is assembled

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document; made once."""
        if self.described is None:
            self.description = ABOUT
            self.openapi_tags = [{"name": name, "description": text} for name, text in TAGS.items()]
            document = super().openapi()
            _complete(document)
            self.described = document
        return self.described


def _complete(document: dict[str, Any]) -> None:
    document["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    document["servers"] = [{"url": "/", "description": "This server."}]
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schema = Problem.model_json_schema(ref_template=_SCHEMAS + "{model}")
    schemas |= schema.pop("$defs", {}) | {"Problem": schema}
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    shared = document["components"].setdefault("responses", {})
    for methods in document["paths"].values():
        for method, operation in methods.items():
            _complete_operation(method, operation)
            _share_problems(operation["responses"], shared)


def _complete_operation(method: str, operation: dict[str, Any]) -> None:
    summary, _, rest = operation["description"].partition("\n")
    operation["summary"], operation["description"] = summary.rstrip("."), rest.strip() or summary
    if any(p["name"] == "if-none-match" for p in operation.get("parameters", ())):
        if method == "get":
            operation["responses"]["200"]["headers"] = _TAG
            operation["responses"]["304"] = {"description": "You have it already.", "headers": _TAG}
        else:
            operation["parameters"] = [p for p in operation["parameters"] if p["name"] != "if-none-match"]


def _share_problems(responses: dict[str, Any], shared: dict[str, Any]) -> None:
    """Each kind of problem is described once and referred to."""
    for status, response in responses.items():
        if MEDIA_TYPE in response.get("content", {}):
            shared[f"Problem{status}"] = response | {"content": _PROBLEM}
            responses[status] = {"$ref": f"{_RESPONSES}Problem{status}"}


def main(out: str, *, check: bool = False) -> None:
    """Write the description to a file, or with ``check`` leave with 1 when the file says something else."""
    from api.app import assemble

    text = orjson.dumps(assemble(None, None).openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if not check:
        Path(out).write_bytes(text)
    elif not Path(out).exists() or Path(out).read_bytes() != text:
        sys.exit(f"{out} is out of step with the API: run `make openapi`.")


if __name__ == "__main__":
    names = [a for a in sys.argv[1:] if a != "--check"]
    main(names[0] if names else "docs/openapi.json", check="--check" in sys.argv)
