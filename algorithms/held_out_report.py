"""Tables, plots, JSON and the one sentence of a test of probabilities on held-out time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from algorithms.held_out import CLEARLY, LEAST_CLUSTERS, Figure, HeldOut, Verdict
from graphsvc.evaluations import Cell, Plot, Series, Table
from graphsvc.kernels.metrics import figures
from graphsvc.phrases import Phrase, phrase

PLAIN = ("auc", "ap", "brier", "log_loss", "ece", "worst_gap")
DIGITS = 3


def day(time: int) -> str:
    """A date as people write it."""
    return str(np.datetime64(time, "us").astype("datetime64[D]"))


def plain(value: float) -> float | None:
    """A JSON number; None where it was not measured."""
    return float(value) if np.isfinite(value) else None


def with_error(f: Figure | None, *, signed: bool = False) -> str | None:
    """A figure with one standard error."""
    if f is None or not np.isfinite(f.value):
        return None
    value = f"{f.value:+.{DIGITS}f}" if signed else f"{f.value:.{DIGITS}f}"
    return f"{value} ± {f.error:.{DIGITS}f}" if np.isfinite(f.error) else value


def method_name(name: str) -> Phrase:
    """A method as people call it."""
    return phrase(f"evaluate_health.method_{name}")


def headline(h: HeldOut, v: Verdict) -> dict[str, float | None]:
    """Figures to show beside the score."""
    model = v.methods[h.model]
    shown = {k: plain(model[k].value) for k in ("auc", "ap", "brier", "ece", "worst_gap")}
    return {**shown, "auc_se": plain(model["auc"].error), "rows": float(len(h.y)), "base_rate": float(h.y.mean())}


def verdict(h: HeldOut, v: Verdict, *, prior: bool = False) -> Phrase:
    """One sentence: what the model is better than, or that it cannot be told."""
    model, near, simple = v.methods[h.model], v.leads[v.nearest], v.leads[h.simple]
    said = {
        "auc": with_error(model["auc"]),
        "ece": with_error(model["ece"]),
        "rows": f"{len(h.y):,}",
        "units": f"{h.clusters:,}",
        "dates": len(h.dates),
    }
    if h.clusters < LEAST_CLUSTERS:
        return phrase("evaluate_health.verdict_few", needed=LEAST_CLUSTERS, **said)
    if simple.against:
        return phrase("evaluate_health.verdict_worse", lead=with_error(simple, signed=True), **said)
    if not simple.clear:
        return phrase("evaluate_health.verdict_even", lead=with_error(simple, signed=True), **said)
    beaten = {"beaten": len(v.beaten), "count": len(v.leads)}
    if prior:
        return phrase("evaluate_health.verdict_prior", lead=with_error(simple, signed=True), **beaten, **said)
    if v.ahead:
        worst = v.leads[v.nearest]
        counts = {"behind": len(v.ahead), "worst": with_error(worst, signed=True), **beaten}
        return phrase("evaluate_health.verdict_behind", lead=with_error(simple, signed=True), **counts, **said)
    if len(v.beaten) < len(v.leads):
        return phrase("evaluate_health.verdict_some", lead=with_error(simple, signed=True), **beaten, **said)
    return phrase("evaluate_health.verdict_all", lead=with_error(near, signed=True), count=len(v.leads), **said)


def tables(h: HeldOut, v: Verdict) -> tuple[Table, ...]:
    """How methods rank and what their probabilities are worth, reliability, and figures by reference date."""
    ranking = ranking_table(h, v, phrase("evaluate_health.table_ranking"))
    return ranking, _probability_table(h, v), _reliability_table(v), _date_table(v)


def ranking_table(h: HeldOut, v: Verdict, title: Phrase) -> Table:
    """A row per method, best formula first, and how far the model leads it."""
    rows = []
    for name in _in_order(h, v):
        found, lead = v.methods[name], v.leads.get(name)
        cells = [with_error(found.get(k)) for k in ("auc", "auc_fitted", "ap")]
        rows.append((method_name(name), *cells, with_error(lead, signed=True), _better(lead)))
    return Table(title, _heads("method", "auc", "auc_fitted", "ap", "lead", "better"), tuple(rows))


def _probability_table(h: HeldOut, v: Verdict) -> Table:
    """A row per method that gives probabilities, and what chance alone does to true ones."""
    keys = ("brier", "log_loss", "ece", "worst_gap")
    rows: list[tuple[Cell, ...]] = [
        (method_name(name), *(with_error(v.methods[name][k]) for k in keys))
        for name in _in_order(h, v)
        if h.methods[name].p is not None
    ]
    rows.append((method_name("by_chance"), None, None, _short(v.by_chance), None))
    return Table(phrase("evaluate_health.table_probabilities"), _heads("method", *keys), tuple(rows))


def _in_order(h: HeldOut, v: Verdict) -> list[str]:
    return [h.model, *sorted(v.leads, key=lambda name: v.leads[name].value)]


def _better(lead: Figure | None) -> Cell:
    if lead is None:
        return None
    if not np.isfinite(lead.error):
        return phrase("evaluate_health.untold")
    if lead.against:
        return phrase("evaluate_health.worse")
    return phrase("evaluate_health.yes" if lead.clear else "evaluate_health.no")


def _reliability_table(v: Verdict) -> Table:
    rows = [(b.rows, _short(b.mean), _short(b.rate), f"{_short(b.low)}-{_short(b.high)}") for b in v.bins]
    heads = _heads("rows", "mean", "rate", "interval")
    return Table(phrase("evaluate_health.table_reliability"), heads, tuple(rows))


def _date_table(v: Verdict) -> Table:
    rows = [
        (day(d.at), d.rows, _short(d.mean), with_error(d.rate), with_error(d.model), with_error(d.simple))
        for d in v.by_date
    ]
    heads = _heads("date", "rows", "mean", "rate", "auc_model", "auc_recency")
    return Table(phrase("evaluate_health.table_dates"), heads, tuple(rows))


def _short(value: float) -> str:
    return f"{value:.{DIGITS}f}"


def _heads(*names: str) -> tuple[Phrase, ...]:
    return tuple(phrase(f"evaluate_health.head_{name}") for name in names)


def plots(v: Verdict) -> tuple[Plot, ...]:
    """Reliability with its diagonal, AUC by date beside recency, and what was said and what came over time."""
    reliability = Plot(
        phrase("evaluate_health.table_reliability"),
        phrase("evaluate_health.head_mean"),
        phrase("evaluate_health.head_rate"),
        (_points(v),),
        kind="points",
        diagonal=True,
    )
    auc = Plot(
        phrase("evaluate_health.plot_auc"),
        phrase("evaluate_health.head_date"),
        phrase("evaluate_health.head_auc"),
        (
            _line(method_name("model"), [(d.at, d.model) for d in v.by_date]),
            _line(method_name("recency"), [(d.at, d.simple) for d in v.by_date]),
        ),
        dates=True,
    )
    over_time = Plot(
        phrase("evaluate_health.plot_calibration"),
        phrase("evaluate_health.head_date"),
        phrase("evaluate_health.head_rate"),
        (
            _line(phrase("evaluate_health.head_mean"), [(d.at, Figure(d.mean, float("nan"))) for d in v.by_date]),
            _line(phrase("evaluate_health.head_rate"), [(d.at, d.rate) for d in v.by_date]),
        ),
        dates=True,
    )
    return reliability, auc, over_time


def _points(v: Verdict) -> Series:
    half = tuple((b.high - b.low) / (2 * 1.96) for b in v.bins)
    name = phrase("evaluate_health.head_rate")
    return Series(name, tuple(b.mean for b in v.bins), tuple(b.rate for b in v.bins), half)


def _line(name: Phrase, points: list[tuple[int, Figure]]) -> Series:
    known = [(at, f) for at, f in points if np.isfinite(f.value)]
    errors = tuple(f.error for _, f in known)
    x, y = tuple(float(at) for at, _ in known), tuple(f.value for _, f in known)
    return Series(name, x, y, errors if known and np.isfinite(errors).all() else None)


def detail(h: HeldOut, v: Verdict) -> dict[str, Any]:
    """Everything as plain JSON values: ``model``, ``baselines``, ``reliability``, ``by_reference`` and sizes."""
    return {
        "test_rows": len(h.y),
        "units": h.clusters,
        "alive_rate": float(h.y.mean()),
        "model": {**_method(v.methods[h.model]), "ece_by_chance": plain(v.by_chance)},
        "baselines": {name: {**_method(v.methods[name]), "lead": _lead(lead)} for name, lead in v.leads.items()},
        "better_than": v.beaten,
        "worse_than": v.ahead,
        "reliability": [{"rows": b.rows, "mean": b.mean, "rate": b.rate, "low": b.low, "high": b.high} for b in v.bins],
        "by_reference": [_reference(h, v, i) for i in range(len(v.by_date))],
    }


def _method(found: Mapping[str, Figure]) -> dict[str, Any]:
    values = {k: plain(found[k].value) if k in found else None for k in PLAIN}
    fitted = {k: plain(f.value) for k, f in found.items() if k == "auc_fitted"}
    return {**values, **fitted, "se": {k: plain(f.error) for k, f in found.items()}}


def _lead(lead: Figure) -> dict[str, Any]:
    """How far the model's AUC is above a baseline's; ``better`` by more than two standard errors, None: not told."""
    told = np.isfinite(lead.error)
    return {"auc": plain(lead.value), "se": plain(lead.error), "better": lead.clear if told else None, "by": CLEARLY}


def _reference(h: HeldOut, v: Verdict, i: int) -> dict[str, Any]:
    """One tested date: when, how many rows, how many came true, what was said, and how well it ranked them."""
    d, rows = v.by_date[i], h.date == i
    own = {k: plain(f) for k, f in figures(h.y[rows], h.said[rows]).items()}
    errors = {"rate": plain(d.rate.error), "auc": plain(d.model.error), "recency_auc": plain(d.simple.error)}
    sizes = {"date": day(d.at), "rows": d.rows, "rate": d.rate.value, "mean": d.mean}
    return {**sizes, **own, "recency_auc": plain(d.simple.value), "se": errors}
