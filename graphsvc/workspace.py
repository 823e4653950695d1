"""One company's workspace, open: the store, its live columns, and scores as of any date, computed once.

Everything here is a cache over (sequence, as_of, known_at): nothing is kept that a rebuild would not give.
"""

from __future__ import annotations

import hashlib
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import numpy as np

from graphsvc import __version__
from graphsvc.attributes import Members, read_members
from graphsvc.clock import STALE, Clock, day_end, now, show_moment, week_start
from graphsvc.engines import LOCAL, Engine, choose_engine
from graphsvc.errors import ReadOnlyError
from graphsvc.freshness import Freshness, of_graph, of_rows
from graphsvc.incremental import Touched, touched
from graphsvc.lru import Lru as Lru
from graphsvc.models import Standing, standing
from graphsvc.phrases import Phrase, phrase
from graphsvc.projecting import project
from graphsvc.projection import Projection
from graphsvc.registry import AlgorithmSpec, Inputs, algorithms, find_algorithm, find_judge
from graphsvc.replica import Replica
from graphsvc.scores import Model, Run, Scores
from graphsvc.search.directory import Directory
from graphsvc.search.keeper import DirectoryKeeper
from graphsvc.settings import settings
from graphsvc.store import Store
from graphsvc.tabular import scores_from_arrow
from graphsvc.trials import PROFILE
from graphsvc.warm import refreshed

V = TypeVar("V")
FROZEN = "frozen"  # among the figures of accuracy: 1 while the model is frozen
STANDING_SECONDS = 1.0  # how long it may take until a decision on models by another process is seen


@dataclass(frozen=True)
class Moment:
    """The T an answer speaks of, and why it is not now, where it is not."""

    as_of: int
    known_at: int | None = None
    why: Phrase | None = None
    held: list[Projection] = field(default_factory=list, compare=False, repr=False)  # the one that an answer goes by


