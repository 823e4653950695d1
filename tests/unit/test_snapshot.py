"""A snapshot is the Projection itself in files that other engines read: whole, unchanged, without names, or refused."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from graphsvc import snapshot, toy
from graphsvc.clock import DAY
from graphsvc.errors import InputError, StoreError
from graphsvc.model import Level
from graphsvc.policy import OWNER
from graphsvc.projection import Projection
from graphsvc.registry import Inputs, algorithms
from graphsvc.sample import write_sample
from graphsvc.scores import Scores
from graphsvc.settings import settings
from graphsvc.snapshot import read_manifest, read_snapshot, write_snapshot
from graphsvc.snapshot_columns import TABLES, documentation
from graphsvc.stores import open_store
from graphsvc.workspace import Workspace
from tests.command_line import call

DOCS = Path(__file__).parents[2] / "docs" / "snapshot.md"
NAMES = ("entities", "interactions", "facts", "opportunities")


def company() -> Projection:
    """Every table, every enumeration, every null, words in two scripts, overrides."""
    people = [{"id": "ann", "level": Level.VP, "buyer": True, "organization": "acme"}, {"id": "bob", "internal": True}]
    contacts = [
        {
            "time": 1.25,
            "from": "ann",
            "to": "bob",
            "kind": "mail",
            "topic": "焊接",
            "relevance": 0.5,
            "object": "paper",
        },
        {"time": 2, "from": "bob", "to": "ann", "kind": "meeting", "channel": "日历", "role": 2, "id": "m"},
        {"time": 2, "from": "bob", "to": "cy", "kind": "meeting", "channel": "日历", "role": 5, "id": "m"},
        *({"time": 3 + i, "from": "cy", "to": "ann", "kind": "chat", "weight": i / 7} for i in range(9)),
    ]
    p = toy.build(
        people=people,
        organizations=[{"id": "acme", "industry": "汽车", "region": "EU", "kind": "customer"}],
        works=[{"id": "paper", "kind": "paper", "topic": "焊接", "time": 0.5}, {"id": "undated"}],
        interactions=contacts,
        facts=[
            {"subject": "ann", "kind": "FOLLOWS", "object": "bob"},
            {"subject": "ann", "kind": "WORKS_AT", "object": "acme", "from": 0, "to": 5, "role": "采购"},
            {"subject": "cy", "kind": "ADOPTED", "object": "paper", "from": 4, "weight": 0.1},
        ],
        opportunities=[
            {"id": "deal", "organization": "acme", "owner": "bob", "amount": 0.1, "currency": "EUR", "created": 1},
            {"id": "lost", "organization": "acme", "created": 1, "closed": 5, "won": 0, "stage": "closed lost"},
            {"id": "won", "product": "p", "closed": 6, "won": 1},
        ],
        as_of=20.5,
    )
    return replace(p, overrides=(("depth", 1, -1, 0.1), ("tie_strength", 1, 2, 1 / 3)))


TOYS: dict[str, Callable[[], Projection]] = {
    "company": company,
    "adoption_star": lambda: toy.adoption_star(23),
    "nothing": toy.build,
}


def same(a: Projection, b: Projection) -> None:
    """Every column, its type and order; and what stands beside the columns."""
    for name in NAMES:
        for f in fields(getattr(a, name)):
            x, y = getattr(getattr(a, name), f.name), getattr(getattr(b, name), f.name)
            assert x.dtype == y.dtype, f"{name}.{f.name} changed its type"
            np.testing.assert_array_equal(x, y, err_msg=f"{name}.{f.name}")
    beside = [f.name for f in fields(a) if f.name not in NAMES]
    assert [getattr(a, n) for n in beside] == [getattr(b, n) for n in beside]
    assert a.digest == b.digest


def scores(p: Projection) -> dict[str, Scores]:
    """Every score there is, fitted on this Projection."""
    out: dict[str, Scores] = {}
    for spec in algorithms().values():
        model = spec.fit(p, spec.params()) if spec.fit else None
        out[spec.name] = spec.compute(p, spec.params(), Inputs({n: out[n] for n in spec.uses}, model))
    return out


def code_of(reading: Callable[[], object]) -> str:
    """The code of the one sentence with which something is refused."""
    with pytest.raises(InputError) as caught:
        reading()
    for language in ("en", "zh"):
        text = caught.value.text(language)
        assert text and "\n" not in text, f"{caught.value.phrase.code} is not one sentence: {text}"
    return caught.value.phrase.code


# -- the round trip ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TOYS)
def test_what_is_read_back_is_what_was_written(name: str, tmp_path: Path) -> None:
    p = TOYS[name]()
    report = write_snapshot(p, tmp_path / "deep" / "snapshot")
    same(p, read_snapshot(tmp_path / "deep" / "snapshot"))
    assert report.digest == p.digest
    assert report.rows == {n: len(getattr(p, n)) for n in (*NAMES, "overrides")}
    assert sum(report.sizes.values()) < sum(f.stat().st_size for f in (tmp_path / "deep" / "snapshot").iterdir())


def test_columns_read_back_cannot_be_written_into(tmp_path: Path) -> None:
    write_snapshot(company(), tmp_path / "s")
    with pytest.raises(ValueError, match="read-only"):
        read_snapshot(tmp_path / "s").interactions.weight[0] = 1.0


def test_row_groups_with_dictionaries_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "ROWS", 5)
    p = company()
    write_snapshot(p, tmp_path / "s")
    assert pq.ParquetFile(tmp_path / "s" / "interactions.parquet").num_row_groups == -(-len(p.interactions) // 5)
    same(p, read_snapshot(tmp_path / "s"))


def test_writing_holds_one_row_group_beside_the_projection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    p, rows = company(), 200_000
    x = p.interactions
    many = {f.name: np.resize(getattr(x, f.name), rows) for f in fields(x)} | {"time": np.arange(rows)}
    p = replace(p, interactions=replace(x, **many))
    whole = sum(c.nbytes for c in many.values())
    monkeypatch.setattr(snapshot, "ROWS", 4_000)
    assert p.digest  # hashing is not writing
    tracemalloc.start()
    try:
        write_snapshot(p, tmp_path / "s")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < whole / 10, f"{peak:,} bytes beside {whole:,}"


# -- the sample company -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The sample company at its smallest, synced."""
    folder = tmp_path_factory.mktemp("company")
    write_sample(folder, scale=0.05)
    for source in ("crm", "tables", "mail"):
        said = call("--db", folder / "w.db", "sync", source, folder / source, "--own", "yuanlan.example")
        assert said.code == 0, said.err
    return Workspace(open_store(f"sqlite:///{folder}/w.db", create=False))


