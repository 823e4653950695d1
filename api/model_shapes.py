"""The forms of answers about models."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.shapes import Meta, Shape


class ModelEntry(Shape):
    """One decision on a model."""

    state: str = Field(description="candidate (a canary beside the active one), active, frozen or retired.")
    since: str = Field(description="When it was decided, ISO 8601 UTC.")
    author: str = Field(description='"rule", or the name of the key that decided.')
    reason: str
    detail: dict[str, Any] = Field({}, description="The figures the decision stands on; the owner's to see.")


class ModelAnswer(Shape):
    """One model."""

    meta: Meta
    model: dict[str, Any]
    groups: dict[str, dict[str, float]] = Field(description="Coefficients by the group whose term they add up to.")
    history: list[ModelEntry] = Field(description="Its states, oldest first; none for a model of a date in the past.")


class ComparedModel(Shape):
    """One of two models compared."""

    id: str
    as_of: str
    label_cutoff: str
    state: str | None
    figures: dict[str, float] = Field(description="On the rows of the comparison: log_loss, auc, ece, mean, rate ...")


class CompareAnswer(Shape):
    """Two models of one score on the same rows."""

    meta: Meta
    name: str
    protocol: str = Field(
        description="unseen: labels neither has seen; forecasts: labels the earlier has not seen, the later speaks by "
        "the forecasts its fit would have made; seen: the earlier has seen them; none: nothing to compare on."
    )
    rows: int
    dates: int
    difference: float | None = Field(description="Mean log loss of b minus that of a; positive: a is better.")
    error: float | None = Field(description="Its standard error: paired rows, people in common.")
    a: ComparedModel
    b: ComparedModel
    coefficients: dict[str, list[float | None]] = Field(description="Of a and of b; null where it has none.")


class CheckedModel(Shape):
    """What a check found of a scoring model."""

    name: str
    id: str
    state: str
    changed: bool = Field(description="Whether the check froze or thawed it.")
    findings: list[str] = Field(description="What is wrong with it; none: nothing.")
    figures: dict[str, float] = Field(description="Of its probabilities on labels after its cut-off.")


class CheckAnswer(Shape):
    """What a check of the models found."""

    meta: Meta
    items: list[CheckedModel]
