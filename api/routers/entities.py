"""People, organizations, and the search for them."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api import answers
from api.deps import ReadingDep
from api.parameters import Cursor, KeyPath, Label, Limit, Text
from api.replies import reply, reply_listing
from api.shapes import EntityAnswer
from api.shapes_search import SearchAnswer

router = APIRouter(tags=["entities"])


@router.get("/search", response_model=SearchAnswer)
def search(reading: ReadingDep, text: Text, label: Label = None, limit: Limit = 20, cursor: Cursor = None) -> Response:
    """Search entities.

    People, organizations, works and opportunities, best first, as you type: by name, company, key, title or mail
    address; Chinese names also by pinyin (`zengguofan`, `zeng gf`), initials (`zgf`) and in either script (`華為`),
    people by form of address (`王总`). Accents, case and legal forms do not matter; where little fits, one wrong letter
    does not either. Of people and deals that are not the caller's own, only names and keys are searched. `meta.total`
    says how many there are in all.
    """
    return reply_listing(reading, cursor, lambda ask, inner: answers.search(ask, text, label, limit, inner))


@router.get("/people", response_model=SearchAnswer)
def search_people(reading: ReadingDep, text: Text, limit: Limit = 20, cursor: Cursor = None) -> Response:
    """Search people.

    People as `search` finds them, best first. For all people by a score, ask `scores/{name}`.
    """
    return reply_listing(reading, cursor, lambda ask, inner: answers.search(ask, text, "person", limit, inner))


@router.get("/organizations", response_model=SearchAnswer)
def search_organizations(reading: ReadingDep, text: Text, limit: Limit = 20, cursor: Cursor = None) -> Response:
    """Search organizations.

    Organizations as `search` finds them, best first. For all organizations by a score, ask `scores/{name}`.
    """
    return reply_listing(reading, cursor, lambda ask, inner: answers.search(ask, text, "organization", limit, inner))


@router.get("/people/{key:path}", response_model=EntityAnswer)
def get_person(reading: ReadingDep, key: KeyPath) -> Response:
    """Get one person.

    What the records say of a person, and the person's scores. A caller who may not open the person gets name and
    employer only, and `meta.hidden` says so.
    """
    return reply(reading, lambda ask: answers.entity(ask, key, "person"))


@router.get("/organizations/{key:path}", response_model=EntityAnswer)
def get_organization(reading: ReadingDep, key: KeyPath) -> Response:
    """Get one organization.

    What the records say of an organization, its opportunities and its scores.
    """
    return reply(reading, lambda ask: answers.entity(ask, key, "organization"))