@pytest.fixture(scope="module")
def pictured(sample: Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[Projection, Path]:
    """Its Projection and the snapshot of it."""
    p, folder = sample.projection(sample.moment()), tmp_path_factory.mktemp("snapshots") / "s"
    write_snapshot(p, folder)
    return p, folder


def test_scores_of_a_snapshot_are_those_of_the_store(pictured: tuple[Projection, Path]) -> None:
    p, folder = pictured
    read = read_snapshot(folder)
    same(p, read)
    ours, theirs = scores(p), scores(read)
    for name, score in ours.items():
        np.testing.assert_array_equal(score.a, theirs[name].a, err_msg=name)
        np.testing.assert_allclose(score.value, theirs[name].value, rtol=1e-9, atol=0, err_msg=name)
    assert any(np.isfinite(s.value).any() for s in ours.values())


def test_a_past_moment_reads_back_too(sample: Workspace, tmp_path: Path) -> None:
    moment = sample.moment(sample.moment().as_of - 300 * DAY)
    p = sample.projection(moment)
    write_snapshot(p, tmp_path / "s")
    same(p, read_snapshot(tmp_path / "s"))
    assert read_manifest(tmp_path / "s").digest == p.digest


def test_no_name_address_title_or_source_key_is_in_a_snapshot(
    sample: Workspace, pictured: tuple[Projection, Path]
) -> None:
    p, folder = pictured
    people = [p.entities.id[i].decode() for i in p.people]
    known = sample.store.describe(people, OWNER)
    personal = {text for d in known.values() for text in (d.name, d.email, d.title, d.key) if text}
    assert len(personal) > 1000
    texts = set(json.dumps(json.loads((folder / "manifest.json").read_text("utf-8")), ensure_ascii=False).split('"'))
    for path in folder.glob("*.parquet"):
        table = pq.read_table(path)
        columns = [table[n] for n in table.column_names if not is_number(table[n].type)]
        texts |= {str(v) for column in columns for v in column.unique().to_pylist()}
        texts |= {str(v) for v in (table.schema.metadata or {}).values()}
    assert texts & personal == set()
    assert not any("@" in text for text in texts)


def is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)


# -- other engines ----------------------------------------------------------------------------------------------------


