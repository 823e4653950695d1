"""The life of models: who scores, who waits, what freezes and thaws, by rule and by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphsvc import canary, comparing
from graphsvc import workspace as spine
from graphsvc.clock import read_moment
from graphsvc.comparing import compare, find_model
from graphsvc.errors import GraphsvcError, InputError, NotFoundError, TransientError
from graphsvc.models import RULE, ModelState, State, check_decision, standing
from graphsvc.phrases import phrase
from graphsvc.pipeline import fit, new_run
from graphsvc.policy import OWNER
from graphsvc.projection import DAY, Projection
from graphsvc.registry import find_algorithm, find_judge
from graphsvc.scores import Model
from graphsvc.stores import open_store
from graphsvc.trials import PROFILE, Judge, Profile, Trial, from_volume
from graphsvc.workspace import Workspace
from tests.contract.policy.world import mail, page, person

NOW = read_moment("2026-06-01T12:00")
HORIZON = 28 * DAY
PEOPLE = ("anna@us.example", "ada@acme.example")


@dataclass
class World:
    """A workspace with one tie, a clock to turn, and a judge that says what it is told to."""

    workspace: Workspace
    now: list[int]
    rows: int = 400
    rate: float = 0.5
    said: float | None = 0.5  # by the scoring model; None: it cannot be applied
    forecast: float = 0.5
    back: tuple[int, ...] = (28,)  # reference dates, days before T
    seen: float = 0.1  # share of the first bin of what the models are applied to
    then: float | None = None  # the same, of the day of the fit from today's data

    @property
    def p(self) -> Projection:
        return self.workspace.projection(self.workspace.moment())

    def model(self, name: str = "active", weight: float = 0.0, **more: Any) -> Model:
        """A model fitted now, of today's version, that no other one equals."""
        at = self.workspace.moment().as_of
        profile = {PROFILE: {"log_odds": {"edges": [0.0], "counts": [100, 900]}}}
        made = Model(name, find_algorithm(name).version, at, at, "d", {"x": weight or at / DAY}, profile)
        return replace(made, **more)

    def enter(self, model: Model) -> ModelState | None:
        self.workspace.store.save_model(model)
        return canary.enter(self.workspace, model, self.p)

    def scoring(self, name: str = "active") -> ModelState:
        found = self.workspace.standing(name).scoring
        assert found is not None
        return found

    def later(self, days: float) -> None:
        """Turn the clock, and let data come in all along."""
        first, self.now[0] = self.now[0], self.now[0] + int(days * DAY)
        rows = [mail(f"m{t}", (NOW - t) / DAY, *PEOPLE) for t in range(first, self.now[0], DAY // 3)]
        self.workspace.store.merge(page("interactions", rows))

    def trial(self, _p: Projection, _params: Any, models: Sequence[Model], since: int) -> Trial:
        t = self.workspace.moment().as_of
        dates = [t - d * DAY for d in sorted(self.back, reverse=True)]
        dates = [at for at in dates if at + HORIZON > since] or dates[-3:]
        n = self.rows * len(dates)
        y = (np.arange(n) % 100 < 100 * self.rate).astype(float)
        ends = np.arange(n, dtype=np.int32), np.full(n, -1, dtype=np.int32)
        said = None if self.said is None else np.full(n, self.said)
        wiggle = np.where(np.arange(n) % 2, 1e-3, -1e-3)  # a paired difference that is not constant
        at = np.repeat(np.array(dates, dtype=np.int64), self.rows)
        return Trial(HORIZON, at, y, *ends, (said,) * len(models), np.full(n, self.forecast) + wiggle)

    def profile(self, _p: Projection, _params: Any, model: Model, at: int) -> Profile | None:
        share = self.seen if at != model.as_of or self.then is None else self.then
        return {"log_odds": {"edges": [0.0], "counts": [round(1000 * share), 1000 - round(1000 * share)]}}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    now = [NOW]
    workspace = Workspace(open_store(f"sqlite:///{tmp_path / 'w.db'}"), clock=lambda: now[0])
    workspace.store.own(["us.example"], OWNER)
    workspace.store.merge(page("people", [person(k, k.split("@")[0], "x", k) for k in PEOPLE]))
    past = [mail(f"p{d}", d / 3, *PEOPLE) for d in range(1, 600)]
    workspace.store.merge(page("interactions", past))
    made = World(workspace, now)
    judge = Judge(("active",), made.trial, made.profile, lambda _: {}, lambda _, __: made.said is not None)
    for module in (canary, comparing, spine):
        monkeypatch.setattr(module, "find_judge", lambda name: judge if name == "active" else None)
    yield made
    workspace.store.close()


def state_of(world: World, model: Model) -> State:
    found = world.workspace.standing(model.name).state_of(model.id)
    assert found is not None
    return found.state


# -- promotion --------------------------------------------------------------------------------------------------------


def test_the_first_model_scores_at_once_and_again_changes_nothing(world: World) -> None:
    first = world.model()
    entered = world.enter(first)
    assert entered is not None and (entered.state, entered.author, entered.reason.code) == (
        "active", RULE, "models.first",
    )  # fmt: skip
    assert world.enter(first) == entered and world.workspace.store.last_model_state == 1


def test_a_model_that_is_not_worse_takes_over_and_the_other_is_retired(world: World) -> None:
    first = world.model()
    world.enter(first)
    world.later(35)
    second = world.model()
    entered = world.enter(second)
    assert entered is not None and (entered.state, entered.reason.code) == ("active", "models.not_worse")
    assert entered.detail["rows"] == 400 and entered.detail["seen"] is False
    assert state_of(world, first) == "retired" and world.scoring().model == second.id


def test_a_model_that_is_worse_stays_a_canary_until_the_next(world: World) -> None:
    first = world.model()
    world.enter(first)
    world.later(35)
    world.forecast = 0.62
    second = world.model()
    entered = world.enter(second)
    assert entered is not None and (entered.state, entered.reason.code) == ("candidate", "models.worse")
    assert world.scoring().model == first.id and world.workspace.standing("active").candidate == entered
    assert world.enter(second) == entered, "fitted again from the same data it is judged again, and is what it was"
    world.later(7)
    world.forecast = 0.5
    third = world.model()
    world.enter(third)
    assert [state_of(world, m) for m in (first, second, third)] == ["retired", "retired", "active"]


def test_where_all_labels_were_seen_the_old_one_has_the_advantage_and_the_reason_says_so(world: World) -> None:
    world.enter(world.model())
    world.later(7)
    world.forecast = 0.58
    entered = world.enter(world.model())
    assert entered is not None and (entered.state, entered.reason.code) == ("candidate", "models.worse_seen")


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ({"cold_start": True}, {}, "models.learnt"),
        ({"cold_start": True}, {"cold_start": True}, "models.newer"),
        ({"version": 0}, {}, "models.other_version"),
        ({"coefficients": {"x": 1.0}}, {"coefficients": {"x": 1.0}}, "models.same"),
    ],
)
def test_some_models_are_replaced_without_comparison(
    world: World, before: dict[str, Any], after: dict[str, Any], code: str
) -> None:
    world.forecast = 0.9
    world.enter(replace(world.model(), **before))
    world.later(7)
    entered = world.enter(replace(world.model(), **after))
    assert entered is not None and (entered.state, entered.reason.code) == ("active", code)


