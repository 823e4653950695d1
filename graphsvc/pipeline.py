"""The three verbs: sync brings pages in, fit learns models, score keeps scores; each leaves a Run."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from pydantic import BaseModel

from graphsvc import __version__
from graphsvc.ahead import ahead
from graphsvc.clock import Clock, now
from graphsvc.engines import KeepsGraph
from graphsvc.engines.graphs import attention, tie_graph
from graphsvc.phrases import Phrase
from graphsvc.projection import Projection
from graphsvc.records import MergeReport, Page
from graphsvc.registry import AlgorithmSpec, Inputs, SourceSpec, algorithms, find_algorithm, find_source
from graphsvc.scores import Model, Run, Scores
from graphsvc.settings import settings
from graphsvc.store import Store
from graphsvc.tabular import scores_to_arrow
from graphsvc.workspace import Moment, Workspace, code_version

Progress = Callable[[str, int], None]  # what, how many so far


@dataclass
class SyncReport:
    """What a sync did, table by table; every row read has one fate."""

    source: str
    run_id: str
    tables: dict[str, MergeReport] = field(default_factory=dict)
    remarks: list[Phrase] = field(default_factory=list)  # said once about the input: columns not used, an encoding
    pages: int = 0
    seconds: float = 0.0
    examples: dict[str, Phrase] = field(default_factory=dict)  # reason code -> the first row refused for it; not kept

    @property
    def total(self) -> MergeReport:
        """All tables together."""
        out = MergeReport()
        for report in self.tables.values():
            out.add(report)
        return out

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        tables = {name: asdict(r) | {"accounted": r.accounted} for name, r in self.tables.items()}
        total = asdict(self.total) | {"accounted": self.total.accounted}
        return {
            "source": self.source,
            "run_id": self.run_id,
            "pages": self.pages,
            "seconds": round(self.seconds, 3),
            "tables": tables,
            "total": total,
            "remarks": [str(r) for r in self.remarks],
        }


def new_run(kind: Any, name: str, store: Store, clock: Clock = now, id: str | None = None) -> Run:
    """A run that starts now; a job's run has the job's id, so that doing the job again replaces it."""
    return Run(
        id=id or uuid.uuid4().hex[:16],
        kind=kind,
        name=name,
        started=clock(),
        seconds=0.0,
        as_of=None,
        known_at=None,
        sequence=store.sequence,
        version=__version__,
    )


def sync(
    store: Store,
    spec: SourceSpec,
    config: BaseModel,
    *,
    progress: Progress | None = None,
    clock: Clock = now,
    run_id: str | None = None,
) -> SyncReport:
    """Bring in what a source has beyond the last committed cursor, page by page.

    Each page is one transaction that also moves the cursor: an interrupted sync goes on where it ended, and a page
    that comes twice changes nothing.

    Raises
    ------
    InputError, StoreError, TransientError
        As the source and the store say; what was committed before stays.
    """
    name = str(getattr(config, "name", spec.name))
    run, begin = new_run("sync", name, store, clock, run_id), time.perf_counter()
    report = SyncReport(source=name, run_id=run.id)
    with closing(ahead(spec.read(_paged(config, store), store.cursor(name)))) as pages:
        for page in pages:
            merged = store.merge(page)
            _account(page, merged)
            report.tables.setdefault(page.table, MergeReport()).add(merged)
            report.remarks.extend(page.remarks)
            for reject in page.rejects:
                report.examples.setdefault(reject.reason.code, reject.reason)
            report.pages += 1
            if progress is not None:
                progress(page.table, report.total.read)
    report.seconds = time.perf_counter() - begin
    done = replace(run, seconds=report.seconds, sequence=store.sequence, report=report.to_dict())
    store.save_run(done)
    return report


def _paged(config: BaseModel, store: Store) -> BaseModel:
    """The configuration with pages no larger than the store likes, unless somebody said how large they shall be."""
    said = "page_rows" in config.model_fields_set or "page_rows" in settings().model_fields_set
    if said or store.page_rows is None or "page_rows" not in type(config).model_fields:
        return config
    return config.model_copy(update={"page_rows": store.page_rows})


def sync_named(store: Store, source: str, options: Mapping[str, Any], **kwargs: Any) -> SyncReport:
    """:func:`sync` by the source's name and plain options."""
    spec = find_source(source)
    return sync(store, spec, spec.config(**options), **kwargs)


def fit(
    workspace: Workspace,
    moment: Moment,
    names: Sequence[str] = (),
    progress: Progress | None = None,
    run_id: str | None = None,
) -> list[Model]:
    """Fit every model (or those of some scores) from what was known at T; each is active at once or a canary beside."""
    from graphsvc import canary  # it brings scipy, which a sync has no use for

    p = workspace.projection(moment)
    begin, run = time.perf_counter(), new_run("fit", ",".join(names) or "all", workspace.store, workspace.clock, run_id)
    fitted: list[Model] = []
    for spec in _chosen(names):
        if spec.fit is not None:
            if progress is not None:
                progress(spec.name, len(fitted))
            fitted.append(workspace.fit(spec, p))
    states = {m.id: s.state if (s := canary.enter(workspace, m, p)) else None for m in fitted}
    _save(workspace, run, p, begin, model_ids=tuple(m.id for m in fitted), report={"states": states})
    workspace.kept.clear()
    workspace.models_changed()
    return fitted


