"""Discovery of sources and algorithms: adding one is one file and one test, no list to keep by hand.

``@source`` and ``@algorithm`` return the function itself, so that its docstring and doctest stay visible.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeVar

from pydantic import BaseModel

from graphsvc.engines import LOCAL, Engine
from graphsvc.errors import NotFoundError
from graphsvc.evaluations import Evaluation, Past, Progress
from graphsvc.incremental import Touched
from graphsvc.projection import Projection
from graphsvc.records import Page
from graphsvc.scores import Model, Of, Scores, TermEvidence
from graphsvc.trials import Applies, Groups, Judge, MakeProfile, RunTrial

F = TypeVar("F", bound=Callable[..., Any])
SourceFunction = Callable[[Any, str | None], Iterator[Page]]


@dataclass(frozen=True)
class SourceSpec:
    """A registered source: ``read(config, cursor)`` yields pages from where ``cursor`` left off."""

    name: str
    config: type[BaseModel]
    read: SourceFunction
    every: str | None  # how often a schedule runs it ("5m"); None: on demand


@dataclass(frozen=True)
class Inputs:
    """What an algorithm may ask for beside the Projection: other scores (by name), its own fitted Model, an engine."""

    scores: Mapping[str, Scores]
    model: Model | None = None
    engine: Engine = LOCAL


class Explain(Protocol):
    """Opens the terms of one row of a score: ``(p, params, inputs, scores, row) -> [TermEvidence]``."""

    def __call__(
        self, p: Projection, params: Any, inputs: Inputs, scores: Scores, row: int, /
    ) -> list[TermEvidence]: ...


class Rescore(Protocol):
    """Renews a score after a few new events: ``(p, params, inputs, old, touched) -> Scores``.

    ``old`` are the scores of a Projection that differs from ``p`` by what is ``touched`` only, their ends counted as in
    ``p``; the result equals that of ``compute``.
    """

    def __call__(self, p: Projection, params: Any, inputs: Inputs, old: Scores, touched: Touched, /) -> Scores: ...


@dataclass(frozen=True)
class AlgorithmSpec:
    """A registered algorithm: ``compute(p, params, inputs)`` gives Scores."""

    name: str
    of: Of
    version: int
    unit: str
    params: type[BaseModel]
    compute: Callable[[Projection, Any, Inputs], Scores]
    uses: tuple[str, ...]  # scores it needs first
    fit: Callable[[Projection, Any], Model] | None  # learns its Model from the past of the Projection
    explain: Explain | None
    schedule: Literal["live", "daily"]  # live: recomputed when ties change; daily: global measures with their age
    engines: tuple[str, ...] = ("local",)  # what it lets compute the measures of ``inputs.engine``
    rescore: Rescore | None = None  # renews it after a few new events; None: computed in full


@dataclass(frozen=True)
class EvaluationSpec:
    """A registered test on held-out time: ``run(past, params, progress)`` gives an Evaluation."""

    name: str
    of: tuple[str, ...]  # the scores whose accuracy it measures
    params: type[BaseModel]
    run: Callable[[Past, Any, Progress], Evaluation]


_sources: dict[str, SourceSpec] = {}
_algorithms: dict[str, AlgorithmSpec] = {}
_evaluations: dict[str, EvaluationSpec] = {}
_judges: dict[str, Judge] = {}


def source(*, name: str, config: type[BaseModel], every: str | None = None) -> Callable[[F], F]:
    """Register a source: ``@source(name="mail", config=MailConfig) def mail(config, cursor) -> Iterator[Page]``."""

    def register(function: F) -> F:
        _sources[name] = SourceSpec(name, config, function, every)
        return function

    return register


def algorithm(
    *,
    name: str,
    of: Of,
    version: int,
    unit: str,
    params: type[BaseModel],
    uses: tuple[str, ...] = (),
    fit: Callable[[Projection, Any], Model] | None = None,
    explain: Explain | None = None,
    schedule: Literal["live", "daily"] = "live",
    engines: tuple[str, ...] = ("local",),
    rescore: Rescore | None = None,
) -> Callable[[F], F]:
    """Register an algorithm ``(p, params, inputs) -> Scores``; a change of a default is a new version."""

    def register(function: F) -> F:
        _algorithms[name] = AlgorithmSpec(
            name, of, version, unit, params, function, uses, fit, explain, schedule, engines, rescore
        )
        return function

    return register


def evaluation(*, name: str, of: tuple[str, ...], params: type[BaseModel]) -> Callable[[F], F]:
    """Register a test of scores: ``(past, params, progress) -> Evaluation``."""

    def register(function: F) -> F:
        _evaluations[name] = EvaluationSpec(name, of, params, function)
        return function

    return register


def judge(*, of: tuple[str, ...], profile: MakeProfile, groups: Groups, applies: Applies) -> Callable[[F], F]:
    """Register how models of some scores are judged: ``(p, params, models, since) -> Trial``."""

    def register(function: F) -> F:
        run: RunTrial = function
        _judges.update({name: Judge(of, run, profile, groups, applies) for name in of})
        return function

    return register


@cache
def discover(package: Literal["ingest", "algorithms"]) -> None:
    """Import every module of a package once, so that its decorators run."""
    root = importlib.import_module(package)
    for module in pkgutil.iter_modules(root.__path__, f"{package}."):
        importlib.import_module(module.name)


def sources() -> Mapping[str, SourceSpec]:
    """All sources by name."""
    discover("ingest")
    return _sources


def algorithms() -> Mapping[str, AlgorithmSpec]:
    """All algorithms by name, each after those it uses."""
    discover("algorithms")
    return _ordered(tuple(_algorithms.values()))


@lru_cache(maxsize=4)
def _ordered(specs: tuple[AlgorithmSpec, ...]) -> Mapping[str, AlgorithmSpec]:
    ordered: dict[str, AlgorithmSpec] = {}
    known = {spec.name: spec for spec in specs}

    def place(name: str) -> None:
        if name not in ordered:
            for needed in known[name].uses:
                place(needed)
            ordered[name] = known[name]

    for name in sorted(known):
        place(name)
    return MappingProxyType(ordered)


def evaluations() -> Mapping[str, EvaluationSpec]:
    """All evaluations by name."""
    discover("algorithms")
    return {name: _evaluations[name] for name in sorted(_evaluations)}


def find_judge(name: str) -> Judge | None:
    """How models of a score are judged; None where it has no judge, and so no canaries."""
    discover("algorithms")
    return _judges.get(name)


def find_source(name: str) -> SourceSpec:
    """The source of a name.

    Raises
    ------
    NotFoundError
        Listing the names there are.
    """
    if name not in sources():
        raise NotFoundError("errors.no_source", name=name, names=", ".join(sorted(sources())))
    return sources()[name]


def find_algorithm(name: str) -> AlgorithmSpec:
    """The algorithm of a score's name.

    Raises
    ------
    NotFoundError
        Listing the names there are.
    """
    known = algorithms()
    if name not in known:
        raise NotFoundError("errors.no_score", name=name, names=", ".join(sorted(known)))
    return known[name]


def find_evaluation(name: str) -> EvaluationSpec:
    """The evaluation of a name.

    Raises
    ------
    NotFoundError
        Listing the names there are.
    """
    if name not in evaluations():
        raise NotFoundError("errors.no_evaluation", name=name, names=", ".join(evaluations()))
    return evaluations()[name]