def test_a_model_of_other_features_is_replaced_at_once(world: World) -> None:
    world.enter(world.model())
    world.said = None
    world.later(7)
    entered = world.enter(world.model())
    assert entered is not None and (entered.state, entered.reason.code) == ("active", "models.other_version")


def test_the_published_prior_never_takes_the_place_of_what_was_learnt(world: World) -> None:
    world.enter(world.model())
    world.later(35)
    entered = world.enter(world.model(cold_start=True))
    assert entered is not None and (entered.state, entered.reason.code) == ("candidate", "models.cold")


def test_with_too_few_rows_the_new_one_waits_four_weeks(world: World) -> None:
    world.rows = 20
    world.enter(world.model())
    world.later(7)
    entered = world.enter(world.model())
    assert entered is not None and (entered.state, entered.reason.code) == ("candidate", "models.untold")
    world.later(28)
    entered = world.enter(world.model())
    assert entered is not None and (entered.state, entered.reason.code) == ("active", "models.untold")


def test_a_model_of_an_earlier_date_never_gets_a_state(world: World) -> None:
    world.enter(world.model())
    early = world.model(as_of=NOW - 300 * DAY, label_cutoff=NOW - 300 * DAY)
    assert world.enter(early) is None and world.scoring().model != early.id


def test_without_a_judge_the_newest_scores(world: World) -> None:
    for _ in range(2):
        world.later(7)
        entered = world.enter(world.model("influence"))
    assert entered is not None and (entered.state, entered.reason.code) == ("active", "models.newer")