def test_another_engine_reads_words_times_and_references(pictured: tuple[Projection, Path]) -> None:
    """Arrow datasets know nothing of us: they see text, UTC timestamps, and a join by row number."""
    p, folder = pictured
    contacts = ds.dataset(folder / "interactions.parquet").to_table(filter=ds.field("kind") == "meeting")
    assert len(contacts) == int((p.interactions.kind == p.words.index("meeting")).sum()) > 0
    assert contacts.schema.field("time").type == pa.timestamp("us", tz="UTC")
    entities = ds.dataset(folder / "entities.parquet").to_table(columns=["index", "id", "label"])
    joined = contacts.select(["target"]).join(entities, "target", "index")
    assert set(joined["label"].to_pylist()) == {"person"}
    expected = p.entities.id[p.interactions.target[p.interactions.kind == p.words.index("meeting")]]
    assert sorted(joined["id"].to_pylist()) == sorted(i.decode() for i in expected)


def test_unknown_is_null(tmp_path: Path) -> None:
    write_snapshot(company(), tmp_path / "s")
    tables = {n: pq.read_table(tmp_path / "s" / f"{n}.parquet").to_pylist() for n in TABLES}
    follows = next(f for f in tables["facts"] if f["kind"] == "FOLLOWS")
    assert (follows["valid_from"], follows["valid_to"], follows["role"]) == (None, None, None)
    deals = {d["won"]: d for d in tables["opportunities"]}
    assert (deals["open"]["closed"], deals["open"]["amount"]) == (None, 0.1)
    assert (deals["won"]["amount"], deals["won"]["owner"], deals["lost"]["stage"]) == (None, None, "closed lost")
    assert [x["relevance"] for x in tables["interactions"]].count(None) == 11
    assert tables["interactions"][0]["topic"] == "焊接"


def test_every_column_is_documented() -> None:
    command = "print(__import__('graphsvc.snapshot_columns').snapshot_columns.documentation())"
    assert documentation() in DOCS.read_text("utf-8"), f'docs/snapshot.md is not in step: paste python -c "{command}"'
    for table, columns in TABLES.items():
        assert all(c.meaning.endswith(".") for c in columns), table


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_has_every_column_of_the_projection(name: str) -> None:
    columns = [c.name for c in TABLES[name] if c.name != "index"]
    assert columns == [f.name for f in fields(getattr(toy.build(), name))]


# -- whole or not at all ----------------------------------------------------------------------------------------------


def test_a_snapshot_is_never_written_over_anything(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    write_snapshot(company(), folder)
    before = {f.name: f.read_bytes() for f in folder.iterdir()}
    assert code_of(lambda: write_snapshot(toy.adoption_star(3), folder)) == "snapshot.exists"
    assert code_of(lambda: write_snapshot(company(), folder / "manifest.json")) == "snapshot.exists"
    assert {f.name: f.read_bytes() for f in folder.iterdir()} == before
    (tmp_path / "empty").mkdir()
    write_snapshot(company(), tmp_path / "empty")


def test_a_failed_writer_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshot, "_sync_to_disk", full)
    with pytest.raises(StoreError, match="No space left on device"):
        write_snapshot(company(), tmp_path / "s")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        write_snapshot(company(), tmp_path / "file" / "s")


KILLED = """
import os, signal, sys
from pathlib import Path
from graphsvc import snapshot, toy
real = snapshot._write_table
def until(p, name, columns, folder):
    if name == "opportunities":
        os.kill(os.getpid(), signal.SIGKILL)
    return real(p, name, columns, folder)
snapshot._write_table = until
snapshot.write_snapshot(toy.adoption_star(9), Path(sys.argv[1]))
"""


