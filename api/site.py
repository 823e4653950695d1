"""The page people work in: static files, and the texts it shows, from the same catalogues as everything else.

Nothing here needs a key and nothing here holds data: the page asks the API like any other client.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

import orjson
from fastapi import APIRouter, FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from graphsvc.errors import NotFoundError
from graphsvc.phrases import LANGUAGES, catalogue

WEB = Path(str(files("api"))) / "web"
FRESH = {"Cache-Control": "no-cache"}  # asked for again with its ETag, so that an upgrade is seen at once
router = APIRouter(include_in_schema=False)


@router.get("/")
def page() -> Response:
    """The page; what it shows is in the query, which it reads itself."""
    return FileResponse(WEB / "index.html", headers=FRESH)


@router.get("/web/texts/{language}.json")
def texts(language: str) -> Response:
    """All texts of the page in one language, by code.

    Raises
    ------
    NotFoundError
        For a language there is none of.
    """
    if language not in LANGUAGES:
        raise NotFoundError("errors.not_found", text=language)
    return Response(orjson.dumps(page_texts(language)), media_type="application/json", headers=FRESH)


@cache
def page_texts(language: str) -> dict[str, str]:
    """The page's texts by code: of ``web.toml`` as ``web.name``, of ``web_map.toml`` as ``map.name`` and so on."""
    out = {}
    for theme in page_themes(language):
        prefix = theme.removeprefix("web_")
        out.update({f"{prefix}.{name}": text for name, text in catalogue(language, theme).items()})
    return out


def page_themes(language: str) -> list[str]:
    """Catalogues of the page, in order of name."""
    folder = Path(str(files("graphsvc"))) / "locale" / language
    return sorted(path.stem for path in folder.glob("web*.toml"))


class PageFiles(StaticFiles):
    """The page's files, to be asked for again each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """As of Starlette, with the header."""
        response = await super().get_response(path, scope)
        response.headers.update(FRESH)
        return response


def install(app: FastAPI) -> None:
    """Put the page on an app."""
    app.include_router(router)
    app.mount("/web", PageFiles(directory=WEB), name="web")