# -- drift ------------------------------------------------------------------------------------------------------------


def test_labels_that_contradict_freeze_and_a_candidate_that_passes_them_takes_over(world: World) -> None:
    first = world.model()
    world.enter(first)
    world.later(35)
    world.rate = 0.8
    (found,) = canary.check(world.workspace, ["active"])
    assert (found.state.state, found.state.reason.code, found.changed) == ("frozen", "models.gap", True)
    assert [f.cause for f in found.findings] == ["labels"] and found.figures["rate"] == pytest.approx(0.8)
    (again,) = canary.check(world.workspace, ["active"])
    assert not again.changed and again.state == found.state, "what is frozen for the same reason stays as it is"
    failing = world.model(weight=2.0)
    entered = world.enter(failing)
    assert entered is not None and (entered.state, entered.reason.code) == ("candidate", "models.fails_too")
    world.forecast = 0.8
    world.enter(world.model(weight=3.0))
    assert state_of(world, first) == "retired" and world.scoring().state == "active"


def test_a_shift_freezes_thaws_when_it_is_over_and_waits_for_outcomes_since(world: World) -> None:
    first = world.model()
    world.enter(first)
    world.later(7)
    world.seen, world.then = 0.6, 0.1
    (found,) = canary.check(world.workspace, ["active"])
    assert (found.state.state, found.state.reason.code) == ("frozen", "models.shift")
    entered = world.enter(world.model(weight=2.0))
    assert entered is not None and (entered.state, entered.reason.code) == ("candidate", "models.too_new")
    world.seen = 0.1
    (thawed,) = canary.check(world.workspace, ["active"])
    assert (thawed.state.state, thawed.state.reason.code) == ("active", "models.passes")
    world.seen = 0.6
    canary.check(world.workspace, ["active"])
    world.later(29)
    third = world.model()
    entered = world.enter(third)
    assert entered is not None and entered.state == "active", "outcomes since the freeze tell that it is right"
    assert state_of(world, first) == "retired"


def test_a_past_that_was_filled_in_asks_for_a_new_fit_which_takes_over(world: World) -> None:
    world.enter(world.model())
    world.later(1)
    world.seen = world.then = 0.6
    (found,) = canary.check(world.workspace, ["active"])
    assert (found.state.state, found.state.reason.code) == ("frozen", "models.past")
    entered = world.enter(world.model())
    assert entered is not None and entered.state == "active"


def test_missing_data_freeze_and_what_was_learnt_from_them_waits_for_a_person(world: World) -> None:
    first = world.model()
    world.enter(first)
    world.now[0] += 20 * DAY  # and nothing comes in but one stray mail: T goes on
    world.workspace.store.merge(page("interactions", [mail("stray", (NOW - world.now[0]) / DAY, *PEOPLE)]))
    (found,) = canary.check(world.workspace, ["active"])
    assert (found.state.state, found.state.reason.code) == ("frozen", "models.all_silent")
    second = world.model()
    entered = world.enter(second)
    assert entered is not None and (entered.state, entered.reason.code) == ("candidate", "models.data_missing")
    canary.decide(world.workspace, second, "active", OWNER, "It is August.")
    assert (world.scoring().model, world.scoring().said, world.scoring().author) == (
        second.id, "It is August.", "owner",
    )  # fmt: skip
    assert state_of(world, first) == "retired"


def test_a_model_fitted_ahead_of_now_is_frozen(world: World) -> None:
    ahead = world.model(as_of=NOW + 300 * DAY, label_cutoff=NOW + 300 * DAY)
    world.enter(ahead)
    (found,) = canary.check(world.workspace, ["active"])
    assert [f.reason.code for f in found.findings] == ["models.ahead"] and found.state.state == "frozen"


def test_too_few_labels_freeze_nothing(world: World) -> None:
    world.enter(world.model())
    world.later(35)
    world.rows, world.rate = 30, 1.0
    (found,) = canary.check(world.workspace, ["active"])
    assert (found.findings, found.state.state) == ((), "active")