class Workspace:
    """An open workspace; several threads may ask it at once."""

    def __init__(self, store: Store, clock: Clock = now) -> None:
        self.store, self.clock = store, clock
        self._replica = Replica()
        self._lock = threading.RLock()
        self._engine: Engine | None = None
        self._let_go: weakref.finalize[[], Workspace] | None = None
        self._decided: tuple[float, int] | None = None  # when the history of models was looked at, its last entry
        self._projections, self._scores, self.kept = Lru(6), Lru(96), Lru(48)
        self._directory = DirectoryKeeper()
        self.named: Lru = Lru(20_000)  # what the store says of keys and ids, one by one
        self._last = Lru(16)  # by name: the newest live scores that can be renewed, with their graph
        self._chosen = Lru(256)  # small things: which model scores what, how models stand

    # -- columns --------------------------------------------------------------------------------------------------
    def refresh(self) -> Replica:
        """Bring the columns up to the store's last commit, by what changed since."""
        with self._lock:
            if self.store.sequence != self._replica.sequence:
                self._replica, erased = refreshed(self.store, self._replica)
                if erased:  # nothing of the person stays in memory
                    self._clear()
            return self._replica

    def moment(self, as_of: int | None = None, known_at: int | None = None) -> Moment:
        """The T to answer for: as asked; else the end of today, or the newest event when that is older than a week."""
        if as_of is not None:
            return Moment(as_of, known_at)
        present = self.clock()
        newest = self._chosen.get(("newest", self.store.sequence), lambda: self.store.latest_event(present))
        if newest is not None and present - newest > STALE:
            return Moment(newest, known_at, phrase("answers.stale", days=int((present - newest) // (STALE // 7))))
        return Moment(day_end(present, ZoneInfo(self.store.setting("timezone") or "UTC")), known_at)

    def projection(self, moment: Moment) -> Projection:
        """The graph at a moment: the one that an answer holds already, else that of the newest state."""
        for p in moment.held:
            if p.as_of == moment.as_of:
                return p
        replica = self.refresh()
        with self._lock:
            key = (replica.sequence, moment.as_of, moment.known_at)
            return self._projections.get(key, lambda: project(replica, moment.as_of, moment.known_at))

    def projection_kept(self, moment: Moment) -> Projection | None:
        """The graph at a moment in the newest state, if it is there already."""
        found: Projection | None = self._projections.peek([(self._replica.sequence, moment.as_of, moment.known_at)])[0]
        return found

    def freshness(self, moment: Moment) -> Freshness:
        """How fresh the channels are in the newest state, without making its graph where that can be told without."""
        replica = self.refresh()
        with self._lock:
            made = self.projection_kept(moment)
            found = None if made is not None else of_rows(replica, moment.as_of)
        return found or of_graph(made or self.projection(moment))

    def canonical(self, ident: str, moment: Moment) -> str | None:
        """The public id of the entity a record belonged to as known at a moment; None when there was no such record."""
        return self.canonicals([ident], moment).get(ident)

    def canonicals(self, idents: Iterable[str], moment: Moment) -> dict[str, str]:
        """:meth:`canonical` of many; records there were not yet are left out."""
        replica, sequence, members = self._members(moment)
        table, wanted = replica.tables["members"], np.array([i.encode() for i in idents], dtype="S32")
        found = np.flatnonzero(table.living & (table["rec"] <= sequence) & np.isin(table["id"], wanted))
        heads = table["id"][members.canonical[members(found)]]
        return {a.decode(): b.decode() for a, b in zip(table["id"][found].tolist(), heads.tolist(), strict=True)}

    def records_of(self, ident: str, moment: Moment) -> list[str]:
        """The public ids of the records that were one entity as known at a moment, by its canonical id."""
        replica, sequence, members = self._members(moment)
        table = replica.tables["members"]
        found = np.flatnonzero(table.living & (table["id"] == ident.encode()) & (table["rec"] <= sequence))
        rows = np.flatnonzero(np.isin(members.of, members(found)[:1]))
        return [i.decode() for i in table["id"][rows].tolist()]

    def _members(self, moment: Moment) -> tuple[Replica, int, Members]:
        """The columns, the last change known at a moment, and the entities that records formed then."""
        replica = self.refresh()
        sequence = replica.sequence_at(moment.known_at)
        key = ("members", replica.sequence, sequence)
        return replica, sequence, self.kept.get(key, lambda: read_members(replica, sequence))

    def directory(self) -> Directory:
        """What entities are called, for search, at the store's last commit."""
        return self._directory.current(self.store, self.refresh(), self._lock)

    # -- models ---------------------------------------------------------------------------------------------------
    def model(self, spec: AlgorithmSpec, moment: Moment, *, live: bool) -> Model | None:
        """The model to score with at a moment: never one that knows anything later.

        ``live`` takes the active (or frozen) one; otherwise, or where there is none that can be applied, it is the one
        fitted on the Monday at or before T from exactly the data known now, which is fitted when it is not there yet.
        """
        if spec.fit is None:
            return None
        chosen, judge = self._scoring(spec, moment) if live else None, find_judge(spec.name)
        if chosen is not None and (judge is None or judge.applies(self.projection(moment), chosen)):
            return chosen
        kept = [m for m in self.store.models(spec.name, moment.as_of) if m.version == spec.version]
        p = self.projection(replace(moment, as_of=week_start(moment.as_of), why=None))
        for m in kept:
            if m.as_of == p.as_of and m.training_digest == p.digest:
                return m
        made = self._fitted(spec, p)
        with suppress(ReadOnlyError):  # a copy on a read-only medium answers all the same, and learns it again
            self.store.save_model(made)
        return made

    def _scoring(self, spec: AlgorithmSpec, moment: Moment) -> Model | None:
        """The model that scores now, if it is of this version and knows nothing later than T."""
        stand, decided = self.standing(spec.name), self.models_decided
        if not stand.newest:
            kept = self.store.models(spec.name, moment.as_of)
            return self.newest_fitted(spec, kept)
        wanted = stand.scoring.model if stand.scoring else None
        found: Model | None = self._chosen.get(
            ("scoring", decided, wanted),
            lambda: next((m for m in self.store.models(spec.name) if m.id == wanted), None),
        )
        return found if found and found.version == spec.version and found.as_of <= moment.as_of else None

    def fit(self, spec: AlgorithmSpec, p: Projection) -> Model:
        """Fit a model on a Projection's past and keep it, with what it is applied to, to see it shift."""
        model = self._fitted(spec, p, profiled=True)
        self.store.save_model(model)
        return model

    def _fitted(self, spec: AlgorithmSpec, p: Projection, *, profiled: bool = False) -> Model:
        if spec.fit is None:
            raise TypeError(f"{spec.name} has nothing to fit")
        model = replace(spec.fit(p, spec.params()), training_digest=p.digest)
        judge = find_judge(spec.name) if profiled and not model.cold_start else None
        profile = judge.profile(p, spec.params(), model, p.as_of) if judge else None
        if profile is not None:
            model = replace(model, content={**model.content, PROFILE: profile})
        return model

    def standing(self, score: str) -> Standing:
        """How the models of a score stand now."""
        key = ("standing", self.models_decided, score)
        return self._chosen.get(key, lambda: standing(self.store.model_states(), score))

    @property
    def models_decided(self) -> int:
        """Number of the last decision on any model, looked up once a second at most."""
        instant, found = time.monotonic(), self._decided
        if found is None or instant - found[0] > STANDING_SECONDS:
            self._decided = found = (instant, self.store.last_model_state)
        return found[1]

    def models_changed(self) -> None:
        """Somebody decided on a model: what was computed from the one before is made anew when asked for."""
        self._decided = None
        self._chosen.clear()

    def newest_fitted(self, spec: AlgorithmSpec, kept: Sequence[Model]) -> Model | None:
        """The newest model of a ``fit`` run: what scored before decisions on models were kept."""
        asked_for = {i for run in self.store.runs("fit", limit=1000) for i in run.model_ids}
        chosen = [m for m in kept if m.id in asked_for and m.version == spec.version]
        return max(chosen, key=lambda m: m.as_of, default=None)

    # -- scores ---------------------------------------------------------------------------------------------------
    def scores(self, name: str, moment: Moment) -> Scores:
        """One score at a moment: from the newest equal run, else computed."""
        spec, p = find_algorithm(name), self.projection(moment)
        moment = replace(moment, held=[p])  # an event accepted meanwhile must not renumber what this one rests on
        live = moment.as_of >= self.moment().as_of and moment.known_at is None
        decided = self.models_decided if live else 0
        model, *used = self._models(spec, p, moment, live, decided)
        rests_on = tuple(m.id if m else None for m in (model, *used))
        key = (name, p.sequence, p.as_of, p.known_at, rests_on)
        scores = self._scores.get(key, lambda: self._made(spec, p, moment, model, rests_on))
        if not live or model is None:
            return scores
        return self.kept.get(("told", *key, decided), lambda: self._told(scores, model))

    def _models(
        self, spec: AlgorithmSpec, p: Projection, moment: Moment, live: bool, decided: int
    ) -> list[Model | None]:
        """The model that a score is computed with, and then those of the scores it uses."""
        own = self._chosen.get(
            ("model", spec.name, p.sequence, moment.as_of, moment.known_at, live, decided),
            lambda: self.model(spec, moment, live=live),
        )
        used = (self._models(find_algorithm(name), p, moment, live, decided) for name in spec.uses)
        return [own, *(m for models in used for m in models)]

    def effective(self, name: str, moment: Moment) -> Scores:
        """One score with people's overrides in place of the computed values: what lists and paths use."""
        p = self.projection(moment)
        scores = self.scores(name, replace(moment, held=[p]))
        mine = [(a, b, v) for score, a, b, v in p.overrides if score == name]
        if not mine:
            return scores
        key = ("effective", name, p.sequence, p.as_of, p.known_at, scores.model_id, self.models_decided)
        return self.kept.get(key, lambda: _overridden(scores, mine))

    def inputs(self, spec: AlgorithmSpec, moment: Moment, model: Model | None) -> Inputs:
        """What an algorithm asks for beside the Projection."""
        return Inputs({name: self.scores(name, moment) for name in spec.uses}, model, self.engine(spec))

    def engine(self, spec: AlgorithmSpec) -> Engine:
        """The engine of the settings where an algorithm supports it, else the local one."""
        if spec.engines == (LOCAL.name,):
            return LOCAL
        with self._lock:
            if self._engine is None:
                s = settings()
                self._engine = choose_engine(self.store, s.engine, s.engine_memory_mb)
                self._let_go = weakref.finalize(self, self._engine.close)
        return self._engine if self._engine.name in spec.engines else LOCAL

    def close(self) -> None:
        """Let go of the engine's connections; the store is its opener's to close."""
        if self._let_go is not None:
            self._let_go()

    def forget(self) -> None:
        """Drop everything computed; the columns are read anew."""
        with self._lock:
            self._replica = Replica()
            self._clear()

    def _clear(self) -> None:
        made_of_it = self._projections, self._scores, self.kept, self.named, self._chosen, self._last, self._directory
        for cache in made_of_it:
            cache.clear()

    def _told(self, scores: Scores, model: Model) -> Scores:
        """Scores that say so where their model is frozen, and why."""
        state = self.standing(model.name).state_of(model.id)
        if state is None or state.state != "frozen":
            return scores
        frozen = phrase("models.frozen", since=show_moment(state.time)[:10], score=model.name)
        why = phrase("models.said", text=state.said) if state.said else state.reason
        return replace(scores, notes=(*scores.notes, frozen, why), accuracy={**(scores.accuracy or {}), FROZEN: 1.0})

    def renewable(
        self,
        name: str,
        moment: Moment,
        rests_on: object,
        make: Callable[[], V],
        renew: Callable[[V, Touched], V | None],
    ) -> V:
        """What is made of the graph at a moment: the last live one of its name renewed, where only events came since.

        ``rests_on`` is what else it is made of; ``renew`` gives None where it has to be made in full after all.
        """
        p = self.projection(moment)

        def made() -> V:
            cleared, last = self._last.cleared, self._since(name, p, moment, rests_on)
            out = renew(*last) if last else None
            out = make() if out is None else out
            self._remember(name, moment, (p, rests_on, out), cleared)
            return out

        return self.kept.get((name, p.sequence, p.as_of, p.known_at, rests_on), made)

    def _since(self, name: str, p: Projection, moment: Moment, rests_on: object) -> tuple[Any, Touched] | None:
        """The last live thing of a name, and the few events since; None without one, or where more than events came."""
        found = self._last.peek([name])[0]
        if found is None or found[1] != rests_on or moment.known_at is not None:
            return None
        what = touched(found[0], p)
        return None if what is None else (found[2], what)

    def _remember(self, name: str, moment: Moment, made: tuple[Projection, object, object], cleared: int) -> None:
        if moment.known_at is None and moment.as_of >= self.moment().as_of:
            self._last.put({name: made}, cleared)

    def _made(
        self, spec: AlgorithmSpec, p: Projection, moment: Moment, model: Model | None, rests_on: tuple[str | None, ...]
    ) -> Scores:
        """A score as renewed from the last one of the same models, as kept by a run, or computed."""
        if spec.rescore is None or moment.known_at is not None:
            return self._stored(spec, p, model, rests_on) or self._compute(spec, p, moment, model)
        cleared = self._last.cleared
        made = self._renewed(spec, p, moment, model, rests_on)
        made = made or self._stored(spec, p, model, rests_on) or self._compute(spec, p, moment, model)
        self._remember(spec.name, moment, (p, rests_on, made), cleared)
        return made

    def _renewed(
        self, spec: AlgorithmSpec, p: Projection, moment: Moment, model: Model | None, rests_on: tuple[str | None, ...]
    ) -> Scores | None:
        """The last scores, made anew for what a few events since have touched; None where that would not be exact."""
        found = self._since(spec.name, p, moment, rests_on)
        if found is None or spec.rescore is None:
            return None
        last, what = found
        old = replace(last, a=what.image[last.a], b=None if last.b is None else what.image[last.b])
        scores = spec.rescore(p, spec.params(), self.inputs(spec, moment, model), old, what)
        return replace(scores, model_id=model.id if model else None)

    def _compute(self, spec: AlgorithmSpec, p: Projection, moment: Moment, model: Model | None) -> Scores:
        scores = spec.compute(p, spec.params(), self.inputs(spec, moment, model))
        return replace(scores, model_id=model.id if model else None)

    def _stored(
        self, spec: AlgorithmSpec, p: Projection, model: Model | None, rests_on: tuple[str | None, ...]
    ) -> Scores | None:
        for run in self.store.runs("score", limit=8):
            same = run.digest == p.digest and run.version == code_version()
            if same and {i for i in rests_on if i} <= set(run.model_ids):
                table = self.store.load_scores(spec.name, run.id)
                kept = None if table is None else scores_from_arrow(p, spec, table, model)
                if kept is not None:
                    return _unfrozen(kept)
        return None

    def accuracy(self, moment: Moment) -> Mapping[str, Mapping[str, float]]:
        """Held-out figures of the models behind the scores at a moment, by score."""
        out = {}
        for spec in algorithms().values():
            if spec.fit is not None:
                scores = self.scores(spec.name, moment)
                if scores.accuracy:
                    out[spec.name] = dict(scores.accuracy)
        return out


def _overridden(scores: Scores, mine: Iterable[tuple[int, int, float]]) -> Scores:
    value = scores.value.copy()
    for a, b, v in mine:
        row = scores.row_of(a, b if b >= 0 else None)
        if row is not None:
            value[row] = v
    return replace(scores, value=value)


def _unfrozen(kept: Scores) -> Scores:
    """Kept scores without what was said of a freeze that may be over."""
    if not kept.accuracy or FROZEN not in kept.accuracy:
        return kept
    begin = next((i for i, n in enumerate(kept.notes) if n.code == "models.frozen"), len(kept.notes))
    return replace(
        kept, notes=kept.notes[:begin], accuracy={k: v for k, v in kept.accuracy.items() if k != FROZEN} or None
    )


def code_version() -> str:
    """Version of the product and of every algorithm: a run with another version is not reused."""
    versions = ".".join(f"{s.name}{s.version}" for s in algorithms().values())
    return f"{__version__}+{hashlib.sha256(versions.encode()).hexdigest()[:8]}"


def run_for(workspace: Workspace, moment: Moment, names: Sequence[str]) -> Run | None:
    """The newest kept run that holds exactly these scores at a moment, None when there is none."""
    digest, wanted = workspace.projection(moment).digest, {n: workspace.scores(n, moment).model_id for n in names}
    for run in workspace.store.runs("score", limit=64):
        same = run.digest == digest and run.version == code_version()
        held = run.name == "all" or set(names) <= set(run.name.split(","))
        if same and held and all(m is None or m in run.model_ids for m in wanted.values()):
            return run
    return None