def score(
    workspace: Workspace,
    moment: Moment,
    names: Sequence[str] = (),
    progress: Progress | None = None,
    run_id: str | None = None,
) -> tuple[Run, dict[str, Scores]]:
    """Compute scores at a moment and keep them as one run."""
    p = workspace.projection(moment)
    begin, what = time.perf_counter(), ",".join(names) or "all"
    run = new_run("score", what, workspace.store, workspace.clock, run_id)
    out: dict[str, Scores] = {}
    for spec in _chosen(names):
        if progress is not None:
            progress(spec.name, len(out))
        out[spec.name] = workspace.scores(spec.name, moment)
    used = [workspace.scores(name, moment) for name in sorted(_with_used(out))]  # their models count as well
    models = tuple(sorted({s.model_id for s in used if s.model_id}))
    saved = _save(workspace, run, p, begin, model_ids=models)
    for name, scores in out.items():
        workspace.store.save_scores(saved, name, scores_to_arrow(p, scores))
    _materialise(workspace, moment, p, saved, out.get("tie_strength"))
    return saved, out


def _materialise(workspace: Workspace, moment: Moment, p: Projection, run: Run, strength: Scores | None) -> None:
    """Where the database is a graph, keep the ties of today and who follows whom in it; a run of the past does not."""
    live = moment.as_of >= workspace.moment().as_of and moment.known_at is None
    if strength is None or strength.b is None or not live or not isinstance(workspace.store, KeepsGraph):
        return
    half_life = find_algorithm("influence").params().model_dump()["contact_half_life_days"]
    ties = tie_graph(p, strength.a, strength.b, strength.value)
    workspace.store.materialise(p, ties, attention(p, half_life), run.id)


def verify(workspace: Workspace, run: Run, tolerance: float = 1e-8) -> dict[str, float | None]:
    """Compute a score run again and compare: largest relative difference per score, None where it no longer can be."""
    import numpy as np

    moment = Moment(run.as_of or 0, run.known_at)
    p = workspace.projection(moment)
    models = {m.name: m for m in workspace.store.models() if m.id in run.model_ids}
    made: dict[str, Scores] = {}
    out: dict[str, float | None] = {}
    for spec in algorithms().values():
        kept = workspace.store.load_scores(spec.name, run.id)
        if kept is None:
            continue
        if p.digest != run.digest:
            out[spec.name] = None
            continue
        again = scores_to_arrow(p, _again(p, spec, models, made))
        old, new = (
            np.nan_to_num(t.sort_by([("a", "ascending"), ("b", "ascending")])["value"].to_numpy())
            for t in (kept, again)
        )
        same = len(old) == len(new)
        scale = np.maximum(np.abs(old), tolerance) if same else 1.0
        out[spec.name] = float(np.max(np.abs(old - new) / scale, initial=0.0)) if same else float("inf")
    return out


def _with_used(names: Iterable[str]) -> set[str]:
    """Scores, those they use, and so on."""
    return {n for name in names for n in (name, *_with_used(find_algorithm(name).uses))}


def _again(p: Projection, spec: AlgorithmSpec, models: Mapping[str, Model], made: dict[str, Scores]) -> Scores:
    """A score from a run's own models, and so are the scores it uses; ``made`` keeps each of them."""
    if spec.name not in made:
        used = {name: _again(p, find_algorithm(name), models, made) for name in spec.uses}
        made[spec.name] = spec.compute(p, spec.params(), Inputs(used, models.get(spec.name)))
    return made[spec.name]


def _chosen(names: Sequence[str]) -> list[AlgorithmSpec]:
    return [find_algorithm(n) for n in names] if names else list(algorithms().values())


def _save(workspace: Workspace, run: Run, p: Projection, begin: float, **more: Any) -> Run:
    done = replace(
        run,
        seconds=time.perf_counter() - begin,
        as_of=p.as_of,
        known_at=p.known_at,
        sequence=p.sequence,
        digest=p.digest,
        version=code_version(),
        source_runs=tuple(r.id for r in workspace.store.runs("sync", limit=50) if r.sequence <= p.sequence),
        **more,
    )
    workspace.store.save_run(done)
    return done


def _account(page: Page, merged: MergeReport) -> None:
    """A page whose rows do not add up is a defect of a source or a store: stop before the next one."""
    if not merged.accounted:
        raise AssertionError(f"rows of a page of {page.source}/{page.table} do not add up: {asdict(merged)}")