def test_a_killed_writer_leaves_no_half_snapshot(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    dead = subprocess.run([sys.executable, "-c", KILLED, str(folder)], cwd=Path(__file__).parents[2], check=False)
    assert dead.returncode == -signal.SIGKILL
    assert not folder.exists()
    assert [f.suffix for f in tmp_path.iterdir()] == [".partial"]
    write_snapshot(company(), folder)
    same(company(), read_snapshot(folder))


# -- damage -----------------------------------------------------------------------------------------------------------


def rewritten(folder: Path, name: str, change: Callable[[pa.Table], pa.Table]) -> None:
    """A file changed by another program, and a manifest that says its new size."""
    path = folder / f"{name}.parquet"
    pq.write_table(change(pq.read_table(path)), path)
    said = json.loads((folder / "manifest.json").read_text("utf-8"))
    said["tables"][name]["bytes"] = path.stat().st_size
    (folder / "manifest.json").write_text(json.dumps(said), "utf-8")


def edited(folder: Path, **change: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")


def cut(folder: Path) -> None:
    path = folder / "interactions.parquet"
    path.write_bytes(path.read_bytes()[:-100])


def foreign(folder: Path) -> None:
    path = folder / "facts.parquet"
    path.write_bytes((b"subject,object\n" * path.stat().st_size)[: path.stat().st_size])


def bits(folder: Path) -> None:
    path = folder / "interactions.parquet"
    raw = bytearray(path.read_bytes())
    raw[60:400] = bytes(340)
    path.write_bytes(raw)


def later(t: pa.Table) -> pa.Table:
    one = pa.array([v + 1 for v in t["participants"].to_pylist()], pa.int32())
    return t.set_column(t.schema.get_field_index("participants"), t.schema.field("participants"), one)


def unheard(t: pa.Table) -> pa.Table:
    kind = pa.array(["HATES"] * len(t)).dictionary_encode()
    return t.set_column(0, t.schema.field("kind"), kind)


DAMAGE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a file cut": ("snapshot.cut", cut),
    "a foreign file": ("snapshot.damaged", foreign),
    "bytes zeroed": ("snapshot.damaged", bits),
    "a file missing": ("snapshot.no_file", lambda f: (f / "facts.parquet").unlink()),
    "a column dropped": ("snapshot.other_columns", lambda f: rewritten(f, "facts", lambda t: t.drop_columns(["row"]))),
    "rows dropped": ("snapshot.other_columns", lambda f: rewritten(f, "entities", lambda t: t.slice(1))),
    "a value changed": ("snapshot.changed", lambda f: rewritten(f, "interactions", later)),
    "a word not listed": ("snapshot.damaged", lambda f: rewritten(f, "facts", unheard)),
    "a later version": ("snapshot.other_version", lambda f: edited(f, schema_version=2)),
    "another digest": ("snapshot.changed", lambda f: edited(f, digest="0" * 64)),
    "another moment": ("snapshot.changed", lambda f: edited(f, as_of="2026-01-01T00:00:00Z")),
    "a moment that is none": ("snapshot.bad_manifest", lambda f: edited(f, as_of="soon")),
    "a table not listed": ("snapshot.bad_manifest", lambda f: edited(f, tables={})),
    "a manifest cut": ("snapshot.bad_manifest", lambda f: (f / "manifest.json").write_text('{"format":')),
    "a manifest of others": ("snapshot.bad_manifest", lambda f: (f / "manifest.json").write_text('{"name": "x"}')),
    "a list for a manifest": ("snapshot.bad_manifest", lambda f: (f / "manifest.json").write_text("[]")),
    "no manifest": ("snapshot.no_manifest", lambda f: (f / "manifest.json").unlink()),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_one_clear_sentence(name: str, tmp_path: Path) -> None:
    code, damage = DAMAGE[name]
    folder = tmp_path / "s"
    write_snapshot(company(), folder)
    damage(folder)
    assert code_of(lambda: read_snapshot(folder)) == code


def test_a_folder_that_is_not_there_is_one_clear_sentence(tmp_path: Path) -> None:
    assert code_of(lambda: read_snapshot(tmp_path / "none")) == "snapshot.no_manifest"


# -- the command ------------------------------------------------------------------------------------------------------


def test_the_command_writes_a_snapshot_and_the_audit_log_knows(sample: Workspace, tmp_path: Path) -> None:
    settings.cache_clear()
    said = call("snapshot", tmp_path / "s", "--as-of", "2026-06-01", "--json", "--db", sample.store.url)
    assert said.code == 0, said.err
    p = read_snapshot(tmp_path / "s")
    assert said.json["digest"] == p.digest
    assert said.json["as_of"] == "2026-06-01T00:00:00Z"
    assert read_manifest(tmp_path / "s").as_of.isoformat() == "2026-06-01T00:00:00+00:00"
    assert any(row["action"] == "snapshot" for row in sample.store.audit(OWNER))
    told = call("snapshot", tmp_path / "zh", "--lang", "zh", "--db", sample.store.url)
    assert told.code == 0
    assert "快照" in told.err
    assert call("snapshot", tmp_path / "s", "--db", sample.store.url).code == 2


def test_a_rep_may_not_take_the_whole_graph_away(sample: Workspace, tmp_path: Path) -> None:
    p = sample.projection(sample.moment())
    rep = p.entities.id[p.people[p.entities.internal[p.people]][0]].decode()
    said = call("snapshot", tmp_path / "s", "--as", rep, "--db", sample.store.url)
    assert said.code == 4
    assert not (tmp_path / "s").exists()