def test_one_silent_channel_of_two_is_named(world: World) -> None:
    calls = [mail(f"c{d}", 30 + d / 3, *PEOPLE, channel="phone", kind="call") for d in range(500)]
    world.workspace.store.merge(page("interactions", calls))
    found = from_volume(world.p)
    assert found is not None and (found.cause, found.reason.args["channels"]) == ("missing", "phone")


# -- by hand ----------------------------------------------------------------------------------------------------------


def test_what_a_person_froze_no_rule_replaces_or_thaws(world: World) -> None:
    first = world.model()
    world.enter(first)
    canary.decide(world.workspace, first, "frozen", OWNER, "audit")
    (found,) = canary.check(world.workspace, ["active"])
    assert (found.state.state, found.changed) == ("frozen", False)
    world.later(35)
    entered = world.enter(world.model())
    assert entered is not None and (entered.state, entered.reason.code) == ("candidate", "models.frozen_by_hand")
    canary.decide(world.workspace, first, "active", OWNER, "over")
    assert world.scoring().model == first.id and world.scoring().state == "active"


def test_a_retired_model_can_be_promoted_again_and_no_rule_brings_the_rejected_one_back(world: World) -> None:
    first = world.model()
    world.enter(first)
    world.later(35)
    second = world.model()
    world.enter(second)
    canary.decide(world.workspace, first, "active", OWNER, "the new one calls everybody dead")
    assert world.scoring().model == first.id
    world.enter(second)
    assert (world.scoring().model, state_of(world, second)) == (first.id, "retired")
    assert world.workspace.store.audit(OWNER, 1)[0]["detail"] == {"model": first.id, "state": "active"}


def test_what_cannot_be_done_is_refused_and_changes_nothing(world: World) -> None:
    active, waiting = world.model(), world.model(cold_start=True, weight=9.0)
    world.enter(active)
    world.enter(waiting)
    past = world.model(as_of=NOW - 300 * DAY, label_cutoff=NOW - 300 * DAY)
    old = world.model(version=0)
    before = world.workspace.store.last_model_state
    refused: list[tuple[Model, State, type[Exception], str]] = [
        (active, "active", InputError, "models.cannot_promote"),
        (waiting, "frozen", InputError, "models.cannot_freeze"),
        (active, "retired", InputError, "models.cannot_retire"),
        (past, "active", NotFoundError, "models.never_entered"),
        (old, "active", InputError, "models.cannot_apply"),
    ]
    for model, state, error, code in refused:
        with pytest.raises(GraphsvcError) as caught:
            canary.decide(world.workspace, model, state, OWNER, "why")
        assert (type(caught.value), caught.value.phrase.code) == (error, code)
    assert world.workspace.store.last_model_state == before


def test_a_decision_is_taken_again_where_somebody_decided_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, true_add = world.workspace.store, world.workspace.store.add_model_states
    others = iter([True, False])

    def add(states: Sequence[ModelState], after: int) -> bool:
        if next(others, False):
            true_add([ModelState("m0", "influence", "active", 1, RULE, phrase("models.first"))], after)
        return true_add(states, after)

    monkeypatch.setattr(store, "add_model_states", add)
    first = world.model()
    world.enter(first)
    assert [s.model for s in store.model_states()] == ["m0", first.id]
    monkeypatch.setattr(store, "add_model_states", lambda _states, _after: False)
    with pytest.raises(TransientError):
        canary.decide(world.workspace, first, "frozen", OWNER, "why")


# -- what scores ------------------------------------------------------------------------------------------------------


def test_live_scores_follow_the_decisions_and_say_when_frozen(tmp_path: Path) -> None:
    now = [NOW]
    workspace = Workspace(open_store(f"sqlite:///{tmp_path / 'w.db'}"), clock=lambda: now[0])
    workspace.store.merge(page("people", [person(k, k, "x", k) for k in PEOPLE]))
    workspace.store.merge(page("interactions", [mail(f"p{d}", d / 3, *PEOPLE) for d in range(1, 600)]))
    spec = find_algorithm("active")
    moment = workspace.moment()
    first, second = (
        workspace.fit(spec, workspace.projection(replace(moment, as_of=moment.as_of - d * DAY))) for d in (3, 0)
    )
    for model in (first, second):
        canary.enter(workspace, model, workspace.projection(moment))
    assert workspace.scores("active", moment).model_id == second.id
    canary.decide(workspace, first, "active", OWNER, "back")
    back = workspace.scores("active", moment)
    assert back.model_id == first.id and "models.frozen" not in {n.code for n in back.notes}
    canary.decide(workspace, first, "frozen", OWNER, "audit until June")
    told = workspace.scores("active", moment)
    assert [n.code for n in told.notes[-2:]] == ["models.frozen", "models.said"] and told.accuracy is not None
    assert told.accuracy["frozen"] == 1.0 and "audit until June" in told.notes[-1].text("zh")
    assert np.array_equal(told.value, back.value, equal_nan=True), "a frozen model keeps scoring"
    past = workspace.scores("active", replace(moment, as_of=moment.as_of - 40 * DAY))
    assert past.model_id not in (first.id, second.id) and not past.accuracy, "the past knows of no decision"
    workspace.store.close()


