"""The forms of the influence map, of the overview by groups, and of saved maps."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.shapes import Entity, Meta, Shape

NodeChange = Literal["new", "gone"]
EdgeChange = Literal["new", "gone", "stronger", "weaker"]
By = Literal["community", "organization", "team"]


class MapNode(Entity):
    """A node of a map; title, level, roles and figures only where the caller may open it."""

    organization: str | None = Field(None, description="Name of the employer, or of a deal's account.")
    organization_id: str | None = None
    title: str | None = None
    level: str | None = None
    industry: str | None = None
    internal: bool = Field(False, description="One of ours.")
    left: bool = Field(False, description="Left the last employer known.")
    distance: int = Field(description="From the nearest centre [hops].")
    group: int | None = Field(None, description="Number of the community, see `groups`.")
    roles: list[str] = Field([], description="Buying roles held now; `rep` for who owns an account.")
    scores: dict[str, float] = Field({}, description="Figures by name, those that are measured.")
    change: NodeChange | None = Field(None, description="Since the moment compared with.")


class MapEdge(Shape):
    """An edge of a map: a tie, or a fact by its kind; numbers only where the caller may see them."""

    a: str = Field(description="Public id; of a fact its subject.")
    b: str
    kind: str = Field(description="`TIE`, or the kind of a fact.")
    band: str | None = None
    strength: float | None = None
    health: float | None = None
    last: str | None = Field(None, description="Time of the last interaction, ISO 8601 UTC.")
    age_days: float | None = Field(None, description="Its age at as_of [days].")
    channels: list[str] = Field([], description="Where it took place, ascending.")
    directed: bool = False
    change: EdgeChange | None = Field(None, description="Since the moment compared with.")


class MapGroup(Shape):
    """A community of which somebody is on the map."""

    id: int
    name: str
    size: int = Field(description="People of the whole community.")


class MapCompared(Shape):
    """What a map was compared with, and how much differs."""

    as_of: str
    new: int = Field(description="Nodes that were not within reach then.")
    gone: int = Field(description="Nodes that were then and are not now; they are among the nodes.")


class MapAnswer(Shape):
    """People and organizations around some centres; ``cut`` says how many did not fit, nearest and strongest first."""

    meta: Meta
    center: list[Entity]
    nodes: list[MapNode]
    edges: list[MapEdge]
    cut: int = 0
    cut_edges: int = Field(0, description="Edges that did not fit; ties go before facts, strong before weak.")
    groups: list[MapGroup] = Field([], description="Communities of which somebody is shown.")
    compare: MapCompared | None = None
    paths: list[list[str]] = Field(
        [], description="With `to`: the best ways there as public ids from the first to the last person, best first."
    )


class OverviewGroup(Shape):
    """A group of people as one node."""

    id: str
    name: str
    size: int = Field(description="People.")
    ours: int = Field(description="Of these, our own.")
    industry: str | None = None
    health: float | None = Field(None, description="organization_health; by organization only.")
    influence: float | None = Field(None, description="Sum of the members' influence.")
    members: list[Entity] = Field([], description="The most central ones the caller knows of, at most five.")


class OverviewEdge(Shape):
    """All ties between two groups as one edge; strength and last of those the caller may see."""

    a: str
    b: str
    ties: int
    strength: float | None = None
    last: str | None = None


class OverviewAnswer(Shape):
    """The whole company as groups, largest first; ``cut`` says how many groups did not fit."""

    meta: Meta
    by: By
    groups: list[OverviewGroup]
    edges: list[OverviewEdge]
    cut: int = 0


class ViewItem(Shape):
    """A saved map."""

    id: str
    name: str
    note: str
    state: str = Field(description="The page's query string; ids only.")
    notes: dict[str, str] = Field(description="Notes at entities, by public id.")
    places: dict[str, tuple[float, float]] = Field(
        {}, description="Where nodes stood in the picture, by id; only of a map asked for by itself."
    )
    shared: bool = Field(description="Everybody who may read sees it.")
    owner: str = Field(description="Whose it is: name of a person, or of a key.")
    mine: bool
    version: int
    changed: str


class ViewsAnswer(Shape):
    """Saved maps: the caller's own and those that are shared, newest change first."""

    meta: Meta
    items: list[ViewItem]


class ViewAnswer(Shape):
    """One saved map."""

    meta: Meta
    item: ViewItem
