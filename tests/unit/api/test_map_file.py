"""A map as a file reads back equal in every format, whatever names it holds, and no text in it is run as a formula."""

from __future__ import annotations

import csv
import io
import json
from itertools import pairwise
from typing import Any

import networkx as nx
import openpyxl
import pytest

from api.answers.map_file import EDGE, MEDIA, NODE, edge_cells, graph_of, map_file, node_cells, xml_text
from api.shapes import Entity, Meta
from api.shapes_map import MapAnswer, MapEdge, MapNode
from api.sheets import legal

HOSTILE = [
    "=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1", "=HYPERLINK(\"http://x.example\",\"y\")",
    "a\x00b\x01c\x1b[31m\x7f", "line\nbreak\r\nand\ttab", "\u202egnp.exe\u200f", "\ufeffmark", "\ufffe\uffff",
    "x" * 200, "客户" * 100, "𠮷野家 🙂", "<script>alert(1)</script> & \"q\" ]]>", "_x0041_ _x000D_",
    "'quoted", "a;b, \"c\"",
    "http://x.example", "mailto:x@y.example", "007", "1e5", "TRUE", " ", "",
]  # fmt: skip


def a_map() -> MapAnswer:
    nodes = [
        MapNode(
            id=f"{i:032x}", label="person", key=name or "-", name=name or None, organization=name or None,
            title=name or None, distance=i, group=i % 3 or None, internal=i % 2 == 0,
            roles=["rep", "champion"][: i % 3], scores={"influence": 0.1 * i, "depth": 1e-300} if i % 2 else {},
            change="new" if i % 4 == 0 else None,
        )
        for i, name in enumerate(HOSTILE)
    ]  # fmt: skip
    ids = [node.id for node in nodes]
    ties = [
        MapEdge(a=a, b=b, kind="TIE", band="weak", strength=1 / 3, health=None, last="2026-01-01T00:00:00Z",
                age_days=0.1, channels=["mail", name], change="gone")
        for a, b, name in zip(ids[:-3], ids[1:-2], HOSTILE, strict=False)
    ]  # fmt: skip
    facts = [MapEdge(a=b, b=a, kind=k, directed=True) for a, b in pairwise(ids[:6]) for k in "FG"]
    facts.append(MapEdge(a=ids[0], b=ids[1], kind="FOLLOWS", directed=True))
    meta = Meta(as_of="2026-06-01T00:00:00Z", sequence=1, own_known=True)
    centre = Entity(id=ids[0], label="person", key="k", name=None)
    return MapAnswer(meta=meta, center=[centre], nodes=nodes, edges=[*ties, *facts])


def plain(cells: dict[str, Any]) -> dict[str, Any]:
    """Cells as a graph file holds them."""
    return {k: xml_text(v) if isinstance(v, str) else v for k, v in cells.items() if v is not None and v != ""}


def edges_of(g: Any) -> dict[tuple[str, str, str], dict[str, Any]]:
    return {(a, b, d["kind"]): {k: v for k, v in d.items() if k != "id"} for a, b, d in g.edges(data=True)}


@pytest.mark.parametrize("form", ["graphml", "gexf"])
def test_graph_tools_read_the_map_back(form: Any) -> None:
    answer = a_map()
    content = io.BytesIO(map_file(answer, form))
    back = nx.read_graphml(content, force_multigraph=True) if form == "graphml" else nx.read_gexf(content)
    wanted = graph_of(answer)
    assert set(back) == {node.id for node in answer.nodes}
    for node in answer.nodes:
        cells = node_cells(node)
        label, key = cells.pop("label"), cells.pop("key")
        del cells["id"]
        shown = {**cells, "kind": label, "source_key": key, "label": cells["name"] or key}
        assert back.nodes[node.id] == plain(shown) == wanted.nodes[node.id]
    found = edges_of(back)
    assert len(found) == len(answer.edges)
    for edge in answer.edges:
        cells = {**edge_cells(edge), "weight": edge.strength}
        got = {"weight": None, **found[edge.a, edge.b, edge.kind]}
        if edge.strength is None:
            got["weight"] = None  # GEXF readers take 1 where there is none
        assert plain(got) == plain({k: v for k, v in cells.items() if k not in ("a", "b")})


def test_the_workbook_reads_back_and_runs_nothing() -> None:
    answer = a_map()
    book = openpyxl.load_workbook(io.BytesIO(map_file(answer, "xlsx")))
    for name, head, items in (
        ("nodes", NODE, [node_cells(n) for n in answer.nodes]),
        ("edges", EDGE, [edge_cells(e) for e in answer.edges]),
    ):
        rows = list(book[name].iter_rows(values_only=True))
        assert rows[0] == head
        got = [dict(zip(head, row, strict=True)) for row in rows[1:]]
        assert [_same(row) for row in got] == [_same(row) for row in items]
        assert {cell.data_type for row in book[name].iter_rows() for cell in row} <= {"s", "n", "b"}, "no formula"


def _same(row: dict[str, Any]) -> dict[str, Any]:
    """A row without empty cells; numbers to the 15 digits of a spreadsheet, texts as XML can hold them."""
    shown = {k: legal(v) if isinstance(v, str) else v for k, v in row.items()}
    return {k: f"{v:.15g}" if isinstance(v, float) else v for k, v in shown.items() if v is not None and v != ""}


def test_comma_separated_values_read_back_and_run_nothing() -> None:
    answer = a_map()
    text = map_file(answer, "csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert not [cell for row in rows for cell in row.values() if cell[:1] in tuple("=+-@\t\r") and len(cell) > 1]
    nodes = {n.id: node_cells(n) for n in answer.nodes}
    alone = set(nodes) - {i for e in answer.edges for i in (e.a, e.b)}
    assert alone == {row["a_id"] for row in rows[len(answer.edges) :]} != set()
    for row, edge in zip(rows, answer.edges, strict=False):
        for side, ident in (("a_", edge.a), ("b_", edge.b)):
            assert {k: row[side + k].removeprefix("'") for k in NODE} == {
                k: _text(v).removeprefix("'") for k, v in nodes[ident].items()
            }
        said = edge_cells(edge)
        assert {k: row[k].removeprefix("'") for k in EDGE[2:]} == {k: _text(said[k]) for k in EDGE[2:]}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def test_json_is_the_answer() -> None:
    answer = a_map()
    assert MapAnswer.model_validate_json(map_file(answer, "json")) == answer
    assert json.loads(map_file(answer, "json"))["nodes"][0]["name"] == "=1+1"


def test_the_same_map_gives_the_same_bytes_and_an_empty_one_a_file() -> None:
    answer = a_map()
    empty = answer.model_copy(update={"nodes": [], "edges": [], "center": []})
    for form in MEDIA:
        assert map_file(answer, form) == map_file(answer, form)
        assert map_file(empty, form)
