"""A map as a file that other tools open: CSV, workbook, GraphML, GEXF or JSON; all of them read back equal."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Literal

from api.answers.map_figures import FIGURES
from api.shapes_map import MapAnswer, MapEdge, MapNode
from api.sheets import Cell, csv_of, legal, workbook_of

if TYPE_CHECKING:
    import networkx

Format = Literal["csv", "xlsx", "graphml", "gexf", "json"]
MEDIA: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "graphml": "application/graphml+xml",
    "gexf": "application/gexf+xml",
    "json": "application/json",
}
NODE = (
    "id", "label", "key", "name", "organization", "organization_id", "title", "level", "industry", "internal", "left",
    "distance", "group", "roles", *FIGURES, "change",
)  # fmt: skip
EDGE = ("a", "b", "kind", "band", "strength", "health", "last", "age_days", "channels", "directed", "change")
LIST = "; "  # between the values of a list in one cell
_DATE = re.compile(rb'lastmodifieddate="[^"]*"')
Attributes = dict[str, str | int | float | bool]


def map_file(answer: MapAnswer, form: Format) -> bytes:
    """The map in one format.

    CSV is the list of edges, with the columns of both ends, and a row without an edge for each node that has none; the
    workbook has a sheet of nodes and one of edges. In GraphML and GEXF what XML cannot hold is left out of texts.
    """
    if form == "csv":
        return csv_of(*_edge_list(answer))
    if form == "xlsx":
        nodes = [list(node_cells(node).values()) for node in answer.nodes]
        edges = [list(edge_cells(edge).values()) for edge in answer.edges]
        return workbook_of({"nodes": (NODE, nodes), "edges": (EDGE, edges)})
    if form == "json":
        return answer.model_dump_json(by_alias=True).encode()
    return _xml(graph_of(answer), form, answer.meta.as_of)


def graph_of(answer: MapAnswer) -> networkx.MultiDiGraph[str]:
    """The map as a networkx multigraph, nodes by id, edges keyed by kind; attributes are those that are known.

    ``label`` is what graph tools show, the name; what a node is, is its ``kind``, and ``key`` (a word of GEXF readers)
    is ``source_key``. A tie, which has no direction, is one
    edge with ``directed`` false.
    """
    import networkx as nx

    g: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node in answer.nodes:
        cells = node_cells(node)
        kind, source = str(cells.pop("label")), str(cells.pop("key"))
        said = {**cells, "kind": kind, "source_key": source, "label": cells["name"] or source}
        g.add_node(str(said.pop("id")), **_known(said))
    for edge in answer.edges:
        rest = _known({**edge_cells(edge), "weight": edge.strength})
        ends = rest.pop("a"), rest.pop("b")
        g.add_edge(str(ends[0]), str(ends[1]), key=edge.kind, **rest)
    return g


def node_cells(node: MapNode) -> dict[str, Cell]:
    """A node as cells, in the order of :data:`NODE`."""
    said = node.__dict__ | {name: node.scores.get(name) for name in FIGURES} | {"roles": LIST.join(node.roles)}
    return {name: said[name] for name in NODE}


def edge_cells(edge: MapEdge) -> dict[str, Cell]:
    """An edge as cells, in the order of :data:`EDGE`."""
    said = edge.__dict__ | {"channels": LIST.join(edge.channels)}
    return {name: said[name] for name in EDGE}


def _edge_list(answer: MapAnswer) -> tuple[list[str], list[list[Cell]]]:
    """Edges with the columns of both ends; nodes without an edge stand at the end, alone."""
    cells = {node.id: node_cells(node) for node in answer.nodes}
    middle = EDGE[2:]
    head = [*(f"a_{name}" for name in NODE), *middle, *(f"b_{name}" for name in NODE)]
    rows, met = [], set[str]()
    for edge in answer.edges:
        said = edge_cells(edge)
        rows.append([*cells[edge.a].values(), *(said[name] for name in middle), *cells[edge.b].values()])
        met |= {edge.a, edge.b}
    nothing: list[Cell] = [None] * (len(middle) + len(NODE))
    return head, rows + [[*cells[i].values(), *nothing] for i in cells if i not in met]


def _known(cells: dict[str, Cell]) -> Attributes:
    """Cells as attributes: without those that are empty, texts as XML can hold them."""
    return {k: xml_text(v) if isinstance(v, str) else v for k, v in cells.items() if v is not None and v != ""}


def xml_text(text: str) -> str:
    r"""A text as XML holds it: without control characters, a line break as a blank.

    Examples
    --------
    >>> xml_text("a\x00b\tc")
    'ab c'
    """
    return re.sub(r"[\t\n]", " ", legal(text))


def _numbered(g: networkx.MultiDiGraph[str]) -> networkx.MultiDiGraph[str]:
    """The same graph with edges keyed by number: GraphML writes the key as the edge's id, which must be its own."""
    import networkx as nx

    out: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    out.add_nodes_from(g.nodes(data=True))
    for number, (a, b, said) in enumerate(g.edges(data=True)):
        out.add_edge(a, b, key=f"e{number}", **said)
    return out


def _xml(g: networkx.MultiDiGraph[str], form: Format, as_of: str) -> bytes:
    import networkx as nx

    out = io.BytesIO()
    if form == "graphml":
        nx.write_graphml_xml(_numbered(g), out, named_key_ids=True)
        return out.getvalue()
    nx.write_gexf(g, out)
    return _DATE.sub(f'lastmodifieddate="{as_of[:10]}"'.encode(), out.getvalue())  # not the day of the download
