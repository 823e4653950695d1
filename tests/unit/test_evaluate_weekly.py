"""The back-test of the weekly list: who was lost is counted right, and a list that knows beats one that does not."""

from __future__ import annotations

import numpy as np
import pytest

from algorithms.evaluate_weekly import WeeklyTest, evaluate_weekly
from graphsvc import toy
from graphsvc.projection import DAY
from graphsvc.scores import Scores

END = 400.0
CONTACTS = 60
QUIET = lambda *_: None  # noqa: E731


class Planted:
    """A past in which every second contact of the rep falls silent after day 372, and a model that knows or not."""

    def __init__(self, *, knows: bool = True, contacts: int = CONTACTS, load: int = 0) -> None:
        self.knows, self.names = knows, [f"c{i:02d}" for i in range(contacts)]
        rows = []
        for i, who in enumerate(self.names):
            last = 372 if i % 2 else END
            rows += [{"time": t, "from": who, "to": "rep"} for t in np.arange(100.5, last, 9.0)]
            rows += [{"time": t + 1, "from": "rep", "to": who} for t in np.arange(100.5, last, 9.0)]
        rows += [{"time": 371.6 + k / 1000, "from": f"col{k % 9}", "to": "c00"} for k in range(load)]
        self.rows = rows

    def at(self, as_of):
        days = as_of / DAY
        staff = [{"id": i, "internal": True} for i in ("rep", *(f"col{k}" for k in range(9)))]
        people = staff + [{"id": i, "organization": "acme"} for i in self.names]
        rows = [r for r in self.rows if r["time"] <= days]
        return toy.build(people=people, organizations=[{"id": "acme"}], interactions=rows, as_of=days)

    @property
    def now(self):
        return self.at(int(END * DAY))

    def scores(self, name, as_of):
        p = self.at(as_of)
        rep = p.index["rep"]
        who = np.array([p.index[i] for i in self.names], dtype=np.int32)
        chance = np.array([0.1 if i % 2 and self.knows else 0.6 for i in range(len(self.names))])
        return Scores(
            name=name, of="tie", a=np.minimum(who, rep).astype(np.int32), b=np.maximum(who, rep).astype(np.int32),
            value=chance, terms={"all": chance}, unit="",
        )  # fmt: skip


def test_a_list_whose_model_knows_finds_every_contact_that_is_lost():
    found = evaluate_weekly(Planted(), WeeklyTest(dates=1), QUIET)
    row = found.detail["by_size"]["20"]
    assert found.told and row["list"]["precision"] == 1.0 and row["list"]["lists"] == 1
    assert row["random"]["precision"] == pytest.approx(0.5), "half of the contacts were planted to fall silent"
    assert row["list"]["value_found"] == pytest.approx(20 / 30) and row["random"]["value_found"] == pytest.approx(1 / 3)
    assert found.figures["precision"] == 1.0 and "100 %" in found.verdict.text("en") and found.verdict.text("zh")


def test_a_model_that_knows_nothing_is_not_called_better():
    found = evaluate_weekly(Planted(knows=False), WeeklyTest(dates=1), QUIET)
    assert found.verdict.code == "evaluate_weekly.no_better"


def test_the_guard_holds_back_the_overloaded_and_nobody_who_waits_for_us():
    plain, loaded = (evaluate_weekly(Planted(load=n), WeeklyTest(dates=1), QUIET).detail["guard"] for n in (0, 40))
    assert plain["held_back"] == 0 and loaded["held_back"] == 1
    assert loaded["held_back_waiting"] == 0 and loaded["held_back_lost"] == 0.0


def test_outcomes_are_not_known_to_the_lists():
    whole, cut = Planted(), Planted()
    cut.rows = [r for r in cut.rows if r["time"] <= 372]
    early = int(372 * DAY)
    assert whole.at(early).digest == cut.at(early).digest, "the test itself shows its lists the future"


@pytest.mark.parametrize("contacts", [0, 3])
def test_too_few_contacts_cannot_be_told(contacts):
    found = evaluate_weekly(Planted(contacts=contacts), WeeklyTest(dates=1), QUIET)
    assert not found.told and not found.figures and found.verdict.code == "evaluate_weekly.too_little"


def test_the_same_past_gives_the_same_figures():
    one, two = (evaluate_weekly(Planted(), WeeklyTest(dates=1), QUIET).detail for _ in range(2))
    assert one == two
