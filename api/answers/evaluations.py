"""Answers about how far scores can be trusted: the newest test of each on the workspace's own past."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.answers.ask import Ask
from api.shapes_evaluations import EvaluationItem, EvaluationsAnswer
from graphsvc.clock import show_moment
from graphsvc.evaluating import latest
from graphsvc.phrases import Phrase
from graphsvc.scores import Run


def evaluations(ask: Ask) -> EvaluationsAnswer:
    """What the newest tests made of T or before found; figures over the whole workspace, for everyone who may read."""
    found = [_item(run) for run in latest(ask.workspace, ask.moment)]
    return EvaluationsAnswer(meta=ask.meta(), items=found)


def _item(run: Run) -> EvaluationItem:
    report = run.report
    return EvaluationItem(
        name=run.name,
        of=report["of"],
        run=run.id,
        as_of=show_moment(run.as_of or 0),
        told=report["told"],
        verdict=said(report["verdict"]),
        protocol=said(report["protocol"]),
        figures=report["figures"],
    )


def said(kept: Mapping[str, Any]) -> str:
    """A kept phrase in the reader's language; phrases inside it come as such."""
    args = {k: said(v) if isinstance(v, Mapping) else v for k, v in kept["args"].items()}
    return Phrase(kept["code"], args).text()
