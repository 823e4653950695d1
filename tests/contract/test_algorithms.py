"""The contract of every algorithm: discovered, never listed, and run on one seeded company."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from graphsvc import toy
from graphsvc.model import Label, Level
from graphsvc.projection import Projection
from graphsvc.registry import AlgorithmSpec, Inputs, algorithms
from graphsvc.scores import Model, Scores

NAMES = sorted(algorithms())
END = 800.0  # days
Rows = dict[str, list[dict[str, Any]]]


@cache
def company() -> dict[str, Any]:
    """Rows of a small company: 6 own people, 8 accounts, 40 contacts, two years of contact, adoptions, deals."""
    rng = np.random.default_rng(7)
    accounts = [f"o{i}" for i in range(8)]
    reps, contacts = [f"r{i}" for i in range(6)], [f"c{i:02d}" for i in range(40)]
    level = [Level.UNKNOWN, Level.STAFF, Level.MANAGER, Level.DIRECTOR, Level.VP, Level.C_LEVEL]
    rows: Rows = {
        "organizations": [{"id": o, "industry": "abc"[i % 3], "kind": "customer"} for i, o in enumerate(accounts)],
        "people": [{"id": r, "internal": True, "level": Level.STAFF} for r in reps],
        "works": [{"id": f"w{i}", "time": 10.0 * i} for i in range(4)],
        "facts": [],
        "interactions": [],
        "opportunities": [],
    }
    for i, c in enumerate(contacts):
        employer = {} if i % 9 == 0 else {"organization": accounts[i % 8]}
        rows["people"].append({"id": c, "level": level[i % 6], "buyer": i % 5 == 0, **employer})
    rows["interactions"] = _interactions(rng, reps, contacts)
    rows["facts"] = _facts(rng, reps, contacts, accounts)
    for i, o in enumerate(accounts[:5]):
        deal = {"id": f"d{i}", "organization": o, "owner": reps[i], "created": 100.0 + i, "stage": "open"}
        if i < 2:
            deal |= {"closed": 500.0, "won": i, "amount": 1000.0, "currency": "EUR"}
        rows["opportunities"].append(deal)
    return dict(rows)


def _interactions(rng: np.random.Generator, reps: list[str], contacts: list[str]) -> list[dict[str, Any]]:
    out = []
    for i in range(1500):
        contact = contacts[int(rng.beta(1, 2) * 40)]
        a, b = reps[int(rng.integers(6))], contact
        if rng.random() < 0.15:
            a = contacts[int(rng.integers(40))]
        if a == b:
            continue
        a, b = (a, b) if rng.random() < 0.6 else (b, a)
        kind = str(rng.choice(["mail", "meeting", "call", "chat", "share", "list_mail", "odd"]))
        row = {"id": f"i{i}", "time": float(rng.uniform(0, END)), "from": a, "to": b, "kind": kind}
        row["channel"] = str(rng.choice(["mail", "calendar", "wecom"]))
        if rng.random() < 0.5:
            row["relevance"] = float(rng.random())
        out.append(row)
    return out


def _facts(rng: np.random.Generator, reps: list[str], contacts: list[str], accounts: list[str]) -> list[dict[str, Any]]:
    out = [{"subject": contacts[i], "kind": "AUTHORED", "object": f"w{i}", "from": 10.0 * i} for i in range(4)]
    for c in contacts:
        for other in rng.choice(contacts, 3, replace=False):
            if other != c:
                out.append({"subject": c, "kind": "FOLLOWS", "object": str(other), "from": 0.0})
        for w in range(4):
            if rng.random() < 0.5:
                out.append({"subject": c, "kind": "ADOPTED", "object": f"w{w}", "from": float(rng.uniform(50, END))})
    out += [{"subject": r, "kind": "OWNS", "object": o, "from": 1.0} for r, o in zip(reps, accounts, strict=False)]
    out += [{"subject": "o0", "kind": "SUPPLIES", "object": o, "from": 5.0} for o in accounts[1:4]]
    out += [{"subject": "c05", "kind": "REFERRED", "object": o, "from": 700.0} for o in ("c06", "c07", "c11")]
    out += [
        {"subject": contacts[i], "kind": "REPORTS_TO", "object": contacts[i % 8], "from": 1.0} for i in range(8, 20)
    ]
    return out


def built(names: dict[str, str] | None = None, extra: tuple[str, ...] = ()) -> Projection:
    """The company as a Projection, its keys renamed, with some people more who have nothing."""
    names = names or {}

    def renamed(row: dict[str, Any]) -> dict[str, Any]:
        named = ("id", "from", "to", "subject", "object", "organization", "owner")
        return {k: names.get(v, v) if k in named and isinstance(v, str) else v for k, v in row.items()}

    tables = {table: [renamed(r) for r in rows] for table, rows in company().items()}
    tables["people"] = [*tables["people"], *({"id": k} for k in extra)]
    return toy.build(**tables, as_of=END, own_known=True)


@cache
def projection() -> Projection:
    return built()


@cache
def model(name: str) -> Model | None:
    spec = algorithms()[name]
    return spec.fit(projection(), spec.params()) if spec.fit is not None else None


def inputs(spec: AlgorithmSpec, p: Projection) -> Inputs:
    """The scores an algorithm uses, computed on ``p`` with the models of the company."""
    needed = {name: compute(algorithms()[name], p) for name in spec.uses}
    return Inputs(needed, model(spec.name))


def compute(spec: AlgorithmSpec, p: Projection) -> Scores:
    return spec.compute(p, spec.params(), inputs(spec, p))


@cache
def scores(name: str) -> Scores:
    return compute(algorithms()[name], projection())


def by_key(p: Projection, s: Scores, column: np.ndarray) -> dict[Any, float]:
    keys = [i.decode() for i in p.entities.id]
    if s.b is None:
        return {keys[a]: float(v) for a, v in zip(s.a, column, strict=True)}
    return {frozenset((keys[a], keys[b])): float(v) for a, b, v in zip(s.a, s.b, column, strict=True)}


def same(left: dict[Any, float], right: dict[Any, float], rtol: float = 1e-9) -> None:
    assert left.keys() <= right.keys()
    keys = list(left)
    np.testing.assert_allclose([left[k] for k in keys], [right[k] for k in keys], rtol=rtol, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
class TestContract:
    def test_has_rows_and_values(self, name: str) -> None:
        s = scores(name)
        assert s.name == name and s.of == algorithms()[name].of and s.unit == algorithms()[name].unit
        assert np.isfinite(s.value).any(), "the company has evidence for every score"

    def test_rows_are_in_order_and_unique(self, name: str) -> None:
        s = scores(name)
        rows = list(zip(s.a.tolist(), (s.a if s.b is None else s.b).tolist(), strict=True))
        assert rows == sorted(set(rows))
        assert s.b is None or (s.a < s.b).all()

    def test_rows_are_what_the_score_is_of(self, name: str) -> None:
        s, label = scores(name), projection().entities.label
        allowed = {
            "tie": [Label.PERSON], "person": [Label.PERSON, Label.ORGANIZATION], "organization": [Label.ORGANIZATION]
        }[s.of]  # fmt: skip
        assert np.isin(label[s.a], allowed).all()
        assert s.b is None or np.isin(label[s.b], allowed).all()

    def test_deterministic(self, name: str) -> None:
        s, again = scores(name), compute(algorithms()[name], built())
        np.testing.assert_array_equal(s.value, again.value)
        for column in s.beside:
            np.testing.assert_array_equal(s.beside[column], again.beside[column])

    def test_inputs_unchanged(self, name: str) -> None:
        p = built()
        before = p.digest
        compute(algorithms()[name], p)
        assert replace(p).digest == before  # a new instance has no cached digest

    def test_finite_or_null_with_a_reason(self, name: str) -> None:
        s = scores(name)
        null = np.isnan(s.value)
        assert not np.isinf(s.value).any()
        reason = np.full(len(s), -1) if s.reason is None else s.reason
        assert (reason[null] >= 0).all(), "a null says why"
        assert (reason[~null] == -1).all(), "a value has no reason to be null"
        assert reason.max(initial=-1) < len(s.reasons)

    def test_terms_add_up(self, name: str) -> None:
        s = scores(name)
        known = np.isfinite(s.value)
        total = np.sum([term[known] for term in s.terms.values()], axis=0)
        np.testing.assert_allclose(s.linked()[known], total, rtol=1e-9, atol=1e-9)

    def test_columns_have_a_value_per_row(self, name: str) -> None:
        s = scores(name)
        for column in (*s.terms.values(), *s.beside.values()):
            assert len(column) == len(s)
        for bound in (s.low, s.high):
            assert bound is None or len(bound) == len(s)

    def test_interval_holds_the_value(self, name: str) -> None:
        s = scores(name)
        if s.low is not None and s.high is not None:
            known = np.isfinite(s.value)
            assert (s.low[known] <= s.value[known]).all() and (s.value[known] <= s.high[known]).all()

    def test_texts_exist_in_both_languages(self, name: str) -> None:
        s = scores(name)
        for text in (*s.reasons, *s.notes):
            assert text.text("en") and text.text("zh")

    def test_relabelling_permutes(self, name: str) -> None:
        p, names = projection(), {}
        for letter in "corwd":
            keys = [k.decode() for k in p.entities.id if k.decode().startswith(letter)]
            order = np.random.default_rng(3).permutation(len(keys))
            names |= {key: f"{letter}x{i}" for key, i in zip(keys, order, strict=True)}
        names |= {"r0": "zz-r0"}  # one of ours last, not first
        q = built(names)
        s, other = scores(name), compute(algorithms()[name], q)
        for ours, theirs in ((s.value, other.value), *((s.terms[t], other.terms[t]) for t in s.terms)):
            renamed = {
                frozenset(names.get(x, x) for x in k) if isinstance(k, frozenset) else names.get(k, k): v
                for k, v in by_key(p, s, ours).items()
            }
            same(renamed, by_key(q, other, theirs))

    def test_an_isolated_person_changes_nothing(self, name: str) -> None:
        q = built(extra=("c20-new",))
        s, other = scores(name), compute(algorithms()[name], q)
        same(by_key(projection(), s, s.value), by_key(q, other, other.value), rtol=1e-12)

    def test_empty_graph(self, name: str) -> None:
        spec, p = algorithms()[name], toy.build()

        def on_nothing(other: AlgorithmSpec) -> Scores:
            fitted = other.fit(p, other.params()) if other.fit is not None else None
            return other.compute(
                p, other.params(), Inputs({n: on_nothing(algorithms()[n]) for n in other.uses}, fitted)
            )

        assert len(on_nothing(spec)) == 0

    def test_docstring_has_unit_and_reference(self, name: str) -> None:
        spec = algorithms()[name]
        own = inspect.getdoc(spec.compute) or ""
        module = importlib.import_module(spec.compute.__module__)
        assert spec.unit.split()[0].strip("()").lower() in own.lower(), "the docstring names the unit"
        assert "Parameters" in own and "Returns" in own
        assert "References" in own or "References" in (module.__doc__ or ""), "the docstring names its source"

    def test_terms_open(self, name: str) -> None:
        spec, s, p = algorithms()[name], scores(name), projection()
        if spec.explain is None:
            pytest.skip(f"{name} says nothing about its evidence")
        known = np.flatnonzero(np.isfinite(s.value))
        given = inputs(spec, p)
        handles = {"interactions": set(p.interactions.row.tolist()), "facts": set(p.facts.row.tolist())}
        for row in known[:: max(1, len(known) // 8)]:
            opened: dict[str, float] = {}
            for e in spec.explain(p, spec.params(), given, s, int(row)):
                opened[e.term] = opened.get(e.term, 0.0) + e.value
                if e.rows is not None:
                    assert set(e.rows.tolist()) <= handles[e.table], "evidence exists in the store"
                if e.kind == "sum":
                    assert e.rows is not None and e.shares is not None and len(e.rows) == len(e.shares)
                    assert e.shares.sum() == pytest.approx(e.value, rel=1e-9, abs=1e-12), f"{e.term} adds up"
                if e.phrase is not None:
                    assert e.phrase.text("en") and e.phrase.text("zh")
            for term, column in s.terms.items():
                assert opened.get(term, 0.0) == pytest.approx(float(column[row]), rel=1e-9, abs=1e-9), term