def test_before_states_were_kept_the_newest_of_a_fit_scored_and_so_it_stays(world: World) -> None:
    old = world.model()
    world.workspace.store.save_model(old)
    run = replace(new_run("fit", "active", world.workspace.store), model_ids=(old.id,))
    world.workspace.store.save_run(run)
    spec = find_algorithm("active")
    assert world.workspace.model(spec, world.workspace.moment(), live=True) == old
    world.later(35)
    world.forecast = 0.62
    world.enter(world.model())
    assert world.scoring().model == old.id and world.scoring().reason.code == "models.inherited"


def test_a_model_that_cannot_be_applied_any_more_does_not_score(tmp_path: Path) -> None:
    workspace = Workspace(open_store(f"sqlite:///{tmp_path / 'w.db'}"), clock=lambda: NOW)
    workspace.store.merge(page("people", [person(k, k, "x", k) for k in PEOPLE]))
    workspace.store.merge(page("interactions", [mail(f"p{d}", d / 3, *PEOPLE) for d in range(1, 600)]))
    (before,) = fit(workspace, workspace.moment(), ["relationship_health"])
    assert workspace.scores("relationship_health", workspace.moment()).model_id is not None
    workspace.store.own(["us.example"], OWNER)  # now there is another side, of which the model knows nothing
    said = workspace.scores("relationship_health", workspace.moment())
    assert len(said) and said.model_id != before.id
    (after,) = fit(workspace, workspace.moment(), ["relationship_health"])
    scoring = workspace.standing("relationship_health").scoring
    assert scoring is not None and (scoring.model, scoring.state) == (after.id, "active")
    workspace.store.close()


# -- comparing --------------------------------------------------------------------------------------------------------


def test_models_are_compared_on_labels_that_neither_has_seen_where_there_are_any(world: World) -> None:
    first, second = world.model(), world.model(weight=2.0)
    world.later(7)
    third = world.model()
    for model in (first, second, third):
        world.workspace.store.save_model(model)
    seen = compare(world.workspace, first, third, world.workspace.moment())
    assert seen.protocol == "seen" and seen.coefficients["x"] == (first.coefficients["x"], third.coefficients["x"])
    world.later(28)
    assert compare(world.workspace, third, first, world.workspace.moment()).protocol == "unseen"
    fourth = world.model(weight=5.0)
    found = compare(world.workspace, fourth, first, world.workspace.moment())
    assert (found.protocol, found.rows, found.dates) == ("forecasts", 400, 1)
    world.said = None
    assert compare(world.workspace, first, second, world.workspace.moment()).protocol == "none"
    with pytest.raises(InputError):
        compare(world.workspace, first, world.model("influence"), world.workspace.moment())


def test_a_model_is_found_by_the_beginning_of_its_id(world: World) -> None:
    first, second = world.model(weight=1.0), world.model(weight=2.0)
    for model in (first, second):
        world.workspace.store.save_model(model)
    assert find_model(world.workspace, first.id) == find_model(world.workspace, first.id.partition("-")[2][:8]) == first
    with pytest.raises(InputError, match="active-"):
        find_model(world.workspace, "active")
    for nothing in ("nope", ""):
        with pytest.raises(NotFoundError):
            find_model(world.workspace, nothing)


def test_every_state_says_what_a_person_may_do_with_it() -> None:
    for state in ("candidate", "active", "frozen", "retired"):
        entry = ModelState("m", "active", state, 1, RULE, phrase("models.first"), pk=1)
        with pytest.raises(InputError):
            check_decision(entry, "m", state)
    assert standing([], "active").scoring is None and find_judge("tie_strength") is None
